"""Wishes and what is judged of them, on a Monday morning in Helsinki."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.sharing.models import Booking, BookingLine, Collection, Loan, Thing
from kierto.sharing.rules import Verdict, Wish, judge
from kierto.sharing.states import BookingState
from tests.factories.parties import make_person

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 7, tzinfo=HELSINKI)
"""A Monday morning."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def wish(
    *things: Thing | tuple[Thing, int],
    borrower: Agent | None = None,
    begins: datetime | str = "2026-11-24T10:00",
    ends: datetime | str = "2026-11-25T10:00",
    **fields: Any,
) -> Wish:
    lines = tuple(each if isinstance(each, tuple) else (each, 1) for each in things)
    return Wish(
        collection=fields.pop("collection", None) or lines[0][0].collection,
        borrower=borrower or make_person().agent,
        begins=at(begins) if isinstance(begins, str) else begins,
        ends=at(ends) if isinstance(ends, str) else ends,
        lines=lines,
        **fields,
    )


def judged(*things: Thing | tuple[Thing, int], by: Agent | None = None, **fields: Any) -> Verdict:
    asked = wish(*things, **fields)
    return judge(asked, by=by or asked.borrower, now=NOW)


def codes(verdict: Verdict) -> list[str]:
    return [refusal.code for refusal in verdict.refusals]


def only(verdict: Verdict) -> DomainError:
    (refusal,) = verdict.refusals
    return refusal


def staff_of(collection: Collection) -> Agent:
    return make_person("member", organization=collection.owner.organization).agent


def make_booking(
    thing: Thing, borrower: Agent, *, quantity: int = 1, state: str = "requested", **fields: Any
) -> BookingLine:
    """A row as it stands once somebody has booked; the engine of bookings is tested elsewhere."""
    booking = Booking.objects.create(
        code=f"B{Booking.objects.count():05}",
        collection=thing.collection,
        borrower=borrower,
        booked_by=borrower,
        begins=fields.pop("begins", NOW + timedelta(days=30)),
        ends=fields.pop("ends", NOW + timedelta(days=31)),
        state=state,
        **fields,
    )
    return BookingLine.objects.create(booking=booking, thing=thing, quantity=quantity)


def make_loan(thing: Thing, borrower: Agent, due: datetime, **fields: Any) -> Loan:
    line = make_booking(
        thing, borrower, state=BookingState.DONE, begins=due - timedelta(days=1), ends=due
    )
    return Loan.objects.create(
        line=line,
        thing=thing,
        out_at=due - timedelta(days=1),
        due_at=due,
        handed_out_by=borrower,
        **fields,
    )
