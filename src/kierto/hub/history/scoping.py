"""Scopes in time: one holds from when it was set until the next is, or until it is removed
(clause 4.18)."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper

from kierto.hub.history import names, reading, rows, spans
from kierto.hub.history.entities import Past
from kierto.hub.history.files import Asked
from kierto.hub.history.rows import Row
from kierto.ngsild.scopes import ScopeQuery
from kierto.ngsild.temporal import TemporalQuery


class Interval(NamedTuple):
    """From a moment (inclusive) to another (exclusive); None is for ever."""

    start: int | None
    end: int | None

    def holds(self, at: int) -> bool:
        """Whether a moment lies in it."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)


def intervals(
    cursor: CursorWrapper, past: Past, query: ScopeQuery, time: TemporalQuery
) -> list[Interval]:
    """When, within the time meant, an entity's scopes fulfilled a query."""
    told = scope_rows(cursor, past)
    start, end = spans.bounds(time)
    found = []
    for place, row in enumerate(told):
        until = told[place + 1].at if place + 1 < len(told) else None
        if not query.matches(scopes_of(row)):
            continue
        first = row.at if start is None else max(row.at, start)
        last = end if until is None else until if end is None else min(until, end)
        if last is None or first < last:
            found.append(Interval(first, last))
    return found


def scope_rows(cursor: CursorWrapper, past: Past) -> list[Row]:
    """Everything that was ever said of an entity's scopes, oldest first."""
    called = names.find(cursor, [names.SCOPE[0]]).get(names.SCOPE)
    if called is None:
        return []
    asked = Asked(observed=False, names=frozenset({called}))
    return reading.load(cursor, [past.number], asked)[past.number]


def scopes_of(row: Row) -> list[str]:
    """The scopes a row sets; none where it removes them."""
    value: Any = rows.instance_of(row, "", "")["value"]
    return [value] if isinstance(value, str) else list(value)


def at_start(cursor: CursorWrapper, past: Past, time: TemporalQuery) -> Row | None:
    """The row that set the scope that held when the time meant began."""
    start, _end = spans.bounds(time)
    if start is None:
        return None
    before = [row for row in scope_rows(cursor, past) if row.at < start]
    return before[-1] if before and scopes_of(before[-1]) else None


def within(found: list[Row], allowed: list[Interval]) -> list[Row]:
    """Rows of times in which the scopes fulfilled the query."""
    return [row for row in found if any(interval.holds(row.at) for interval in allowed)]
