"""Files of older months: where they stand, and the engine that reads them.

One DuckDB for each process, in memory, with its bounds: memory, threads, its spill inside the
data folder, no other file, no network, no extension. What a user writes never becomes SQL here;
values are bound, and names of files are this module's own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import keys
from kierto.hub.history.rows import Row

MEMORY = "1GB"
THREADS = 2
ROWS, HOURS, DAYS = "rows", "hours", "days"
#: What a file of rows holds, in the order of ``rows.Row`` without ``month`` and ``gone``.
STORED = "series, at, twin, number, quality, observed, created, modified, document"
#: What a file of sums holds. ``carried``: the single values behind it are gone.
SUMMED = "series, start, carried, count, total, squares, low, high"

ROW_SCHEMA = pa.schema(
    [
        ("series", pa.int64()), ("at", pa.int64()), ("twin", pa.int64()),
        ("number", pa.float64()), ("quality", pa.int16()), ("observed", pa.bool_()),
        ("created", pa.int64()), ("modified", pa.int64()), ("document", pa.string()),
        ("gone", pa.bool_()),
    ]
)  # fmt: skip


class File(NamedTuple):
    """One file: its month, kind and name in the folder; of rows, the series it spans."""

    month: int
    kind: str
    name: str
    first: int | None
    last: int | None
    applied: str


def folder() -> Path:
    """Where the files stand."""
    place: Path = Path(settings.DATA_DIR) / "history"
    place.mkdir(parents=True, exist_ok=True)
    return place


def listed(cursor: CursorWrapper, kind: str | None = None) -> list[File]:
    """Files that count, oldest month first. What is not listed here does not exist."""
    cursor.execute(
        "SELECT month, kind, name, first_series, last_series, applied FROM hub_historyfile"
        + (" WHERE kind = %s" if kind else "")
        + " ORDER BY month, kind",
        [kind] if kind else [],
    )
    return [File(*row) for row in cursor.fetchall()]


class _Engine:
    """The process's DuckDB; made at its first use, and anew after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._folder = Path()
        self._database: duckdb.DuckDBPyConnection | None = None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            place = folder()
            if self._database is None or (self._process, self._folder) != (os.getpid(), place):
                self._database = _opened(place)
                self._process, self._folder = os.getpid(), place
            return self._database.cursor()


_engine = _Engine()


def _opened(place: Path) -> duckdb.DuckDBPyConnection:
    spill = place / "spill"
    spill.mkdir(exist_ok=True)
    database = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": THREADS,
            "temp_directory": str(spill),
            "max_temp_directory_size": "20GB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        },
    )
    database.execute(f"SET allowed_directories = [{_text(str(place))}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the process's DuckDB, for one question."""
    cursor = _engine.cursor()
    try:
        yield cursor
    finally:
        cursor.close()


def source(names: Iterable[str]) -> str:
    """Files as a table of DuckDB's SQL."""
    paths = ", ".join(_text(str(folder() / name)) for name in names)
    return f"read_parquet([{paths}])"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def read_rows(
    file: File,
    span: tuple[int, int],
    start: int | None,
    end: int | None,
    *,
    observed: bool,
    series: Sequence[int] | None = None,
    each: int | None = None,
    every: int | None = None,
    newest: bool = False,
) -> list[Row]:
    """Rows of one file, by series of a span and by time.

    Args:
        file: of rows.
        span: first and last series.
        start: first moment meant.
        end: first moment meant no more.
        observed: only what has an observedAt.
        series: only these of the span.
        each: at most so many of each series.
        every: at most so many in all, by time.
        newest: the latest of them come first and count.
    """
    order = "DESC" if newest else "ASC"
    wanted, values = ["series BETWEEN ? AND ?"], list[Any](span)
    if start is not None:
        wanted.append("at >= ?")
        values.append(start)
    if end is not None:
        wanted.append("at < ?")
        values.append(end)
    if observed:
        wanted.append("observed")
    if series is not None:
        wanted.append("series IN (SELECT unnest(?::BIGINT[]))")
        values.append(list(series))
    query = (
        f"SELECT {STORED} FROM {source([file.name])} WHERE {' AND '.join(wanted)}"  # noqa: S608 - our own words; values are bound
    )
    if each is not None:
        query += (
            f" QUALIFY row_number() OVER (PARTITION BY series ORDER BY at {order}, twin) <= ?"
        )
        values.append(each)
    query += f" ORDER BY at {order}, series, twin"
    if every is not None:
        query += " LIMIT ?"
        values.append(every)
    with engine() as cursor:
        return [Row(file.month, *row) for row in cursor.execute(query, values).fetchall()]


def table_of(rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Rows of the database (``STORED``, then ``gone``) as Arrow."""
    columns = list(zip(*rows, strict=True)) or [()] * len(ROW_SCHEMA)
    flags = {"observed", "gone"}  # SQLite says 0 and 1
    return pa.table(
        [
            pa.array([bool(one) for one in column] if field.name in flags else column, field.type)
            for field, column in zip(ROW_SCHEMA, columns, strict=True)
        ],
        schema=ROW_SCHEMA,
    )


def month_table(cursor: CursorWrapper, month: int, where: str = "", values: Any = ()) -> pa.Table:
    """A month's rows in the database as Arrow, a hundred thousand at a time."""
    cursor.execute(
        f"SELECT {STORED}, gone FROM hub_historyinstance WHERE month = %s"  # noqa: S608 - our own words; values are bound
        + (f" AND {where}" if where else ""),
        [month, *values],
    )
    parts = []
    while part := cursor.fetchmany(100_000):
        parts.append(table_of(part))
    return pa.concat_tables(parts) if parts else table_of([])


def sweep(names: set[str], older_than: float) -> int:
    """Take away files that no list names, unless somebody may still be reading or writing them."""
    taken = 0
    for path in folder().glob("*.parquet*"):
        if path.name not in names and path.stat().st_mtime < older_than:
            path.unlink(missing_ok=True)
            taken += 1
    return taken


def new_name(month: int, kind: str, generation: str) -> str:
    """A name no file ever had."""
    return f"{keys.month_name(month)}-{kind}-{generation}.parquet"
