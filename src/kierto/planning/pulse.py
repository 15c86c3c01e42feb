"""Whether the process that computes a run is still there."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from kierto.planning.models import PlanRun
from kierto.planning.states import RunState

BEAT_SECONDS = 5.0
LOST_AFTER = timedelta(seconds=60)
"""No beat for this long, and the process is taken for dead."""


def this_worker() -> str:
    """This process, as ``host:pid``."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_lost(run: PlanRun) -> bool:
    """Whether a running run has lost its process: silent for too long, or known to be gone."""
    if run.state != RunState.RUNNING or run.heartbeat_at is None:
        return False
    return run.heartbeat_at < timezone.now() - LOST_AFTER or _is_gone(run.worker)


def _is_gone(worker: str) -> bool:
    """Whether the process ran on this machine and ended. Of other machines nothing is known."""
    host, _, pid = worker.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@contextmanager
def beating(run_id: uuid.UUID) -> Iterator[None]:
    """Keep the run's pulse from a thread of its own, also while the solver says nothing."""
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(BEAT_SECONDS):
                PlanRun.objects.filter(pk=run_id, state=RunState.RUNNING).update(
                    heartbeat_at=timezone.now()
                )
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"pulse-{run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
