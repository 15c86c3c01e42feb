"""Takes things out of the history: an entity, an attribute, one instance.

Rows of the database go at once. What stands in a file is hidden at once and gone when the next
round writes the file anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

from kierto.hub.history import files, keys, rows
from kierto.hub.history.rows import Row


def erase_entity(cursor: CursorWrapper, number: int) -> None:
    """All that is known of an entity; its number is never given to another."""
    erase_span(cursor, *keys.entity_span(number))
    cursor.execute("DELETE FROM hub_historytype WHERE entity = %s", [number])
    cursor.execute("DELETE FROM hub_historyentity WHERE id = %s", [number])


def erase_series(cursor: CursorWrapper, series: Sequence[int]) -> None:
    """Attributes of entities."""
    for one in series:
        erase_span(cursor, one, one)


def erase_span(cursor: CursorWrapper, low: int, high: int) -> None:
    """Series from one number to another."""
    held = rows.months(cursor)
    for month in held:
        cursor.execute(
            "DELETE FROM hub_historyinstance WHERE month = %s AND series BETWEEN %s AND %s",
            [month, low, high],
        )
    cursor.execute("DELETE FROM hub_historyseries WHERE series BETWEEN %s AND %s", [low, high])
    # A month that is being filed at this moment has no file yet: it is noted all the same.
    months = sorted({*held, *(file.month for file in files.listed(cursor))})
    cursor.executemany(
        "INSERT INTO hub_historyerased (month, low, high) VALUES (%s, %s, %s)",
        [(month, low, high) for month in months],
    )


def erase_row(cursor: CursorWrapper, row: Row) -> None:
    """One instance; a row that is gone hides the one in the file of its month."""
    filed = {file.month for file in files.listed(cursor)}
    if row.month in filed:
        rows.put(cursor, [row._replace(gone=True)])
    else:
        cursor.execute(
            "DELETE FROM hub_historyinstance"
            " WHERE month = %s AND series = %s AND at = %s AND twin = %s",
            [row.month, *row.key],
        )
