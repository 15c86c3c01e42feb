"""The day at a desk: what goes out, what comes back, what is late, what waits for a word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Agent
from kierto.sharing.availability import midnight
from kierto.sharing.lateness import days_late, is_probably_lost, open_loans, with_facts
from kierto.sharing.models import Booking, Collection, Loan
from kierto.sharing.queries import borrower_names
from kierto.sharing.states import BookingState
from kierto.sharing.words import Moment

TO_HAND_OUT, DUE, OVERDUE, ASKED, HELD = "out", "due", "overdue", "asked", "held"

TITLES: dict[str, Any] = {
    TO_HAND_OUT: _("To hand out today"),
    DUE: _("Due back today"),
    OVERDUE: _("Overdue"),
    ASKED: _("Waiting for approval"),
    HELD: _("Held for somebody"),
}
NOTHING: dict[str, Any] = {
    TO_HAND_OUT: _("Nothing more goes out today."),
    DUE: _("Nothing more is due today."),
    OVERDUE: _("Nothing is overdue."),
    ASKED: _("Nothing waits for approval."),
    HELD: _("Nothing is held."),
}
OF_LOANS = (DUE, OVERDUE)


@dataclass(frozen=True, slots=True)
class Row:
    """A booking or a loan with the borrower's name as the desk reads it."""

    name: str
    booking: Booking
    loan: Loan | None = None
    days_late: int = 0
    is_probably_lost: bool = False
    due: Moment | None = None


def today_of(collection: Collection, now: datetime | None = None) -> date:
    """The day on the calendar of the desk."""
    return (now or timezone.now()).astimezone(ZoneInfo(collection.timezone)).date()


def bookings_for(collection: Collection, which: str, day: date) -> QuerySet[Booking]:
    """The bookings of one list."""
    now, ends = timezone.now(), midnight(collection, day + timedelta(days=1))
    rows = Booking.objects.filter(collection=collection).prefetch_related("lines__thing")
    rows = rows.select_related("borrower__person", "borrower__organization", "collection")
    match which:
        case "out":
            waits = Q(state=BookingState.CONFIRMED, begins__lt=ends, ends__gt=now)
            if day != today_of(collection, now):
                waits &= Q(begins__gte=midnight(collection, day))
            return rows.filter(waits).order_by("begins", "code")
        case "asked":
            return rows.filter(state=BookingState.REQUESTED).order_by("begins", "code")
    return rows.filter(state=BookingState.HELD, hold_until__gt=now).order_by("hold_until", "code")


def loans_for(collection: Collection, which: str, day: date) -> QuerySet[Loan]:
    """The loans of one list: due on the day and not late yet, or late."""
    now, ends = timezone.now(), midnight(collection, day + timedelta(days=1))
    loans = with_facts(open_loans().filter(line__booking__collection=collection))
    loans = loans.select_related(
        "line__booking__borrower__person", "line__booking__borrower__organization"
    ).order_by("due_at", "pk")
    if which == OVERDUE:
        return loans.filter(due_at__lt=now)
    return loans.filter(due_at__gte=max(now, midnight(collection, day)), due_at__lt=ends)


def queryset_for(collection: Collection, which: str, day: date) -> QuerySet[Any]:
    """What one list is made of."""
    if which in OF_LOANS:
        return loans_for(collection, which, day)
    return bookings_for(collection, which, day)


def rows_of(by: Agent, collection: Collection, found: list[Any]) -> list[Row]:
    """Bookings or loans as rows; the names in a constant number of queries."""
    bookings = [each.line.booking if isinstance(each, Loan) else each for each in found]
    names = borrower_names(by, collection, [booking.borrower for booking in bookings])
    return [
        _row(each, booking, names[booking.borrower_id])
        for each, booking in zip(found, bookings, strict=True)
    ]


def _row(each: Any, booking: Booking, name: str) -> Row:
    if not isinstance(each, Loan):
        return Row(name, booking)
    late = max(days_late(each), 0)
    due = Moment(each.due_at, booking.collection.timezone)
    return Row(name, booking, each, late, is_probably_lost(each), due)
