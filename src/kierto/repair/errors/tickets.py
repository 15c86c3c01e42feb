"""What a ticket refuses, and what to do instead."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class WorkshopClosed(DomainError):
    """The workshop takes nothing now, or only at its events."""

    code = "workshop_closed"
    status = HTTPStatus.CONFLICT
    field = "workshop"
    sentence = _(
        "“%(workshop)s” takes no repairs outside its events now. "
        "Choose another workshop, or sign up for an event."
    )


class NotRepairedHere(DomainError):
    """The workshop names what it repairs, and this is not among it."""

    code = "not_repaired_here"
    status = HTTPStatus.CONFLICT
    field = "category"
    sentence = _("“%(workshop)s” does not repair “%(category)s”. Choose a workshop that does.")


class WordsMissing(DomainError):
    """A thing without a name, or a problem without words."""

    code = "words_missing"
    sentence = _("This was left empty. Say it in a few words.")


class YearImplausible(DomainError):
    """A year of making before industry, or still to come."""

    code = "year_implausible"
    field = "made_year"
    sentence = _(
        "A thing made in %(year)s cannot stand here now. "
        "Enter a year from %(first)s to %(last)s, or none."
    )


class AgeImplausible(DomainError):
    """Less than nothing, or more than things are kept."""

    code = "age_implausible"
    field = "age"
    sentence = _("An age of %(age)s years cannot be right. Enter 0 to %(most)s, or none.")


class SlotTaken(DomainError):
    """Somebody else comes at that time."""

    code = "slot_taken"
    status = HTTPStatus.CONFLICT
    field = "slot"
    sentence = _("Somebody else has taken this time. Choose another one.")


class SlotElsewhere(DomainError):
    """The slot, the station and the event do not belong together."""

    code = "slot_elsewhere"
    field = "slot"
    sentence = _("This time is at another table or event. Choose one of this event.")


class EstimateBackwards(DomainError):
    """Less than nothing, or from more to less."""

    code = "estimate_backwards"
    field = "high"
    sentence = _("The estimate goes from %(low)s to %(high)s euros. Enter the smaller one first.")


class AmountImplausible(DomainError):
    """A price or a length of work beyond what is kept."""

    code = "amount_implausible"
    sentence = _("%(amount)s cannot be right. Enter %(least)s to %(most)s.")


class ReasonMissing(DomainError):
    """Whoever declines says why."""

    code = "repair_reason_missing"
    field = "reason"
    sentence = _("Say in a few words why, so that the owner knows what else to try.")


class ThingIsHere(DomainError):
    """It lies in the workshop, and can only be given back."""

    code = "thing_is_here"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "“%(thing)s” is in the workshop already. Choose to have it back unrepaired instead."
    )


class ThingIsNotHere(DomainError):
    """It never came, so there is nothing to give back."""

    code = "thing_is_not_here"
    status = HTTPStatus.CONFLICT
    sentence = _("“%(thing)s” has not been brought to the workshop. Cancel instead.")


class NotBegun(DomainError):
    """Work and parts belong to a repair that has begun."""

    code = "repair_not_begun"
    status = HTTPStatus.CONFLICT
    sentence = _("The repair has not begun. Begin it first: then the thing is in the workshop.")


class StepHasItsForm(DomainError):
    """A step that needs more than a word."""

    code = "step_has_its_form"
    sentence = _("This step needs more to be said. Use its form on the page of the ticket.")


class NotAWorker(DomainError):
    """Hours are logged for those who repair here."""

    code = "not_a_worker"
    field = "worker"
    sentence = _(
        "This person does not repair for the workshop. Add them as a repairer or volunteer first."
    )


class NotARepairerHere(DomainError):
    """Tickets go to repairers of the workshop who are active."""

    code = "not_a_repairer_here"
    field = "repairer"
    sentence = _("This person does not repair for this workshop now. Choose one who does.")


class OutcomeUnknown(DomainError):
    """No word of the Open Repair Data Standard."""

    code = "outcome_unknown"
    field = "outcome"
    sentence = _("“%(outcome)s” is not an outcome. Choose one of: %(choices)s.")


class BarrierNotAsked(DomainError):
    """What prevented a repair that succeeded, or an unknown word for it."""

    code = "barrier_not_asked"
    field = "barrier"
    sentence = _(
        "A barrier is one of the words of the list, and says why a repair did not succeed. "
        "Choose one of them, or none."
    )


class WarrantyBackwards(DomainError):
    """A warranty that is over before it begins."""

    code = "warranty_backwards"
    field = "warranty_until"
    sentence = _("The warranty would end on %(until)s, before the repair did. Enter a later day.")


class StillToCome(DomainError):
    """Only what has happened is written down."""

    code = "repair_still_to_come"
    field = "at"
    sentence = _("%(time)s is still to come. Record it when it has happened.")


class PartNotCounted(DomainError):
    """Parts are counted; a kind that is weighed cannot be."""

    code = "part_not_counted"
    field = "kind"
    sentence = _(
        "“%(kind)s” is not counted in pieces. Choose a kind that is, or leave the kind empty."
    )


class PartSettled(DomainError):
    """Fitted or dropped already."""

    code = "part_settled"
    status = HTTPStatus.CONFLICT
    sentence = _("This part is “%(state)s” already. Add another one if one more is needed.")


class PhotoWithoutWords(DomainError):
    """Those who cannot see a picture need its words."""

    code = "repair_photo_without_words"
    field = "description"
    sentence = _("Say in a few words what the picture shows, for those who cannot see it.")


class TooManyPhotos(DomainError):
    """Enough is enough."""

    code = "repair_too_many_photos"
    status = HTTPStatus.CONFLICT
    field = "photo"
    sentence = _("A ticket holds %(limit)s pictures. Remove one first.")


class AlternativeUnknown(DomainError):
    """None of the answers."""

    code = "repair_alternative_unknown"
    field = "alternative"
    sentence = _("“%(alternative)s” is not one of the answers. Choose one of them, or skip it.")


class AnsweredAlready(DomainError):
    """The question is asked once."""

    code = "repair_answered_already"
    status = HTTPStatus.CONFLICT
    sentence = _("This question is asked once, and it was answered. Thank you.")


class NothingDue(DomainError):
    """All is paid, or it was free of charge."""

    code = "repair_nothing_due"
    status = HTTPStatus.CONFLICT
    field = "amount"
    sentence = _("Nothing is left to be paid for this repair.")


class PaidTooMuch(DomainError):
    """More than is due, or nothing."""

    code = "repair_paid_too_much"
    field = "amount"
    sentence = _("%(due)s euros are due, and %(given)s were to be paid. Enter up to what is due.")


class PaidAlready(DomainError):
    """A repair that was paid for is over."""

    code = "repair_paid_already"
    status = HTTPStatus.CONFLICT
    sentence = _("This repair was paid for. Open a new ticket; its warranty is recognised there.")
