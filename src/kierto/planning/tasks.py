"""The background job that computes a plan run."""

from __future__ import annotations

import uuid

from django_tasks import task

from kierto.planning.actions import recover_dead_runs, run_now
from kierto.planning.models import PlanRun
from kierto.planning.pulse import beating


@task()
def compute_run(run_id: str) -> str:
    """Compute one run and return its state; runs that lost their process are closed first."""
    recover_dead_runs()
    run = PlanRun.objects.get(pk=uuid.UUID(run_id))
    with beating(run.pk):
        return run_now(run).state
