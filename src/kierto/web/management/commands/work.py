"""Run background jobs, and the rounds of the clock, beside the web workers."""

from __future__ import annotations

import threading
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from kierto.core.rounds import keep_going
from kierto.planning.actions import recover_dead_runs


class Command(BaseCommand):
    """``kierto manage work``: what ``kierto serve`` keeps running beside the web workers."""

    help = "Mark lost plan runs as failed, then run background jobs and rounds until interrupted."

    def handle(self, *args: Any, **options: Any) -> None:
        lost = recover_dead_runs()
        if lost:
            self.stderr.write(f"Marked as failed, since their worker died: {lost} plan runs.")
        stop = threading.Event()
        rounds = threading.Thread(
            target=keep_going,
            args=(stop,),
            kwargs={"clean_up": connections.close_all},
            name="rounds",
            daemon=True,
        )
        rounds.start()
        try:
            call_command("db_worker", queue_name="*", interval=0.5, startup_delay=False)
        finally:
            stop.set()
            rounds.join(timeout=5)
