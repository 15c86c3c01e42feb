"""Put the rows right by which entities are found."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kierto.hub.models import Entity
from kierto.hub.store import reindexing


class Command(BaseCommand):
    """``kierto manage reindex``: after an upgrade that says so, or when in doubt.

    Harmless at any time, also beside a running node.
    """

    help = "Hold the index of entities against their documents, and put right what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--after", type=int, default=0, help="go on behind this key, after an interruption"
        )
        parser.add_argument(
            "--portion",
            type=int,
            default=reindexing.PORTION,
            help="entities that are looked at together",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        total = Entity.objects.filter(key__gt=options["after"]).count()
        mended = 0
        portion = max(1, options["portion"])
        for progress in reindexing.reindex(options["after"], portion=portion):
            mended = progress.mended
            self.stdout.write(
                f"{progress.looked} of {total} entities, {mended} put right;"
                f" go on with --after {progress.key}"
            )
            self.stdout.flush()
        self.stdout.write(f"Done: {mended} were not as they should be.")
