"""Rows of instances: made from documents, written, made into documents again."""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import keys

QUALITY = "https://uri.etsi.org/ngsi-ld/default-context/quality"
_QUALITIES = ("good", "doubtful", "bad")
COLUMNS = "month, series, at, twin, number, quality, observed, created, modified, document, gone"
_INSERT = (
    f"INSERT INTO hub_historyinstance ({COLUMNS})"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_ONCE = _INSERT + " ON CONFLICT (month, series, at, twin) DO NOTHING"
_NEWEST = (
    _INSERT + " ON CONFLICT (month, series, at, twin) DO UPDATE SET number = excluded.number,"
    " quality = excluded.quality, observed = excluded.observed, created = excluded.created,"
    " modified = excluded.modified, document = excluded.document, gone = excluded.gone"
)


class Row(NamedTuple):
    """One instance as it is stored; see the model for what the columns mean."""

    month: int
    series: int
    at: int
    twin: int
    number: float | None
    quality: int | None
    observed: bool
    created: int | None
    modified: int | None
    document: str | None
    gone: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        """What a later row of the same month replaces."""
        return self.series, self.at, self.twin


def row_of(series: int, instance: dict[str, Any]) -> Row:
    """The row of an attribute's instance."""
    observed = instance.get("observedAt")
    modified = keys.micros(instance["modifiedAt"])
    at = modified if observed is None else keys.micros(observed)
    value = instance.get("value")
    number: float | None = None
    if instance["type"] == "Property" and isinstance(value, (int, float)):
        number = None if isinstance(value, bool) else float(value)
    return Row(
        month=keys.month_of(at),
        series=series,
        at=at,
        twin=keys.twin_of(instance["instanceId"]),
        number=number,
        quality=None,
        observed=observed is not None,
        created=keys.micros(instance["createdAt"]),
        modified=modified,
        document=orjson.dumps(instance).decode(),
    )


def instance_of(row: Row, unit: str, dataset: str) -> dict[str, Any]:
    """The instance a row stands for; ``unit`` is what readings of its series are in."""
    if row.document is not None:
        instance: dict[str, Any] = orjson.loads(row.document)
        return instance
    at = keys.text(row.at)
    instance = {"type": "Property", "value": row.number, "observedAt": at}
    if unit:
        instance["unitCode"] = unit
    if dataset:
        instance["datasetId"] = dataset
    if row.quality:
        flag = _QUALITIES[min(row.quality, len(_QUALITIES) - 1)]
        instance["attributes"] = {
            QUALITY: [{"type": "Property", "value": flag, "createdAt": at, "modifiedAt": at}]
        }
    return instance | {
        "createdAt": at,
        "modifiedAt": at,
        "instanceId": keys.reading_id(row.series, row.at),
    }


def insert(cursor: CursorWrapper, rows: Sequence[Row]) -> None:
    """Write rows; one that is there stays as it is."""
    cursor.executemany(_ONCE, list(rows))


def put(cursor: CursorWrapper, rows: Sequence[Row]) -> None:
    """Write rows in the place of those that are there, in the database or in a file."""
    cursor.executemany(_NEWEST, list(rows))


def note_series(cursor: CursorWrapper, made: Iterable[Row]) -> None:
    """Say that there are these series, and whether all their values are numbers."""
    mixed: dict[int, bool] = {}
    for row in made:
        mixed[row.series] = mixed.get(row.series, False) or row.number is None
    cursor.executemany(
        "INSERT INTO hub_historyseries (series, unit, mixed) VALUES (%s, '', %s)"
        " ON CONFLICT (series) DO UPDATE SET mixed = TRUE"
        " WHERE excluded.mixed AND NOT hub_historyseries.mixed",
        sorted(mixed.items()),
    )


def months(cursor: CursorWrapper) -> list[int]:
    """Months that have rows in the database, oldest first; a step of the index for each."""
    cursor.execute(
        "WITH RECURSIVE found(month) AS (SELECT MIN(month) FROM hub_historyinstance UNION ALL"
        " SELECT (SELECT MIN(month) FROM hub_historyinstance AS later"
        " WHERE later.month > found.month) FROM found WHERE found.month IS NOT NULL)"
        " SELECT month FROM found WHERE month IS NOT NULL"
    )
    return [month for (month,) in cursor.fetchall()]
