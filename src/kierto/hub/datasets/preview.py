"""The first of a data set, for its page: a chart, a map, and the first rows as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kierto.hub import vocabulary
from kierto.hub.datasets import series as readings
from kierto.hub.datasets.contents import query_of
from kierto.hub.datasets.exports import EXPORTS
from kierto.hub.datasets.states import Kind, Openness
from kierto.hub.entity_rows import entity_address, plain_text
from kierto.hub.history import keys
from kierto.hub.history.summing import Sum
from kierto.hub.models import DataSet
from kierto.hub.publishing import rows as publishing
from kierto.hub.publishing.columns import TIME, Column
from kierto.hub.publishing.places import point_of
from kierto.hub.sensors.units import symbol_of
from kierto.ngsild.errors import NgsiLdError
from kierto.ngsild.members import LOCATION
from kierto.ngsild.times import as_datetime

ROWS: Final = 10
DRAWN: Final = 400
"""Entities that the chart and the map are made of."""

COLUMNS: Final = 14
CHARTS: Final = 3
_CACHED: Final = 60
_DAYS: Final = 90
_MONTHS: Final = 36
_GROUPS: Final = range(2, 13)


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page shows of the rows.

    Attributes:
        columns: names, each with the symbol of its unit.
        rows: cells as text or numbers, in the order of the columns.
        left_out: how many columns the table leaves out.
        charts: for the tag ``series``.
        chart_form: bars or a line.
        points: for the tag ``flow_map``; ``None``: nothing has a place.
        problem: why there is nothing to see; empty: there is.
    """

    columns: list[tuple[str, str]]
    rows: list[list[Any]]
    left_out: int = 0
    charts: list[dict[str, Any]] = field(default_factory=list)
    chart_form: str = "bar"
    points: dict[str, Any] | None = None
    problem: str = ""


def preview(data_set: DataSet) -> Preview:
    """The first rows of a data set, at most a minute old; whoever calls has asked whether they
    may be read. They do not depend on who looks."""
    key = f"hub-preview:{data_set.pk}:{data_set.changed_at.timestamp()}:{get_language()}"
    found = cache.get(key)
    if not isinstance(found, Preview):
        found = _look(data_set)
        cache.set(key, found, _CACHED)
    return found


def _look(data_set: DataSet) -> Preview:
    try:
        table = publishing.table(data_set, limit=ROWS)
        found = list(table.rows)
        documents = (
            []
            if data_set.kind == Kind.PLATFORM
            else list(readings.documents_of(query_of(data_set), data_set, DRAWN))
        )
        charts = _charts(data_set, documents)
    except NgsiLdError as error:
        return Preview([], [], problem=error.detail)
    filled = [column for column in table.columns if any(row.get(column.name) for row in found)]
    shown = filled[:COLUMNS]
    area = data_set.district.area if data_set.district is not None else None
    return Preview(
        columns=[(column.name, symbol_of(column.unit)) for column in shown],
        rows=[[_cell(column, row.get(column.name)) for column in shown] for row in found],
        left_out=len(table.columns) - len(shown),
        charts=charts,
        chart_form="line" if data_set.kind == Kind.HISTORY else "bar",
        points=_points(documents, area, linked=data_set.openness == Openness.OPEN),
    )


def _cell(column: Column, value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return _in_words(value)
    if value is None or column.kind != TIME:
        return "" if value is None else value
    return date_format(timezone.localtime(as_datetime(str(value))), "SHORT_DATETIME_FORMAT")


def _in_words(text: str) -> str:
    """What has parts as people read it: a text of several languages in theirs."""
    try:
        return plain_text(orjson.loads(text))
    except orjson.JSONDecodeError:
        return text


# ----------------------------------------------------------------------- map


def _points(
    documents: Iterable[dict[str, Any]], area: dict[str, Any] | None, *, linked: bool
) -> dict[str, Any] | None:
    points = []
    for document in documents:
        instances = document["attributes"].get(LOCATION)
        place = point_of(instances[0]["value"]) if instances else None
        if place is not None:
            points.append(
                {
                    "id": document["id"],
                    "label": name_of(document),
                    "lon": place[0],
                    "lat": place[1],
                    "kind": vocabulary.context().compact(document["type"][0]),
                    "href": entity_address(document["id"]) if linked else "",
                }
            )
    return {"points": points, "lines": [], "area": area} if points else None


def name_of(document: dict[str, Any]) -> str:
    """What people call an entity, or its id."""
    for term in ("name", "title", "alternateName"):
        instances = document["attributes"].get(vocabulary.iri(term))
        value = instances[0]["value"] if instances else None
        if value:
            return plain_text(value)
    return str(document["id"])


# --------------------------------------------------------------------- chart


def _charts(data_set: DataSet, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if data_set.kind == Kind.HISTORY:
        return _of_days(data_set, documents)
    if data_set.kind == Kind.PLATFORM:
        return _of_months(data_set)
    groups = _groups(documents)
    return [] if groups is None else [_counted(*groups)]


def _of_months(data_set: DataSet) -> list[dict[str, Any]]:
    export = EXPORTS.get(data_set.asked.get("export", ""))
    months = [] if export is None else export.by_month()[-_MONTHS:]
    if len(months) < _GROUPS.start:
        return []
    return [
        {
            "name": "months",
            "title": _("How many there are, by month"),
            "unit": _("records"),
            "x_title": _("month"),
            "x": [date_format(month, "YEAR_MONTH_FORMAT") for month, _count in months],
            "series": [{"name": _("records"), "values": [count for _month, count in months]}],
        }
    ]


def _counted(name: str, counts: list[tuple[str, int]]) -> dict[str, Any]:
    return {
        "name": "groups",
        "title": _("How many there are, by %(name)s") % {"name": name},
        "unit": _("entries"),
        "x_title": name,
        "x": [word for word, _count in counts],
        "series": [{"name": _("entries"), "values": [count for _word, count in counts]}],
    }


def _groups(documents: list[dict[str, Any]]) -> tuple[str, list[tuple[str, int]]] | None:
    """The first thing that parts the entities into a few groups: their kind, or a short word."""
    compact = vocabulary.context().compact
    types = Counter(compact(document["type"][0]) for document in documents)
    if len(types) in _GROUPS:
        return _("kind"), types.most_common()
    words: dict[str, Counter[str]] = {}
    for document in documents:
        for iri, instances in document["attributes"].items():
            value = instances[0].get("value")
            if isinstance(value, str) and len(value) <= 40 and not value.startswith("urn:"):
                words.setdefault(iri, Counter())[value] += 1
    half = len(documents) / 2
    for iri in sorted(words, key=lambda iri: (-words[iri].total(), compact(iri))):
        counts = words[iri]
        if len(counts) in _GROUPS and counts.total() >= half and counts.total() > len(counts):
            return compact(iri), counts.most_common()
    return None


def _of_days(data_set: DataSet, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean of each day over all entities, a chart for each attribute."""
    series = readings.series_of(data_set, [document["id"] for document in documents])
    attribute = {one.number: one.attribute for one in series}
    sums = readings.by_day(data_set, series)
    if not sums:
        return []
    newest = max(day.start for day in sums)
    first = max(newest - (_DAYS - 1) * keys.DAY, min(day.start for day in sums))
    days = list(range(first, newest + 1, keys.DAY))
    units = readings.units_of(series)
    return [
        _mean(iri, units.get(iri, ""), days, [day for day in sums if attribute[day.series] == iri])
        | {"name": f"readings-{number}"}
        for number, iri in enumerate(list(dict.fromkeys(attribute.values()))[:CHARTS])
    ]


def _mean(iri: str, unit: str, days: list[int], sums: list[Sum]) -> dict[str, Any]:
    counts: Counter[int] = Counter()
    totals: Counter[int] = Counter()
    for day in sums:
        counts[day.start] += day.count
        totals[day.start] += day.total  # type: ignore[assignment]
    name = vocabulary.context().compact(iri)
    values = [totals[start] / counts[start] if counts[start] else None for start in days]
    return {
        "title": _("%(name)s: mean of each day") % {"name": name},
        "unit": symbol_of(unit),
        "x": [date_format(keys.moment(start), "MONTH_DAY_FORMAT") for start in days],
        "series": [{"name": name, "values": values}],
    }
