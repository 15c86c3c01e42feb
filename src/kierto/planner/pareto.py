"""Cost against carbon: the plans along a sweep of the carbon price."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kierto.planner.engines import Run
from kierto.planner.model import Problem
from kierto.planner.plan import Plan, Progress, ReportProgress, Wish
from kierto.planner.solving import Steps, solve_checked
from kierto.planner.validation import check


class ParetoPoint(NamedTuple):
    """One plan of the curve: at this price (EUR per kg CO2e) it costs this and emits that."""

    carbon_price: float
    cost: float
    emissions: float
    plan: Plan


def pareto(
    problem: Problem,
    carbon_prices: Sequence[float],
    *,
    gap: float = 0.0,
    engine: str = "auto",
    threads: int | None = None,
    progress: ReportProgress | None = None,
) -> list[ParetoPoint]:
    """Solve once per price, ascending. Along the curve cost never falls, emissions never rise.

    (For two prices p < q each plan is at least as good as the other at its own price; adding the
    two inequalities gives (q − p)·(emissions_q − emissions_p) ≤ 0, and with it the costs.)

    Only prices differ from point to point: the program of HiGHS keeps its columns and its basis
    for the next one, and each plan is what the next may start from. ``Wish.ENOUGH`` ends the sweep
    with the point that is being worked on.

    Raises:
        Cancelled: ``progress`` answered so; otherwise as :func:`solve`.
    """
    check(problem)
    prices = sorted(set(carbon_prices))
    run = Run(gap, threads or len(os.sched_getaffinity(0)), keep={})
    points: list[ParetoPoint] = []
    for done, price in enumerate(prices):
        steps = Steps(_part_of(progress, done, len(prices)))
        last = points[-1].plan if points else None
        plan = solve_checked(
            problem.with_carbon_price(price), steps, run.telling(steps.tell), engine, start=last
        )
        points.append(ParetoPoint(price, plan.totals.cost, plan.totals.emissions, plan))
        if steps.enough:
            break
    return points


def _part_of(progress: ReportProgress | None, done: int, of: int) -> ReportProgress | None:
    """The words about one point, as words about the sweep."""
    if progress is None:
        return None
    hear: Callable[[Progress], Any] = progress

    def tell(word: Progress) -> Wish | bool:
        share = (done + word.share) / of
        answer: Wish | bool = hear(
            Progress("pareto", share, word.seconds, word.objective, word.bound, word.gap)
        )
        return answer

    return tell
