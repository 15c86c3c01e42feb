"""Make the entities of the platform's own objects anew, and say what was not as it should be."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kierto.hub.projections.publishing import PROJECTIONS, republish


class Command(BaseCommand):
    """``kierto manage republish``: after an upgrade, or when in doubt. Harmless at any time."""

    help = "Write all offers, things, plans and so on into the hub again; tells what differed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", nargs="*", help=f"which of {', '.join(sorted(PROJECTIONS))}; all without"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = sorted(set(options["source"]) - PROJECTIONS.keys())
        if unknown:
            raise CommandError(
                f"There is no {unknown[0]!r}; choose of {', '.join(sorted(PROJECTIONS))}."
            )
        for source, count, differed in republish(options["source"]):
            self.stdout.write(f"{source}: {count}, of which written anew {differed}")
            self.stdout.flush()
