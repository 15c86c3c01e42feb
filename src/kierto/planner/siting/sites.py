"""A problem with candidate sites in, a certified plan out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kierto.planner.answer import plan_from
from kierto.planner.blending import no_duals
from kierto.planner.certificate import certify
from kierto.planner.engines import Run, Solution, Tell, silent
from kierto.planner.errors import Uncertified, Unsupported
from kierto.planner.model import Problem
from kierto.planner.network import Floats
from kierto.planner.plan import Plan, ReportProgress, Siting, Status
from kierto.planner.sites import opening_cost, with_sites
from kierto.planner.siting.case import OPEN, Case, case_of
from kierto.planner.siting.choices import Choice
from kierto.planner.siting.proof import ProofNode, proven_bound
from kierto.planner.siting.tree import Tree
from kierto.planner.totals import money_moved, plan_totals


@dataclass(frozen=True)
class Sited:
    """A plan, and the proof that no choice of sites costs less than ``plan.siting.bound``."""

    plan: Plan
    proof: ProofNode


def solve_sites(
    problem: Problem, *, gap: float = 0.0, progress: ReportProgress | None = None
) -> Plan:
    """Which candidates to open, and the circulation among them; all else as in ``solve``.

    Args:
        gap: stop as soon as no choice can be cheaper by more than this share of the plan's cost.
        progress: hears how far the search is; see :class:`~kierto.planner.plan.Wish`.

    Raises:
        InvalidProblem, Unsupported, Cancelled, NotSolved, Uncertified: as ``solve``.
    """
    from kierto.planner.solving import Steps, solve_checked
    from kierto.planner.validation import check

    steps = Steps(progress)
    check(problem)
    return solve_checked(problem, steps, Run(gap, 1, steps.tell))


def search_sites(problem: Problem, *, gap: float = 0.0, tell: Tell = silent) -> Sited:
    """The plan and its proof, for a problem that is known to be well formed.

    Raises:
        Unsupported: an offer has a minimum lot: lots and sites are not planned together.
        Cancelled: ``tell`` said so.
        NotSolved, Uncertified: as ``solve``.
    """
    for offer in problem.offers:
        if offer.minimum_lot > 0:
            raise Unsupported(feature="minimum_lot", part=offer.id)
    case = case_of(problem)

    def hear(objective: float, bound: float, nodes: int) -> bool:
        known = np.isfinite(objective) and np.isfinite(bound)
        numbers = (objective, bound) if known else (None, None)
        return tell("sites", nodes / (nodes + 20), *numbers)

    tree = Tree(case, gap=gap, tell=hear)
    tree.run()
    bound = proven_bound(problem, tree.proof, case=case).bound
    plan = _plan(problem, case, tree.choices.best, bound, tree.nodes)
    return Sited(plan, tree.proof)


def _plan(problem: Problem, case: Case, choice: Choice, bound: float, nodes: int) -> Plan:
    """The plan of a choice, certified.

    Raises:
        Uncertified: it is wrong, and this is a defect of the planner.
    """
    opened = tuple(np.array(case.site_ids)[choice.opened].tolist())
    network = with_sites(problem, case.network, opened)
    plan = plan_from(network, _solution(case, choice), problem.digest())
    cost = opening_cost(problem, opened)
    siting = Siting(opened, cost, bound, 0.0, "branch and bound", nodes)
    plan = replace(plan, siting=siting)
    plan = replace(plan, totals=plan_totals(network, plan))
    objective = plan.totals.objective
    open_ = objective - min(bound, objective)
    gap = open_ / max(abs(objective), 0.01)
    exact = open_ <= 1e-7 * money_moved(network, plan)
    closed = {name for name, level in zip(network.recipe_ids, network.capacity, strict=True)
              if not level}  # fmt: skip
    plan = replace(
        plan,
        siting=replace(siting, bound=min(bound, objective), gap=gap),
        status=Status.OPTIMAL if exact else Status.WITHIN_GAP,
        capacity_values={
            name: 0.0 if name in closed else value for name, value in plan.capacity_values.items()
        },
    )
    certificate = certify(problem, plan, network=case.network)
    if not certificate.valid:
        raise Uncertified(first=certificate.faults[0], faults=certificate.faults)
    return replace(plan, certificate=certificate)


def _solution(case: Case, choice: Choice) -> Solution:
    """The circulation of a choice, with prices at every port."""
    point, sources = choice.point, len(case.network.sources)
    used = np.flatnonzero(point.carried > 0)
    prices = _prices(case, choice)
    blends = no_duals(case.network)
    blends[case.mixes.blend, case.mixes.end] = point.mixes
    return Solution(
        source=case.tail[used],
        sink=case.head[used] - sources,
        amounts=point.carried[used],
        levels=point.levels,
        source_duals=prices[:sources],
        sink_duals=prices[sources:],
        blend_duals=blends,
        bound=point.value,
    )


def _prices(case: Case, choice: Choice) -> Floats:
    """Dual prices of all ports: the program's where something is open; where all is closed, what
    one more unit there would be worth to the others."""
    point = choice.point
    costs = case.cost
    if len(case.mixes):
        costs = costs + case.mixes.surcharge(point.mixes, case.arc_count)
    prices = np.minimum(point.prices, case.fallback)
    _spare_idle(case, prices, point.levels)
    shut = np.zeros(case.port_count, np.bool_)
    mine = case.at_candidate
    states = case.decided(choice.opened)
    shut[mine] = states[case.site[case.recipe[mine]]] != OPEN
    prices[shut] = case.fallback[shut]
    for near, far in ((case.head, case.tail), (case.tail, case.head)):
        arcs = np.flatnonzero(shut[near])
        np.minimum.at(prices, near[arcs], costs[arcs] - prices[far[arcs]])
    return np.where(np.isfinite(prices), prices, 0.0)


def _spare_idle(case: Case, prices: Floats, levels: Floats) -> None:
    """Lower the price of an input that cannot be bought, where its recipe stands still, as far as
    the recipe's reduced cost allows: above that it only says "never"."""
    reduced = case.price + case.by_recipe(np.where(np.isfinite(prices), prices, 0.0))
    idle = np.append(levels <= 0, np.False_)[case.recipe]
    for port in np.flatnonzero(idle & ~np.isfinite(case.fallback)).tolist():
        recipe = case.recipe[port]
        spare = max(float(reduced[recipe]), 0.0)
        prices[port] -= spare / case.yield_[port]
        reduced[recipe] -= spare
