"""Who has or wants what, and when: the one reading of bookings, loans and maintenance.

Availability counts what is read here, and the blocks are laid from it, so the two cannot
disagree. Times are in UTC and hold the buffers, which are minutes of absolute time; intervals are
half-open, so that one may begin at the moment when another ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from kierto.sharing.models import Booking, BookingLine, KitPart, Loan, Maintenance, Thing
from kierto.sharing.states import BLOCKING, BookingState, MaintenanceState, Sort

OVERDUE = timedelta(days=1)
"""What has not come back in time is taken to be away so much longer, from now on."""

SINGLE = (Sort.ITEM, Sort.SPACE, Sort.VEHICLE)
"""Of these there is one, even where the ledger keeps no stock of it."""

NOTHING = timedelta(0)
Buffers = tuple[timedelta, timedelta]


@dataclass(frozen=True, slots=True)
class Demand:
    """So many of a thing are taken from ``begins`` to ``ends``, buffers included.

    Where not all fit, the lowest ``rank`` goes first. ``is_out``: it is in somebody's hands.
    """

    begins: datetime
    ends: datetime
    quantity: int
    rank: tuple[int, datetime, str]
    line: int | None = None
    maintenance: UUID | None = None
    booking: UUID | None = None
    is_out: bool = False


@dataclass(slots=True)
class Situation:
    """What is known about some things; kits stand for their parts.

    ``numbers``: how many there are of each; ``parts``: kit to part to how many; ``taken``: the
    demands on each thing that is not a kit.
    """

    numbers: dict[int, int] = field(default_factory=dict)
    parts: dict[int, dict[int, int]] = field(default_factory=dict)
    buffers: dict[int, Buffers] = field(default_factory=dict)
    taken: dict[int, list[Demand]] = field(default_factory=lambda: defaultdict(list))

    def needs(self, thing: int) -> dict[int, int]:
        """What one of a thing takes: itself, or the parts of the kit."""
        return self.parts.get(thing, {thing: 1})

    def window(self, thing: int, part: int, begins: datetime, ends: datetime) -> tuple[Any, Any]:
        """The time that is taken of a part when a thing is booked: the longer buffers count."""
        (b1, a1), (b2, a2) = (self.buffers.get(x, (NOTHING, NOTHING)) for x in (thing, part))
        return utc(begins) - max(b1, b2), utc(ends) + max(a1, a2)

    def free_of(self, part: int, begins: datetime, ends: datetime) -> int:
        """How many are free all the time, without regard to buffers; never below zero."""
        return max(0, self.numbers.get(part, 0) - peak(self.taken.get(part, ()), begins, ends))

    def free(self, thing: int, begins: datetime, ends: datetime) -> int:
        """How many of a thing or kit can be booked from ``begins`` to ``ends``."""
        needs = self.needs(thing)
        return min(
            (
                self.free_of(part, *self.window(thing, part, begins, ends)) // each
                for part, each in needs.items()
            ),
            default=0,
        )

    def whole(self, thing: int) -> int:
        """How many there are if nothing is taken."""
        needs = self.needs(thing)
        return min((self.numbers.get(part, 0) // each for part, each in needs.items()), default=0)

    def free_at(self, thing: int, moment: datetime) -> int:
        """How many of a thing or kit are there at a moment."""
        end = moment + timedelta(microseconds=1)
        needs = self.needs(thing)
        return min(
            (self.free_of(part, moment, end) // each for part, each in needs.items()), default=0
        )


def utc(moment: datetime) -> datetime:
    """The same moment in UTC, where adding minutes adds minutes."""
    return moment.astimezone(UTC)


def peak(demands: Iterable[Demand], begins: datetime, ends: datetime) -> int:
    """The most that are taken at one moment between the two."""
    steps = []
    for each in demands:
        if each.begins < ends and each.ends > begins:
            steps += [(max(each.begins, begins), each.quantity), (each.ends, -each.quantity)]
    steps.sort()  # at one moment, what ends comes before what begins
    most = count = 0
    for _moment, change in steps:
        count += change
        most = max(most, count)
    return most


def survey(
    things: Iterable[Thing],
    *,
    begins: datetime | None = None,
    ends: datetime | None = None,
    ignoring: Booking | None = None,
    now: datetime | None = None,
) -> Situation:
    """Read all that takes these things, between the two moments if they are given.

    The number of queries (at most seven) depends neither on the things nor on the bookings. A
    hold that has lapsed takes nothing.
    """
    reader = _Reader(list(things), begins, ends, ignoring, now or timezone.now())
    return reader.read()


def outline(things: Iterable[Thing]) -> Situation:
    """How many there are of these things and of what they take, without who takes them."""
    reader = _Reader(list(things), None, None, None, timezone.now())
    reader.find_parts()
    reader.find_stock()
    return reader.found


class _Reader:
    """One reading, in steps that fill one situation."""

    def __init__(
        self,
        things: Sequence[Thing],
        begins: datetime | None,
        ends: datetime | None,
        ignoring: Booking | None,
        now: datetime,
    ) -> None:
        self.things, self.ignoring, self.now = things, ignoring, now
        # Arithmetic on local times forgets which of two equal hours is meant.
        self.begins = begins and utc(begins)
        self.ends = ends and utc(ends)
        self.found = Situation()
        self.physical: set[int] = set()
        self.counted: set[int] = set()

    def read(self) -> Situation:
        if not self.things:
            return self.found
        self.find_parts()
        self.find_kits()
        self.find_stock()
        self._lines()
        self._loans()
        self._maintenance()
        return self.found

    # ---------------------------------------------------------------- what there is

    def find_parts(self) -> None:
        """What the things asked about are made of."""
        kits = {thing.pk for thing in self.things if thing.sort == Sort.KIT}
        self.physical = {thing.pk for thing in self.things} - kits
        self.found.parts = {kit: {} for kit in kits}
        if kits:
            self._read_parts(KitPart.objects.filter(kit__in=kits))
            self.physical |= {part for parts in self.found.parts.values() for part in parts}

    def find_kits(self) -> None:
        """Every kit that has one of the things as a part takes it as well."""
        self._read_parts(KitPart.objects.filter(part__in=self.physical))

    def _read_parts(self, rows: QuerySet[KitPart]) -> None:
        for kit, part, each in rows.order_by().values_list("kit_id", "part_id", "quantity"):
            self.found.parts.setdefault(kit, {})[part] = each

    def find_stock(self) -> None:
        """How many there are, and the buffers of each: by its own terms or the collection's."""
        default = FilteredRelation(
            "collection__terms", condition=Q(collection__terms__is_default=True)
        )
        before, after = (
            Coalesce(f"terms__buffer_{side}_minutes", f"default__buffer_{side}_minutes", 0)
            for side in ("before", "after")
        )
        rows = Thing.objects.filter(pk__in=self.physical | set(self.found.parts)).order_by()
        for pk, sort, quantity, minutes_before, minutes_after in rows.alias(
            default=default
        ).values_list("pk", "sort", "resource__accounting_quantity", before, after):
            self.found.buffers[pk] = (
                timedelta(minutes=minutes_before),
                timedelta(minutes=minutes_after),
            )
            if sort == Sort.KIT:
                continue
            self.found.numbers[pk] = int(sort in SINGLE) if quantity is None else int(quantity)
            if sort != Sort.CONSUMABLE:  # those are sold or counted, not booked
                self.counted.add(pk)

    # ---------------------------------------------------------------- who takes it

    def _lines(self) -> None:
        lines = self._in_window(_blocking_lines(self.now), "booking__")
        lines = lines.filter(thing__in=self.counted | set(self.found.parts))
        if self.ignoring is not None:
            lines = lines.exclude(booking=self.ignoring)
        rows = list(
            lines.values_list(
                "pk",
                "thing_id",
                "quantity",
                "booking_id",
                "booking__begins",
                "booking__ends",
                "booking__state",
                "booking__created_at",
            )
        )
        lent = self._lent({row[0] for row in rows if row[6] == BookingState.OUT})
        for line, thing, quantity, booking, begins, ends, state, asked_at in rows:
            for part, each in self.found.needs(thing).items():
                left = quantity * each
                left -= lent.get((line, part if thing in self.found.parts else None), 0)
                if part not in self.counted or left <= 0:
                    continue
                self._take(
                    part,
                    thing,
                    begins,
                    ends,
                    quantity=left,
                    rank=(_RANKS[state], asked_at, str(line)),
                    line=line,
                    booking=booking,
                )

    def _lent(self, lines: set[int]) -> dict[tuple[int, int | None], int]:
        """How many of each line were handed out: of a kit by part, of others whatever was given."""
        lent: dict[tuple[int, int | None], int] = defaultdict(int)
        if not lines:
            return lent
        for line, whole, thing, quantity in Loan.objects.filter(line__in=lines).values_list(
            "line_id", "line__thing_id", "thing_id", "quantity"
        ):
            lent[line, thing if whole in self.found.parts else None] += quantity
        return lent

    def _loans(self) -> None:
        """What is out is taken until it is due; what is overdue, until tomorrow at this time."""
        rows = Loan.objects.filter(thing__in=self.counted, back_at__isnull=True, is_lost=False)
        rows = rows.order_by()
        if self.ignoring is not None:
            rows = rows.exclude(line__booking=self.ignoring)
        for pk, line, whole, thing, quantity, out_at, due_at, booking, begins in rows.values_list(
            "pk",
            "line_id",
            "line__thing_id",
            "thing_id",
            "quantity",
            "out_at",
            "due_at",
            "line__booking_id",
            "line__booking__begins",
        ):
            away = due_at if due_at > self.now else self.now + OVERDUE
            self._take(
                thing,
                whole,
                min(out_at, begins),
                away,
                quantity=quantity,
                rank=(0, out_at, str(pk)),
                line=line,
                booking=booking,
                is_out=True,
            )

    def _maintenance(self) -> None:
        open_ones = Q(state=MaintenanceState.IN_WORK) | self._span(
            Q(state=MaintenanceState.PLANNED), "", NOTHING
        )
        rows = Maintenance.objects.filter(open_ones, thing__in=self.counted).order_by()
        for pk, thing, quantity, begins, ends, state in rows.values_list(
            "pk", "thing_id", "quantity", "begins", "ends", "state"
        ):
            in_work = state == MaintenanceState.IN_WORK
            away = self.now + OVERDUE if in_work and ends <= self.now else ends
            self.found.taken[thing].append(
                Demand(
                    begins,
                    away,
                    quantity,
                    rank=(1 if in_work else 3, begins, str(pk)),
                    maintenance=pk,
                )
            )

    def _take(self, part: int, thing: int, begins: datetime, ends: datetime, **more: Any) -> None:
        start, end = self.found.window(thing, part, begins, ends)
        self.found.taken[part].append(Demand(start, end, **more))

    def _in_window(self, rows: QuerySet[Any], prefix: str) -> QuerySet[Any]:
        longest = max((max(pair) for pair in self.found.buffers.values()), default=NOTHING)
        # A demand and the time asked about may both have buffers.
        return rows.filter(self._span(Q(), prefix, 2 * longest))

    def _span(self, wanted: Q, prefix: str, margin: timedelta) -> Q:
        if self.begins is not None:
            wanted &= Q(**{f"{prefix}ends__gt": self.begins - margin})
        if self.ends is not None:
            wanted &= Q(**{f"{prefix}begins__lt": self.ends + margin})
        return wanted


_RANKS = {
    BookingState.OUT: 2,
    BookingState.CONFIRMED: 4,
    BookingState.REQUESTED: 5,
    BookingState.HELD: 5,
}
"""Who goes first where not all fit; before them what is out (0) or in work (1), and, between,
what is planned to be cared for (3)."""


def _blocking_lines(now: datetime) -> QuerySet[BookingLine]:
    kept = Q(booking__state__in=[s for s in BLOCKING if s != BookingState.HELD])
    held = Q(booking__state=BookingState.HELD, booking__hold_until__gt=now)
    return BookingLine.objects.filter(kept | held).order_by()
