"""What a repair event refuses: what is wrong, then what to do."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class EventWithoutTitle(DomainError):
    """Nobody could tell it from another."""

    code = "event_without_title"
    field = "title"
    sentence = _("The event has no title. Write one, for example “Repair café in the library”.")


class EventBackwards(DomainError):
    """It ends before it begins, or never."""

    code = "event_backwards"
    field = "ends"
    sentence = _("The event would end before it begins. Choose a later end.")


class EventTooLong(DomainError):
    """Longer than a day: that is several events."""

    code = "event_too_long"
    field = "ends"
    sentence = _("An event lasts %(hours)s hours at most. Add one event for each day.")


class SlotLengthImplausible(DomainError):
    """Minutes for each thing that no table keeps."""

    code = "slot_length_implausible"
    field = "slot_minutes"
    sentence = _("%(minutes)s minutes for each thing do not fit. Enter %(least)s to %(most)s.")


class EventWithoutTables(DomainError):
    """Nowhere to sit down."""

    code = "event_without_tables"
    field = "stations"
    sentence = _("The event has no table. Name at least one, for example “Electronics”.")


class TableTwice(DomainError):
    """Two tables of one name."""

    code = "table_twice"
    field = "stations"
    sentence = _("Two tables are called “%(name)s”. Give each a name of its own.")


class TooManyTables(DomainError):
    """More than one hall holds."""

    code = "too_many_tables"
    field = "stations"
    sentence = _("An event has %(limit)s tables at most. Leave some out.")


class PlaceNotPublic(DomainError):
    """Somebody's home would be published."""

    code = "event_place_not_public"
    field = "place"
    sentence = _(
        "The address of an event is public, and this one is somebody else's home. "
        "Choose the workshop's place or that of an organisation."
    )


class SlotsInTheWay(DomainError):
    """Sign-ups that would lose their time."""

    code = "slots_in_the_way"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "People have signed up for times that would no longer fit: %(slots)s. "
        "Move or cancel those sign-ups first."
    )


class EventNotOpen(DomainError):
    """Sign-up and intake belong to an open event."""

    code = "event_not_open"
    status = HTTPStatus.CONFLICT
    sentence = _("This event is “%(state)s”. It takes things only while it is open for sign-up.")


class EventNotBegun(DomainError):
    """It cannot be closed before it began."""

    code = "event_not_begun"
    status = HTTPStatus.CONFLICT
    sentence = _("The event has not begun. Close it when it is over, or cancel it.")


class ResultsMissing(DomainError):
    """Things came in, and nobody wrote what became of them."""

    code = "results_missing"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "These numbers have no result yet: %(numbers)s. "
        "Enter each result, “Unknown” where nobody remembers; then close the event."
    )


class ThingsOnTables(DomainError):
    """An event with work under way is not cancelled."""

    code = "things_on_tables"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "Things have been taken in: %(numbers)s. Enter their results and close the event instead."
    )


class SlotPast(DomainError):
    """The time has come already."""

    code = "slot_past"
    status = HTTPStatus.CONFLICT
    field = "slot"
    sentence = _("This time has begun already. Choose a later one.")


class TableElsewhere(DomainError):
    """The table repairs other things."""

    code = "table_repairs_others"
    status = HTTPStatus.CONFLICT
    field = "category"
    sentence = _(
        "“%(category)s” is not repaired at the table “%(station)s”. Choose a time at another table."
    )


class TooManySignUps(DomainError):
    """A person would fill the event alone."""

    code = "too_many_sign_ups"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "You have signed up %(limit)s things for this event, which is the most for one person. "
        "Cancel one, or bring it to the next event."
    )


class NotASignUp(DomainError):
    """The ticket has no time to move, or its work began."""

    code = "not_a_sign_up"
    status = HTTPStatus.CONFLICT
    sentence = _("This is no sign-up that waits any more. Reload the page to see where it stands.")


class WalkInsRefused(DomainError):
    """One must sign up for this event."""

    code = "walk_ins_refused"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "This event takes only those who signed up. "
        "Whoever works for the workshop can make an exception."
    )


class NumberedAlready(DomainError):
    """Taken in twice."""

    code = "numbered_already"
    status = HTTPStatus.CONFLICT
    sentence = _("This thing is here already. Its number is %(number)s.")


class NoSuchCode(DomainError):
    """No sign-up of this event has the code."""

    code = "no_such_code"
    status = HTTPStatus.NOT_FOUND
    field = "code"
    sentence = _(
        "No sign-up of this event has the code “%(code)s”. "
        "Check it, or take the thing in without a code."
    )


class VisitorNotFound(DomainError):
    """The words name no account, or several."""

    code = "visitor_not_found"
    field = "visitor"
    sentence = _(
        "“%(text)s” is not the whole name or e-mail address of exactly one account. "
        "Correct it, or leave it empty: the number is enough."
    )


class OutsideTheEvent(DomainError):
    """A time at which the event was not."""

    code = "outside_the_event"
    field = "at"
    sentence = _(
        "%(time)s is not at the time of the event. Enter a time from %(first)s to %(last)s."
    )


class NothingWaits(DomainError):
    """The line is empty, or holds nothing that fits."""

    code = "nothing_waits"
    status = HTTPStatus.CONFLICT
    sentence = _("Nothing that fits you is waiting now.")


class HandsFull(DomainError):
    """One thing at a time."""

    code = "hands_full"
    status = HTTPStatus.CONFLICT
    sentence = _("You still have number %(number)s on your table. Enter its result first.")


class NotWaiting(DomainError):
    """It has no number, or it is done."""

    code = "not_waiting"
    status = HTTPStatus.CONFLICT
    sentence = _("This thing is not waiting. Reload the page to see where it is.")


class EstimateUnanswered(DomainError):
    """Nothing is done before the owner agrees to the price."""

    code = "estimate_unanswered"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "An estimate for “%(thing)s” waits for the owner's answer. "
        "Ask them, and note it on the page of the ticket."
    )


class NotAHelper(DomainError):
    """Only somebody who helps at the event has a table there."""

    code = "not_a_helper"
    status = HTTPStatus.CONFLICT
    field = "worker"
    sentence = _("Only somebody who helps at this event takes things. Say first that you help.")


class TableOfAnotherEvent(DomainError):
    """The table stands elsewhere."""

    code = "table_of_another_event"
    field = "station"
    sentence = _("This table belongs to another event. Choose one of this event.")


class VolunteersArePeople(DomainError):
    """An organisation has no hands."""

    code = "volunteers_are_people"
    field = "agent"
    sentence = _("Only people help at an event. Choose a person.")
