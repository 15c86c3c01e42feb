"""How much things are used, and what to do with those that lie idle.

The rate of use of a thing that is lent by the day is the days it was out, of the days it was
there; of a space or a vehicle, which is used by the hour, the hours it was used of the hours in
which it could be. Both over the twelve months up to now, or since the thing was added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from kierto.sharing.models import BookingLine, Collection, Loan, Thing
from kierto.sharing.opening import hours_text, spans, zone_of
from kierto.sharing.states import BookingState, Sort, ThingState

YEAR = timedelta(days=365)
LEAST_KNOWN = timedelta(days=90)
"""Before that nobody can say that a thing lies idle."""

IDLE_BELOW = Decimal("0.02")
"""A week in the year: what is used less is suggested for moving, giving away or retiring."""

BY_HOUR = (Sort.SPACE, Sort.VEHICLE)
NOT_RATED = (Sort.KIT, Sort.CONSUMABLE)
USED = (BookingState.CONFIRMED, BookingState.OUT, BookingState.DONE)

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Use:
    """How much a thing was used: ``used`` of ``possible``, in ``unit`` ("h" or "day")."""

    thing: Thing
    unit: str
    used: float
    possible: float
    times: int
    last_used: datetime | None
    since: datetime

    @property
    def rate(self) -> float:
        """The share of its time in which it was used, 0 to 1."""
        return min(1.0, self.used / self.possible) if self.possible > 0 else 0.0

    def is_idle(self, now: datetime) -> bool:
        """Whether it lies idle, and long enough to say so."""
        return now - self.since >= LEAST_KNOWN and self.rate < IDLE_BELOW


def uses_of(collection: Collection, now: datetime | None = None) -> list[Use]:
    """The rate of use of each thing in use, the idlest first; a constant number of queries."""
    now = now or timezone.now()
    things = list(
        Thing.objects.filter(collection=collection, state__in=[ThingState.OPEN, ThingState.PAUSED])
        .exclude(sort__in=NOT_RATED)
        .select_related("collection", "resource", "place", "kind")
        .order_by("name", "code")
    )
    spent = _spent(things, now - YEAR, now)
    hours: dict[tuple[str, date], float] = {}
    found = [_use(thing, spent[thing.pk], now, hours) for thing in things]
    return sorted(found, key=lambda use: (use.rate, use.times, use.thing.name))


def idle_things(collection: Collection, now: datetime | None = None) -> list[Use]:
    """What lies idle, the idlest first."""
    now = now or timezone.now()
    return [use for use in uses_of(collection, now) if use.is_idle(now)]


@dataclass(slots=True)
class _Spent:
    seconds: float = 0.0
    times: int = 0
    last: datetime | None = None

    def add(self, begins: datetime, ends: datetime, number: int) -> None:
        self.seconds += max(0.0, (ends - begins).total_seconds()) * number
        self.times += 1
        self.last = ends if self.last is None else max(self.last, ends)


def _spent(things: Sequence[Thing], start: datetime, now: datetime) -> dict[int, _Spent]:
    """The time each was out, or a space was used, between the two moments."""
    spent: dict[int, _Spent] = defaultdict(_Spent)
    loans = Loan.objects.filter(thing__in=things, out_at__lt=now, is_lost=False).exclude(
        back_at__lte=start
    )
    for thing, out, back, number in loans.values_list("thing_id", "out_at", "back_at", "quantity"):
        spent[thing].add(max(out, start), min(back or now, now), number)
    lines = BookingLine.objects.filter(
        thing__in=things,
        thing__sort__in=BY_HOUR,
        loans__isnull=True,
        booking__state__in=USED,
        booking__begins__lt=now,
        booking__ends__gt=start,
    )
    rows = lines.annotate(begins=F("booking__begins"), ends=F("booking__ends"))
    for thing, begins, ends, number in rows.values_list("thing_id", "begins", "ends", "quantity"):
        spent[thing].add(max(begins, start), min(ends, now), number)
    return spent


def _use(thing: Thing, spent: _Spent, now: datetime, hours: dict[tuple[str, date], float]) -> Use:
    since = max(thing.created_at, now - YEAR)
    count = float(thing.resource.accounting_quantity) if thing.resource is not None else 1.0
    if thing.sort in BY_HOUR:
        possible = _open_hours(thing, since, now, hours) * count
        return Use(thing, "h", spent.seconds / HOUR, possible, spent.times, spent.last, since)
    possible = (now - since).total_seconds() / DAY * count
    return Use(thing, "day", spent.seconds / DAY, possible, spent.times, spent.last, since)


def _open_hours(
    thing: Thing, since: datetime, now: datetime, known: dict[tuple[str, date], float]
) -> float:
    """Hours in which it could be used; each text of hours is reckoned once a day."""
    zone, text = zone_of(thing), hours_text(thing)
    day, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    total = 0.0
    while day <= last:
        if (text, day) not in known:
            known[text, day] = _length(spans(thing, day))
        total += known[text, day]
        day += timedelta(days=1)
    return total


def _length(found: Iterable[tuple[datetime, datetime]]) -> float:
    return sum((ends.timestamp() - begins.timestamp()) / HOUR for begins, ends in found)
