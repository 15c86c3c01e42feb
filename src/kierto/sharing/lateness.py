"""Late or not: what a clock can tell about loans, and when it says so.

Nothing of this is stored but how many reminders went out. Days are days of the collection.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from kierto.parties.models import Agent
from kierto.sharing.models import Collection, Loan

REMINDER_DAYS = (-1, 0, 3, 10)
"""On which days after the day of return borrowers are reminded; −1 is the day before."""

LOST_AFTER_DAYS = 60
"""So long after the day of return the desk is asked whether a loan is lost."""


def open_loans() -> QuerySet[Loan]:
    """What is out: not back, and not given up."""
    return Loan.objects.filter(back_at__isnull=True, is_lost=False)


def with_facts(loans: QuerySet[Loan]) -> QuerySet[Loan]:
    """Loans with what a row about them shows."""
    return loans.select_related(
        "thing__collection", "line__booking__borrower", "line__booking__collection"
    )


def overdue_loans(
    collection: Collection | None = None, now: datetime | None = None
) -> QuerySet[Loan]:
    """What is out and was due before now, longest overdue first."""
    loans = open_loans().filter(due_at__lt=now or timezone.now()).order_by("due_at", "pk")
    if collection is not None:
        loans = loans.filter(line__booking__collection=collection)
    return loans


def overdue_of(
    borrower: Agent, collection: Collection, now: datetime | None = None
) -> QuerySet[Loan]:
    """What a borrower should have brought back to a collection by now."""
    return overdue_loans(collection, now).filter(line__booking__borrower=borrower)


def is_overdue(loan: Loan, now: datetime | None = None) -> bool:
    """Whether it is out and its time has passed."""
    return loan.back_at is None and not loan.is_lost and loan.due_at < (now or timezone.now())


def days_late(loan: Loan, at: datetime | None = None) -> int:
    """Whole and begun days of the collection since the day of return; 0 or less: not late."""
    zone = ZoneInfo(loan.thing.collection.timezone)
    day = (at or loan.back_at or timezone.now()).astimezone(zone).date()
    return (day - loan.due_at.astimezone(zone).date()).days


def reminders_due(loan: Loan, now: datetime) -> int:
    """How many of :data:`REMINDER_DAYS` have come for a loan by now."""
    late = days_late(loan, now)
    return sum(late >= day for day in REMINDER_DAYS)


def is_worth_reminding(loan: Loan, now: datetime) -> bool:
    """Nobody is reminded on the very day on which they borrowed it, unless it is late."""
    zone = ZoneInfo(loan.thing.collection.timezone)
    return (
        is_overdue(loan, now) or loan.out_at.astimezone(zone).date() < now.astimezone(zone).date()
    )


def is_probably_lost(loan: Loan, now: datetime | None = None) -> bool:
    """Whether the desk should decide if it is lost. Nothing is ever given up by itself."""
    return is_overdue(loan, now) and days_late(loan, now) >= LOST_AFTER_DAYS


def latest_return(loans: Iterable[Loan]) -> datetime | None:
    """When the last of them is due."""
    return max((loan.due_at for loan in loans), default=None)
