from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.commands import flush
from django.db import connections
from django.db.models.signals import post_migrate

from tests.flushing import empty, end_what_the_hub_does


class Command(flush.Command):
    """Django's flush, of what tests filled; the hub neither writes meanwhile nor remembers."""

    def handle(self, **options: Any) -> None:
        end_what_the_hub_does()
        empty(connections[options["database"]])
        hub = apps.get_app_config("hub")
        post_migrate.send(
            sender=hub,
            app_config=hub,
            verbosity=0,
            interactive=False,
            using=options["database"],
            plan=[],
            apps=apps,
        )
