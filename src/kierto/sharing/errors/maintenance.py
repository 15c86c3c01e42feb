"""What the care of things refuses: what is wrong, then what to do."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class NotCaredFor(DomainError):
    """A kit or a consumable."""

    code = "not_cared_for"
    status = HTTPStatus.CONFLICT
    sentence = _("Consumables are used up, and a kit is cared for by its parts. Open the part.")


class NeverDue(DomainError):
    """A plan that would never fall due."""

    code = "plan_never_due"
    field = "every_days"
    sentence = _("Say after how many days or after how many uses it is due: at least one of both.")


class TakesNoTime(DomainError):
    """A length of nothing, or of more than a quarter."""

    code = "maintenance_length"
    field = "takes_hours"
    sentence = _("Enter how many hours it takes: from 1 to %(most)s.")


class TitleMissing(DomainError):
    """Nobody knows what is to be done."""

    code = "maintenance_title_missing"
    field = "title"
    sentence = _("Say in a few words what is done, for example “Sharpen the blades”.")


class NoRepairer(DomainError):
    """A ticket for nobody."""

    code = "no_repairer"
    status = HTTPStatus.CONFLICT
    field = "makes_ticket"
    sentence = _(
        "The collection has no repairer yet. Name one on the page of the collection, or do it "
        "yourselves."
    )


class EndsBeforeBegins(DomainError):
    """A time that is none."""

    code = "maintenance_ends_before_begins"
    field = "ends"
    sentence = _("It ends before it begins. Choose a later end.")


class IsOver(DomainError):
    """A time in the past."""

    code = "maintenance_is_over"
    field = "ends"
    sentence = _("This time is over already. Choose an end that is still to come.")


class MoreThanThereAre(DomainError):
    """More than exist, or none."""

    code = "maintenance_of_too_many"
    field = "quantity"
    sentence = _("There are %(there)s of it. Enter a number from 1 to %(there)s.")


class TimeIsTaken(DomainError):
    """Bookings or other care stand in the way."""

    code = "maintenance_time_taken"
    status = HTTPStatus.CONFLICT
    field = "begins"
    sentence = _(
        "At that time it is taken: %(bookings)s. Choose another time, change those bookings, or "
        "take it out of service at once."
    )


class AtTheRepairer(DomainError):
    """The repairer has it, and only they can give it back."""

    code = "at_the_repairer"
    status = HTTPStatus.CONFLICT
    sentence = _("The repairer has it. It is done when they give it back.")


class AlreadyClosed(DomainError):
    """What is over is not moved to another time."""

    code = "maintenance_closed"
    status = HTTPStatus.CONFLICT
    sentence = _("This is over. Plan a new time instead.")
