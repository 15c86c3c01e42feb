"""Empty the tables between tests that commit, past the triggers that make the ledger append-only.

Tests that commit (those with a live server, and those of concurrency) are cleaned up by Django's
`flush`, which deletes rows; the product's own triggers rightly refuse that. Here they are put
aside for the moment of the flush and restored in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations


def install() -> None:
    """Make every flush of this process go past the triggers."""
    BaseDatabaseOperations.execute_sql_flush = _execute_sql_flush  # type: ignore[method-assign]


def _execute_sql_flush(operations: Any, sql_list: list[str]) -> None:
    connection = operations.connection
    without_triggers = _on_sqlite if connection.vendor == "sqlite" else _on_postgresql
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        with without_triggers(cursor):
            for sql in sql_list:
                cursor.execute(sql)


@contextmanager
def _on_sqlite(cursor: Any) -> Iterator[None]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        cursor.execute(sql)


@contextmanager
def _on_postgresql(cursor: Any) -> Iterator[None]:
    cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    tables = [name for (name,) in cursor.fetchall()]
    for name in tables:
        cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    yield
    for name in tables:
        cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
