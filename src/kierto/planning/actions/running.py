"""Computing a run: freeze the inputs, solve, certify, keep. And closing runs whose worker died.

Nothing here holds a transaction while the planner works: each step is one short write, so that
progress shows, a stop is heard, and a killed process leaves a row that tells its own story.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from kierto.core.announce import announce
from kierto.core.errors import DomainError
from kierto.core.transitions import move
from kierto.exchange.problem import district_problem
from kierto.notices.actions import notify
from kierto.parties.models import AgentType
from kierto.planner import Cancelled, Problem, Progress, Wish
from kierto.planning import topics
from kierto.planning.actions.computing import KG_A_TONNE, computed
from kierto.planning.changes import RunEnded
from kierto.planning.errors import LOST, UNEXPECTED
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.pulse import LOST_AFTER, is_lost, this_worker
from kierto.planning.queries import candidate_sites
from kierto.planning.sites import as_candidate, as_kept, without_lots
from kierto.planning.states import RUN_STEPS, RunState


def run_now(run: PlanRun) -> PlanRun:
    """Compute a queued run here and now. A run that is no longer queued is left as it is.

    Whatever happens, the run ends as done, failed with its reason, or cancelled; errors that
    nobody expected are raised after they were written down.
    """
    if not _start(run):
        return run
    try:
        _compute(run)
    except Cancelled:
        _close(run, RunState.CANCELLED)
    except DomainError as error:
        with override("en"):  # kept as it is for whoever reads it, and marked as English
            detail = str(error)
        _close(run, RunState.FAILED, failure=error.code, failure_detail=detail)
    except BaseException as error:
        detail = f"{type(error).__name__}: {error}"
        _close(run, RunState.FAILED, failure=UNEXPECTED, failure_detail=detail)
        raise
    return run


def recover_dead_runs() -> int:
    """Mark as failed every run whose process died, and say how many there were.

    A run is dead when its process is gone or silent for :data:`LOST_AFTER`, or when its job was
    taken by a worker that died before the run's first word.
    """
    lost = [run for run in PlanRun.objects.filter(state=RunState.RUNNING) if is_lost(run)]
    return sum(
        _close(run, RunState.FAILED, failure=LOST) for run in [*lost, *_queued_without_job()]
    )


def _queued_without_job() -> list[PlanRun]:
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415 (its app loads after ours)

    queued = PlanRun.objects.filter(state=RunState.QUEUED, job__isnull=False)
    silent = timezone.now() - LOST_AFTER
    taken = DBTaskResult.objects.filter(pk__in=[run.job for run in queued]).filter(
        Q(status="FAILED") | Q(status="RUNNING", started_at__lt=silent)
    )
    dead = set(taken.values_list("pk", flat=True))
    return [run for run in queued if run.job in dead]


def _start(run: PlanRun) -> bool:
    with transaction.atomic():
        locked = PlanRun.objects.select_for_update().get(pk=run.pk)
        if locked.state == RunState.QUEUED:
            locked.state = move(RUN_STEPS, locked.state, RunState.RUNNING, ["system"])
            locked.started_at = locked.heartbeat_at = timezone.now()
            locked.worker = this_worker()
            locked.save(update_fields=["state", "started_at", "heartbeat_at", "worker"])
            started = True
        else:
            started = False
    run.refresh_from_db()
    return started


def _compute(run: PlanRun) -> None:
    problem = _freeze(run)
    _close(run, RunState.DONE, **computed(run, problem, _Report(run.pk)))


def _freeze(run: PlanRun) -> Problem:
    """The district's state, kept with the run before anything is computed from it."""
    price = float(run.carbon_price) / KG_A_TONNE
    today = timezone.localdate()
    with transaction.atomic():
        sites = candidate_sites(run.district) if run.kind == RunKind.SITING else []
        problem = district_problem(
            run.district,
            on=today,
            carbon_price=price,
            candidates=[as_candidate(site) for site in sites],
        )
    if run.kind == RunKind.SITING:
        problem = without_lots(problem)
        run.sites = {"candidates": [as_kept(site) for site in sites]}
    run.problem, run.inputs_hash = problem.to_dict(), problem.digest()
    run.save(update_fields=["problem", "inputs_hash", "sites"])
    return problem


class _Report:
    """Writes the planner's progress down, and tells it what somebody asked for meanwhile."""

    def __init__(self, run_id: uuid.UUID) -> None:
        self._run = PlanRun.objects.filter(pk=run_id, state=RunState.RUNNING)

    def __call__(self, progress: Progress) -> Wish:
        self._run.update(
            progress=progress.share,
            progress_step=progress.stage,
            objective=progress.objective,
            bound=progress.bound,
            gap=progress.gap,
            heartbeat_at=timezone.now(),
        )
        asked = self._run.values_list("cancel_requested", "enough_requested").first()
        # No such row any more: it was taken for dead, and its result would come too late.
        if asked is None or asked[0]:
            return Wish.CANCEL
        return Wish.ENOUGH if asked[1] else Wish.GO_ON


def _close(run: PlanRun, state: RunState, **values: Any) -> bool:
    """End the run, unless it ended already; say whether it was this call that ended it."""
    with transaction.atomic():
        locked = PlanRun.objects.select_for_update().get(pk=run.pk)
        ours = locked.is_open
        if ours:
            locked.state = move(RUN_STEPS, locked.state, state, ["system"])
            locked.finished_at = timezone.now()
            for name, value in values.items():
                setattr(locked, name, value)
            locked.save()
            _tell(locked)
            announce(RunEnded(locked))
    run.refresh_from_db()
    return ours


def _tell(run: PlanRun) -> None:
    """A job works out of sight: tell the person who asked for it how it ended."""
    topic = {RunState.DONE: topics.DONE, RunState.FAILED: topics.FAILED}.get(RunState(run.state))
    if topic is not None and run.requested_by.type == AgentType.PERSON:
        path = reverse("planning:run", args=[run.pk])
        notify(run.requested_by, topic, path=path, district=run.district.name)
