"""Not more often than every so many seconds (``throttling``, clause 5.2.12).

What happens meanwhile is not lost: the last state of each entity is told when the time is over.
The moment stands in the database, so it holds for all processes.
"""

from __future__ import annotations

import time

from kierto.hub.subscriptions.index import Entry
from kierto.hub.subscriptions.outbox import Owed
from kierto.hub.subscriptions.rows import Cursor


def held_back(cursor: Cursor, entry: Entry, owed: Owed) -> Owed:
    """The notification, to go at once when enough time has passed, else when it will have.

    One that waits about the same entity gives way to it.
    """
    now = time.time()
    if begin(cursor, entry, now):
        return owed
    cursor.execute("SELECT throttled_until FROM hub_subscription WHERE id = %s", [entry.id])
    found = cursor.fetchone()
    owed.due_at = max(float(found[0]), now) if found else now
    cursor.execute(
        "DELETE FROM hub_outbox WHERE subscription = %s AND about = %s AND holder = '' "
        "AND attempts = 0",
        [entry.id, owed.about],
    )
    return owed


def begin(cursor: Cursor, entry: Entry, now: float) -> bool:
    """Whether a notification may go now; then the time begins anew."""
    cursor.execute(
        "UPDATE hub_subscription SET throttled_until = %s WHERE id = %s AND throttled_until <= %s",
        [now + entry.throttling, entry.id, now],
    )
    return cursor.rowcount == 1
