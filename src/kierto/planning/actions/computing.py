"""What a run computes: a plan with its fair split, a sweep, or where to open sites.

Each function takes the frozen problem and gives the values to keep with the run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kierto.planner import (
    Plan,
    Problem,
    Progress,
    ReportProgress,
    Status,
    Wish,
    certify,
    pareto,
    solve,
)
from kierto.planner.fair import split
from kierto.planner.plain import to_plain
from kierto.planner.siting import reasons
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.states import RunState

SWEEP_PRICES = (0, 20, 40, 60, 80, 100, 150, 200, 300, 500, 1000)
"""Carbon prices of a sweep in euros per tonne CO2e; the run's own price is added."""

KG_A_TONNE = 1000

SOLVED = 0.8
"""Share of a run's progress at which its plan is found; what follows from it comes after."""


def computed(run: PlanRun, problem: Problem, progress: ReportProgress) -> dict[str, Any]:
    """The fields of a finished run.

    Raises:
        Cancelled, NotSolved, Uncertified, InvalidProblem, Unsupported: as the planner does.
    """
    match run.kind:
        case RunKind.SWEEP:
            return {"sweep": _sweep(run, problem, progress)}
        case RunKind.SITING:
            return _sited(run, problem, progress)
        case _:
            return _planned(run, problem, progress)


def _planned(run: PlanRun, problem: Problem, progress: ReportProgress) -> dict[str, Any]:
    earlier = _same_plan(run, problem)
    if earlier is not None:
        return {"plan": earlier.plan, "split": earlier.split, "same_as": earlier}
    plan = solve(problem, gap=run.wanted_gap, progress=_within(progress, 0.0, SOLVED))
    # Only an optimum's prices keep every group content; of another plan no split is shown.
    if plan.status is not Status.OPTIMAL:
        return {"plan": plan.to_dict(), "split": None}
    shares = split(problem, plan, progress=_within(progress, SOLVED, 1.0))
    return {"plan": plan.to_dict(), "split": shares.to_dict()}


def _within(progress: ReportProgress, start: float, end: float) -> ReportProgress:
    """Tells the progress of one step as a stretch of the whole."""

    def tell(word: Progress) -> Wish | bool:
        return progress(replace(word, share=start + word.share * (end - start)))

    return tell


def _same_plan(run: PlanRun, problem: Problem) -> PlanRun | None:
    """An earlier run of the very same inputs, if its plan still passes its certificate and is at
    least as good as this run wants."""
    earlier = (
        PlanRun.objects.filter(
            inputs_hash=run.inputs_hash,
            kind=RunKind.PLAN,
            state=RunState.DONE,
            wanted_gap__lte=run.wanted_gap,
            enough_requested=False,
        )
        .exclude(pk=run.pk)
        .order_by("created_at")
        .first()
    )
    if earlier is None or not certify(problem, Plan.from_dict(earlier.plan or {})).valid:
        return None
    return earlier


def _sited(run: PlanRun, problem: Problem, progress: ReportProgress) -> dict[str, Any]:
    """The plan with the sites that open, the plan without any of them, and what each is worth."""
    plan = solve(problem, gap=run.wanted_gap, progress=_within(progress, 0.0, SOLVED))
    candidates = (run.sites or {}).get("candidates", [])
    ids = {site["id"] for site in candidates}
    rest = tuple(each for each in problem.processors if each.id not in ids)
    without = solve(replace(problem, processors=rest))
    worth = reasons(problem, plan)
    return {
        "plan": plan.to_dict(),
        "sites": {
            # One that costs nothing to open is no choice, and has no reason.
            "candidates": [
                {**site, "reason": to_plain(worth.get(site["id"]))} for site in candidates
            ],
            "without": to_plain(without.totals),
        },
    }


def _sweep(run: PlanRun, problem: Problem, progress: ReportProgress) -> dict[str, Any]:
    """The Pareto points as plain values; prices in euros per tonne."""
    by_tonne = sorted({*map(float, SWEEP_PRICES), float(run.carbon_price)})
    points = pareto(problem, [price / KG_A_TONNE for price in by_tonne], progress=progress)
    baseline = points[0].plan.baseline
    return {
        "baseline": {"cost": baseline.cost, "emissions": baseline.emissions},
        "points": [
            {
                "carbon_price": price,
                "cost": point.cost,
                "emissions": point.emissions,
                "flows": len(point.plan.flows),
                "moved_from_offers": _from_offers(problem, point.plan),
                "gap": point.plan.certificate.gap,
                "pairs_checked": point.plan.certificate.arcs_checked,
            }
            for price, point in zip(by_tonne, points, strict=True)
        ],
    }


def _from_offers(problem: Problem, plan: Plan) -> dict[str, float]:
    """Units a week that leave offers, by kind."""
    offers = {offer.id for offer in problem.offers}
    moved: dict[str, float] = {}
    for flow in plan.flows:
        if flow.source in offers:
            moved[flow.kind] = moved.get(flow.kind, 0.0) + flow.amount
    return moved
