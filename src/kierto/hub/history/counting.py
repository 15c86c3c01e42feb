"""Which files of a month count: one transaction lets new ones count in the place of the old."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection, transaction

from kierto.hub.history import files, filing, handing


class Base(NamedTuple):
    """What stood when the work on a month began."""

    old: dict[str, str]
    applied: set[str]
    erased: list[tuple[int, int, int]]


def base_of(month: int) -> Base:
    """What stands of a month."""
    with connection.cursor() as cursor:
        mine = [file for file in files.listed(cursor) if file.month == month]
        cursor.execute("SELECT id, low, high FROM hub_historyerased WHERE month = %s", [month])
        erased = list(cursor.fetchall())
    applied: set[str] = set()
    for file in mine:
        applied |= set(orjson.loads(file.applied))
    return Base({file.kind: file.name for file in mine}, applied, erased)


def count(
    month: int,
    old: dict[str, str],
    made: list[filing.Made],
    applied: set[str],
    erased: list[int],
    passed: list[tuple[Any, ...]],
) -> bool:
    """Let new files count in the place of the old; False if others came before."""
    with transaction.atomic(), connection.cursor() as cursor:
        there = {file.kind: file.name for file in files.listed(cursor) if file.month == month}
        if there != old:
            return False
        cursor.execute("DELETE FROM hub_historyfile WHERE month = %s", [month])
        cursor.executemany(
            "INSERT INTO hub_historyfile (month, kind, name, rows, size, first_series,"
            " last_series, applied, written_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (month, *file, orjson.dumps(sorted(applied)).decode(), datetime.now(UTC))
                for file in made
            ],
        )
        cursor.executemany(
            "DELETE FROM hub_historyerased WHERE id = %s", [(one,) for one in erased]
        )
        handing.delete(cursor, month, passed)
    return True
