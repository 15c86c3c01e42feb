"""Of a data set of readings: its entities, their series, and the readings by day."""

# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from kierto.hub.datasets.contents import attribute_iris, days_of, query_of, reader_for
from kierto.hub.history import entities, keys, names
from kierto.hub.history.summing import Steps, Sum, sums
from kierto.hub.models import DataSet
from kierto.hub.store import reading, tenants
from kierto.ngsild.matching import Query

MOST: Final = 2_000
"""Entities whose readings are counted."""

PAGE: Final = 500
_RECENT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Series:
    """One attribute of one entity; ``number`` is that of the history."""

    number: int
    entity_id: str
    attribute: str


def documents_of(query: Query, data_set: DataSet, most: int = MOST) -> Iterator[dict[str, Any]]:
    """The entities as they are now, the first ``most`` of them."""
    tenant, reader, after, left = tenants.find(""), reader_for(data_set), None, most
    while left > 0:
        size = min(left, PAGE)
        page = reading.find(tenant, query, reader, limit=size, after=after)
        yield from page.documents
        left -= len(page.documents)
        if len(page.documents) < size or page.last is None:
            return
        after = page.last


def series_of(data_set: DataSet, ids: list[str] | None = None) -> list[Series]:
    """The series of a data set, those of the first :data:`MOST` entities."""
    if ids is None:
        ids = [document["id"] for document in documents_of(query_of(data_set), data_set)]
    tenant, reader = tenants.find(""), reader_for(data_set)
    with connection.cursor() as cursor:
        called = names.find(cursor, attribute_iris(data_set))
        pasts = entities.find(cursor, tenant.id, ids)
        wanted = {
            keys.series_of(past.number, number): Series(
                keys.series_of(past.number, number), past.entity_id, attribute
            )
            for past in pasts.values()
            if reader.may_read(past.access)
            for (attribute, dataset), number in called.items()
            if not dataset
        }
        there = _there(cursor, list(wanted))
    return [wanted[number] for number in sorted(there)]


def by_day(data_set: DataSet, series: list[Series], now: datetime | None = None) -> list[Sum]:
    """Sums by series and day (UTC), over the time that the data set has."""
    numbers = [one.number for one in series]
    with connection.cursor() as cursor:
        return sums(cursor, numbers, steps_of(data_set, now))


def steps_of(data_set: DataSet, now: datetime | None = None) -> Steps:
    """The days of a data set of readings, today included."""
    end = keys.micros_of(now or timezone.now()) // keys.DAY * keys.DAY + keys.DAY
    return Steps(end - days_of(data_set) * keys.DAY, end, keys.DAY)


def judged(series: list[Series], now: datetime) -> tuple[int, int]:
    """Readings of the last 30 days, and those of them that nobody called doubtful or bad."""
    start = keys.micros_of(now - _RECENT)
    first, last = keys.month_of(start), keys.month_of(keys.micros_of(now + timedelta(days=1)))
    total = good = 0
    with connection.cursor() as cursor:
        for part in _parts([one.number for one in series]):
            marks = ",".join(["%s"] * len(part))
            cursor.execute(
                "SELECT quality, COUNT(*) FROM hub_historyinstance WHERE month BETWEEN %s AND %s"
                f" AND series IN ({marks}) AND at >= %s AND observed AND NOT gone"
                " GROUP BY quality",
                [first, last, *part, start],
            )
            for quality, count in cursor.fetchall():
                total += count
                good += count if quality in {None, 0} else 0
    return total, good


def last_reading(series: list[Series]) -> datetime | None:
    """The moment of the newest reading."""
    newest = None
    with connection.cursor() as cursor:
        for part in _parts([one.number for one in series]):
            marks = ",".join(["%s"] * len(part))
            cursor.execute(
                f"SELECT MAX(last_at) FROM hub_historyseries WHERE series IN ({marks})", part
            )
            (found,) = cursor.fetchone()
            newest = max(filter(None, (newest, found)), default=None)
    return None if newest is None else keys.moment(newest)


def units_of(series: list[Series]) -> dict[str, str]:
    """The unit of each attribute, as the last reading of one of its series says it."""
    by_number = {one.number: one.attribute for one in series}
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for part in _parts(list(by_number)):
            marks = ",".join(["%s"] * len(part))
            cursor.execute(
                "SELECT series, unit FROM hub_historyseries WHERE unit <> ''"
                f" AND series IN ({marks})",
                part,
            )
            for number, unit in cursor.fetchall():
                found.setdefault(by_number[number], unit)
    return found


def _there(cursor: Any, numbers: list[int]) -> list[int]:
    found: list[int] = []
    for part in _parts(numbers):
        marks = ",".join(["%s"] * len(part))
        cursor.execute(f"SELECT series FROM hub_historyseries WHERE series IN ({marks})", part)
        found += [number for (number,) in cursor.fetchall()]
    return found


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), PAGE):
        yield numbers[start : start + PAGE]
