"""Readings as rows: one each, entity by entity in groups, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from kierto.hub import vocabulary
from kierto.hub.datasets.contents import attribute_iris, days_of, reader_for
from kierto.hub.history import entities, keys, names, reading, rows
from kierto.hub.history.files import Asked
from kierto.hub.history.rows import Row
from kierto.hub.models import DataSet
from kierto.hub.publishing.columns import NUMBER, TIME, Column, cell, value_of
from kierto.hub.publishing.entities import documents, place_of
from kierto.hub.publishing.places import LATITUDE, LONGITUDE, PLACED, placed, point_of
from kierto.hub.store import tenants
from kierto.ngsild.errors import TooManyResults

COLUMNS: Final = (
    Column("entity"),
    Column("type"),
    Column("attribute"),
    Column("observed_at", TIME, iri="http://www.w3.org/ns/sosa/resultTime"),
    Column("value", NUMBER, iri="http://www.w3.org/ns/sosa/hasSimpleResult"),
    Column("text"),
    Column("unit"),
    Column("quality"),
    *PLACED,
)
"""``value`` holds numbers, ``text`` what is none; ``unit`` says in what a number is."""

GROUP: Final = 5
"""Entities that are read together."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands in every row of an entity."""

    entity: str
    type: str
    place: tuple[float, float] | None


def rows_of(data_set: DataSet, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Readings, oldest month first within each group of entities."""
    left = limit
    group: list[dict[str, Any]] = []
    for document in _then_none(documents(data_set)):
        if document is not None:
            group.append(document)
        if group and (document is None or len(group) == GROUP):
            for row in _of_group(data_set, group):
                if left is not None:
                    if left <= 0:
                        return
                    left -= 1
                yield row
            group = []


def _then_none(found: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any] | None]:
    yield from found
    yield None


def _of_group(data_set: DataSet, group: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    tenant, reader = tenants.find(""), reader_for(data_set)
    with connection.cursor() as cursor:
        pasts = entities.find(cursor, tenant.id, [document["id"] for document in group])
        context = vocabulary.context()
        known = {
            past.number: _Known(
                past.entity_id,
                " ".join(map(context.compact, document["type"])),
                point_of(place_of(document)),
            )
            for document in group
            if (past := pasts.get(document["id"])) and reader.may_read(past.access)
        }
        # An attribute's default series; others are other measurements, with the same name.
        terms = {
            number: context.compact(attribute)
            for (attribute, dataset), number in names.find(cursor, attribute_iris(data_set)).items()
            if not dataset
        }
        wanted = frozenset(terms)
        for asked in _windows(cursor, data_set, wanted):
            yield from _read(cursor, known, asked, terms)


def _windows(cursor: CursorWrapper, data_set: DataSet, wanted: frozenset[int]) -> Iterator[Asked]:
    """The time asked for, month by month, of those months that have anything."""
    end = keys.micros_of(timezone.now())
    start = end - days_of(data_set) * keys.DAY
    held = set(rows.months(cursor))
    cursor.execute("SELECT month FROM hub_historyfile")
    held |= {month for (month,) in cursor.fetchall()}
    for month in sorted(held):
        first = max(start, keys.month_start(month))
        last = min(end, keys.month_start(month + 1))
        if first < last:
            yield Asked(start=first, end=last, names=wanted)


def _read(
    cursor: CursorWrapper, known: dict[int, _Known], asked: Asked, terms: dict[int, str]
) -> Iterator[dict[str, Any]]:
    """Rows of a window; one that holds too much is cut: first the entities, then the time."""
    try:
        found = reading.load(cursor, list(known), asked)
    except TooManyResults:
        for part, window in _halves(known, asked):
            yield from _read(cursor, part, window, terms)
        return
    units = _units(cursor, {row.series for those in found.values() for row in those})
    for number, those in found.items():
        for row in those:
            yield _row(known[number], row, terms, units)


def _halves(known: dict[int, _Known], asked: Asked) -> list[tuple[dict[int, _Known], Asked]]:
    if len(known) > 1:
        numbers = list(known)
        middle = len(numbers) // 2
        return [
            ({number: known[number] for number in part}, asked)
            for part in (numbers[:middle], numbers[middle:])
        ]
    start, end = asked.start or 0, asked.end or 0
    if end - start < 2:
        raise TooManyResults("More readings stand at one moment than can be read at once.")
    half = (start + end) // 2
    return [(known, asked._replace(end=half)), (known, asked._replace(start=half))]


def _row(one: _Known, row: Row, terms: dict[int, str], units: dict[int, str]) -> dict[str, Any]:
    instance = rows.instance_of(row, units.get(row.series, ""), "")
    value = row.number if row.number is not None else cell(value_of(instance))
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    latitude, longitude = placed(one.place)
    return {
        "entity": one.entity,
        "type": one.type,
        "attribute": terms[row.series % keys.NAMES],
        "observed_at": keys.text(row.at),
        "value": value if is_number else None,
        "text": None if is_number or value is None else str(value),
        "unit": instance.get("unitCode"),
        "quality": _quality(instance),
        LATITUDE.name: latitude,
        LONGITUDE.name: longitude,
    }


def _quality(instance: dict[str, Any]) -> Any:
    found = instance.get("attributes", {}).get(rows.QUALITY)
    return cell(found[0]["value"]) if found else None


def _units(cursor: CursorWrapper, series: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    wanted = sorted(series)
    for start in range(0, len(wanted), 400):
        part = wanted[start : start + 400]
        marks = ",".join(["%s"] * len(part))
        cursor.execute(
            f"SELECT series, unit FROM hub_historyseries WHERE series IN ({marks})",  # noqa: S608
            part,
        )
        found |= dict(cursor.fetchall())
    return found
