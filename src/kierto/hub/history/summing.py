"""Sums of series by step, over database and files at once.

Sums of hours and days stand beside the files of rows; a step of whole hours or days is made of
them, any other of the single values. Recent rows are summed by the database itself. What comes
late to a month that was filed makes that month's sums be made anew from its rows.
"""

# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import expressions, files, keys, rows
from kierto.hub.history.files import DAYS, HOURS, ROWS

#: With more series than these, a whole month is summed at once.
FEW = 64
SUM_SCHEMA = pa.schema(
    [
        ("series", pa.int64()),
        ("start", pa.int64()),
        ("count", pa.int64()),
        ("total", pa.float64()),
        ("squares", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)


_KEY_SCHEMA = pa.schema([("series", pa.int64()), ("at", pa.int64()), ("twin", pa.int64())])
_LATE_SCHEMA = _KEY_SCHEMA.append(pa.field("number", pa.float64()))


class Sum(NamedTuple):
    """What is known of one series in one step; ``start`` is its first moment."""

    series: int
    start: int
    count: int  # type: ignore[assignment]
    total: float
    squares: float
    low: float
    high: float


class Steps(NamedTuple):
    """Which moments, and how they are parted: steps of ``length`` from ``start`` on."""

    start: int
    end: int
    length: int

    def whole(self, step: int) -> bool:
        """Whether sums of such steps are fine enough, and no edge cuts one."""
        return not (self.length % step or self.start % step or self.end % step)


def sums(cursor: CursorWrapper, series: Sequence[int], steps: Steps) -> list[Sum]:
    """Sums of numeric, observed values by series and step, in that order.

    Args:
        cursor: of the database.
        series: which; no other is read.
        steps: from when (inclusive) to when (exclusive), and how long a step is.
    """
    table = sums_table(cursor, series, steps)
    return [
        Sum(*row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)
    ]


def sums_table(cursor: CursorWrapper, series: Sequence[int], steps: Steps) -> pa.Table:
    """The same as an Arrow table with the members of ``Sum`` as columns, for many series."""
    if not series or steps.end <= steps.start:
        return SUM_SCHEMA.empty_table()
    found: pa.Table = files.steadily(cursor, lambda: _sums(cursor, sorted(set(series)), steps))
    return found


def _sums(cursor: CursorWrapper, series: Sequence[int], steps: Steps) -> pa.Table:
    first, last = keys.month_of(steps.start), keys.month_of(steps.end - 1)
    filed: dict[int, dict[str, str]] = {}
    for file in files.listed(cursor):
        if first <= file.month <= last:
            filed.setdefault(file.month, {})[file.kind] = file.name
    fresh: list[tuple[Any, ...]] = []
    late: list[tuple[Any, ...]] = []
    carried: set[int] = set()
    for month in rows.months(cursor):
        if not first <= month <= last:
            continue
        if ROWS in filed.get(month, ()):
            found = _late(cursor, month, series)
            late.extend(found)
            if found:
                carried.add(month)
        else:
            fresh.extend(_summed(cursor, month, series, steps))
            carried.add(month)
    sources = _sources(filed, carried, _erased(cursor), steps)
    with files.engine() as duck:
        _register(duck, series, fresh, late)
        return _asked(duck, sources, steps, _wanted(series), fresh=bool(fresh), late=bool(late))


class _Sources(NamedTuple):
    """Files to read, each with spans of series to leave out.

    ``whole``: sums that say all; ``carried``: sums of which only those count whose single values
    are gone; ``single``: rows.
    """

    whole: list[tuple[str, list[tuple[int, int]]]]
    carried: list[tuple[str, list[tuple[int, int]]]]
    single: list[tuple[str, list[tuple[int, int]]]]


def _sources(
    filed: dict[int, dict[str, str]],
    partly: set[int],
    erased: dict[int, list[tuple[int, int]]],
    steps: Steps,
) -> _Sources:
    """How each month's files are used; ``partly`` are months with rows in the database, too."""
    found = _Sources([], [], [])
    fine = DAYS if steps.whole(keys.DAY) else HOURS if steps.whole(keys.HOUR) else ""
    for month, kinds in sorted(filed.items()):
        spans = erased.get(month, [])
        if fine and month not in partly:
            lists = [(found.whole, fine)]
        elif fine:
            lists = [(found.carried, HOURS), (found.single, ROWS)]
            if fine == DAYS:
                lists.append((found.carried, DAYS))
        else:
            lists = [(found.single, ROWS)]
        for many, kind in lists:
            if kind in kinds:
                many.append((kinds[kind], spans))
    return found


def _asked(
    duck: duckdb.DuckDBPyConnection,
    sources: _Sources,
    steps: Steps,
    wanted: str,
    *,
    fresh: bool,
    late: bool,
) -> pa.Table:
    """``fresh`` and ``late`` say whether tables of these names stand there."""
    columns = "series, start, count, total, squares, low, high"
    parts = [f"SELECT {columns} FROM fresh"] if fresh else []
    parts += [f"SELECT {columns} FROM {table}" for table in _tables(sources.whole, wanted)]
    parts += [
        f"SELECT {columns} FROM {table} AND carried" for table in _tables(sources.carried, wanted)
    ]
    hiding = ' ANTI JOIN late USING (series, "at", twin)' if late else ""
    single = [
        f'SELECT series, "at", twin, number FROM {table} AND observed'
        for table in _tables(sources.single, wanted, hiding)
    ]
    if late:
        single.append('SELECT series, "at", twin, number FROM late_readings')
    found = []
    if parts:
        # Finer sums begin on or after the first step's start: `whole` saw to it.
        found.append(
            f"SELECT {columns} FROM ({' UNION ALL '.join(parts)})"
            f" WHERE start >= {steps.start} AND start < {steps.end}"
        )
    if single:
        duck.execute(
            'CREATE TEMP VIEW readings AS SELECT series, "at", number FROM'
            f' ({" UNION ALL ".join(single)}) WHERE "at" >= {steps.start} AND "at" < {steps.end}'
        )
        summed = expressions.readings_sql(steps.length, steps.start)
        found.append(f"SELECT {columns} FROM ({summed})")
    if not found:
        return SUM_SCHEMA.empty_table()
    duck.execute(f"CREATE TEMP VIEW sums AS {' UNION ALL '.join(found)}")
    query = expressions.sums_sql(steps.length, steps.start)
    return (
        duck.sql(f"SELECT {columns} FROM ({query}) ORDER BY series, start")
        .to_arrow_table()
        .cast(SUM_SCHEMA)
    )


def _tables(
    found: list[tuple[str, list[tuple[int, int]]]], wanted: str, hiding: str = ""
) -> list[str]:
    """Files with what they may give, ready for one more condition."""
    plain = [name for name, spans in found if not spans]
    tables = [f"{files.source(plain)}{hiding} WHERE {wanted}"] if plain else []
    for name, spans in found:
        if spans:
            kept = " AND ".join(f"NOT series BETWEEN {low} AND {high}" for low, high in spans)
            tables.append(f"{files.source([name])}{hiding} WHERE {wanted} AND {kept}")
    return tables


def _wanted(series: Sequence[int]) -> str:
    """The series asked for, as DuckDB prunes best."""
    if len(series) == 1:
        return f"series = {series[0]}"
    return f"series BETWEEN {series[0]} AND {series[-1]} AND series IN (SELECT series FROM wanted)"


def _register(
    duck: duckdb.DuckDBPyConnection,
    series: Sequence[int],
    fresh: Sequence[tuple[Any, ...]],
    late: Sequence[tuple[Any, ...]],
) -> None:
    if fresh:
        duck.register("fresh", _table(fresh, SUM_SCHEMA))
    if late:
        duck.register("late", _table([row[:3] for row in late], _KEY_SCHEMA))
        seen = [row[:4] for row in late if row[4] and not row[5] and row[3] is not None]
        duck.register("late_readings", _table(seen, _LATE_SCHEMA))
    if len(series) > 1:
        duck.register("wanted", pa.table({"series": pa.array(series, pa.int64())}))


def _table(found: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*found, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for field, column in zip(schema, columns, strict=True)],
        schema=schema,
    )


def _late(cursor: CursorWrapper, month: int, series: Sequence[int]) -> list[tuple[Any, ...]]:
    """Rows of the database in a month that has a file: they hide those of the same key."""
    where, values = _of_series(series)
    cursor.execute(
        "SELECT series, at, twin, number, observed, gone FROM hub_historyinstance"
        f" WHERE month = %s AND {where}",
        [month, *values],
    )
    return list(cursor.fetchall())


def _summed(
    cursor: CursorWrapper, month: int, series: Sequence[int], steps: Steps
) -> list[tuple[Any, ...]]:
    """Sums of a month that stands in the database, made there."""
    where, values = _of_series(series)
    step = f"{steps.start} + (at - {steps.start}) / {steps.length} * {steps.length}"
    cursor.execute(
        f"SELECT series, {step}, COUNT(number), SUM(number), SUM(number * number),"
        " MIN(number), MAX(number) FROM hub_historyinstance"
        f" WHERE month = %s AND {where} AND observed AND NOT gone AND number IS NOT NULL"
        f" AND at >= %s AND at < %s GROUP BY series, {step}",
        [month, *values, steps.start, steps.end],
    )
    wanted = set(series)
    return [row for row in cursor.fetchall() if row[0] in wanted]


def _of_series(series: Sequence[int]) -> tuple[str, list[int]]:
    if len(series) <= FEW:
        return f"series IN ({','.join(['%s'] * len(series))})", list(series)
    return "series BETWEEN %s AND %s", [series[0], series[-1]]


def _erased(cursor: CursorWrapper) -> dict[int, list[tuple[int, int]]]:
    cursor.execute("SELECT month, low, high FROM hub_historyerased")
    found: dict[int, list[tuple[int, int]]] = {}
    for month, low, high in cursor.fetchall():
        found.setdefault(month, []).append((low, high))
    return found


def are_more(
    cursor: CursorWrapper, series: Sequence[int], start: int | None, end: int | None, few: int
) -> bool:
    """Whether series have more than ``few`` values in a time, to the hour where files are asked."""
    count, (since, until) = 0, _span(start, end)
    where, values = _of_series(series)
    for month in rows.months(cursor):
        if since <= month <= until:
            bounds = " AND at >= %s" * (start is not None) + " AND at < %s" * (end is not None)
            cursor.execute(
                f"SELECT COUNT(*) FROM (SELECT 1 FROM hub_historyinstance WHERE month = %s"
                f" AND {where}{bounds} AND observed LIMIT %s) AS found",
                [month, *values, *(at for at in (start, end) if at is not None), few + 1],
            )
            count += cursor.fetchone()[0]
    if count > few:
        return True
    return count + files.steadily(cursor, lambda: _filed(cursor, series, start, end)) > few


def _span(start: int | None, end: int | None) -> tuple[float, float]:
    """First and last month of a time."""
    first = -math.inf if start is None else keys.month_of(start)
    return first, math.inf if end is None else keys.month_of(end)


def _filed(cursor: CursorWrapper, series: Sequence[int], start: int | None, end: int | None) -> int:
    """How many values the sums by hour count; part of an hour counts whole."""
    since, until = _span(start, end)
    found = [each.name for each in files.listed(cursor, HOURS) if since <= each.month <= until]
    if not found:
        return 0
    bounds = "" if start is None else f" AND start > {int(start) - keys.HOUR}"
    bounds += "" if end is None else f" AND start < {int(end)}"
    few = ",".join(str(int(one)) for one in series)
    with files.engine() as duck:
        counted = duck.execute(
            f"SELECT sum(count) FROM {files.source(found)} WHERE series IN ({few}){bounds}"
        ).fetchone()
    return int(counted[0] or 0) if counted else 0


def are_carried(cursor: CursorWrapper, series: Sequence[int]) -> bool:
    """Whether there are sums of these series whose single values are gone."""
    return bool(_carried(cursor, series))


def edges(
    cursor: CursorWrapper, series: Sequence[int], start: int | None, end: int | None
) -> list[int]:
    """The first moment and the last hour of sums whose single values are gone, if there are."""
    found = _carried(cursor, series, start, end)
    return [found[0], found[-1]] if found else []


def _carried(
    cursor: CursorWrapper,
    series: Sequence[int],
    start: int | None = None,
    end: int | None = None,
) -> list[int]:
    kinds = {HOURS: set[str](), DAYS: set[str]()}
    cursor.execute("SELECT COUNT(*) FROM hub_retentionrule")
    ruled = cursor.fetchone()[0]
    for file in files.listed(cursor):
        if file.kind in kinds and (ruled or file.applied != "[]"):
            kinds[file.kind].add(file.name)
    wanted = f"series IN ({','.join(str(int(one)) for one in series)}) AND carried"
    if start is not None:
        wanted += f" AND start >= {int(start)}"
    if end is not None:
        wanted += f" AND start < {int(end)}"
    tables = [
        f"SELECT min(start) AS first, max(start) AS last FROM {files.source(sorted(names))} WHERE {wanted}"
        for names in kinds.values()
        if names
    ]
    if not tables:
        return []
    with files.engine() as duck:
        found = duck.execute(
            f"SELECT min(first), max(last) FROM ({' UNION ALL '.join(tables)})"
        ).fetchone()
    return [] if not found or found[0] is None else [found[0], found[1]]
