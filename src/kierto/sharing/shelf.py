"""What somebody has, has booked, waits for and owes, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from kierto.parties.models import Agent
from kierto.parties.queries import spoken_for
from kierto.sharing import charges
from kierto.sharing.charges import Standing
from kierto.sharing.lateness import is_overdue
from kierto.sharing.models import Booking, Charge, Loan, Membership, WaitingEntry
from kierto.sharing.states import BookingState, WaitingState

SOON = timedelta(days=2)
MOST_PAST = 20
AHEAD = (BookingState.REQUESTED, BookingState.CONFIRMED)
PAST = (
    BookingState.DONE,
    BookingState.CANCELLED,
    BookingState.DECLINED,
    BookingState.MISSED,
)


@dataclass(frozen=True, slots=True)
class Lent:
    """Something one has: whether it is late, or due within two days."""

    loan: Loan
    is_late: bool
    is_soon: bool


@dataclass(slots=True)
class Shelf:
    """All that is between somebody (or an organisation of theirs) and the collections.

    ``owed`` is what is due, in euros; ``deposits`` what lies at the desks.
    """

    loans: list[Lent] = field(default_factory=list)
    held: list[Booking] = field(default_factory=list)
    booked: list[Booking] = field(default_factory=list)
    waiting: list[WaitingEntry] = field(default_factory=list)
    past: list[Booking] = field(default_factory=list)
    owing: list[Standing] = field(default_factory=list)
    deposits: list[Standing] = field(default_factory=list)
    cards: list[Membership] = field(default_factory=list)

    @property
    def number_out(self) -> int:
        """How many things one has, those of a pool counted one by one."""
        return sum(each.loan.quantity for each in self.loans)

    @property
    def owed(self) -> Decimal:
        """Euros that are due in all."""
        return sum((each.due for each in self.owing), Decimal(0))

    @property
    def is_empty(self) -> bool:
        """Nothing now, and nothing before."""
        return not any(
            (self.loans, self.held, self.booked, self.waiting, self.past, self.owing, self.cards)
        )


def shelf_of(by: Agent, *, now: datetime | None = None) -> Shelf:
    """Everything of ``by`` and of the organisations it acts for."""
    now = now or timezone.now()
    agents = spoken_for(by)
    bookings = (
        Booking.objects.filter(borrower__in=agents)
        .select_related("collection", "borrower__organization", "borrower__person")
        .prefetch_related("lines__thing")
    )
    money = charges.standings(
        charges.with_promises(Charge.objects.filter(borrower__in=agents))
        .select_related("collection", "loan__thing", "booking")
        .order_by("created_at", "pk")
    )
    return Shelf(
        loans=_loans(by, now),
        held=list(
            bookings.filter(state=BookingState.HELD, hold_until__gt=now).order_by("hold_until")
        ),
        booked=list(bookings.filter(state__in=AHEAD).order_by("begins", "code")),
        waiting=list(
            WaitingEntry.objects.filter(borrower__in=agents, state=WaitingState.WAITING)
            .select_related("thing__collection")
            .order_by("begins", "pk")
        ),
        past=list(bookings.filter(state__in=PAST).order_by("-ends", "code")[:MOST_PAST]),
        owing=[each for each in money if each.due],
        deposits=[each for each in money if each.held],
        cards=list(
            Membership.objects.filter(agent__in=agents)
            .select_related("collection", "plan", "agent__organization", "agent__person")
            .order_by("collection__name", "pk")
        ),
    )


def _loans(by: Agent, now: datetime) -> list[Lent]:
    loans = (
        Loan.objects.filter(
            line__booking__borrower__in=spoken_for(by),
            back_at__isnull=True,
            is_lost=False,
        )
        .select_related("thing__collection", "line__booking__collection")
        .order_by("due_at", "pk")
    )
    return [Lent(loan, is_overdue(loan, now), loan.due_at <= now + SOON) for loan in loans]
