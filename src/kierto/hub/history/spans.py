"""Which rows of an entity a temporal query means, page by page (clauses 4.11, 6.3.10).

A page holds so many instances of each entity; where one has more, all entities of the answer end
at the same moment, and the range tells which: whoever asks again from there on misses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import orjson
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import keys, reading
from kierto.hub.history.files import Asked
from kierto.hub.history.rows import Row
from kierto.ngsild.temporal import TemporalQuery

Moment = Callable[[Row], int | None]


class Range(NamedTuple):
    """What a page covers, as the header Content-Range says it."""

    start: str
    end: str
    size: int | None

    def header(self) -> str:
        """For example ``date-time 2026-01-01T00:00:00Z-2026-01-02T00:00:00Z/*``."""
        size = "*" if self.size is None else str(self.size)
        return f"date-time {self.start}-{self.end}/{size}"


class Span(NamedTuple):
    """Rows by entity, and what was cut off.

    Attributes:
        rows: of each entity, oldest first.
        cut: names (numbers) of which an entity has instances that are all on other pages, and
            the type of each.
        range: what the page covers; None where it covers all.
    """

    rows: dict[int, list[Row]]
    cut: dict[int, dict[int, str]]
    range: Range | None


def bounds(query: TemporalQuery) -> tuple[int | None, int | None]:
    """First moment meant, and first moment meant no more."""
    at = None if query.time_at is None else keys.micros(query.time_at)
    if query.timerel == "before":
        return None, at
    if query.timerel == "after":
        return at, None
    if query.timerel == "between":
        return at, None if query.end_time_at is None else keys.micros(query.end_time_at)
    return None, None


def is_open(query: TemporalQuery) -> bool:
    """Whether no time is asked at all: then what was never observed is meant, too."""
    return query.timerel is None and query.timeproperty == "observedAt"


def moment_of(query: TemporalQuery) -> Moment:
    """What tells the time of a row; None where it has none of the sort asked."""
    timeproperty = query.timeproperty
    if is_open(query):
        return lambda row: row.at
    if timeproperty == "observedAt":
        return lambda row: row.at if row.observed else None
    if timeproperty == "createdAt":
        return lambda row: row.at if row.created is None else row.created
    if timeproperty == "modifiedAt":
        return lambda row: row.at if row.modified is None else row.modified
    return _deleted


def _deleted(row: Row) -> int | None:
    if row.document is None or '"deletedAt"' not in row.document:
        return None
    deleted = orjson.loads(row.document).get("deletedAt")
    return None if deleted is None else keys.micros(deleted)


def instances(
    cursor: CursorWrapper,
    numbers: Sequence[int],
    query: TemporalQuery,
    wanted: frozenset[int] | None,
    page: int | None,
) -> Span:
    """Rows of entities that a query means.

    Args:
        cursor: of the database.
        numbers: the entities'.
        query: which times, which of the last.
        wanted: numbers of names, or None for all.
        page: most instances of one entity, or None for no pages.

    Raises:
        TooManyResults: there is no page, and more than one answer may hold.
    """
    found = _found(cursor, numbers, query, wanted, None if page is None else page + 1)
    newest = query.last_n is not None
    moment = moment_of(query)
    edges = (
        []
        if page is None
        else [_edge(rows, page, moment) for rows in found.values() if len(rows) > page]
    )
    if not edges:
        return Span({number: _sorted(rows, newest) for number, rows in found.items()}, {}, None)
    edge = max(edges) if newest else min(edges)
    kept = {
        number: [row for row in rows if _inside(moment(row), edge, newest)]
        for number, rows in found.items()
    }
    names = _names(cursor, numbers, query, wanted)
    cut = {}
    for number, rows in kept.items():
        shown = {row.series % keys.NAMES for row in rows}
        cut[number] = {name: kind for name, kind in names[number].items() if name not in shown}
    span = _range(kept, query, edge, moment)
    return Span({number: _sorted(rows, newest) for number, rows in kept.items()}, cut, span)


def _found(
    cursor: CursorWrapper,
    numbers: Sequence[int],
    query: TemporalQuery,
    wanted: frozenset[int] | None,
    most: int | None,
) -> dict[int, list[Row]]:
    """Rows from the end asked for, no more than one page and one."""
    start, end = bounds(query)
    each = query.last_n if most is None or query.last_n is None else min(query.last_n, most)
    if query.timeproperty == "observedAt":
        asked = Asked(
            start,
            end,
            observed=not is_open(query),
            each=each,
            every=most,
            newest=query.last_n is not None,
            names=wanted,
        )
        return reading.load(cursor, numbers, asked)
    moment = moment_of(query)
    newest = query.last_n is not None
    found = reading.load(cursor, numbers, Asked(observed=False, names=wanted))
    return {
        number: _last(
            sorted(
                (row for row in rows if _between(moment(row), start, end)),
                key=lambda row: (moment(row) or 0, row.series, row.twin),
                reverse=newest,
            ),
            each,
            most,
        )
        for number, rows in found.items()
    }


def _between(at: int | None, start: int | None, end: int | None) -> bool:
    return at is not None and (start is None or at >= start) and (end is None or at < end)


def _last(rows: list[Row], each: int | None, most: int | None) -> list[Row]:
    if each is not None:
        counted: dict[int, int] = {}
        kept = []
        for row in rows:
            counted[row.series] = counted.get(row.series, 0) + 1
            if counted[row.series] <= each:
                kept.append(row)
        rows = kept
    return rows if most is None else rows[:most]


def _edge(rows: list[Row], page: int, moment: Moment) -> int:
    """The last moment of which a page holds all, or the first one where it holds none."""
    beyond = moment(rows[page])
    whole = [at for row in rows[:page] if (at := moment(row)) is not None and at != beyond]
    return whole[-1] if whole else beyond or 0


def _inside(at: int | None, edge: int, newest: bool) -> bool:
    return at is not None and (at >= edge if newest else at <= edge)


def _sorted(rows: list[Row], newest: bool) -> list[Row]:
    return rows[::-1] if newest else rows


def _names(
    cursor: CursorWrapper,
    numbers: Sequence[int],
    query: TemporalQuery,
    wanted: frozenset[int] | None,
) -> dict[int, dict[int, str]]:
    """Names, with their types, of which each entity has instances in the time asked, on any page."""
    start, end = bounds(query)
    asked = Asked(observed=False, names=wanted)
    if query.timeproperty == "observedAt":
        asked = Asked(start, end, observed=not is_open(query), each=1, newest=True, names=wanted)
    found = reading.load(cursor, numbers, asked)
    return {
        number: {row.series % keys.NAMES: _type(row) for row in rows}
        for number, rows in found.items()
    }


def _type(row: Row) -> str:
    return "Property" if row.document is None else orjson.loads(row.document)["type"]


def _range(kept: Mapping[int, list[Row]], query: TemporalQuery, edge: int, moment: Moment) -> Range:
    """From the time asked, or the first instance, to the last instance; backwards for the last N."""
    times = [at for rows in kept.values() for row in rows if (at := moment(row)) is not None]
    if query.last_n is not None:
        given = (
            query.end_time_at
            if query.timerel == "between"
            else (query.time_at if query.timerel == "before" else None)
        )
        return Range(given or keys.text(max(times)), keys.text(edge), query.last_n)
    given = query.time_at if query.timerel in {"after", "between"} else None
    return Range(given or keys.text(min(times)), keys.text(edge), None)
