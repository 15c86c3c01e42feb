"""Go the rounds once: for those who run no worker, and would rather use cron."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kierto.core.rounds import go_round


class Command(BaseCommand):
    """``kierto manage tend``: reminders, lapsed holds, late things, maintenance that falls due."""

    help = "Do once what the worker does all the time: reminders, holds, late things, maintenance."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for name, done in go_round():
            self.stdout.write(f"{name}: {done}")
            failed += [name] if isinstance(done, Exception) else []
        if failed:
            raise CommandError(f"These failed; the log says why: {', '.join(failed)}.")
