"""Subscriptions in the database. Every change gives its row a new, greater version.

The one row of ``hub_subscription_state`` is locked until the commit, so versions are committed in
their order: a process that has seen version 7 has seen everything up to 7.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from kierto.ngsild.errors import AlreadyExists, TooManyResults

ENTITIES: Final = 0
SOURCES: Final = 1

OF_ONE_OWNER: Final = 20_000
"""Subscriptions that one owner may have by one token: each is looked at when things change."""

COPIED: Final = ":sources"
"""Ends the name under which a subscription with copies stands among those to sources."""

Stored = dict[str, Any]

_HAS_COPIES: Final = (
    "hub_subscription.id IN (SELECT subscription FROM hub_subscription_copy WHERE wanted <> '')"
)
_COLUMNS: Final = (
    "id, tenant, kind, urn, document, version, gone, owner, times_sent, times_failed, "
    "last_notification, last_success, last_failure, failures"
)


class Cursor(Protocol):
    """What is used of a database cursor."""

    rowcount: int

    def execute(self, sql: str, params: Any = None) -> Any: ...

    def executemany(self, sql: str, params: Any) -> Any: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> Any: ...


@dataclass(slots=True)
class Row:
    """One subscription as it is kept. Times are texts, "" for never."""

    id: int
    tenant: int
    kind: int
    urn: str
    document: str
    version: int
    gone: bool
    owner: str
    times_sent: int = 0
    times_failed: int = 0
    last_notification: str = ""
    last_success: str = ""
    last_failure: str = ""
    failures: int = 0

    def stored(self) -> Stored:
        """The document, with how it went so far."""
        stored: Stored = orjson.loads(self.document)
        stored["timesSent"] = self.times_sent
        stored["timesFailed"] = self.times_failed
        for member, value in (
            ("lastNotification", self.last_notification),
            ("lastSuccess", self.last_success),
            ("lastFailure", self.last_failure),
        ):
            if value:
                stored[member] = value
        return stored


def dumped(stored: Stored) -> str:
    """The document without what has columns of its own."""
    own = {"timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure"}
    return orjson.dumps({k: v for k, v in stored.items() if k not in own}).decode()


def bump(cursor: Cursor) -> int:
    """The next version; holds the state's row until the commit."""
    for _ in range(2):
        cursor.execute(
            "UPDATE hub_subscription_state SET version = version + 1 WHERE id = 1 RETURNING version"
        )
        found = cursor.fetchone()
        if found:
            return int(found[0])
        cursor.execute(
            "INSERT INTO hub_subscription_state (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING"
        )
    raise RuntimeError("The state of the subscriptions has no row.")


def version(cursor: Cursor) -> int:
    """The version of the last change, 0 before the first."""
    cursor.execute("SELECT version FROM hub_subscription_state WHERE id = 1")
    found = cursor.fetchone()
    return int(found[0]) if found else 0


def create(cursor: Cursor, tenant: int, kind: int, stored: Stored, owner: str) -> int:
    """A new subscription.

    Raises:
        AlreadyExists: there is one of this name.
        TooManyResults: the owner has as many as the node keeps.
    """
    at = bump(cursor)
    cursor.execute(
        "SELECT COUNT(*) FROM hub_subscription WHERE owner = %s AND gone = %s", [owner, False]
    )
    if cursor.fetchone()[0] >= OF_ONE_OWNER:
        raise TooManyResults(f"The node keeps {OF_ONE_OWNER} subscriptions of one owner.")
    if find(cursor, tenant, kind, stored["id"]) is not None:
        raise AlreadyExists(f"There is a subscription {stored['id']}.")
    now = time.time()
    interval = stored.get("timeInterval")
    cursor.execute(
        "INSERT INTO hub_subscription (tenant, kind, urn, document, version, gone, changed_at, "
        'owner, "interval", next_at, throttled_until, times_sent, times_failed, last_notification, '
        "last_success, last_failure, failures) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, '', '', '', 0) RETURNING id",
        [
            *(tenant, kind, stored["id"], dumped(stored), at, False, now, owner),
            *(interval, now + interval if interval else None),
        ],
    )
    return int(cursor.fetchone()[0])


def change(cursor: Cursor, row: Row, stored: Stored) -> None:
    """Another document in the place of the one before; what is owed goes out at once again."""
    now = time.time()
    interval = stored.get("timeInterval")
    cursor.execute(
        "UPDATE hub_subscription SET document = %s, version = %s, changed_at = %s, "
        '"interval" = %s, next_at = %s, failures = 0 WHERE id = %s',
        [
            *(dumped(stored), bump(cursor), now),
            *(interval, now + interval if interval else None, row.id),
        ],
    )
    if stored.get("isActive", True):
        cursor.execute(
            "UPDATE hub_outbox SET due_at = %s WHERE subscription = %s AND holder = ''",
            [now, row.id],
        )


def pause(cursor: Cursor, subscription: int) -> None:
    """Stop telling somebody who never answers; the owner resumes with ``isActive``."""
    at = bump(cursor)
    row = by_id(cursor, subscription)
    if row is None:
        return
    stored = orjson.loads(row.document) | {"isActive": False}
    if isinstance(stored.get("original"), dict):
        stored["original"] = stored["original"] | {"isActive": False}
    cursor.execute(
        "UPDATE hub_subscription SET document = %s, version = %s, changed_at = %s WHERE id = %s",
        [dumped(stored), at, time.time(), subscription],
    )


def remove(cursor: Cursor, row: Row) -> None:
    """The subscription and whatever is still owed to it are gone; nothing secret stays."""
    cursor.execute(
        "UPDATE hub_subscription SET gone = %s, document = '{}', owner = '', next_at = NULL, "
        "version = %s, changed_at = %s WHERE id = %s",
        [True, bump(cursor), time.time(), row.id],
    )
    cursor.execute("DELETE FROM hub_outbox WHERE subscription = %s", [row.id])


def find(cursor: Cursor, tenant: int, kind: int, urn: str) -> Row | None:
    """The one of this name."""
    return _one(
        cursor,
        f"SELECT {_COLUMNS} FROM hub_subscription "  # noqa: S608 - literal columns
        "WHERE tenant = %s AND kind = %s AND urn = %s AND gone = %s",
        [tenant, kind, urn, False],
    )


def by_id(cursor: Cursor, subscription: int) -> Row | None:
    """The one of this number."""
    return _one(
        cursor,
        f"SELECT {_COLUMNS} FROM hub_subscription WHERE id = %s AND gone = %s",  # noqa: S608
        [subscription, False],
    )


def newer(cursor: Cursor, than: int) -> list[Row]:
    """Everything that changed after a version, what is gone included."""
    cursor.execute(
        f"SELECT {_COLUMNS} FROM hub_subscription WHERE version > %s",  # noqa: S608
        [than],
    )
    return [Row(*each) for each in cursor.fetchall()]


def find_copied(cursor: Cursor, tenant: int, urn: str) -> Row | None:
    """The subscription to entities that has copies at sources, by the name it has among those to
    sources (see :mod:`.copies.showing`)."""
    if not urn.endswith(COPIED):
        return None
    return _one(
        cursor,
        f"SELECT {_COLUMNS} FROM hub_subscription "  # noqa: S608 - literals
        f"WHERE tenant = %s AND kind = 0 AND urn = %s AND gone = %s AND {_HAS_COPIES}",
        [tenant, urn.removesuffix(COPIED), False],
    )


def of_owner(cursor: Cursor, owner: str) -> list[Row]:
    """All of an owner by one token (see :mod:`.owners`)."""
    cursor.execute(
        f"SELECT {_COLUMNS} FROM hub_subscription "  # noqa: S608 - literal columns
        "WHERE (owner = %s OR owner LIKE %s) AND gone = %s",
        [owner, owner + "|%", False],
    )
    return [Row(*each) for each in cursor.fetchall()]


def page(
    cursor: Cursor, tenant: int, kind: int, owner: str | None, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Some subscriptions in the order of their making, and how many there are.

    Among those to sources are those to entities that have copies at sources.

    Args:
        owner: whose (see :mod:`.owners`); None is everybody's.
    """
    kinds = f"(kind = %s OR (kind = 0 AND {_HAS_COPIES}))" if kind == SOURCES else "kind = %s"
    where = f"tenant = %s AND {kinds} AND gone = %s"
    params: list[Any] = [tenant, kind, False]
    if owner is not None:
        where += " AND (owner = %s OR owner LIKE %s)"
        params += [owner, owner + "|%"]
    cursor.execute(f"SELECT COUNT(*) FROM hub_subscription WHERE {where}", params)  # noqa: S608
    total = int(cursor.fetchone()[0])
    cursor.execute(
        f"SELECT {_COLUMNS} FROM hub_subscription WHERE {where} "  # noqa: S608
        "ORDER BY id LIMIT %s OFFSET %s",
        [*params, limit, offset],
    )
    return [Row(*each) for each in cursor.fetchall()], total


def forget_gone(cursor: Cursor, before: float) -> int:
    """Delete rows that were taken away long enough ago for every process to have noticed."""
    cursor.execute(
        "DELETE FROM hub_subscription WHERE gone = %s AND changed_at < %s", [True, before]
    )
    return cursor.rowcount


def _one(cursor: Cursor, sql: str, params: list[Any]) -> Row | None:
    cursor.execute(sql, params)
    found = cursor.fetchone()
    return Row(*found) if found else None
