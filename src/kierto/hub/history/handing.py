"""Hands a month of the database over to a file, a hundred thousand rows at a time, and back off.

The rows stay in the database until the file counts; then each goes that still says what the file
says. One that changed meanwhile stays, and hides its older self in the file.
"""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import files

PART = 100_000
FEW = 5_000
_GO = (
    "DELETE FROM hub_historyinstance WHERE month = %s AND series = %s AND at = %s AND twin = %s"
    " AND gone = %s AND COALESCE(number, 0) = %s AND COALESCE(modified, 0) = %s"
)


def export(month: int, path: Path) -> int:
    """Write a month's rows, in the order of their key, with ``gone``; how many there are."""
    written = 0
    with pq.ParquetWriter(path, files.ROW_SCHEMA, compression="zstd") as writer:
        for part in _parts(month):
            writer.write_table(files.table_of(part))
            written += len(part)
    return written


def _parts(month: int) -> Iterator[list[tuple[Any, ...]]]:
    last: tuple[Any, ...] = (-1, 0, 0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {files.STORED}, gone FROM hub_historyinstance"
                " WHERE month = %s AND (series, at, twin) > (%s, %s, %s)"
                " ORDER BY series, at, twin LIMIT %s",
                [month, *last, PART],
            )
            part = cursor.fetchall()
        if not part:
            return
        yield part
        last = part[-1][:3]


def let_go(month: int, path: Path) -> int:
    """Delete what ``export`` wrote and nobody has changed since; a few thousand at a time."""
    gone = 0
    for batch in pq.ParquetFile(path).iter_batches(
        FEW, columns=["series", "at", "twin", "gone", "number", "modified"]
    ):
        columns = [column.to_pylist() for column in batch.columns]
        with transaction.atomic(), connection.cursor() as cursor:
            gone += delete(cursor, month, list(zip(*columns, strict=True)))
    return gone


def delete(cursor: CursorWrapper, month: int, found: list[tuple[Any, ...]]) -> int:
    """Delete rows (series, at, twin, gone, number, modified) that still say this."""
    cursor.executemany(
        _GO,
        [
            (month, series, at, twin, bool(gone), number or 0, modified or 0)
            for series, at, twin, gone, number, modified in found
        ],
    )
    return max(cursor.rowcount, 0)
