"""Makes the files of one month: what stands in its old files and in the database, put together.

Pure of the database: it reads files and writes files under names that nothing names yet.
"""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from kierto.hub.history import expressions, files, keys
from kierto.hub.history.files import DAYS, HOURS, ROWS
from kierto.hub.history.retention import Cuts

GROUP = 61_440
#: Steps of an hour and a day begin at whole hours and days, counted from before any calendar.
LONG_AGO = -keys.DAY * 1_000_000
_NO_ROWS = (
    'SELECT NULL::BIGINT series, NULL::BIGINT "at", NULL::BIGINT twin, NULL::DOUBLE number,'
    " NULL::SMALLINT quality, NULL::BOOLEAN observed, NULL::BIGINT created,"
    " NULL::BIGINT modified, NULL::VARCHAR document WHERE false"
)
_NO_SUMS = (
    "SELECT NULL::BIGINT series, NULL::BIGINT start, NULL::BOOLEAN carried, NULL::BIGINT count,"
    " NULL::DOUBLE total, NULL::DOUBLE squares, NULL::DOUBLE low, NULL::DOUBLE high WHERE false"
)


class Made(NamedTuple):
    """A file that was written: how many rows, bytes, and the series it spans."""

    kind: str
    name: str
    rows: int
    size: int
    first: int | None
    last: int | None


class Work(NamedTuple):
    """What a month is made of.

    Attributes:
        month: which.
        held: file of the database's rows, with ``gone``.
        old: the month's files by kind.
        erased: spans of series that were deleted since the old files were written.
        generation: makes the names of the new files new.
    """

    month: int
    held: Path
    old: Mapping[str, str]
    erased: list[tuple[int, int]]
    generation: str


def series_of(work: Work) -> list[int]:
    """All series that the month knows."""
    with files.engine() as duck:
        _views(duck, work)
        found = duck.execute(
            "SELECT DISTINCT series FROM (SELECT series FROM alive UNION ALL"
            " SELECT series FROM old_hours UNION ALL SELECT series FROM old_days)"
        ).fetchall()
    return sorted(series for (series,) in found)


def make(
    work: Work, cuts: Mapping[int, Cuts], reached: Callable[[str], None]
) -> tuple[list[Made], list[tuple[Any, ...]]]:
    """Write the month's new files; a file that would be empty is not written.

    Returns:
        the files, and those rows of the database whose time had passed: sums hold them now, so
        they must go in the transaction in which the files begin to count.
    """
    with files.engine() as duck:
        _views(duck, work)
        _cut(duck, cuts)
        _sums(duck)
        queries = {
            ROWS: f'SELECT {files.STORED} FROM kept ORDER BY series, "at", twin',
            HOURS: f"SELECT {files.SUMMED} FROM new_hours ORDER BY series, start",
            DAYS: f"SELECT {files.SUMMED} FROM new_days ORDER BY series, start",
        }
        made = []
        for kind, query in queries.items():
            file = _write(duck, work, kind, query, reached)
            if file is not None:
                made.append(file)
        passed = duck.execute(
            'SELECT series, "at", twin, gone, number, modified FROM held'
            ' JOIN cuts USING (series) WHERE "at" < raw AND NOT gone'
        ).fetchall()
    return made, passed


def _views(duck: duckdb.DuckDBPyConnection, work: Work) -> None:
    duck.register(
        "erased",
        pa.table(
            {
                "low": pa.array([low for low, _high in work.erased], pa.int64()),
                "high": pa.array([high for _low, high in work.erased], pa.int64()),
            }
        ),
    )
    duck.execute(f"CREATE TEMP VIEW held AS SELECT * FROM {files.source([work.held.name])}")
    for view, kind, none in (
        ("old_rows", ROWS, _NO_ROWS),
        ("old_hours", HOURS, _NO_SUMS),
        ("old_days", DAYS, _NO_SUMS),
    ):
        table = (
            f"(SELECT * FROM {files.source([work.old[kind]])})" if kind in work.old else f"({none})"
        )
        duck.execute(
            f"CREATE TEMP VIEW {view} AS SELECT * FROM {table} AS old"
            + (
                " WHERE NOT EXISTS (SELECT 1 FROM erased"
                " WHERE old.series BETWEEN erased.low AND erased.high)"
                if work.erased
                else ""
            )
        )
    duck.execute(
        f"CREATE TEMP VIEW alive AS SELECT {files.STORED} FROM old_rows"
        ' ANTI JOIN held USING (series, "at", twin)'
        f" UNION ALL SELECT {files.STORED} FROM held WHERE NOT gone"
    )


def _cut(duck: duckdb.DuckDBPyConnection, cuts: Mapping[int, Cuts]) -> None:
    some = [(series, cut) for series, cut in sorted(cuts.items()) if cut.raw is not None]
    duck.register(
        "cuts",
        pa.table(
            {
                "series": pa.array([series for series, _cut in some], pa.int64()),
                "raw": pa.array([cut.raw for _series, cut in some], pa.int64()),
                "hours": pa.array([cut.hours for _series, cut in some], pa.int64()),
                "days": pa.array([cut.days for _series, cut in some], pa.int64()),
            }
        ),
    )
    duck.execute(
        "CREATE TEMP VIEW kept AS SELECT alive.* FROM alive LEFT JOIN cuts USING (series)"
        ' WHERE raw IS NULL OR "at" >= raw'
    )
    duck.execute(
        "CREATE TEMP VIEW dropped AS SELECT alive.* FROM alive JOIN cuts USING (series)"
        ' WHERE "at" < raw'
    )


def _sums(duck: duckdb.DuckDBPyConnection) -> None:
    hourly = {}
    for view in ("dropped", "kept"):
        duck.execute(
            f'CREATE TEMP VIEW {view}_readings AS SELECT series, "at", number FROM {view} WHERE observed'
        )
        hourly[view] = expressions.readings_sql(keys.HOUR, LONG_AGO, f"{view}_readings")
    duck.execute(
        "CREATE TEMP TABLE hours AS"
        f" SELECT *, true AS carried FROM ({_again('old_hours', hourly['dropped'], keys.HOUR)})"
        f" UNION ALL BY NAME SELECT *, false AS carried FROM ({hourly['kept']})"
    )
    duck.execute(
        "CREATE TEMP VIEW new_hours AS SELECT hours.* FROM hours LEFT JOIN cuts USING (series)"
        " WHERE cuts.hours IS NULL OR start >= cuts.hours"
    )
    duck.execute(
        "CREATE TEMP VIEW past_hours AS SELECT hours.* FROM hours JOIN cuts USING (series)"
        " WHERE start < cuts.hours"
    )
    daily = {
        view: expressions.sums_sql(keys.DAY, LONG_AGO, view) for view in ("past_hours", "new_hours")
    }
    duck.execute(
        "CREATE TEMP TABLE days AS"
        f" SELECT *, true AS carried FROM ({_again('old_days', daily['past_hours'], keys.DAY)})"
        f" UNION ALL BY NAME SELECT *, false AS carried FROM ({daily['new_hours']})"
    )
    duck.execute(
        "CREATE TEMP VIEW new_days AS SELECT days.* FROM days LEFT JOIN cuts USING (series)"
        " WHERE cuts.days IS NULL OR start >= cuts.days"
    )


def _again(old: str, more: str, step: int) -> str:
    """Sums that were carried before and those of what is dropped now, together."""
    both = (
        f"(SELECT series, start, count, total, squares, low, high FROM {old} WHERE carried"
        f" UNION ALL BY NAME SELECT * FROM ({more}))"
    )
    table = f"carried_{old}"
    query = expressions.sums_sql(step, LONG_AGO, table)
    return f"WITH {table} AS {both} {query}"


def _write(
    duck: duckdb.DuckDBPyConnection,
    work: Work,
    kind: str,
    query: str,
    reached: Callable[[str], None],
) -> Made | None:
    """Write, make durable, name: a file under its name is whole."""
    name = files.new_name(work.month, kind, work.generation)
    path = files.folder() / name
    part = path.with_suffix(".parquet.part")
    duck.execute(
        f"COPY ({query}) TO '{_quoted(part)}'"
        f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP})"
    )
    reached(f"{kind} written")
    found = duck.execute(
        f"SELECT count(*), min(series), max(series) FROM read_parquet('{_quoted(part)}')"
    ).fetchone()
    if not found or not found[0]:
        part.unlink()
        return None
    durable(part)
    part.rename(path)
    durable(path.parent)
    reached(f"{kind} named")
    return Made(kind, name, found[0], path.stat().st_size, found[1], found[2])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def durable(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
