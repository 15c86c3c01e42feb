"""What can go wrong when booking, changing a booking, recurring and waiting."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class NotFree(DomainError):
    """None can be had over the whole time. Fields: thing, wanted, free, begins, ends."""

    code = "not_free"
    status = HTTPStatus.CONFLICT
    field = "begins"
    sentence = _(
        "“%(thing)s” is taken at that time. Choose another time, or put yourself on the waiting list."
    )


class TooFewFree(NotFree):
    """Some can be had, but fewer than were asked for."""

    code = "too_few_free"
    field = "quantity"
    sentence = _(
        "Of “%(thing)s” you asked for %(wanted)s, and at that time no more than %(free)s can be had. "
        "Take fewer, or choose another time."
    )


class TakenMeanwhile(DomainError):
    """The database refused: somebody else was faster, past the lock."""

    code = "taken_meanwhile"
    status = HTTPStatus.CONFLICT
    sentence = _("Somebody else has just taken this. Look at the calendar and choose again.")


class ThingsChanged(DomainError):
    """The parts of a kit were changed while it was being booked."""

    code = "things_changed"
    status = HTTPStatus.CONFLICT
    sentence = _("What belongs to this kit has just changed. Try again.")


class TimeWithoutZone(DomainError):
    """A naive time could mean several moments."""

    code = "booking_time_without_zone"
    field = "begins"
    sentence = _("A time of the booking has no time zone. Give it one, such as +02:00.")


class NotForThem(DomainError):
    """Only those who act for somebody, and the staff, book for them."""

    code = "booking_for_others"
    status = HTTPStatus.FORBIDDEN
    sentence = _("Only the staff of this collection can book for others. Ask at the desk.")


class ReasonMissing(DomainError):
    """Whoever turns somebody down says why."""

    code = "booking_reason_missing"
    field = "reason"
    sentence = _("Say why, in a few words: the borrower will read it.")


class ApprovalNeeded(DomainError):
    """The desk has to look at it first."""

    code = "approval_needed"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "The staff has to approve this, so it cannot be confirmed at once. "
        "Cancel this booking and ask for the new one, or ask at the desk."
    )


class NotChangeable(DomainError):
    """What is handed out or over is not changed any more."""

    code = "booking_not_changeable"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "This booking is “%(state)s” and cannot be changed. "
        "Renew a loan at the desk, or make a new booking."
    )


class HoldLapsed(DomainError):
    """It was kept for so long, and now others may have it."""

    code = "hold_lapsed"
    status = HTTPStatus.CONFLICT
    sentence = _("This was held for you until %(until)s. Look whether it is free still.")


class NotHandedOut(DomainError):
    """Nothing of it is out, so it is not a loan."""

    code = "not_handed_out"
    status = HTTPStatus.CONFLICT
    sentence = _("Nothing of this booking is handed out. Hand it out at the desk first.")


class StillOut(DomainError):
    """Something of it has not come back."""

    code = "booking_still_out"
    status = HTTPStatus.CONFLICT
    sentence = _("Something of this booking is still out. Take it back at the desk first.")


class NotBegun(DomainError):
    """Its time has not come."""

    code = "booking_not_begun"
    status = HTTPStatus.CONFLICT
    sentence = _("This booking begins only at %(begins)s. Until then it can be cancelled.")


class BadRule(DomainError):
    """The rule of a series cannot be read."""

    code = "bad_recurrence"
    field = "rule"
    sentence = _(
        "“%(rule)s” is not a rule for repeating that we can follow. Say how often (every day, week, "
        "month or year) and how many times or until when."
    )


class RuleWithoutEnd(DomainError):
    """A series ends."""

    code = "recurrence_without_end"
    field = "rule"
    sentence = _("This would repeat for ever. Say how many times, or until which day.")


class TooManyOccurrences(DomainError):
    """A series is of no more than so many bookings."""

    code = "too_many_occurrences"
    field = "rule"
    sentence = _("This repeats more than %(most)s times. Choose an earlier end.")


class SeriesDoesNotFit(DomainError):
    """Nothing was booked; ``report`` says for each occurrence why, as :class:`Series` keeps it."""

    code = "series_does_not_fit"
    status = HTTPStatus.CONFLICT
    field = "rule"
    sentence = _(
        "Of %(wanted)s times %(fitting)s can be had, and nothing was booked. "
        "See below which, and choose other times or leave those out."
    )

    def __init__(self, report: list[dict[str, Any]], **fields: Any) -> None:
        super().__init__(**fields)
        self.report = report


class AlreadyWaiting(DomainError):
    """One place on the list is enough."""

    code = "already_waiting"
    status = HTTPStatus.CONFLICT
    sentence = _("You wait for “%(thing)s” at that time already. We tell you when it is free.")


class FreeNow(DomainError):
    """Nobody waits for what can be had."""

    code = "free_now"
    status = HTTPStatus.CONFLICT
    sentence = _("“%(thing)s” is free at that time. Book it; there is no need to wait.")


class WaitPast(DomainError):
    """The time that somebody would wait for has begun."""

    code = "wait_past"
    field = "begins"
    sentence = _("That time has begun already. Choose a later one.")


class MoreThanThereAre(DomainError):
    """Nobody can wait for more than exist."""

    code = "more_than_there_are"
    field = "quantity"
    sentence = _("There are only %(number)s of “%(thing)s”. Choose fewer.")


class NothingOffered(DomainError):
    """There is nothing held to take."""

    code = "nothing_offered"
    status = HTTPStatus.CONFLICT
    sentence = _("Nothing is held for you here. We tell you when it is free.")
