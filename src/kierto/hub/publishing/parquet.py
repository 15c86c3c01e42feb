"""Parquet, one group of rows after the other, with licence and source in its metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson

from kierto.hub.publishing.about import About
from kierto.hub.publishing.columns import NUMBER, TEXT, TIME, TRUTH, Column

if TYPE_CHECKING:
    import pyarrow as pa

GROUP: Final = 20_000
"""Rows of one group; so many stand in memory at once."""

MISFITS: Final = "other_values"
"""A last column: JSON of the values of a row that are not of the kind of their column."""


class _Pieces:
    """A file that hands over what is written to it."""

    closed = False

    def __init__(self) -> None:
        self._held = bytearray()
        self._sent = 0

    def write(self, data: Any) -> int:
        self._held += bytes(data)
        return len(data)

    def take(self) -> bytes:
        found = bytes(self._held)
        self._sent += len(found)
        self._held.clear()
        return found

    def tell(self) -> int:
        return self._sent + len(self._held)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


def write_parquet(
    columns: Sequence[Column], rows: Iterable[dict[str, Any]], said: About
) -> Iterator[bytes]:
    """Pieces of a Parquet file: zstd, times as timestamps of UTC."""
    # Slow to import; most processes never need it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(columns, said)
    pieces = _Pieces()
    left = iter(rows)
    with pq.ParquetWriter(pa.PythonFile(pieces, mode="w"), schema, compression="zstd") as writer:
        while group := list(islice(left, GROUP)):
            writer.write_table(_table(group, columns, schema))
            yield pieces.take()
    yield pieces.take()


def _schema(columns: Sequence[Column], said: About) -> pa.Schema:
    import pyarrow as pa

    types = {
        NUMBER: pa.float64(),
        TRUTH: pa.bool_(),
        TIME: pa.timestamp("us", tz="UTC"),
        TEXT: pa.string(),
    }
    fields = []
    for column in columns:
        known = {"unit": column.unit, "meaning": column.iri}
        metadata = {name: text for name, text in known.items() if text}
        fields.append(pa.field(column.name, types[column.kind], metadata=metadata or None))
    fields.append(pa.field(MISFITS, pa.string()))
    return pa.schema(fields, metadata=said.facts)


def _table(group: list[dict[str, Any]], columns: Sequence[Column], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    misfits: list[dict[str, Any]] = [{} for _ in group]
    arrays = []
    for column, field in zip(columns, schema, strict=False):
        fit = _FIT[column.kind]
        values = []
        for row, odd in zip(group, misfits, strict=True):
            value = row.get(column.name)
            fitted = None if value is None else fit(value)
            if fitted is None and value is not None:
                odd[column.name] = value
            values.append(fitted)
        arrays.append(pa.array(values, type=field.type))
    arrays.append(
        pa.array([orjson.dumps(odd).decode() if odd else None for odd in misfits], pa.string())
    )
    return pa.Table.from_arrays(arrays, schema=schema)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # A whole number that a float cannot hold stays as it is.
    return float(value) if isinstance(value, float) or abs(value) <= 2**53 else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_FIT: Final[dict[str, Callable[[Any], Any]]] = {
    NUMBER: _number,
    TRUTH: _truth,
    TIME: _time,
    TEXT: _text,
}
