"""Bookings for tests, made by the real actions, at times that lie ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions import booking as actions
from kierto.sharing.models import Booking, Loan, Thing
from kierto.sharing.states import BookingState
from tests.factories.parties import make_person


def ahead(days: float = 1, hours: float = 0) -> datetime:
    """A full hour that lies so far ahead."""
    now = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return now + timedelta(days=days, hours=hours)


def make_booking(
    *things: Thing | tuple[Thing, int],
    begins: datetime | None = None,
    ends: datetime | None = None,
    borrower: Agent | None = None,
    by: Agent | None = None,
    **fields: Any,
) -> Booking:
    """A booking from tomorrow for two hours, by a new person for themselves unless said."""
    lines = [each if isinstance(each, tuple) else (each, 1) for each in things]
    begins = begins or ahead()
    borrower = borrower or make_person().agent
    return actions.request_booking(
        collection=lines[0][0].collection,
        borrower=borrower,
        lines=lines,
        begins=begins,
        ends=ends or begins + timedelta(hours=2),
        by=by or borrower,
        **fields,
    )


def shift(booking: Booking, **by: float) -> Booking:
    """As if it had been made for another time: tests cannot wait until it begins."""
    step = timedelta(**by)
    booking = Booking.objects.get(pk=booking.pk)
    booking.begins, booking.ends = booking.begins + step, booking.ends + step
    booking.save()
    return booking


def put_out(
    booking: Booking, *, due_at: datetime | None = None, quantity: int | None = None
) -> Loan:
    """As if its first line had been handed out; what the ledger says of it is left out."""
    line = booking.lines.select_related("thing").order_by("pk")[0]
    loan = Loan.objects.create(
        line=line,
        thing=line.thing,
        quantity=quantity or line.quantity,
        out_at=min(booking.begins, timezone.now()),
        due_at=due_at or booking.ends,
        handed_out_by=system_agent(),
    )
    booking.state = BookingState.OUT
    booking.save()
    return loan
