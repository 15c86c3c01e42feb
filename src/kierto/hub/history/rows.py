"""Rows of instances: made from documents, written, made into documents again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import keys
from kierto.hub.store.blocks import Block

QUALITY = "https://uri.etsi.org/ngsi-ld/default-context/quality"
_QUALITIES = ("good", "doubtful", "bad")
COLUMNS = "month, series, at, twin, number, quality, observed, created, modified, document, gone"
_SORTS = (
    *(("month", "int"), ("series", "bigint"), ("at", "bigint"), ("twin", "bigint")),
    *(("number", "float8"), ("quality", "smallint"), ("observed", "boolean")),
    *(("created", "bigint"), ("modified", "bigint"), ("document", "text"), ("gone", "boolean")),
)
ONCE = Block("hub_historyinstance", _SORTS, "ON CONFLICT (month, series, at, twin) DO NOTHING")
_NEWEST = Block(
    "hub_historyinstance",
    _SORTS,
    "ON CONFLICT (month, series, at, twin) DO UPDATE SET number = excluded.number,"
    " quality = excluded.quality, observed = excluded.observed, created = excluded.created,"
    " modified = excluded.modified, document = excluded.document, gone = excluded.gone",
)
SERIES = Block(
    "hub_historyseries",
    (("series", "bigint"), ("unit", "text"), ("mixed", "boolean")),
    "ON CONFLICT (series) DO UPDATE SET mixed = TRUE"
    " WHERE excluded.mixed AND NOT hub_historyseries.mixed",
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
    number: float | None = None
    if instance["type"] == "Property":
        value = instance.get("value")
        if value.__class__ is float or value.__class__ is int:
            number = float(value)
    return Row(
        keys.month_of(at),
        series,
        at,
        keys.twin_of(instance["instanceId"]),
        number,
        None,
        observed is not None,
        keys.micros(instance["createdAt"]),
        modified,
        orjson.dumps(instance).decode(),
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
    ONCE.insert(cursor, rows)


def put(cursor: CursorWrapper, rows: Sequence[Row]) -> None:
    """Write rows in the place of those that are there, in the database or in a file."""
    # One statement of PostgreSQL changes a row once: the last word counts.
    last = {(row.month, *row.key): row for row in rows}
    _NEWEST.insert(cursor, list(last.values()))


def note_series(cursor: CursorWrapper, made: Iterable[Row]) -> None:
    """Say that there are these series, and whether all their values are numbers."""
    numbers = {(row.series, row.number is None) for row in made}
    mixed = dict(sorted(numbers))
    SERIES.insert(cursor, [(series, "", flag) for series, flag in mixed.items()])


def months(cursor: CursorWrapper) -> list[int]:
    """Months that have rows in the database, oldest first; a step of the index for each."""
    cursor.execute(
        "WITH RECURSIVE found(month) AS (SELECT MIN(month) FROM hub_historyinstance UNION ALL"
        " SELECT (SELECT MIN(month) FROM hub_historyinstance AS later"
        " WHERE later.month > found.month) FROM found WHERE found.month IS NOT NULL)"
        " SELECT month FROM found WHERE month IS NOT NULL"
    )
    return [month for (month,) in cursor.fetchall()]
