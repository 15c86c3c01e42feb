"""The proof of a plan, recomputed from the problem. This package knows no solver.

A plan comes with amounts and with dual prices *y*. Three things are checked anew:

1. **It can be done** (primal feasibility): every flow joins a possible pair, no port gives or
   takes more than it has, no processor runs above its capacity, lots and blends are kept,
   fallbacks are what is left over, and all totals add up.
2. **Nothing cheaper was overlooked** (dual feasibility): the reduced cost of *every* possible
   pair, ``c − y_s − y_t`` with the prices of blends, and of every fallback, ``d − y_s`` and
   ``v − y_t``, is not negative. Pairs are computed, or ruled out box by box
   (:mod:`kierto.planner.survey`); they are never all listed.
3. **It costs no more than any plan must** (strong duality): the bound that these prices prove
   (:mod:`kierto.planner.certificate.bound`) is the plan's own cost, or the gap is stated.

Where there are candidate sites, all this is about the circulation among those that the plan opens:
closed ones have no capacity, opened ones cost their opening and keep to their minimum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kierto.planner.blending import blend_duals_of, blends_of, strain
from kierto.planner.certificate.bound import Proof, prove, recipe_reduced_costs
from kierto.planner.errors import Uncertified
from kierto.planner.model import Problem
from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.pairs import Verdict, pairs_at
from kierto.planner.periods import unfold
from kierto.planner.plan import Certificate, Flow, Plan, Status, Totals
from kierto.planner.sites import candidates, opening_cost, with_sites
from kierto.planner.totals import baseline_totals, levels_of, money_moved, plan_totals

__all__ = ["TOLERANCE", "certify", "proof_of", "recipe_reduced_costs", "require_valid"]

TOLERANCE = 1e-7
"""Largest breach accepted, as a share of the port's or the problem's own scale."""


@dataclass(frozen=True)
class _Primal:
    """A plan's flows by pair, in the network's rows, and its levels."""

    source: Integers
    sink: Integers
    amounts: Floats
    levels: Floats


def certify(problem: Problem, plan: Plan, *, network: Network | None = None) -> Certificate:
    """Recompute the certificate of a plan; never raises for a bad plan, but says what fails."""
    network = network or Network(unfold(problem))
    faults: list[str] = []
    if plan.problem_digest != problem.digest():
        faults.append("The plan is of another problem.")
    opened = plan.siting.opened if plan.siting is not None else ()
    network = with_sites(problem, network, opened)
    opening = opening_cost(problem, opened)
    faults.extend(_siting_faults(problem, plan, opening))
    primal = _read_primal(network, plan, faults)
    violation = _primal_violation(network, primal, plan)
    totals = plan_totals(network, plan)
    faults.extend(_total_faults(network, plan, totals))
    proof = proof_of(network, plan)
    bound = proof.bound + opening
    gap = (totals.objective - bound) / money_moved(network, plan)
    faults.extend(_verdicts(plan, violation, proof.least / network.price_scale, gap))
    return Certificate(
        valid=not faults,
        arcs_checked=proof.checked,
        recipes_checked=len(network.capacity),
        primal_violation=violation,
        least_reduced_cost=proof.least,
        objective=totals.objective,
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


def proof_of(network: Network, plan: Plan) -> Proof:
    """What the plan's own prices prove."""
    return prove(
        network,
        _duals(network.sources, plan),
        _duals(network.sinks, plan),
        blend_duals_of(network, plan),
    )


def _siting_faults(problem: Problem, plan: Plan, opening: float) -> Iterator[str]:
    """What a plan states wrongly about sites: one that is no candidate, another opening cost."""
    if plan.siting is None:
        return
    for id_ in sorted(set(plan.siting.opened) - {each.id for each in candidates(problem)}):
        yield f"The plan opens {id_}, which is no candidate site."
    if not math.isclose(plan.siting.opening_cost, opening, rel_tol=1e-9, abs_tol=1e-9):
        yield f"Opening costs {opening}, but the plan states {plan.siting.opening_cost}."


def _read_primal(network: Network, plan: Plan, faults: list[str]) -> _Primal:
    sources = network.sources.find(flow.source for flow in plan.flows)
    sinks = network.sinks.find(flow.sink for flow in plan.flows)
    known = np.flatnonzero((sources >= 0) & (sinks >= 0))
    pairs = pairs_at(network, sources[known], sinks[known])
    possible = np.zeros(len(plan.flows), np.bool_)
    possible[known] = pairs.verdict == Verdict.POSSIBLE
    for number in np.flatnonzero(~possible).tolist():
        flow = plan.flows[number]
        faults.append(f"The flow {flow.source} → {flow.sink} joins no possible pair.")
    amounts = np.array([flow.amount for flow in plan.flows], np.float64)
    pairs = pairs.where(possible[known])
    faults.extend(_flow_faults(plan, np.flatnonzero(possible), pairs.cost, pairs.emissions))
    width = np.int64(max(len(network.sinks), 1))
    keys, place = np.unique(pairs.source * width + pairs.sink, return_inverse=True)
    moved = np.bincount(place, amounts[possible], len(keys)).astype(np.float64)
    return _Primal(keys // width, keys % width, moved, levels_of(network, plan))


def _flow_faults(plan: Plan, numbers: Integers, cost: Floats, emissions: Floats) -> Iterator[str]:
    """What flows state wrongly, given their pairs' cost and emissions per unit."""
    flows: list[Flow] = [plan.flows[number] for number in numbers.tolist()]
    for name, each in (("cost", cost), ("emissions", emissions)):
        stated = np.array([getattr(flow, name) for flow in flows], np.float64)
        due = np.array([flow.amount for flow in flows], np.float64) * each
        near = TOLERANCE * np.maximum(np.maximum(np.abs(stated), np.abs(due)), 1.0)
        for row in np.flatnonzero(~(np.abs(stated - due) <= near)).tolist():
            flow = flows[row]
            yield (
                f"{flow.source} → {flow.sink} states {name} {stated[row]}, but it makes {due[row]}."
            )


def _primal_violation(network: Network, primal: _Primal, plan: Plan) -> float:
    """Largest breach of a bound, a balance, a lot or a blend, as a share of its own scale."""
    breaches = [0.0, float(np.max(-primal.amounts, initial=0.0))]
    over = np.maximum(primal.levels - network.capacity, network.least - primal.levels)
    breaches.append(float(np.max(over / np.maximum(network.capacity, 1e-30), initial=0.0)))
    for ports, ends in ((network.sources, primal.source), (network.sinks, primal.sink)):
        moved = np.bincount(ends, primal.amounts, len(ports)).astype(np.float64)
        rest = ports.turnover(primal.levels) - moved
        stated = ports.read(plan.fallbacks, 0.0)
        scale = _port_scale(network, ports, primal.levels)
        wrong = np.where(np.isfinite(ports.price), np.abs(rest - stated), np.abs(rest))
        breaches.append(float(np.max(wrong / scale, initial=0.0)))
        breaches.append(float(np.max(-stated / scale, initial=0.0)))
    lots = network.sources.lot[primal.source]
    short = np.where(primal.amounts > 0, lots - primal.amounts, 0.0)
    breaches.append(float(np.max(short / np.maximum(lots, 1e-30), initial=0.0)))
    mixed = strain(blends_of(network), primal.source, primal.sink, primal.amounts)
    breaches.append(float(np.max(mixed, initial=0.0)))
    return max(breaches)


def _port_scale(network: Network, ports: Ports, levels: Floats) -> Floats:
    """An offer's or need's own amount; a processor's turnover, or a hundredth of the largest
    amount of all where it hardly runs."""
    turnover = np.maximum(ports.turnover(levels), network.scale / 100)
    return np.maximum(np.where(ports.recipe >= 0, turnover, ports.amount), 1e-30)


def _total_faults(network: Network, plan: Plan, totals: Totals) -> Iterator[str]:
    pairs = (
        ("The totals", plan.totals, totals),
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
    values = ports.read(stated, math.nan)
    return np.where(np.isfinite(values), values, np.nan_to_num(ports.price))


def _verdicts(plan: Plan, violation: float, least: float, gap: float) -> Iterator[str]:
    if not violation <= TOLERANCE:
        yield f"A balance or bound is broken by {violation:.3g} of its size."
    if not least >= -TOLERANCE:
        yield f"A pair or fallback would lower the cost: reduced cost {least:.3g} of the scale."
    if not gap >= -TOLERANCE:
        yield f"The plan costs less than its own lower bound (gap {gap:.3g})."
    if not gap <= TOLERANCE and plan.status is not Status.WITHIN_GAP:
        yield f"A cheaper plan is not ruled out (gap {gap:.3g})."
