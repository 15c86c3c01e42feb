"""Run background jobs, after marking as failed whatever a killed worker left behind."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from kierto.planning.actions import recover_dead_runs


class Command(BaseCommand):
    """``kierto manage work``: what ``kierto serve`` keeps running beside the web workers."""

    help = "Mark lost plan runs as failed, then run background jobs until interrupted."

    def handle(self, *args: Any, **options: Any) -> None:
        lost = recover_dead_runs()
        if lost:
            self.stderr.write(f"Marked as failed, since their worker died: {lost} plan runs.")
        call_command("db_worker", queue_name="*", interval=0.5, startup_delay=False)
