"""File older months of the history, and let go what the rules of keeping say, at once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kierto.hub import models
from kierto.hub.history import archiving


class Command(BaseCommand):
    """``kierto manage archive``: what the job worker does by itself once an hour."""

    help = "Move older months of the history to files; apply the rules of keeping."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--recent",
            type=int,
            default=archiving.RECENT,
            help="Whole months that stay in the database besides the running one.",
        )
        parser.add_argument(
            "--least",
            type=int,
            default=archiving.LEAST,
            help="A month with fewer rows in the database, and no file, stays there.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done = archiving.archive(recent=max(options["recent"], 0), least=options["least"])
        files = models.HistoryFile.objects.all()
        size = sum(files.values_list("size", flat=True))
        self.stdout.write(
            f"Done: {done}. Files: {files.count()}, {size / 1e6:.1f} MB,"
            f" {sum(files.filter(kind='rows').values_list('rows', flat=True))} instances."
        )
