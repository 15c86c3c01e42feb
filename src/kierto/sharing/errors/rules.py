"""Why somebody may not borrow this then: what is wrong, then what to do, with figures.

The desk may override some of them with a note: those with ``overridable``.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class Refusal(DomainError):
    """A rule of borrowing. ``overridable``: staff may go over it with a note."""

    code = "refused_by_the_rules"
    status = HTTPStatus.CONFLICT
    overridable: ClassVar[bool] = False


# --------------------------------------------------------------------------- what


class NothingChosen(Refusal):
    """A booking without things."""

    code = "nothing_chosen"
    field = "lines"
    status = HTTPStatus.BAD_REQUEST
    sentence = _("Nothing is chosen yet. Choose at least one thing.")


class QuantityOutOfRange(Refusal):
    """Not one, or fewer."""

    code = "booking_quantity_out_of_range"
    field = "quantity"
    status = HTTPStatus.BAD_REQUEST
    sentence = _("%(quantity)s of “%(thing)s” cannot be booked. Enter one or more.")


class ChosenTwice(Refusal):
    """One line for each thing."""

    code = "chosen_twice"
    field = "lines"
    status = HTTPStatus.BAD_REQUEST
    sentence = _("“%(thing)s” stands there twice. Write it once, with how many you need.")


class ThingOfAnotherCollection(Refusal):
    """A booking is for one collection."""

    code = "thing_of_another_collection"
    field = "lines"
    sentence = _("“%(thing)s” belongs to “%(collection)s”. Book it there.")


class CollectionClosed(Refusal):
    """A collection that is not open lends nothing."""

    code = "collection_closed"
    sentence = _("“%(collection)s” does not lend at present. Ask its desk when it opens again.")


class ThingNotLent(Refusal):
    """Draft, paused or retired."""

    code = "thing_not_lent"
    field = "lines"
    sentence = _("“%(thing)s” is not lent at present. Choose something else.")


class ThingBroken(Refusal):
    """It has to be mended first."""

    code = "thing_broken"
    field = "lines"
    sentence = _("“%(thing)s” is broken and waits for repair. Choose something else.")


class ThingIsSold(Refusal):
    """Consumables do not come back."""

    code = "thing_is_sold"
    field = "lines"
    sentence = _("“%(thing)s” is used up, so it is not lent. Buy it at the desk.")


# --------------------------------------------------------------------------- who


class MembersOnly(Refusal):
    """The terms ask for a membership."""

    code = "members_only"
    sentence = _("Only members of “%(collection)s” borrow this. Become a member first.")


class MembershipNotBegun(Refusal):
    """It begins later than the booking."""

    code = "membership_not_begun"
    sentence = _("The membership begins on %(since)s. Choose a time from that day on.")


class MembershipEnded(Refusal):
    """It ends before the booking begins."""

    code = "membership_ended"
    sentence = _("The membership ends on %(until)s. Renew it first, or choose an earlier time.")


class RulesNotAgreed(Refusal):
    """Who joined at the desk agrees once."""

    code = "rules_not_agreed"
    overridable = True
    sentence = _("The rules of “%(collection)s” are not agreed to yet. Read them and agree first.")


class MemberBlocked(Refusal):
    """Nobody overrides a block: somebody lifts it."""

    code = "member_blocked"
    status = HTTPStatus.FORBIDDEN
    sentence = _("Membership %(number)s is blocked (“%(reason)s”). The desk can lift the block.")


class NotInGroup(Refusal):
    """The terms are for some groups only."""

    code = "not_in_group"
    status = HTTPStatus.FORBIDDEN
    sentence = _("“%(thing)s” is only for: %(groups)s. Choose something else, or ask the desk.")


class HasOverdue(Refusal):
    """Bring back first what is late."""

    code = "has_overdue"
    sentence = _("“%(thing)s” was due on %(due)s and is not back yet. Bring it back first.")


class OwesMoney(Refusal):
    """Fines and damages are paid first."""

    code = "owes_money"
    sentence = _("%(amount)s for lateness or damage is still to be paid. Pay it first.")


class TooManyAtOnce(Refusal):
    """More than a borrower may have or have booked."""

    code = "too_many_at_once"
    field = "quantity"
    sentence = _(
        "%(name)s already has %(have)s of at most %(most)s, and %(wanted)s more would be too many. "
        "Bring something back or cancel a booking first."
    )


# --------------------------------------------------------------------------- when


class TimesBackwards(Refusal):
    """It ends before it begins."""

    code = "times_backwards"
    field = "ends"
    status = HTTPStatus.BAD_REQUEST
    sentence = _("It ends before it begins. Choose a later end.")


class TimeOutOfReach(Refusal):
    """Nobody books in the year 9999, and calendars end there."""

    code = "time_out_of_reach"
    status = HTTPStatus.BAD_REQUEST
    sentence = _("The year %(year)s is out of reach. Check the date.")


class TimePassed(Refusal):
    """Nobody borrows in the past, unless the desk writes down what happened."""

    code = "time_passed"
    field = "begins"
    overridable = True
    sentence = _("%(begins)s has passed. Choose a later time.")


class TooSoon(Refusal):
    """Less notice than the terms ask for."""

    code = "too_soon"
    field = "begins"
    overridable = True
    sentence = _("Book at least %(notice)s ahead: from %(earliest)s on.")


class TooFarAhead(Refusal):
    """Beyond the horizon."""

    code = "too_far_ahead"
    field = "begins"
    overridable = True
    sentence = _(
        "Bookings are open for %(days)s days ahead: until %(latest)s. Choose earlier days."
    )


class NotOnStep(Refusal):
    """Between two steps."""

    code = "not_on_step"
    overridable = True
    sentence = _("Times go in steps of %(step)s. Choose %(before)s or %(after)s.")


class TooShort(Refusal):
    """Below the shortest booking."""

    code = "booking_too_short"
    field = "ends"
    sentence = _("“%(thing)s” is booked for at least %(shortest)s. Choose a later end.")


class TooLong(Refusal):
    """Above the longest booking."""

    code = "booking_too_long"
    field = "ends"
    overridable = True
    sentence = _("“%(thing)s” is booked for at most %(longest)s. Choose an earlier end.")


class ClosedThen(Refusal):
    """Closed when it begins, or when it ends."""

    code = "closed_then"
    overridable = True
    sentence = _("“%(name)s” is closed on %(at)s. It opens %(opens)s.")


class NeverOpen(Refusal):
    """Closed, and not open within a year."""

    code = "never_open"
    overridable = True
    sentence = _("“%(name)s” is closed on %(at)s and for a year from then. Ask the desk.")


class ClosedInBetween(Refusal):
    """The booking does not lie wholly in the opening hours."""

    code = "closed_in_between"
    field = "ends"
    overridable = True
    sentence = _(
        "“%(name)s” closes at %(closes)s in between. Choose a time that ends by then, "
        "or book the rest apart."
    )
