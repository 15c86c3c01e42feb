"""Aggregated values of one entity: exactly from its instances, or from sums where there are many.

Few instances are aggregated one by one, as the specification says. A series of many numbers, or
one whose single values are gone, is made of sums: of the database, of files of hours and days.
"""

# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper

from kierto.hub.history import keys, names, reading, spans, summing
from kierto.hub.history.entities import Past
from kierto.hub.history.files import Asked
from kierto.hub.history.summing import Steps, Sum
from kierto.ngsild.contexts import Context
from kierto.ngsild.errors import TooManyResults
from kierto.ngsild.representations import Shape
from kierto.ngsild.temporal import TemporalQuery, write_history

#: Instances of one entity that are aggregated one by one.
FEW = 500
#: Periods of one series in one answer.
PERIODS = 100_000


class _Whole(NamedTuple):
    """The time that is aggregated: first moment, and first moment after it."""

    start: int
    end: int
    known: str


def aggregated(
    cursor: CursorWrapper,
    past: Past,
    query: TemporalQuery,
    shape: Shape,
    context: Context,
    wanted: frozenset[int] | None,
) -> dict[str, Any]:
    """An entity with its aggregated values (without @context)."""
    from kierto.hub.history import telling

    series = [
        one
        for one in reading.series_of(cursor, [past.number])[past.number]
        if wanted is None or one % keys.NAMES in wanted
    ]
    summed = _summable(cursor, past, series, query)
    rest = frozenset(one % keys.NAMES for one in series if one not in summed)
    whole = _whole(cursor, past, query, series) if summed else None
    if whole is None:
        rest, summed = frozenset(one % keys.NAMES for one in series), []
    rows = spans.instances(cursor, [past.number], query, rest, None).rows[past.number]
    history = telling.history_of(cursor, past, rows, query)
    exact = query
    if whole is not None:
        # Both ways of counting begin their periods at the same moment.
        end = query.end_time_at or (query.time_at if query.timerel == "before" else whole.known)
        exact = replace(query, timerel="between", time_at=keys.text(whole.start), end_time_at=end)
    written = write_history(history, context, replace(shape, attrs=None), exact)
    if whole is not None:
        _add(cursor, written, context, exact, _sums(cursor, summed, query, whole))
    return written


def _summable(
    cursor: CursorWrapper, past: Past, series: Sequence[int], query: TemporalQuery
) -> list[int]:
    """Series of numbers only, if they are too many to be taken one by one, or gone."""
    if query.timeproperty != "observedAt" or query.last_n is not None:
        return []
    if not _VALUES.keys() >= set(query.aggr_methods) or not series:
        return []
    if query.aggr_period is not None and query.aggr_period.months:
        return []
    marks = ",".join(["%s"] * len(series))
    cursor.execute(
        f"SELECT series FROM hub_historyseries WHERE NOT mixed AND series IN ({marks})",
        list(series),
    )
    plain = sorted(one for (one,) in cursor.fetchall())
    if not plain or summing.are_carried(cursor, plain):
        return plain
    start, end = spans.bounds(query)
    return plain if summing.are_more(cursor, plain, start, end, FEW) else []


def _whole(
    cursor: CursorWrapper, past: Past, query: TemporalQuery, series: Sequence[int]
) -> _Whole | None:
    start, end = spans.bounds(query)
    if start is not None and end is not None:
        return _Whole(start, end, keys.text(end))
    called = frozenset(one % keys.NAMES for one in series)
    edges = []
    for newest in (False, True):
        asked = Asked(start, end, every=1, newest=newest, names=called)
        edges += [row.at for row in reading.load(cursor, [past.number], asked)[past.number]]
    edges += summing.edges(cursor, series, start, end)
    if not edges:
        return None
    first = min(edges) if start is None else start
    last = max(edges)
    if end is not None:
        return _Whole(first, end, keys.text(last))
    step = _step(query, last + 1 - first)
    return _Whole(first, first + math.ceil((last + 1 - first) / step) * step, keys.text(last))


def _step(query: TemporalQuery, length: int) -> int:
    return max(length, 1) if query.aggr_period is None else query.aggr_period.microseconds


def _sums(
    cursor: CursorWrapper, series: Sequence[int], query: TemporalQuery, whole: _Whole
) -> list[Sum]:
    step = _step(query, whole.end - whole.start)
    if (whole.end - whole.start) // step > PERIODS:
        raise TooManyResults(
            f"The time asked has more than {PERIODS} periods; ask for less, or longer ones."
        )
    return summing.sums(cursor, series, Steps(whole.start, whole.end, step))


def _add(
    cursor: CursorWrapper,
    written: dict[str, Any],
    context: Context,
    query: TemporalQuery,
    found: Sequence[Sum],
) -> None:
    """Put sums among the attributes of an entity that is written already."""
    called = names.of(cursor, {each.series % keys.NAMES for each in found})
    by_series: dict[int, list[Sum]] = {}
    for each in found:
        by_series.setdefault(each.series, []).append(each)
    for series, many in sorted(by_series.items()):
        attribute, dataset = called[series % keys.NAMES]
        one: dict[str, Any] = {"type": "Property"}
        if dataset:
            one["datasetId"] = dataset
        periods = [_period(each, query) for each in many]
        for method in query.aggr_methods:
            one[method] = [
                [_value(method, each), *period] for each, period in zip(many, periods, strict=True)
            ]
        term = context.compact(attribute)
        there = written.get(term)
        if there is None:
            written[term] = one
        else:
            written[term] = [*(there if isinstance(there, list) else [there]), one]


def _period(each: Sum, query: TemporalQuery) -> tuple[str, str]:
    if query.aggr_period is None:
        return query.time_at or "", query.end_time_at or ""
    return keys.text(each.start), keys.text(each.start + query.aggr_period.microseconds)


def _value(method: str, each: Sum) -> float | None:
    value = _VALUES[method](each)
    return value if math.isfinite(value) else None


def _spread(each: Sum) -> float:
    mean = each.total / each.count
    return math.sqrt(max(each.squares / each.count - mean * mean, 0.0))


_VALUES: dict[str, Callable[[Sum], float]] = {
    "totalCount": lambda each: each.count,
    "sum": lambda each: each.total,
    "avg": lambda each: each.total / each.count,
    "min": lambda each: each.low,
    "max": lambda each: each.high,
    "stddev": _spread,
    "sumsq": lambda each: each.squares,
}
