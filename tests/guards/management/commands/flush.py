from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from kierto.ledger.guards import lower_guards, raise_guards


class Command(flush.Command):
    """Django's flush, with the append-only guards down while it runs."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            for statement in lower_guards(connection.vendor):
                cursor.execute(statement)
        try:
            super().handle(**options)
        finally:
            with connection.cursor() as cursor:
                for statement in raise_guards(connection.vendor):
                    cursor.execute(statement)
