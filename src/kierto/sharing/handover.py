"""What of a booking is still to be handed out, and what a moment at the desk may be.

Of a kit its parts go over the counter one by one, so each has a loan of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from kierto.ledger.models import Provenance
from kierto.sharing.errors.lending import BackdatingNeedsNote, LiesAhead, TooLongAgo
from kierto.sharing.models import Booking, BookingLine, KitPart, Loan, Thing
from kierto.sharing.states import Sort

YEARS = 10
"""No further back and no further ahead does anybody write down a loan."""

JUST_NOW = timedelta(minutes=5)
"""What happened so short a time ago needs no explanation."""


@dataclass(frozen=True, slots=True)
class Handover:
    """So many of a thing, for a line of a booking: the line's own thing, or a part of its kit."""

    line: BookingLine
    thing: Thing
    quantity: int


def written_at_desk(booking: Booking) -> dict[str, Any]:
    """What every event of the desk says of the promise it belongs to, and of where it comes from."""
    return {
        "realization_of": booking.agreement,
        "provenance": Provenance.FORM,
        "provenance_reference": f"booking:{booking.pk}",
    }


def to_hand_out(booking: Booking) -> list[Handover]:
    """What is booked and has not been handed out yet, in a constant number of queries."""
    lines = list(booking.lines.select_related("thing__resource", "thing__kind", "thing__place"))
    parts = _parts(lines)
    lent = _lent(booking)
    rows = []
    for line in lines:
        for thing, each in parts.get(line.thing_id, [(line.thing, 1)]):
            left = line.quantity * each - lent[line.pk, thing.pk]
            if left > 0:
                rows.append(Handover(line, thing, left))
    return rows


def _parts(lines: list[BookingLine]) -> dict[int, list[tuple[Thing, int]]]:
    kits = [line.thing_id for line in lines if line.thing.sort == Sort.KIT]
    parts: dict[int, list[tuple[Thing, int]]] = defaultdict(list)
    if kits:
        rows = KitPart.objects.filter(kit__in=kits).order_by("pk")
        for row in rows.select_related("part__resource", "part__kind", "part__place"):
            parts[row.kit_id].append((row.part, row.quantity))
    return parts


def _lent(booking: Booking) -> dict[tuple[int, int], int]:
    lent: dict[tuple[int, int], int] = defaultdict(int)
    loans = Loan.objects.filter(line__booking=booking)
    for line, thing, quantity in loans.values_list("line_id", "thing_id", "quantity"):
        lent[line, thing] += quantity
    return lent


def moment_of(at: datetime | None, note: str, *, now: datetime) -> datetime:
    """When something happened at the desk: now, or earlier with a note that says why.

    Raises:
        LiesAhead, TooLongAgo, BackdatingNeedsNote.
    """
    if at is None:
        return now
    if at > now:
        raise LiesAhead
    if at < now - YEARS * timedelta(days=366):
        raise TooLongAgo(years=YEARS)
    if at < now - JUST_NOW and not note.strip():
        raise BackdatingNeedsNote
    return at


def most_out_since(thing: Thing, since: datetime) -> int:
    """The most of a thing that were out at one moment from ``since`` until now."""
    loans = Loan.objects.filter(Q(back_at__isnull=True) | Q(back_at__gt=since), thing=thing)
    steps = []
    for out_at, back_at, quantity in loans.values_list("out_at", "back_at", "quantity"):
        steps.append((max(out_at, since), 1, quantity))
        if back_at is not None:
            steps.append((back_at, 0, -quantity))
    most = count = 0
    for _moment, _order, change in sorted(steps):
        count += change
        most = max(most, count)
    return most
