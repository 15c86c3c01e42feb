"""Files of older months: where they stand, and the engine that reads them.

One DuckDB for each process, in memory, with its bounds: memory, threads, its spill inside the
data folder, no other file, no network, no extension. What a user writes never becomes SQL here;
values are bound, and names of files are this module's own.
"""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import keys
from kierto.hub.history.rows import Row

T = TypeVar("T")
ATTEMPTS = 5
MEMORY = "1GB"
THREADS = 2
ROWS, HOURS, DAYS = "rows", "hours", "days"
#: What a file of rows holds, in the order of ``rows.Row`` without ``month`` and ``gone``.
STORED = 'series, "at", twin, number, quality, observed, created, modified, document'
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


#: Instances that are read for one question at most.
MOST = 200_000


class Asked(NamedTuple):
    """Which rows are meant.

    Attributes:
        start: first moment, or None.
        end: first moment meant no more, or None.
        observed: only what has an observedAt; else everything, and times are looked at later.
        each: at most so many of each series.
        every: at most so many of each entity.
        newest: the latest come first and count.
        names: numbers of the attributes' names, or None for all.
        twin: only rows that are told apart by this.
    """

    start: int | None = None
    end: int | None = None
    observed: bool = True
    each: int | None = None
    every: int | None = None
    newest: bool = False
    names: frozenset[int] | None = None
    twin: int | None = None


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
    # A file never changes under its name, so what stands at its end is read once.
    database.execute("SET parquet_metadata_cache = true")
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


def source(names: Iterable[str], *, named: bool = False) -> str:
    """Files as a table of DuckDB's SQL; each row says its file where ``named``."""
    paths = ", ".join(_text(str(folder() / name)) for name in names)
    return f"read_parquet([{paths}]{', filename = true' if named else ''})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def read_rows(
    found: Sequence[File], series: Sequence[int], asked: Asked, *, slack: int = 0
) -> list[Row]:
    """Rows of files, in the order asked.

    Args:
        found: files of rows.
        series: of these; none else.
        asked: of this time, at most so many.
        slack: how many more of each are wanted, since rows of the database may hide some.
    """
    order = "DESC" if asked.newest else "ASC"
    wanted, values = ["series BETWEEN ? AND ?"], list[Any]([min(series), max(series)])
    if len(set(series)) > 1:
        wanted.append("series IN (SELECT unnest(?::BIGINT[]))")
        values.append(list(series))
    if asked.observed:
        wanted.append("observed")
        if asked.start is not None:
            wanted.append('"at" >= ?')
            values.append(asked.start)
        if asked.end is not None:
            wanted.append('"at" < ?')
            values.append(asked.end)
    if asked.twin is not None:
        wanted.append("twin = ?")
        values.append(asked.twin)
    limits = []
    for most, part in ((asked.each, "series"), (asked.every, f"series // {keys.NAMES}")):
        if most is not None:
            limits.append(
                f'row_number() OVER (PARTITION BY {part} ORDER BY "at" {order}, twin) <= ?'
            )
            values.append(most + slack)
    query = (
        f"SELECT filename, {STORED} FROM {source([file.name for file in found], named=True)}"
        f" WHERE {' AND '.join(wanted)}"
        + (f" QUALIFY {' AND '.join(limits)}" if limits else "")
        + f' ORDER BY "at" {order}, series, twin LIMIT ?'
    )
    months = {str(folder() / file.name): file.month for file in found}
    with engine() as cursor:
        rows = cursor.execute(query, [*values, MOST + 1]).fetchall()
    return [Row(months[row[0]], *row[1:]) for row in rows]


def steadily(cursor: CursorWrapper, read: Callable[[], T]) -> T:
    """Read while the list of files stands still; again, if it changed on the way.

    Between a look at the database and one at a file, rows may have gone from one to the other.
    """
    for attempt in range(ATTEMPTS):
        before = listed(cursor)
        try:
            found = read()
        except duckdb.IOException:  # a file was replaced, and taken away since
            if attempt == ATTEMPTS - 1 or listed(cursor) == before:
                raise
            continue
        if attempt == ATTEMPTS - 1 or listed(cursor) == before:
            return found
    raise AssertionError("unreachable")  # pragma: no cover


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
