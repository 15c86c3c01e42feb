"""The times that are taken, slot by slot: laid anew from bookings, loans and maintenance.

A thing of which there are n has the slots 0 to n − 1. Which of n equal things somebody gets does
not matter until it is handed out, so slots may be changed as long as nobody holds the thing.
Intervals of time make a perfect graph: if no moment has more than n of them, n slots are enough,
and taking them by their beginnings finds such slots. A pool of n therefore takes exactly n at
once, never fewer because of the order in which people booked.

Whoever calls :func:`lay` holds the locks of :func:`lock`, which everybody takes in the same order.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from kierto.sharing.demand import Demand, outline, peak, survey
from kierto.sharing.errors.booking import ThingsChanged
from kierto.sharing.models import Block, Booking, KitPart, Thing
from kierto.sharing.states import Sort

Cause = tuple[int | None, UUID | None]
"""The line or the maintenance that a block is for."""


@dataclass(slots=True)
class Piece:
    """One of a demand's many, with the time that it gets and then the slot."""

    demand: Demand
    begins: datetime
    ends: datetime
    slot: int = -1

    @property
    def cause(self) -> Cause:
        return self.demand.line, self.demand.maintenance

    @property
    def is_whole(self) -> bool:
        return (self.begins, self.ends) == (self.demand.begins, self.demand.ends)


@dataclass(slots=True)
class Fit:
    """Pieces with their slots, and the demands that did not get all that they want."""

    pieces: list[Piece] = field(default_factory=list)
    short: list[Demand] = field(default_factory=list)


# ------------------------------------------------------------------------ locking


def lock(things: Iterable[Thing]) -> list[Thing]:
    """Lock things, and the parts of those that are kits, in the order that everybody keeps.

    Raises:
        ThingsChanged: a kit got other parts just before it was locked.
    """
    chosen = {thing.pk: thing for thing in things}
    wanted, kits = set(chosen), [pk for pk, thing in chosen.items() if thing.sort == Sort.KIT]
    parts = _parts(kits)
    locked = list(
        Thing.objects.select_for_update(of=("self",))
        .select_related("resource", "terms", "kind")
        .select_related("collection__owner__organization", "collection__place")
        .filter(pk__in=wanted | parts)
        .order_by("pk")
    )
    if not _parts(kits) <= parts:
        raise ThingsChanged
    return locked


def _parts(kits: Sequence[int]) -> set[int]:
    if not kits:
        return set()
    return set(KitPart.objects.filter(kit__in=kits).values_list("part_id", flat=True))


# ------------------------------------------------------------------------ laying


def lay(things: Iterable[Thing], *, now: datetime | None = None) -> list[Booking]:
    """Lay the blocks of locked things anew, from now on; what is over is taken up.

    Returns:
        The bookings that no longer get all their time, because something is out too long, in
        work, or gone. They keep their times; somebody should tell the borrower.
    """
    now = now or timezone.now()
    chosen = list(things)
    situation = survey(chosen, begins=now, now=now)
    stored = _stored(situation.numbers)
    short: set[UUID] = set()
    wanted: set[tuple[Any, ...]] = set()
    for thing, number in situation.numbers.items():
        demands = [each for each in situation.taken.get(thing, ()) if each.ends > now]
        result = fit(demands, number, _slots(stored[thing]))
        short |= {each.booking for each in result.short if each.booking and not each.is_out}
        wanted |= {(thing, p.slot, p.begins, p.ends, *p.cause) for p in result.pieces}
    _exchange([row for rows in stored.values() for row in rows], wanted)
    return list(Booking.objects.filter(pk__in=short)) if short else []


def add(booking: Booking, things: Iterable[Thing]) -> None:
    """Give a new booking of locked things slots that are free all the time.

    Where there are none although it fits, others change their slots: then all is laid anew.
    """
    chosen = list(things)
    new = _free_slots(booking, chosen)
    if new is None:
        lay(chosen)
    else:
        Block.objects.bulk_create(new)


def _free_slots(booking: Booking, things: Sequence[Thing]) -> list[Block] | None:
    situation = outline(things)
    wanted = [
        (part, line, quantity * each, *situation.window(thing, part, booking.begins, booking.ends))
        for line, thing, quantity in booking.lines.values_list("pk", "thing_id", "quantity")
        for part, each in situation.needs(thing).items()
    ]
    first, last = min(each[3] for each in wanted), max(each[4] for each in wanted)
    stored = list(
        Block.objects.filter(thing__in=situation.numbers, ends__gt=first, begins__lt=last)
        .order_by()
        .values_list("thing_id", "slot", "begins", "ends")
    )
    new: list[Block] = []
    consumables = {thing.pk for thing in things if thing.sort == Sort.CONSUMABLE}
    for part, line, number, begins, ends in wanted:
        if part in consumables:
            continue
        taken = {slot for pk, slot, b, e in stored if pk == part and b < ends and e > begins}
        free = [slot for slot in range(situation.numbers[part]) if slot not in taken][:number]
        if len(free) < number:
            return None
        stored += [(part, slot, begins, ends) for slot in free]
        new += [
            Block(thing_id=part, slot=slot, begins=begins, ends=ends, line_id=line) for slot in free
        ]
    return new


def _stored(things: Iterable[int]) -> dict[int, list[Block]]:
    stored: dict[int, list[Block]] = defaultdict(list)
    for block in Block.objects.filter(thing__in=list(things)).order_by("slot"):
        stored[block.thing_id].append(block)
    return stored


def _slots(blocks: Iterable[Block]) -> dict[Cause, list[int]]:
    slots: dict[Cause, list[int]] = defaultdict(list)
    for block in blocks:
        slots[block.line_id, block.maintenance_id].append(block.slot)
    return slots


def _exchange(stored: Sequence[Block], wanted: set[tuple[Any, ...]]) -> None:
    """Delete what is not wanted and then add what is missing: rows are never moved in place,
    because two that change slots would overlap in between."""
    kept = {_row(block) for block in stored} & wanted
    gone = [block.pk for block in stored if _row(block) not in kept]
    if gone:
        Block.objects.filter(pk__in=gone).delete()
    Block.objects.bulk_create(
        Block(
            thing_id=thing,
            slot=slot,
            begins=begins,
            ends=ends,
            line_id=line,
            maintenance_id=maintenance,
        )
        for thing, slot, begins, ends, line, maintenance in sorted(wanted - kept, key=str)
    )


def _row(block: Block) -> tuple[Any, ...]:
    return (
        block.thing_id,
        block.slot,
        block.begins,
        block.ends,
        block.line_id,
        block.maintenance_id,
    )


# ------------------------------------------------------------------------ fitting


def fit(demands: Sequence[Demand], number: int, slots: dict[Cause, list[int]] | None = None) -> Fit:
    """Give every demand its slots out of ``number``, the earlier ones (``slots``) where possible.

    What is out keeps its slot. If at some moment there are more than ``number``, those of the
    highest rank give way: they get the longest stretch that is left, or nothing.
    """
    result = _admit(demands, number)
    _colour(result.pieces, number, slots or {})
    return result


def _admit(demands: Sequence[Demand], number: int) -> Fit:
    result = Fit()
    if not demands:
        return result
    span = min(d.begins for d in demands), max(d.ends for d in demands)
    if peak(demands, *span) <= number:
        result.pieces = [Piece(d, d.begins, d.ends) for d in demands for _ in range(d.quantity)]
        return result
    for demand in sorted(demands, key=lambda each: each.rank):
        whole = True
        for _ in range(demand.quantity):
            stretch = _longest_stretch(demand, result.pieces, number)
            whole = whole and stretch == (demand.begins, demand.ends)
            if stretch is not None:
                result.pieces.append(Piece(demand, *stretch))
        if not whole:
            result.short.append(demand)
    return result


def _longest_stretch(
    demand: Demand, pieces: Iterable[Piece], number: int
) -> tuple[datetime, datetime] | None:
    """The longest time within a demand's own at which fewer than ``number`` are taken."""
    steps = [(demand.begins, 0), (demand.ends, 0)]
    for piece in pieces:
        if piece.begins < demand.ends and piece.ends > demand.begins:
            steps.append((max(piece.begins, demand.begins), 1))
            steps.append((min(piece.ends, demand.ends), -1))
    steps.sort()
    best: tuple[datetime, datetime] | None = None
    count, open_since = 0, demand.begins if number > 0 else None
    for moment, change in steps:
        if open_since is not None and (count + change >= number or moment == demand.ends):
            if moment > open_since and (best is None or moment - open_since >= best[1] - best[0]):
                best = (open_since, moment)
            if count + change >= number:
                open_since = None
        count += change
        if open_since is None and count < number:
            open_since = moment
    return best


def _colour(pieces: list[Piece], number: int, slots: dict[Cause, list[int]]) -> None:
    """Slots by beginnings: the piece's earlier slot if that is free, else the lowest."""
    earlier = {cause: list(numbers) for cause, numbers in slots.items()}
    free = set(range(number))
    lowest = list(range(number))
    running: list[tuple[datetime, int]] = []
    kept: list[tuple[Piece, int]] = []
    # What is out has the first choice among the earlier slots of its line.
    for piece in sorted(pieces, key=lambda p: (p.begins, not p.demand.is_out, p.demand.rank)):
        while running and running[0][0] <= piece.begins:
            slot = heapq.heappop(running)[1]
            free.add(slot)
            heapq.heappush(lowest, slot)
        before = earlier.get(piece.cause)
        wish = before.pop(0) if before else -1
        piece.slot = wish if wish in free else _lowest(lowest, free)
        free.discard(piece.slot)
        heapq.heappush(running, (piece.ends, piece.slot))
        if piece.demand.is_out and 0 <= wish < number:
            kept.append((piece, wish))
    _keep(pieces, kept)


def _lowest(lowest: list[int], free: set[int]) -> int:
    while lowest[0] not in free:
        heapq.heappop(lowest)
    return lowest[0]


def _keep(pieces: Sequence[Piece], kept: Iterable[tuple[Piece, int]]) -> None:
    """Exchange whole slots until what is out has its own again.

    Everything that is out is out now, so no two of these share a slot, before or after.
    """
    settled: set[int] = set()
    for piece, slot in kept:
        was = piece.slot
        if was != slot and not {was, slot} & settled:
            for other in pieces:
                other.slot = {was: slot, slot: was}.get(other.slot, other.slot)
        settled.add(piece.slot)
