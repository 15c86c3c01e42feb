"""What the clock asks for: rows that wait in the outbox, and subscriptions by ``timeInterval``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.db import connection

from kierto.core import rounds
from kierto.hub.subscriptions import index, outbox, owners, rows, tenants_by_id
from kierto.hub.subscriptions.outbox import Owed
from kierto.ngsild import subscriptions, times

if TYPE_CHECKING:
    from kierto.hub.subscriptions.index import Entry

_SECONDS: Final = 1.0
_TIDY_SECONDS: Final = 600.0
_AT_ONCE: Final = 1000
_GONE_SECONDS: Final = 3600.0

PAGE: Final = 100
"""Entities of one notification."""

MOST: Final = 10_000
"""Entities that one subscription by interval is told at a time."""


def register() -> None:
    """Let the job worker go these rounds."""
    rounds.every("notifications that wait", _SECONDS, send_waiting)
    rounds.every("subscriptions by interval", _SECONDS, tell_by_interval)
    rounds.every("notifications that nobody wants", _TIDY_SECONDS, tidy)


def send_waiting() -> int:
    """Take what is due in the outbox and send it; how many rows."""
    from kierto.hub.store import writing
    from kierto.hub.subscriptions import lanes

    room = min(_AT_ONCE, lanes.current().room())
    with connection.cursor() as cursor:
        index.current().refresh(cursor)
        if not room or not outbox.is_any_due(cursor):
            return 0
    taken = writing.run(lambda cursor: outbox.take(cursor, limit=room))
    lanes.send(taken)
    return len(taken)


def tell_by_interval() -> int:
    """Tell the subscriptions whose time has come; how many were told."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT id, next_at, "interval" FROM hub_subscription '
            "WHERE next_at <= %s AND gone = %s ORDER BY next_at LIMIT %s",
            [time.time(), False, _AT_ONCE],
        )
        due = cursor.fetchall()
        if due:
            index.current().refresh(cursor)
    return sum(_tell(*each) for each in due)


def _tell(number: int, next_at: float, interval: float) -> int:
    from kierto.hub.store import writing
    from kierto.hub.subscriptions import lanes

    entry = index.current().get(number)
    owed = list(_owed(entry)) if entry is not None and entry.is_active(times.now()) else []

    def claim(cursor: Any) -> bool:
        later = max(next_at + interval, time.time())
        cursor.execute(
            "UPDATE hub_subscription SET next_at = %s WHERE id = %s AND next_at = %s",
            [later, number, next_at],
        )
        if cursor.rowcount != 1:
            return False  # another worker was quicker
        outbox.add(cursor, owed)
        return True

    if not writing.run(claim):
        return 0
    lanes.send(owed)
    return int(bool(owed))


def _owed(entry: Entry) -> Iterator[Owed]:
    if entry.kind == rows.SOURCES:
        from kierto.hub.subscriptions import sources

        found = sources.all_matching(entry)
        if found is not None:
            yield found
        return
    for documents in _pages(entry):
        payload = orjson.dumps({"at": times.now(), "found": documents})
        yield Owed(entry.id, "", payload, time.time())


def _pages(entry: Entry) -> Iterator[list[dict[str, Any]]]:
    from kierto.hub.store import reading

    reader = owners.reader_for(entry.owner)
    if reader is None:
        return
    tenant, query = tenants_by_id.tenant(entry.tenant), subscriptions.query_of(entry.stored)
    after: int | None = None
    for _ in range(MOST // PAGE):
        page = reading.find(tenant, query, reader, limit=PAGE, after=after)
        if page.documents:
            yield page.documents
        if len(page.documents) < PAGE or page.last is None:
            return
        after = page.last


def tidy() -> int:
    """Delete what was never delivered for a day, and traces of subscriptions that are gone."""
    from kierto.hub.store import writing

    return writing.run(
        lambda cursor: (
            outbox.drop_old(cursor) + rows.forget_gone(cursor, time.time() - _GONE_SECONDS)
        )
    )
