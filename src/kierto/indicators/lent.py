"""Loans, bookings of rooms and repairs of the ledger as rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from kierto.catalogue.models import CanonicalUnit
from kierto.core.period import Period
from kierto.indicators.privacy import Reader
from kierto.indicators.scope import Scope, month_of
from kierto.ledger.models import Action, EconomicEvent
from kierto.ledger.queries import events_between
from kierto.repair.queries import ENDED_STATES
from kierto.repair.states import Outcome
from kierto.sharing.models import Loan, Thing
from kierto.sharing.states import Sort, ThingState

DAY = 24 * 3600.0

BORROWER = ("receiver",)
OWNER = ("provider",)
"""Of whom a small sum would tell: the libraries and workshops themselves are known to all."""


@dataclass(frozen=True, slots=True)
class Lending:
    """So many of a kind were handed out, or a room was used (``is_room``).

    ``fresh`` is how many of them nobody had counted yet: who borrows the same kind again within
    a calendar year would have bought it once, so only what goes beyond the most at one time
    counts.
    """

    month: date
    owner: UUID
    borrower: UUID
    kind: int
    number: float
    fresh: float
    is_room: bool


@dataclass(frozen=True, slots=True)
class Repair:
    """A finished attempt to repair a thing."""

    month: date
    workshop: UUID
    owner: UUID
    kind: int
    number: float
    outcome: str

    @property
    def is_fixed(self) -> bool:
        """Whether the thing works again."""
        return self.outcome == Outcome.FIXED


@dataclass(frozen=True, slots=True)
class Occupation:
    """Days in a month on which things of a kind were out, and on which they were there."""

    month: date
    owner: UUID
    borrower: UUID | None
    kind: int
    used: float
    there: float


def lendings(scope: Scope) -> QuerySet[EconomicEvent]:
    """Handings-out of things and uses of rooms, each by somebody who does not own them."""
    handed = Q(action=Action.TRANSFER_CUSTODY, loan_out__isnull=False)
    rooms = Q(action=Action.USE, loan_use__isnull=True, resource__thing__sort=Sort.SPACE)
    return _standing(scope).filter(handed | rooms).exclude(provider=F("receiver"))


def repairs(scope: Scope) -> QuerySet[EconomicEvent]:
    """Things taken in, of which a result is known."""
    return _standing(scope).filter(action=Action.ACCEPT, input_of__ticket__state__in=ENDED_STATES)


def _standing(scope: Scope) -> QuerySet[EconomicEvent]:
    """Events of a scope that were not taken back."""
    events = events_between(scope.start, scope.end, scope.district).filter(
        corrects__isnull=True, corrected_by__isnull=True
    )
    if scope.organization is not None:
        agent = scope.organization.agent_id
        events = events.filter(Q(provider=agent) | Q(receiver=agent))
    if scope.kind is not None:
        events = events.filter(conforms_to__path__startswith=scope.kind.path)
    return events


class Lent:
    """What was lent and repaired in a scope, as far as this reader may have it counted."""

    def __init__(self, scope: Scope, reader: Reader) -> None:
        self.scope, self.reader = scope, reader

    @cached_property
    def lending_events(self) -> QuerySet[EconomicEvent]:
        """The loans that count."""
        return self.reader.countable_events(lendings(self.scope), BORROWER)

    @cached_property
    def repair_events(self) -> QuerySet[EconomicEvent]:
        """The repairs that count."""
        return self.reader.countable_events(repairs(self.scope), OWNER)

    @cached_property
    def lendings(self) -> list[Lending]:
        """One row for each; the year before the period is read along, see ``fresh``."""
        first = date(self.scope.days[0].year, 1, 1)
        whole = replace(self.scope, period=Period(first, self.scope.days[1]))
        events = self.reader.countable_events(lendings(whole), BORROWER).order_by(
            "has_end", "number"
        )
        columns = ("has_end", "action", "provider", "receiver", "conforms_to", "resource_quantity")
        most: dict[tuple[UUID, int, int], float] = defaultdict(float)
        found = []
        for ended, action, owner, borrower, kind, quantity in events.values_list(*columns):
            month, number = month_of(ended), float(quantity or 1)
            key = (borrower, kind, month.year)
            fresh = max(0.0, number - most[key])
            most[key] = max(most[key], number)
            if ended >= self.scope.start:
                is_room = action == Action.USE
                found.append(Lending(month, owner, borrower, kind, number, fresh, is_room))
        return found

    @cached_property
    def repairs(self) -> list[Repair]:
        """One row for each finished attempt."""
        columns = (
            "has_end", "receiver", "provider", "conforms_to", "resource_quantity",
            "input_of__ticket__outcome",
        )  # fmt: skip
        rows = self.repair_events.order_by("number").values_list(*columns)
        return [
            Repair(month_of(ended), workshop, owner, kind, float(quantity or 1), outcome)
            for ended, workshop, owner, kind, quantity, outcome in rows
        ]

    @cached_property
    def occupations(self) -> list[Occupation]:
        """Use of what is lent by the day: items and pools that are in use now."""
        things = _things(self.scope).values_list(
            "pk", "kind", "collection__owner", "created_at", "resource__accounting_quantity"
        )
        months = [_span(month, self.scope) for month in self.scope.months()]
        now = timezone.now()
        rows, owners = [], {}
        for pk, kind, owner, created, number in things:
            owners[pk] = (kind, owner)
            for month, start, end in months:
                there = _overlap(max(start, created), min(end, now), float(number or 0))
                if there > 0:
                    rows.append(Occupation(month, owner, None, kind, 0.0, there))
        loans = Loan.objects.filter(
            thing__in=list(owners), out_at__lt=self.scope.end, is_lost=False
        ).exclude(back_at__lte=self.scope.start)
        columns = ("thing", "line__booking__borrower", "out_at", "back_at", "quantity")
        for thing, borrower, out, back, number in loans.values_list(*columns):
            kind, owner = owners[thing]
            for month, start, end in months:
                used = _overlap(max(out, start), min(back or now, end, now), float(number))
                if used > 0:
                    rows.append(Occupation(month, owner, borrower, kind, used, 0.0))
        return rows


def _things(scope: Scope) -> QuerySet[Thing]:
    things = Thing.objects.filter(
        state__in=[ThingState.OPEN, ThingState.PAUSED],
        sort__in=[Sort.ITEM, Sort.POOL],
        kind__unit=CanonicalUnit.ITEM,
    )
    if scope.district is not None:
        things = things.filter(place__district=scope.district)
    if scope.organization is not None:
        things = things.filter(collection__owner=scope.organization.agent_id)
    if scope.kind is not None:
        things = things.filter(kind__path__startswith=scope.kind.path)
    return things


def _span(month: date, scope: Scope) -> tuple[date, datetime, datetime]:
    """A month with the first moment of it and the first after it, within the scope."""
    own = scope.of_month(month)
    return month, max(own.start, scope.start), min(own.end, scope.end)


def _overlap(start: datetime, end: datetime, number: float) -> float:
    """Days between two moments, for so many things."""
    return max(0.0, (end - start).total_seconds()) / DAY * number
