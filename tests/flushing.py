"""Empty the tables between tests that commit, past the triggers that make the ledger append-only.

Tests that commit (those with a live server, and those of concurrency) are cleaned up by Django's
command `flush`; `tests.guards` puts this in its place. Of some two hundred tables a test fills a
few, so only those are emptied. Content types and permissions stay as the migrations left them.
The product's triggers rightly refuse any deletion: those of the filled tables are put aside and
restored in the same transaction.

The hub's threads outlive the request, and so the test, that gave them work. Whatever they still do
is waited for first: it would meet the next test, and fail in its name.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from kierto.hub.store import starting
from kierto.hub.subscriptions import books, lanes

MIGRATED = frozenset({"django_content_type", "auth_permission"})
"""Filled by the migrations, and by nobody else."""


PASSING = ("kierto-snapshot", "kierto-copies", "kierto-forward")
"""Threads that end when their work is done."""

PATIENCE = 60.0  # seconds


def end_what_the_hub_does() -> None:
    """Wait until no thread of the hub has anything to do; then end those that write and read."""
    until = time.monotonic() + PATIENCE
    for thread in threading.enumerate():
        if thread.name in PASSING:
            thread.join(until - time.monotonic())
    while not lanes.is_idle() and time.monotonic() < until:
        time.sleep(0.01)
    books.current().write()
    starting.forget()


def empty(connection: BaseDatabaseWrapper) -> None:
    """Leave the database as the migrations left it."""
    without_triggers = _on_sqlite if connection.vendor == "sqlite" else _on_postgresql
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        tables = _filled(connection, cursor)
        with without_triggers(cursor, tables):
            for table in tables:
                cursor.execute(f'DELETE FROM "{table}"')


def _filled(connection: BaseDatabaseWrapper, cursor: Any) -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = sorted(set(names) - MIGRATED)
    cursor.execute(
        " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables
        )
    )
    return [name for (name,) in cursor.fetchall()]


@contextmanager
def _on_sqlite(cursor: Any, tables: list[str]) -> Iterator[None]:
    cursor.execute("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = [(name, sql) for table, name, sql in cursor.fetchall() if table in tables]
    for name, _ in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        cursor.execute(sql)


@contextmanager
def _on_postgresql(cursor: Any, tables: list[str]) -> Iterator[None]:
    cursor.execute(
        "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal"
    )
    guarded = [name for (name,) in cursor.fetchall() if name in tables]
    for name in guarded:
        cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
    yield
    # A table of which something is still to be checked at the commit cannot be altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for name in guarded:
        cursor.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
