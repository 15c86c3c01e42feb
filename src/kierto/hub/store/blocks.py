"""Many rows into one table by as few statements as there can be, on both databases.

SQLite gets ``INSERT … VALUES`` with hundreds of rows: one step of the engine for all of them,
during which other threads run. PostgreSQL gets one statement with an array for each column.
"""

from __future__ import annotations

import struct
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

_SIZES: Final = (256, 32, 4)
"""Rows of one statement on SQLite; what is left goes alone. Few sizes: each is prepared once."""

_HEAD: Final = struct.Struct(">iiIii")
_LENGTH: Final = struct.Struct(">i").pack
_NULL: Final = _LENGTH(-1)
_OIDS: Final = {"text": 25, "bytea": 17}


@dataclass(frozen=True)
class Block:
    """Rows of one shape for one table.

    Attributes:
        table: its name.
        columns: names and their sorts in PostgreSQL, in the order of a row's values.
        conflict: what follows the values, such as ``ON CONFLICT DO NOTHING``.
        verb: how the statement begins.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    conflict: str = ""
    verb: str = "INSERT"

    def insert(self, cursor: CursorWrapper, rows: Sequence[Sequence[Any]]) -> None:
        """Write the rows past Django, on the connection of one of its cursors."""
        if not rows:
            return
        database = cursor.db
        with database.wrap_database_errors:
            if database.vendor == "sqlite":
                self.on_sqlite(database.connection, rows)
            else:
                self.on_postgresql(new_cursor(database.connection), rows)

    def on_sqlite(self, raw: Any, rows: Sequence[Sequence[Any]]) -> None:
        """Write the rows on a connection of SQLite."""
        start, left = 0, len(rows)
        for size, statement in self._statements:
            while left >= size:
                some = rows[start : start + size]
                raw.execute(statement, tuple(chain.from_iterable(some)))
                start, left = start + size, left - size
        if left:
            raw.executemany(self._single, rows[start:])

    def on_postgresql(self, cursor: Any, rows: Sequence[Sequence[Any]]) -> Any:
        """Write the rows by a cursor that binds on the server; the cursor."""
        return cursor.execute(self._unnested, arrays(self.columns, rows))

    @cached_property
    def _single(self) -> str:
        return self._of(1)

    @cached_property
    def _statements(self) -> list[tuple[int, str]]:
        return [(size, self._of(size)) for size in _SIZES]

    def _of(self, size: int) -> str:
        marks = "(" + ", ".join("?" * len(self.columns)) + ")"
        return f"{self._begin} VALUES {', '.join([marks] * size)} {self.conflict}".rstrip()

    @property
    def _begin(self) -> str:
        return f"{self.verb} INTO {self.table} ({', '.join(name for name, _ in self.columns)})"

    @cached_property
    def _unnested(self) -> str:
        return f"{self._begin} SELECT * FROM {unnest(self.columns)} {self.conflict}".rstrip()  # noqa: S608 - own names


def unnest(columns: Sequence[tuple[str, str]]) -> str:
    """The rows of :func:`arrays` as PostgreSQL reads them."""
    return "unnest(" + ", ".join(f"%s::{sort}[]" for _, sort in columns) + ")"


def arrays(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """One array for each column, as PostgreSQL reads it.

    psycopg makes arrays element by element in Python, which took longer than all else.
    """
    return [
        _binary(column, _OIDS[sort]) if sort in _OIDS else _numbers(column)
        for (_, sort), column in zip(columns, zip(*rows, strict=True), strict=True)
    ]


def _numbers(column: Sequence[Any]) -> str:
    if None in column:
        return "{" + ",".join(["NULL" if each is None else str(each) for each in column]) + "}"
    return "{" + ",".join(map(str, column)) + "}"


class BinaryArray:
    """An array in PostgreSQL's own form."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


def _binary(column: Sequence[Any], oid: int) -> BinaryArray:
    parts = [_HEAD.pack(1, None in column, oid, len(column), 1)]
    for each in column:
        if each is None:
            parts.append(_NULL)
        else:
            data = each.encode() if each.__class__ is str else each
            parts += (_LENGTH(len(data)), data)
    return BinaryArray(b"".join(parts))


def new_cursor(raw: Any) -> Any:
    """A cursor of a PostgreSQL connection that binds on the server and takes these arrays."""
    import psycopg

    if raw not in _taught:
        raw.adapters.register_dumper(BinaryArray, _dumper())
        _taught.add(raw)
    return psycopg.Cursor(raw)


_taught: weakref.WeakSet[Any] = weakref.WeakSet()


@cache
def _dumper() -> Any:
    from psycopg.adapt import Dumper
    from psycopg.pq import Format

    class ArrayDumper(Dumper):
        """Hands the bytes over; the statement says what they are."""

        format = Format.BINARY

        def dump(self, obj: BinaryArray) -> bytes:
            return obj.data

    return ArrayDumper
