"""Notifications that are owed: a row for each, from the change until it has arrived.

A row is taken by whoever writes it: ``holder`` names the process, and ``due_at`` is when others
may take it. A process that lives says so before that (:func:`renew`); one that was killed does
not, and its rows go to the next that looks.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from kierto.hub.subscriptions.rows import Cursor

HELD_SECONDS: Final = 10.0
"""How long a row stays with a process that says nothing."""

KEPT_SECONDS: Final = 24 * 3600.0
"""How long what cannot be delivered is kept."""

_ROWS_AT_ONCE = 200
_INSERT = (
    "INSERT INTO hub_outbox (subscription, about, payload, created_at, due_at, holder, attempts)"
)


@dataclass(slots=True)
class Owed:
    """One notification that is owed.

    Attributes:
        subscription: number of the subscription.
        about: which entity or registration; "" where it is about several.
        payload: JSON of what happened (see :mod:`.bodies`).
        created_at: when it came into being, seconds since 1970.
        due_at: not before this; 0 is at once.
        attempts: how often it was tried in vain.
        id: of the row, once there is one.
    """

    subscription: int
    about: str
    payload: bytes
    created_at: float
    due_at: float = 0.0
    attempts: int = 0
    id: int = 0

    def happened(self) -> dict[str, Any]:
        """What happened."""
        found: dict[str, Any] = orjson.loads(self.payload)
        return found


_holder: tuple[int, str] = (0, "")


def holder() -> str:
    """The name of this process among those that send."""
    global _holder
    if _holder[0] != os.getpid():
        _holder = (os.getpid(), f"{os.getpid()}-{secrets.token_hex(6)}")
    return _holder[1]


def add(cursor: Cursor, owed: Sequence[Owed]) -> None:
    """Write rows; those due at once are this process's, the others anybody's. Sets their ids."""
    mine, until = holder(), time.time() + HELD_SECONDS
    for start in range(0, len(owed), _ROWS_AT_ONCE):
        some = owed[start : start + _ROWS_AT_ONCE]
        params: list[Any] = []
        for each in some:
            params += [each.subscription, each.about, each.payload.decode(), each.created_at]
            params += [each.due_at, ""] if each.due_at else [until, mine]
        values = ", ".join(["(%s, %s, %s, %s, %s, %s, 0)"] * len(some))
        cursor.execute(f"{_INSERT} VALUES {values} RETURNING id", params)
        for each, (number,) in zip(some, cursor.fetchall(), strict=True):
            each.id = number


def take(cursor: Cursor, *, limit: int) -> list[Owed]:
    """Rows that are due and that nobody living holds; they are this process's now."""
    now = time.time()
    lock = "FOR UPDATE SKIP LOCKED" if _is_postgresql(cursor) else ""
    cursor.execute(
        "UPDATE hub_outbox SET holder = %s, due_at = %s WHERE id IN ("  # noqa: S608 - literal
        f"SELECT id FROM hub_outbox WHERE due_at <= %s ORDER BY due_at, id LIMIT %s {lock}) "
        "RETURNING id, subscription, about, payload, created_at, attempts",
        [holder(), now + HELD_SECONDS, now, limit],
    )
    taken = [
        Owed(subscription, about, payload.encode(), created_at, 0.0, attempts, number)
        for number, subscription, about, payload, created_at, attempts in cursor.fetchall()
    ]
    return sorted(taken, key=lambda each: each.id)


def is_any_due(cursor: Cursor) -> bool:
    """Whether :func:`take` would find something; asked without writing."""
    cursor.execute("SELECT 1 FROM hub_outbox WHERE due_at <= %s LIMIT 1", [time.time()])
    return cursor.fetchone() is not None


def is_held_by_another(cursor: Cursor, subscription: int) -> bool:
    """Whether another process has a notification of this subscription on its way."""
    cursor.execute(
        "SELECT 1 FROM hub_outbox WHERE subscription = %s AND holder NOT IN ('', %s)"
        " AND due_at > %s LIMIT 1",
        [subscription, holder(), time.time()],
    )
    return cursor.fetchone() is not None


def renew(cursor: Cursor) -> None:
    """This process lives and will deliver what it holds."""
    cursor.execute(
        "UPDATE hub_outbox SET due_at = %s WHERE holder = %s",
        [time.time() + HELD_SECONDS, holder()],
    )


def settle(cursor: Cursor, numbers: Sequence[int]) -> None:
    """These have arrived."""
    for start in range(0, len(numbers), 500):
        some = list(numbers[start : start + 500])
        places = ", ".join(["%s"] * len(some))
        cursor.execute(f"DELETE FROM hub_outbox WHERE id IN ({places})", some)  # noqa: S608


def postpone(cursor: Cursor, later: Iterable[tuple[float, int, int]]) -> None:
    """(when, tries added, row): these go out later, by whoever is there then."""
    cursor.executemany(
        "UPDATE hub_outbox SET due_at = %s, attempts = attempts + %s, holder = '' WHERE id = %s",
        list(later),
    )


def drop_old(cursor: Cursor) -> int:
    """Delete what nobody wanted for too long; how many rows."""
    cursor.execute(
        "DELETE FROM hub_outbox WHERE created_at < %s AND due_at > %s AND holder = ''",
        [time.time() - KEPT_SECONDS, time.time()],
    )
    return cursor.rowcount


def _is_postgresql(cursor: Cursor) -> bool:
    database = getattr(cursor, "db", None)
    return database is not None and database.vendor == "postgresql"
