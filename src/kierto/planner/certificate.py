"""The proof of a plan, recomputed from the problem. This module knows no solver.

A plan comes with amounts and with dual prices *y*. Three things are checked anew:

1. **It can be done** (primal feasibility): every flow joins a possible pair, no port gives or
   takes more than it has, no processor runs above its capacity, lots are kept, fallbacks are what
   is left over, and all totals add up.
2. **Nothing cheaper was overlooked** (dual feasibility): the reduced cost of *every* possible
   pair, ``c − y_s − y_t``, and of every fallback, ``d − y_s`` and ``v − y_t``, is not negative.
3. **It costs no more than any plan must** (strong duality): any *y* with the property of 2
   proves that no plan costs less than ::

       Σ amount · y  +  Σ capacity · min(0, r),     r = q + Σ_outputs a·y + Σ_inputs a·y

   where *r* is the reduced cost of a recipe. Before the bound is taken, *y* is lowered to satisfy
   2 exactly, so the bound holds whatever the duals were. The gap is objective minus bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kierto.planner.errors import Uncertified
from kierto.planner.model import Problem
from kierto.planner.network import Floats, Network, Ports
from kierto.planner.pairs import Pairs, possible_pairs
from kierto.planner.periods import unfold
from kierto.planner.plan import Certificate, Flow, Plan, Status, Totals
from kierto.planner.totals import baseline_totals, money_moved, plan_totals

TOLERANCE = 1e-7
"""Largest breach accepted, as a share of the port's or the problem's own scale."""


ROUNDING = 1e-11
"""A recipe's reduced cost smaller than this share of the terms it is summed from is zero: times
a capacity that stands for "as much as you like", the last digit would blur every bound."""


@dataclass(frozen=True)
class _Primal:
    """A plan's numbers in the network's order."""

    amounts: Floats
    levels: Floats
    given: Floats
    taken: Floats


def certify(problem: Problem, plan: Plan, *, network: Network | None = None) -> Certificate:
    """Recompute the certificate of a plan; never raises for a bad plan, but says what fails."""
    network = network or Network(unfold(problem))
    pairs = possible_pairs(network)
    faults: list[str] = []
    if plan.problem_digest != problem.digest():
        faults.append("The plan is of another problem.")
    primal = _read_primal(network, pairs, plan, faults)
    violation = _primal_violation(network, pairs, primal, plan)
    faults.extend(_total_faults(network, plan))
    source_duals, sink_duals = _duals(network.sources, plan), _duals(network.sinks, plan)
    least = _least_reduced_cost(network, pairs, source_duals, sink_duals)
    bound = _bound(network, pairs, source_duals, sink_duals)
    objective = plan_totals(network, plan).objective
    scale = money_moved(network, plan)
    gap = (objective - bound) / scale
    faults.extend(_verdicts(plan, problem, violation, least / _price_scale(network), gap))
    return Certificate(
        valid=not faults,
        arcs_checked=len(pairs),
        recipes_checked=len(network.capacity),
        primal_violation=violation,
        least_reduced_cost=least,
        objective=objective,
        bound=bound,
        gap=gap,
        tolerance=TOLERANCE,
        faults=tuple(faults),
    )


def require_valid(problem: Problem, plan: Plan) -> None:
    """Recompute the certificate and refuse the plan if it fails.

    Raises:
        Uncertified: with the first fault.
    """
    certificate = certify(problem, plan)
    if not certificate.valid:
        raise Uncertified(first=certificate.faults[0], faults=certificate.faults)


def reduced_costs(
    network: Network, pairs: Pairs, source_duals: Floats, sink_duals: Floats
) -> Floats:
    """``c − y_s − y_t`` of each pair: what joining it would add to the cost, per unit."""
    costs: Floats = pairs.price - source_duals[pairs.source] - sink_duals[pairs.sink]
    return costs


def recipe_reduced_costs(
    network: Network, source_duals: Floats, sink_duals: Floats, *, absolute: bool = False
) -> Floats:
    """What one more unit of level would add to the cost, per processor; with ``absolute`` the
    prices of the processors themselves count positive (to size the terms of the sum)."""
    recipes = len(network.capacity)
    return (
        (np.abs(network.recipe_price) if absolute else network.recipe_price)
        + network.sources.by_recipe(source_duals, recipes)
        + network.sinks.by_recipe(sink_duals, recipes)
    )


def _read_primal(network: Network, pairs: Pairs, plan: Plan, faults: list[str]) -> _Primal:
    sources, sinks = network.sources, network.sinks
    width = np.int64(len(sinks))
    row_of = {key: row for row, key in enumerate((pairs.source * width + pairs.sink).tolist())}
    amounts = np.zeros(len(pairs))
    for flow in plan.flows:
        s, t = sources.index.get(flow.source, -1), sinks.index.get(flow.sink, -1)
        row = row_of.get(int(s * width + t)) if s >= 0 and t >= 0 else None
        if row is None:
            faults.append(f"The flow {flow.source} → {flow.sink} joins no possible pair.")
            continue
        amounts[row] += flow.amount
        faults.extend(_flow_faults(flow, float(pairs.cost[row]), float(pairs.emissions[row])))
    levels = np.array([plan.levels.get(each.id, 0.0) for each in network.problem.processors])
    given = np.bincount(pairs.source, amounts, len(sources)).astype(np.float64)
    taken = np.bincount(pairs.sink, amounts, len(sinks)).astype(np.float64)
    return _Primal(amounts, levels, given, taken)


def _flow_faults(flow: Flow, cost: float, emissions: float) -> Iterator[str]:
    """What a flow states wrongly, given its pair's cost and emissions per unit."""
    numbers = (("cost", flow.cost, cost), ("emissions", flow.emissions, emissions))
    for name, stated, each in numbers:
        due = flow.amount * each
        if not math.isclose(stated, due, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"{flow.source} → {flow.sink} states {name} {stated}, but it makes {due}."


def _primal_violation(network: Network, pairs: Pairs, primal: _Primal, plan: Plan) -> float:
    """Largest breach of a bound, a balance or a lot, as a share of the port's own scale."""
    breaches = [0.0, float(np.max(-primal.amounts, initial=0.0))]
    over = np.maximum(primal.levels - network.capacity, -primal.levels)
    breaches.append(float(np.max(over / np.maximum(network.capacity, 1e-30), initial=0.0)))
    for ports, moved in ((network.sources, primal.given), (network.sinks, primal.taken)):
        rest = ports.turnover(primal.levels) - moved
        stated = np.array([plan.fallbacks.get(port.id, 0.0) for port in ports.rows])
        scale = _port_scale(network, ports, primal.levels)
        wrong = np.where(np.isfinite(ports.price), np.abs(rest - stated), np.abs(rest))
        breaches.append(float(np.max(wrong / scale, initial=0.0)))
        breaches.append(float(np.max(-stated / scale, initial=0.0)))
    lots = network.sources.lot[pairs.source]
    short = np.where(primal.amounts > 0, lots - primal.amounts, 0.0)
    breaches.append(float(np.max(short / np.maximum(lots, 1e-30), initial=0.0)))
    return max(breaches)


def _port_scale(network: Network, ports: Ports, levels: Floats) -> Floats:
    """An offer's or need's own amount; a processor's turnover, or a hundredth of the largest
    amount of all where it hardly runs."""
    turnover = np.maximum(ports.turnover(levels), network.scale / 100)
    return np.maximum(np.where(ports.recipe >= 0, turnover, ports.amount), 1e-30)


def _total_faults(network: Network, plan: Plan) -> Iterator[str]:
    pairs = (
        ("The totals", plan.totals, plan_totals(network, plan)),
        ("The totals of the baseline", plan.baseline, baseline_totals(network)),
    )
    for name, stated, due in pairs:
        if not _same(stated, due):
            yield f"{name} are {stated}, but add up to {due}."


def _same(stated: Totals, due: Totals) -> bool:
    """Equal but for the last digits, which other machines may round otherwise."""
    return all(
        math.isclose(getattr(stated, part), getattr(due, part), rel_tol=1e-9, abs_tol=1e-9)
        for part in ("cost", "emissions", "objective")
    )


def _duals(ports: Ports, plan: Plan) -> Floats:
    """Dual by row; a missing or unreal one counts as the fallback's own price."""
    stated: Mapping[str, float] = plan.duals
    values = np.array([stated.get(port.id, np.nan) for port in ports.rows], dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan_to_num(ports.price))


def _least_reduced_cost(
    network: Network, pairs: Pairs, source_duals: Floats, sink_duals: Floats
) -> float:
    ends = [network.sources.price - source_duals, network.sinks.price - sink_duals]
    every = np.concatenate([reduced_costs(network, pairs, source_duals, sink_duals), *ends])
    return float(np.min(every[np.isfinite(every)], initial=0.0))


def _bound(network: Network, pairs: Pairs, source_duals: Floats, sink_duals: Floats) -> float:
    """The lower bound that these duals prove, after lowering them to exact feasibility."""
    sinks = np.fmin(sink_duals, network.sinks.price)
    sources = np.minimum(source_duals, network.sources.price)
    np.minimum.at(sources, pairs.source, pairs.price - sinks[pairs.sink])
    recipes = recipe_reduced_costs(network, sources, sinks)
    size = recipe_reduced_costs(network, np.abs(sources), np.abs(sinks), absolute=True)
    recipes = np.where(recipes < -ROUNDING * size, recipes, 0.0)
    terms = [network.sources.amount * sources, network.sinks.amount * sinks]
    return math.fsum([*np.concatenate(terms).tolist(), *(network.capacity * recipes).tolist()])


def _price_scale(network: Network) -> float:
    prices = np.concatenate([network.sources.price, network.sinks.price, network.recipe_price])
    return max(float(np.max(np.abs(prices[np.isfinite(prices)]), initial=0.0)), 1e-30)


def _verdicts(
    plan: Plan, problem: Problem, violation: float, least: float, gap: float
) -> Iterator[str]:
    if not violation <= TOLERANCE:
        yield f"A balance or bound is broken by {violation:.3g} of its size."
    if not least >= -TOLERANCE:
        yield f"A pair or fallback would lower the cost: reduced cost {least:.3g} of the scale."
    if not gap >= -TOLERANCE:
        yield f"The plan costs less than its own lower bound (gap {gap:.3g})."
    lots = any(offer.minimum_lot > 0 for offer in problem.offers)
    open_gap = lots and plan.status is Status.WITHIN_GAP
    if not gap <= TOLERANCE and not open_gap:
        yield f"A cheaper plan is not ruled out (gap {gap:.3g})."
