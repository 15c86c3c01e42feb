"""Readings of sensors on the fast path: a series, a moment, a number; no document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from kierto.hub.history import entities, keys, names
from kierto.ngsild import times
from kierto.ngsild.errors import BadRequestData

#: A clock may be wrong by this much; what claims to be later is left, or it would stay the
#: device's last value for ever.
AHEAD = keys.DAY
_PUT = (
    "INSERT INTO hub_historyinstance"
    " (month, series, at, twin, number, quality, observed, gone)"
    " VALUES (%s, %s, %s, 0, %s, %s, TRUE, FALSE)"
    " ON CONFLICT (month, series, at, twin) DO UPDATE"
    " SET number = excluded.number, quality = excluded.quality, gone = FALSE"
    " WHERE hub_historyinstance.number <> excluded.number OR hub_historyinstance.gone"
)
_LAST = (
    "INSERT INTO hub_historyseries (series, unit, last_at, last_number, last_quality, mixed)"
    " VALUES (%s, %s, %s, %s, %s, FALSE) ON CONFLICT (series) DO UPDATE"
    " SET unit = excluded.unit, last_at = excluded.last_at,"
    " last_number = excluded.last_number, last_quality = excluded.last_quality"
    " WHERE hub_historyseries.last_at IS NULL"
    " OR excluded.last_at >= hub_historyseries.last_at"
)


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
        repeated: how many the database held already.
        left: (place in the rows, why) of each that was not taken.
    """

    stored: int
    repeated: int
    left: list[tuple[int, str]]


def append_readings(rows: Sequence[Reading], cursor: CursorWrapper) -> Appended:
    """Write readings in the caller's transaction.

    A reading that comes again changes nothing; one that says another number of the same moment
    is a correction and takes its place, also when its month stands in a file.
    """
    numbered = _entities(rows, cursor)
    called = names.numbers(cursor, {(row.attribute, "") for row in rows})
    latest = keys.micros(times.now()) + AHEAD
    left: list[tuple[int, str]] = []
    kept: dict[tuple[int, int], tuple[int, int, int, float, int | None]] = {}
    newest: dict[int, tuple[int, str, int, float, int | None]] = {}
    taken = 0
    for place, row in enumerate(rows):
        entity = numbered.get((row.tenant, row.entity_id))
        at, why = _moment(row, entity, latest)
        if why or entity is None:
            left.append((place, why))
            continue
        series = keys.series_of(entity, called[row.attribute, ""])
        number = float(row.number)
        kept[series, at] = (keys.month_of(at), series, at, number, row.quality)
        if series not in newest or newest[series][2] <= at:
            newest[series] = (series, row.unit, at, number, row.quality)
        taken += 1
    stored = 0
    if kept:
        cursor.executemany(_PUT, sorted(kept.values()))
        stored = max(cursor.rowcount, 0)
        cursor.executemany(_LAST, sorted(newest.values()))
    return Appended(stored, taken - stored, left)


def _entities(rows: Sequence[Reading], cursor: CursorWrapper) -> dict[tuple[int, str], int]:
    wanted: dict[int, dict[str, None]] = {}
    for row in rows:
        wanted.setdefault(row.tenant, {})[row.entity_id] = None
    return {
        (tenant, entity_id): past.number
        for tenant, ids in wanted.items()
        for entity_id, past in entities.find(cursor, tenant, list(ids)).items()
    }


def _moment(row: Reading, entity: int | None, latest: int) -> tuple[int, str]:
    """When it was read, or why it can't be taken."""
    if entity is None:
        return 0, "There is no such entity."
    if not math.isfinite(row.number):
        return 0, "It is no number."
    try:
        at = keys.micros(row.observed_at)
    except BadRequestData as error:
        return 0, error.detail
    if at > latest:
        return 0, "It is more than a day ahead of this node's clock."
    return at, ""
