"""What came of each time of a series, ready to be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kierto.sharing.models import Booking


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series: booked (then ``booking`` is its id), or why not.

    ``state`` is where the booking stands by now, empty if it is not known.
    """

    begins: datetime
    ends: datetime
    booking: UUID | None
    problem: str
    state: str = ""
    state_label: str = ""


def told(report: Iterable[dict[str, Any]]) -> list[Occurrence]:
    """The report of a series (see :class:`~kierto.sharing.models.Series`), in one query."""
    entries = list(report)
    ids = [UUID(entry["booking"]) for entry in entries if entry.get("booking")]
    bookings = Booking.objects.in_bulk(ids)
    return [_occurrence(entry, bookings) for entry in entries]


def _occurrence(entry: dict[str, Any], bookings: dict[UUID, Booking]) -> Occurrence:
    problem = entry.get("problem") or {}
    booking = bookings.get(UUID(entry["booking"])) if entry.get("booking") else None
    return Occurrence(
        # What was changed since stands in the booking, not in the report.
        booking.begins if booking else datetime.fromisoformat(entry["begins"]),
        booking.ends if booking else datetime.fromisoformat(entry["ends"]),
        booking.pk if booking else None,
        str(problem.get("sentence", "")),
        booking.state if booking else "",
        booking.get_state_display() if booking else "",
    )
