"""Connections for reading, a few per process, shared by all its threads.

A server has many threads, most of which wait for a commit; a connection for each would keep as
many page caches (SQLite) or server processes (PostgreSQL). Reading takes well under a millisecond,
so eight connections serve any number of threads. Statements see the last commit: SQLite reads its
snapshot in the write-ahead log beside the writer, PostgreSQL the committed rows.

Inside an open transaction the caller's own connection is used, so that one reads what one wrote.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

from django.db import connection
from django.db.utils import InterfaceError, OperationalError

SIZE: Final = 8
_CACHE_KIB: Final = 16_000
_MAPPED: Final = 4 << 30


class Execute(Protocol):
    """Runs one statement (``%s`` for each parameter) and gives all rows."""

    def __call__(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]: ...


class _Pool:
    def __init__(self) -> None:
        self.free: list[Any] = []
        self.turn = threading.BoundedSemaphore(SIZE)
        self.generation = 0


_pool = _Pool()
_own = threading.local()
_marks: dict[str, str] = {}


@contextlib.contextmanager
def reading() -> Iterator[Execute]:
    """A connection for the statements of one answer."""
    if connection.in_atomic_block or _in_memory():
        yield _execute_here
        return
    held: Execute | None = getattr(_own, "execute", None)
    if held is not None:
        # Waiting for a second one while holding a first could wait for ever.
        yield held
        return
    pool = _pool
    with pool.turn:
        generation = pool.generation
        raw = pool.free.pop() if pool.free else _open()
        _own.execute = _execute_on(raw)
        whole = False
        try:
            yield _own.execute
            whole = True
        finally:
            _own.execute = None
            if whole and pool.generation == generation:
                pool.free.append(raw)
            else:
                raw.close()


def read(sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """All rows of one statement; tried again where the server had closed the connection."""
    for _attempt in range(SIZE):
        try:
            with reading() as execute:
                return execute(sql, parameters)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or connection.vendor == "sqlite":
                raise
    with reading() as execute:
        return execute(sql, parameters)


def close_all() -> None:
    """Close every connection that is not in use; those in use are closed when they are free."""
    _pool.generation += 1
    free, _pool.free = _pool.free, []
    for raw in free:
        raw.close()


def _in_memory() -> bool:
    return connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"])


def qmarks(sql: str) -> str:
    """The statement with SQLite's marks for parameters."""
    found = _marks.get(sql)
    if found is None:
        if len(_marks) > 1024:
            _marks.clear()
        found = _marks[sql] = sql.replace("%s", "?")
    return found


def _execute_here(sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _execute_on(raw: Any) -> Execute:
    if isinstance(raw, sqlite3.Connection):

        def on_sqlite(sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
            return raw.execute(qmarks(sql), parameters).fetchall()

        return on_sqlite

    def on_postgresql(sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with connection.wrap_database_errors:
            return list(raw.execute(sql, parameters).fetchall())

    return on_postgresql


def _open() -> Any:
    if connection.vendor == "sqlite":
        raw = sqlite3.connect(
            str(connection.settings_dict["NAME"]),
            check_same_thread=False,
            isolation_level=None,
            cached_statements=256,
            timeout=30,
        )
        raw.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        raw.execute(f"PRAGMA mmap_size={_MAPPED}")
        raw.execute("PRAGMA query_only=ON")
        return raw
    import psycopg

    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    with connection.wrap_database_errors:
        return psycopg.connect(**parameters, autocommit=True)


def _after_fork() -> None:
    global _pool
    # The parent's connections are the parent's: closing them here would end them there.
    _pool = _Pool()


os.register_at_fork(after_in_child=_after_fork)
