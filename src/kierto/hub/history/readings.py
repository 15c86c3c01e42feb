"""Readings of sensors on the fast path: a series, a moment, a number; no document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper


class Reading(NamedTuple):
    """One reading.

    Attributes:
        tenant: number of the tenant.
        entity_id: the device's, or whatever is measured; the hub must know it.
        attribute: expanded name.
        observed_at: time in UTC, as the interface writes it.
        number: what was read.
        unit: code of the unit (UN/CEFACT), "" when none.
        quality: 0 good, 1 doubtful, 2 bad; None when nobody said.
    """

    tenant: int
    entity_id: str
    attribute: str
    observed_at: str
    number: float
    unit: str = ""
    quality: int | None = None


class Appended(NamedTuple):
    """What became of readings.

    Attributes:
        stored: how many were new, or said another number than before.
        repeated: how many were there already.
        left: (place in the rows, why) of each that was not taken.
    """

    stored: int
    repeated: int
    left: list[tuple[int, str]]


def append_readings(rows: Sequence[Reading], cursor: CursorWrapper) -> Appended:
    """Write readings in the caller's transaction. A reading that came before changes nothing."""
    raise NotImplementedError
