"""A cursor for one question, from the store's pool of connections for reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from django.db.backends.utils import CursorWrapper

from kierto.hub.store import connections
from kierto.hub.store.connections import Execute


class _Reading:
    """As much of a cursor as reading needs."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._rows: list[Any] = []

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._rows = self._execute(sql, tuple(parameters))

    def fetchall(self) -> list[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None


@contextmanager
def reading() -> Iterator[CursorWrapper]:
    """Reads the last commit; inside an open transaction, what that has written."""
    with connections.reading() as execute:
        yield cast("CursorWrapper", _Reading(execute))
