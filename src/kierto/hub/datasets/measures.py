"""What a data set is worth, measured and never typed: rows, quality, freshness, coverage.

Of large data sets the first entities are looked at; the page says how many. A round measures what
is published and keeps the result with the data set, so that lists ask nothing; a page of one data
set measures for itself where that is too old.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db.models import F, Q
from django.utils import timezone

from kierto.hub import vocabulary
from kierto.hub.datasets import series as readings
from kierto.hub.datasets.contents import attribute_iris, query_of, reader_for
from kierto.hub.datasets.exports import EXPORTS
from kierto.hub.datasets.states import DataSetState, Kind, Openness
from kierto.hub.datasets.words import PROMISED
from kierto.hub.history import keys
from kierto.hub.history.rows import QUALITY
from kierto.hub.models import DataSet
from kierto.hub.store import reading, tenants
from kierto.ngsild.errors import NgsiLdError
from kierto.ngsild.geo import shape_of
from kierto.ngsild.times import as_datetime

LOOKED: Final = 5_000
"""Entities that are looked at for everything but their number."""

KEPT: Final = timedelta(minutes=15)
"""So long a measurement counts on the page of a data set."""

_CACHED: Final = 300
_COARSE: Final = 100
_SECONDS: Final = 30.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found.

    Attributes:
        rows: how many rows; ``None``: they could not be counted.
        looked_at: entities that the rest is about.
        good: share of readings that nobody called doubtful or bad, 0 to 1; ``None``: there is none
            (of readings over time: none of the last 30 days).
        changed: when something changed last.
        first: the earliest moment that it covers; ``last``: the latest.
        box: west, south, east, north in degrees of what has a place; to about a kilometre where
            not everybody may read the rows.
        placed: share of entities that have a place, 0 to 1.
        columns: attribute and the share of entities that have it, the fullest first.
        problem: why nothing could be measured; empty: it could.
        at: when this was measured.
    """

    rows: int | None = None
    looked_at: int = 0
    good: float | None = None
    changed: datetime | None = None
    first: datetime | None = None
    last: datetime | None = None
    box: Box | None = None
    placed: float | None = None
    columns: tuple[tuple[str, float], ...] = ()
    problem: str = ""
    at: datetime = field(default_factory=timezone.now)

    @property
    def complete(self) -> float | None:
        """Share of cells that are filled, 0 to 1."""
        if not self.columns:
            return None
        return sum(share for _name, share in self.columns) / len(self.columns)

    def is_late(self, refresh: str, now: datetime | None = None) -> bool | None:
        """Whether it is behind what was promised; ``None``: nothing was, or nothing is there."""
        promised = PROMISED.get(refresh)
        if promised is None or self.changed is None:
            return None
        return (now or timezone.now()) - self.changed > promised


def measured(data_set: DataSet) -> Measured:
    """What is known of a data set, at most some minutes old."""
    kept = stored(data_set)
    if kept is not None and timezone.now() - kept.at < KEPT:
        return kept
    key = f"hub-data-set:{data_set.pk}:{data_set.changed_at.timestamp()}"
    found = cache.get(key)
    if not isinstance(found, Measured):
        found = measure(data_set)
        cache.set(key, found, _CACHED)
    return found


def stored(data_set: DataSet) -> Measured | None:
    """What the last round found; asks nothing."""
    if not data_set.measured:
        return None
    values = dict(data_set.measured)
    for name in ("changed", "first", "last", "at"):
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    values["box"] = tuple(values["box"]) if values.get("box") else None
    values["columns"] = tuple((name, share) for name, share in values.get("columns", ()))
    return Measured(**values)


def as_json(found: Measured) -> dict[str, Any]:
    """The form in which it is kept."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(found).items()
    }


def measure(data_set: DataSet) -> Measured:
    """Look now."""
    try:
        match data_set.kind:
            case Kind.HISTORY:
                return _of_readings(data_set)
            case Kind.PLATFORM:
                return _of_export(data_set)
            case _:
                return _of_entities(data_set)
    except NgsiLdError as error:
        return Measured(problem=error.detail)


def remember(data_set: DataSet) -> Measured:
    """Measure it and keep the result with it."""
    found = measure(data_set)
    kept = {"measured": as_json(found), "measured_at": found.at}
    DataSet.objects.filter(pk=data_set.pk).update(**kept)
    data_set.measured, data_set.measured_at = kept["measured"], found.at
    return found


def measure_due() -> int:
    """Measure what is published and was not measured for a while, the oldest first; how many.

    A round stops after some seconds, so that many large data sets never hold up the others' rounds.
    """
    due, end, done = timezone.now() - KEPT / 2, time.monotonic() + _SECONDS, 0
    published = DataSet.objects.filter(state=DataSetState.PUBLISHED)
    waiting = published.filter(Q(measured_at=None) | Q(measured_at__lt=due))
    for data_set in waiting.order_by(F("measured_at").asc(nulls_first=True), "pk"):
        remember(data_set)
        done += 1
        if time.monotonic() > end:
            break
    return done


# ------------------------------------------------------------------ entities


class _Look:
    """Goes over entities once."""

    def __init__(self) -> None:
        self.count = self.observed = self.good = self.placed = 0
        self.columns: Counter[str] = Counter()
        self.first: str | None = None
        self.last: str | None = None
        self.box: Box | None = None

    def over(self, documents: Iterable[dict[str, Any]]) -> _Look:
        for document in documents:
            self.count += 1
            self.columns.update(document["attributes"].keys())
            self._times(document)
            boxes = [box for each in document["attributes"].values() for box in _boxes(each)]
            self.placed += bool(boxes)
            for box in boxes:
                self.box = box if self.box is None else _both(self.box, box)
        return self

    def _times(self, document: dict[str, Any]) -> None:
        created, modified = document["createdAt"], document["modifiedAt"]
        self.first = min(filter(None, (self.first, created)))
        self.last = max(filter(None, (self.last, modified)))
        for instances in document["attributes"].values():
            for instance in instances:
                if "observedAt" in instance:
                    self.observed += 1
                    self.good += _is_good(instance)

    def columns_by_share(self) -> tuple[tuple[str, float], ...]:
        if not self.count:
            return ()
        name = vocabulary.context().compact
        found = [(name(iri), count / self.count) for iri, count in self.columns.items()]
        return tuple(sorted(found, key=lambda column: (-column[1], column[0])))


def _of_entities(data_set: DataSet) -> Measured:
    query = query_of(data_set)
    total = reading.find(tenants.find(""), query, reader_for(data_set), limit=0, count=True).total
    look = _Look().over(readings.documents_of(query, data_set, LOOKED))
    return Measured(
        rows=total,
        looked_at=look.count,
        good=look.good / look.observed if look.observed else None,
        changed=_moment(look.last),
        first=_moment(look.first),
        last=_moment(look.last),
        box=_shown(look.box, data_set),
        placed=look.placed / look.count if look.count else None,
        columns=look.columns_by_share(),
    )


def _is_good(instance: dict[str, Any]) -> bool:
    """What carries no word about its quality was not found wanting."""
    words = instance.get("attributes", {}).get(QUALITY, ())
    return all(word.get("value") == "good" for word in words)


def _boxes(instances: Iterable[dict[str, Any]]) -> Iterable[Box]:
    for instance in instances:
        if instance["type"] == "GeoProperty":
            shape = shape_of(instance["value"])
            if shape is not None and not shape.is_empty:
                yield shape.bounds


def _both(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]),
    )  # fmt: skip


def _shown(box: Box | None, data_set: DataSet) -> Box | None:
    """Everybody sees where a data set lies, so of one that is not open nobody sees it exactly."""
    if box is None or data_set.openness == Openness.OPEN:
        return box
    west, south, east, north = (degrees * _COARSE for degrees in box)
    low, high = (math.floor(west), math.floor(south)), (math.ceil(east), math.ceil(north))
    return (low[0] / _COARSE, low[1] / _COARSE, high[0] / _COARSE, high[1] / _COARSE)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else as_datetime(text)


# ------------------------------------------------------------------ readings


def _of_readings(data_set: DataSet) -> Measured:
    now = timezone.now()
    documents = list(readings.documents_of(query_of(data_set), data_set))
    series = readings.series_of(data_set, [document["id"] for document in documents])
    days = readings.by_day(data_set, series, now)
    judged, good = readings.judged(series, now)
    look = _Look().over(documents)
    return Measured(
        rows=sum(day.count for day in days),
        looked_at=look.count,
        good=good / judged if judged else None,
        changed=readings.last_reading(series),
        first=keys.moment(min(day.start for day in days)) if days else None,
        last=readings.last_reading(series),
        box=_shown(look.box, data_set),
        placed=look.placed / look.count if look.count else None,
        columns=_series_by_share(data_set, series, look.count),
    )


def _series_by_share(
    data_set: DataSet, series: list[readings.Series], count: int
) -> tuple[tuple[str, float], ...]:
    having = Counter(one.attribute for one in series)
    name = vocabulary.context().compact
    return tuple((name(iri), having[iri] / count) for iri in attribute_iris(data_set) if count)


# ------------------------------------------------------------------- exports


def _of_export(data_set: DataSet) -> Measured:
    export = EXPORTS.get(data_set.asked.get("export", ""))
    if export is None:
        return Measured(problem="There is no such record of the platform any more.")
    first, last = export.span() or (None, None)
    return Measured(
        rows=export.count(),
        changed=last,
        first=first,
        last=last,
    )
