"""A real worker process, killed in the middle of a plan, and what is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from kierto.planning import actions
from kierto.planning.errors import LOST
from kierto.planning.models import PlanRun
from kierto.planning.pulse import is_lost, this_worker
from tests.factories.planning import make_run, make_small_district

HANGING_WORKER = """
import sys, time
import django
django.setup()
from kierto.planner import Cancelled, Progress, Wish
from kierto.planning.actions import computing
from kierto.planning.tasks import compute_run

def solve_for_ever(problem, *, gap, progress):
    while progress(Progress("solving", 0.5, 0.0)) is not Wish.CANCEL:
        time.sleep(0.05)
    raise Cancelled

computing.solve = solve_for_ever
compute_run.func(sys.argv[1])
"""


def _start_worker(run: PlanRun) -> subprocess.Popen[bytes]:
    """Computes the run in a process of its own, on this test's database, without an end."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        server = urlsplit(os.environ["KIERTO_TEST_DATABASE_URL"])
        url = urlunsplit(server._replace(path=f"/{name}"))
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "kierto.config.settings",
        "KIERTO_DATABASE_URL": url,
        "KIERTO_SECRET_KEY": settings.SECRET_KEY,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src"),
    }
    return subprocess.Popen([sys.executable, "-c", HANGING_WORKER, str(run.pk)], env=environment)


def _wait_for(run: PlanRun, step: str, worker: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        run.refresh_from_db()
        if run.progress_step == step:
            return
        assert worker.poll() is None, f"the worker ended: {run.failure_detail}"
        time.sleep(0.1)
    pytest.fail("the worker never said a word")


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_a_run_that_is_marked_failed_with_its_reason() -> None:
    run = make_run(make_small_district().district)
    worker = _start_worker(run)
    try:
        _wait_for(run, "solving", worker)
        assert run.state == "running"
        assert run.worker != this_worker()
        assert not is_lost(run)
        worker.send_signal(signal.SIGKILL)
    finally:
        worker.kill()
        worker.wait()
    run.refresh_from_db()
    assert run.state == "running"
    assert is_lost(run)
    assert actions.recover_dead_runs() == 1
    run.refresh_from_db()
    assert (run.state, run.failure, run.plan) == ("failed", LOST, None)
    assert run.inputs_hash != ""
    again = make_run(run.district)
    assert actions.run_now(again).state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_stop_reaches_a_worker_in_another_process() -> None:
    run = make_run(make_small_district().district)
    worker = _start_worker(run)
    try:
        _wait_for(run, "solving", worker)
        actions.cancel_run(run, by=run.requested_by)
        assert worker.wait(timeout=60) == 0
    finally:
        worker.kill()
        worker.wait()
    run.refresh_from_db()
    assert (run.state, run.plan) == ("cancelled", None)
