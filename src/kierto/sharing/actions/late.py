"""What the clock asks for about loans: reminders, longer blocks, a warning to who is next.

Nothing is decided here. Fines are judged when a thing comes back, and a loss is the desk's to
say. A round may run late or twice: each loan remembers how often it was reminded of, each booking
that it was warned.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kierto.notices.actions import notify
from kierto.sharing import blocks
from kierto.sharing.actions.returning import locked_loan
from kierto.sharing.actions.telling import there
from kierto.sharing.availability import alternatives
from kierto.sharing.lateness import (
    is_overdue,
    is_probably_lost,
    is_worth_reminding,
    open_loans,
    overdue_loans,
    reminders_due,
)
from kierto.sharing.models import Booking, BookingLine, Loan, Thing
from kierto.sharing.states import BookingState

DUE_TOMORROW = "sharing.due_tomorrow"
DUE_TODAY = "sharing.due_today"
OVERDUE = "sharing.overdue"
OVERDUE_LONG = "sharing.overdue_long"
MAYBE_LOST = "sharing.maybe_lost"
LATE_BEFORE_YOU = "sharing.late_before_you"

REMINDERS = (DUE_TOMORROW, DUE_TODAY, OVERDUE, OVERDUE_LONG)
"""What is said on each of :data:`~kierto.sharing.lateness.REMINDER_DAYS`."""

MOST_ALTERNATIVES = 3
AWAITED = (BookingState.CONFIRMED, BookingState.REQUESTED)
"""Whoever has such a booking counts on the thing."""


def tend_loans(now: datetime | None = None) -> int:
    """Look after what is out; how many people were told something."""
    now = now or timezone.now()
    told = 0
    for loan in list(open_loans().select_related("thing__collection").order_by("due_at", "pk")):
        if _has_news(loan, now):
            told += _remind(loan, now)
    for loan in list(overdue_loans(now=now).select_related("thing")):
        told += _keep_longer(loan, now)
    return told


@transaction.atomic
def _remind(loan: Loan, now: datetime) -> int:
    """At most one reminder, the latest that has come; earlier ones are not made up for."""
    loan, _things = locked_loan(loan)
    if loan.back_at is not None or not _has_news(loan, now):
        return 0
    stage = _stage(loan, now)
    loan.reminders = stage
    loan.save(update_fields=["reminders"])
    if stage > len(REMINDERS):
        return len(_tell_desk(loan))
    if not is_worth_reminding(loan, now):
        return 0
    return len(_tell_borrower(loan, REMINDERS[stage - 1]))


def _has_news(loan: Loan, now: datetime) -> bool:
    return _stage(loan, now) > loan.reminders


def _stage(loan: Loan, now: datetime) -> int:
    """How many of the reminders have come; one more when the desk is to ask for its loss."""
    return reminders_due(loan, now) + is_probably_lost(loan, now)


def _tell_borrower(loan: Loan, topic: str) -> list[Any]:
    booking = loan.line.booking
    path = reverse("sharing:booking", args=[booking.pk])
    return notify(booking.borrower, topic, path=path, **_facts(loan))


def _tell_desk(loan: Loan) -> list[Any]:
    booking = loan.line.booking
    path = reverse("sharing:desk_loan", args=[booking.collection.slug, loan.pk])
    facts = {**_facts(loan), "who": booking.borrower}
    return notify(booking.collection.owner, MAYBE_LOST, path=path, **facts)


def _facts(loan: Loan) -> dict[str, Any]:
    zone = loan.line.booking.collection.timezone
    return {"thing": loan.thing.name, "due": there(loan.due_at, zone)}


@transaction.atomic
def _keep_longer(loan: Loan, now: datetime) -> int:
    """An overdue loan takes its time until tomorrow; who counts on the thing is warned once."""
    loan, things = locked_loan(loan)
    if not is_overdue(loan, now):
        return 0
    return warn(blocks.lay(things, now=now), things)


def warn(short: Iterable[Booking], things: Iterable[Thing]) -> int:
    """Warn the borrowers of these bookings, each once, and say what they could have instead."""
    rows = (
        Booking.objects.select_for_update(of=("self",))
        .filter(pk__in=[each.pk for each in short], warned_at__isnull=True, state__in=AWAITED)
        .select_related("collection", "borrower")
        .order_by("begins", "pk")
    )
    told = 0
    for booking in rows:
        line = _line_about(booking, things)
        if line is None:
            continue
        booking.warned_at = timezone.now()
        booking.save(update_fields=["warned_at"])
        told += len(_warn(booking, line))
    return told


def _line_about(booking: Booking, things: Iterable[Thing]) -> BookingLine | None:
    """The line for whose sake the booking is in danger: its thing, or a kit with it as a part."""
    keys = [thing.pk for thing in things]
    lines = booking.lines.select_related("thing__collection", "thing__terms", "thing__kind")
    of_kit = lines.filter(thing__parts__part__in=keys)
    return lines.filter(thing__in=keys).first() or of_kit.first()


def _warn(booking: Booking, line: BookingLine) -> list[Any]:
    zone = booking.collection.timezone
    found = alternatives(
        line.thing,
        quantity=line.quantity,
        begins=booking.begins,
        ends=booking.ends,
        limit=MOST_ALTERNATIVES,
    )
    fields: dict[str, Any] = {}
    for number, each in enumerate(found, start=1):
        fields[f"thing{number}"] = each.thing.name
        fields[f"begins{number}"] = there(each.begins, zone)
        fields[f"ends{number}"] = there(each.ends, zone)
    return notify(
        booking.borrower,
        f"{LATE_BEFORE_YOU}_{len(found)}" if found else LATE_BEFORE_YOU,
        path=reverse("sharing:booking", args=[booking.pk]),
        thing=line.thing.name,
        booking=booking.code,
        begins=there(booking.begins, zone),
        **fields,
    )
