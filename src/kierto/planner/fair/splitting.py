"""From a certified plan to its fair split."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np

from kierto.planner.errors import Cancelled
from kierto.planner.fair.accounts import Priced, Sums, participants_of
from kierto.planner.fair.alone import Alone, alone
from kierto.planner.fair.coalition import Owners
from kierto.planner.fair.face import TooWide
from kierto.planner.fair.indivisible import (
    bill_of,
    borne,
    is_divisible,
    limits_of,
    opened_of,
    openings_of,
    relaxed,
)
from kierto.planner.fair.money import added_up, paid_in, transfers_of
from kierto.planner.fair.prices import payments, use_of
from kierto.planner.fair.pricing import lowered, prices_of, with_idle
from kierto.planner.fair.ranges import ranges_of
from kierto.planner.fair.result import FairSplit, Stability
from kierto.planner.model import Problem
from kierto.planner.network import Network
from kierto.planner.periods import unfold
from kierto.planner.plan import Plan, Progress, ReportProgress, Status, Wish
from kierto.planner.solving import solve
from kierto.planner.totals import money_moved

TOLERANCE = 1e-7
"""Share of the money moved up to which a missing sum is rounding; as in the certificate."""


def split(problem: Problem, plan: Plan, *, progress: ReportProgress | None = None) -> FairSplit:
    """Who should pay what in this plan of this problem, so that no group does better alone.

    Takes a certified plan of :func:`~kierto.planner.solve`. Where the problem is not linear
    (sites, minimum lots) or the plan not proven optimal, the split says so; see
    :mod:`kierto.planner.fair.indivisible`. ``Wish.ENOUGH`` leaves the ranges out.

    Raises:
        ValueError: the plan is of another problem.
        Cancelled: ``progress`` said so.
    """
    if plan.problem_digest != problem.digest():
        raise ValueError("the plan is of another problem")
    steps = _Steps(progress)
    network = Network(unfold(problem))
    owners = Owners(network)
    steps.say("alone", 0.0)
    by_itself = alone(problem, network, owners, said=lambda share: steps.say("alone", share / 3))
    steps.say("prices", 1 / 3)
    priced = _priced(problem, network, owners, plan, steps)
    steps.say("money", 0.97)
    result = _settled(problem, network, owners, plan, priced, by_itself)
    steps.say("done", 1.0)
    return replace(result, seconds=steps.elapsed())


class _Steps:
    """Tells progress; remembers that the caller has had enough."""

    def __init__(self, progress: ReportProgress | None) -> None:
        self._progress = progress
        self._start = time.perf_counter()
        self.enough = False

    def elapsed(self) -> float:
        return time.perf_counter() - self._start

    def say(self, stage: str, share: float) -> None:
        if self._progress is None:
            return
        wish = self._progress(Progress(stage, share, self.elapsed()))
        if wish is False or wish is Wish.CANCEL:
            raise Cancelled
        self.enough = self.enough or wish is Wish.ENOUGH


class _Enough(Exception):
    """The caller wants an answer without ranges."""


def _priced(
    problem: Problem, network: Network, owners: Owners, plan: Plan, steps: _Steps
) -> Priced:
    limit = network.capacity
    if not is_divisible(problem):
        limit = limits_of(network)
        linear = relaxed(network, openings_of(problem, network), limit)
        network, plan = Network(linear), solve(linear)
    own = prices_of(network, plan)
    use = use_of(network, plan)
    ranges = None
    if plan.status is Status.OPTIMAL:
        with suppress(TooWide, _Enough):
            ranges = ranges_of(network, owners, use, own, said=_range_steps(steps))
    prices = own if ranges is None else ranges.moved(own)
    prices = with_idle(network, prices, use.idle_sources, use.idle_sinks)
    return Priced(
        network=network,
        own=own,
        prices=lowered(network, prices),
        base=payments(network, owners, own.sources, own.sinks),
        limit=limit,
        ranges=ranges,
        idle_sources=use.idle_sources,
        idle_sinks=use.idle_sinks,
    )


def _range_steps(steps: _Steps) -> Callable[[float], None]:
    def say(share: float) -> None:
        steps.say("ranges", (1 + 1.9 * share) / 3)
        if steps.enough:
            raise _Enough

    return say


def _settled(
    problem: Problem,
    network: Network,
    owners: Owners,
    plan: Plan,
    priced: Priced,
    by_itself: Alone,
) -> FairSplit:
    prices, objective = priced.prices, plan.totals.objective
    by_prices = payments(priced.network, owners, prices.sources, prices.sinks)
    missing = math.fsum([objective, *(-by_prices).tolist()])
    opened = opened_of(problem, network, plan)
    opening = np.where(opened, openings_of(problem, network), 0.0)
    indivisible = missing if missing > TOLERANCE * money_moved(network, plan) else 0.0
    extra = np.zeros(len(owners))
    if indivisible:
        bill = bill_of(network, owners, plan, opening, priced.limit, prices, indivisible)
        extra = borne(bill, by_itself.objective - by_prices, by_itself.objective)
    share = added_up(by_prices + extra, objective)
    paid = paid_in(network, owners, plan, opening)
    transfer = transfers_of(share, paid.objective)
    sums = Sums(by_itself, extra, share, paid, transfer)
    stability = Stability.NEARLY if indivisible else Stability.STABLE
    return FairSplit(
        problem_digest=plan.problem_digest,
        objective=objective,
        participants=participants_of(problem, owners, plan, priced, sums, stability),
        stability=stability,
        unrest=indivisible,
        indivisible=indivisible,
        rounding=math.fsum([objective, *(-by_prices).tolist(), *(-extra).tolist()]),
        ranged=priced.ranges is not None,
        opened=() if plan.siting is None else plan.siting.opened,
        carbon_price=problem.carbon_price,
        period=problem.period,
        periods=problem.periods,
    )
