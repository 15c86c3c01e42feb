"""Asking for a run, and asking it to stop."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from kierto.core.transitions import move
from kierto.parties.models import Agent, District
from kierto.planning.actions.running import recover_dead_runs
from kierto.planning.errors import NoCandidates, RunAlreadyOpen, RunOver
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.permissions import can_cancel_run, can_finish_run, can_request_run
from kierto.planning.pulse import is_lost
from kierto.planning.queries import candidate_sites
from kierto.planning.states import OPEN_STATES, RUN_STEPS, RunState


def request_run(
    district: District,
    *,
    carbon_price: Decimal | None = None,
    kind: str = RunKind.PLAN,
    wanted_gap: float = 0.0,
    by: Agent,
) -> PlanRun:
    """Queue a run of the planner as a background job.

    Args:
        carbon_price: euros per tonne CO2e; the district's own if left out.
        kind: ``"plan"``, ``"sweep"`` or ``"siting"``.
        wanted_gap: the share of the money moved by which the plan may miss the optimum.

    Raises:
        NotAllowed: ``by`` does not run the district.
        RunAlreadyOpen: the district has a run of this kind that is not over.
        NoCandidates: a siting run without candidate sites.
    """
    from kierto.planning.tasks import compute_run  # noqa: PLC0415 (the job calls the actions)

    recover_dead_runs()
    with transaction.atomic():
        locked = District.objects.select_for_update().get(pk=district.pk)
        can_request_run(by, locked).require()
        if PlanRun.objects.filter(district=locked, kind=kind, state__in=OPEN_STATES).exists():
            raise RunAlreadyOpen(district=locked.name)
        if kind == RunKind.SITING and not candidate_sites(locked).exists():
            raise NoCandidates(district=locked.name)
        run = PlanRun.objects.create(
            kind=kind,
            district=locked,
            requested_by=by,
            wanted_gap=wanted_gap,
            carbon_price=locked.carbon_price if carbon_price is None else carbon_price,
        )
        # The job's row is written in the same transaction: neither is ever there without the other.
        run.job = compute_run.enqueue(str(run.pk)).id
        run.save(update_fields=["job"])
    return run


def cancel_run(run: PlanRun, *, by: Agent) -> PlanRun:
    """Stop a run: at once while it waits, at the planner's next word while it computes.

    Raises:
        NotAllowed: ``by`` does not run the district.
        RunOver: it is over, or was found dead just now.
    """
    with transaction.atomic():
        locked = PlanRun.objects.select_for_update().select_related("district").get(pk=run.pk)
        can_request_run(by, locked.district).require()
        if not locked.is_open:
            raise RunOver
        can_cancel_run(by, locked).require()
        if locked.state == RunState.QUEUED:
            locked.state = move(RUN_STEPS, locked.state, RunState.CANCELLED, ["operator"])
            locked.finished_at = timezone.now()
        locked.cancel_requested = True
        locked.save(update_fields=["state", "finished_at", "cancel_requested"])
    if is_lost(locked):
        recover_dead_runs()
        locked.refresh_from_db()
    return locked


def finish_run(run: PlanRun, *, by: Agent) -> PlanRun:
    """Let a computing run stop at the best plan it has, with its gap stated.

    Raises:
        NotAllowed: ``by`` does not run the district, or the run has no plan yet.
        RunOver: it is over.
    """
    with transaction.atomic():
        locked = PlanRun.objects.select_for_update().select_related("district").get(pk=run.pk)
        can_request_run(by, locked.district).require()
        if not locked.is_open:
            raise RunOver
        can_finish_run(by, locked).require()
        locked.enough_requested = True
        locked.save(update_fields=["enough_requested"])
    return locked
