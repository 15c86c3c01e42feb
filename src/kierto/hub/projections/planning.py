"""Plans: what a finished run says of the whole district. Its single flows stay with their parties."""

from __future__ import annotations

from kierto.core.announce import listen
from kierto.hub.access import Access
from kierto.hub.projections.attributes import document, prop, rel, urn
from kierto.hub.projections.parties import district_urn
from kierto.hub.projections.publishing import Projection, Published, publish, register
from kierto.planning.changes import RunEnded
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.states import RunState


def plan_urn(run: PlanRun) -> str:
    return urn("Plan", run.pk)


def _plan(run: PlanRun, now: str) -> Published | None:
    if run.state != RunState.DONE or run.kind != RunKind.PLAN or not run.plan:
        return None
    totals, baseline = run.plan.get("totals", {}), run.plan.get("baseline", {})
    attributes = {
        "district": rel(district_urn(run.district)),
        "cost": prop(totals.get("cost"), "EUR"),
        "emissions": prop(totals.get("emissions"), "KGM"),
        "baselineCost": prop(baseline.get("cost"), "EUR"),
        "baselineEmissions": prop(baseline.get("emissions"), "KGM"),
        "carbonPrice": prop(run.carbon_price, "EUR"),
        "startDate": prop(run.finished_at),
    }
    return Published(document(plan_urn(run), ["Plan"], now, attributes), Access())


PLANS = Projection(
    "planning.plan",
    lambda: (
        PlanRun.objects.filter(state=RunState.DONE, kind=RunKind.PLAN)
        .defer("problem", "sweep", "sites", "split")
        .select_related("district")
        .order_by("pk")
        .iterator(chunk_size=20)
    ),
    plan_urn,
    _plan,
)


def _ended(run: PlanRun) -> None:
    if run.state == RunState.DONE and run.kind == RunKind.PLAN:
        publish(PLANS, [run])


def start() -> None:
    """Hear of what changes."""
    register(PLANS)
    listen(RunEnded, lambda change: _ended(change.run))
