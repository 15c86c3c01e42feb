"""Cost against carbon: the plans along a sweep of the carbon price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kierto.planner.errors import Cancelled
from kierto.planner.model import Problem
from kierto.planner.plan import Plan, Progress, ReportProgress
from kierto.planner.solving import solve


class ParetoPoint(NamedTuple):
    """One plan of the curve: at this price (EUR per kg CO2e) it costs this and emits that."""

    carbon_price: float
    cost: float
    emissions: float
    plan: Plan


def pareto(
    problem: Problem, carbon_prices: Sequence[float], *, progress: ReportProgress | None = None
) -> list[ParetoPoint]:
    """Solve once per price, ascending. Along the curve cost never falls, emissions never rise.

    (For two prices p < q each plan is at least as good as the other at its own price; adding the
    two inequalities gives (q − p)·(emissions_q − emissions_p) ≤ 0, and with it the costs.)

    Raises:
        Cancelled: ``progress`` returned ``False``; otherwise as :func:`solve`.
    """
    prices = sorted(set(carbon_prices))
    points = []
    for done, price in enumerate(prices):
        plan = solve(problem.with_carbon_price(price))
        points.append(ParetoPoint(price, plan.totals.cost, plan.totals.emissions, plan))
        share = (done + 1) / len(prices)
        if progress is not None and not progress(Progress("pareto", share, plan.seconds)):
            raise Cancelled
    return points
