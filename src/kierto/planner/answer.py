"""From an engine's solution to a plan that people can read."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from kierto.planner.blending import blends_of
from kierto.planner.certificate import recipe_reduced_costs
from kierto.planner.engines import Solution, Start
from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.pairs import pairs_at
from kierto.planner.plan import Certificate, Flow, Plan, Status, Totals
from kierto.planner.totals import baseline_totals, plan_totals

ROUNDING = 1e-10
"""What is smaller than this share of its scale came about by rounding."""

_UNPROVEN = Certificate(False, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def plan_from(network: Network, solution: Solution, digest: str) -> Plan:
    """The plan of a solution, without its certificate."""
    plan = Plan(
        problem_digest=digest,
        status=Status.OPTIMAL,
        flows=_flows(network, solution),
        levels=dict(zip(network.recipe_ids, solution.levels.tolist(), strict=True)),
        fallbacks={
            **_left_over(network.sources, solution.source, solution),
            **_left_over(network.sinks, solution.sink, solution),
        },
        totals=Totals(0.0, 0.0, 0.0),
        baseline=baseline_totals(network),
        duals={},
        capacity_values={},
        certificate=_UNPROVEN,
    )
    plan = replace(plan, totals=plan_totals(network, plan))
    prices = solution.source_duals, solution.sink_duals, solution.blend_duals
    return with_prices(network, plan, *prices)


def with_prices(
    network: Network, plan: Plan, sources: Floats, sinks: Floats, blends: Floats
) -> Plan:
    """The plan at these dual prices, with the worth of capacity that follows from them."""
    spare = -recipe_reduced_costs(network, sources, sinks)
    spare[spare <= ROUNDING * np.max(np.abs(spare), initial=1.0)] = 0.0
    return replace(
        plan,
        duals={**network.sources.write(sources), **network.sinks.write(sinks)},
        capacity_values=dict(zip(network.recipe_ids, spare.tolist(), strict=True)),
        blend_duals=_blend_duals(network, blends),
    )


def start_from(network: Network, plan: Plan) -> Start:
    """What a plan of a like problem can give to start from; whom it does not know it leaves out."""
    source = network.sources.find(flow.source for flow in plan.flows)
    sink = network.sinks.find(flow.sink for flow in plan.flows)
    amounts = np.array([flow.amount for flow in plan.flows], np.float64)
    known = (source >= 0) & (sink >= 0)
    levels = [plan.levels.get(id_, 0.0) for id_ in network.recipe_ids]
    duals = [
        np.where(np.isnan(stated := ports.read(plan.duals, math.nan)), ports.price, stated)
        for ports in (network.sources, network.sinks)
    ]
    return Start(
        source[known],
        sink[known],
        amounts[known],
        np.clip(np.array(levels, np.float64), 0.0, network.capacity),
        *(np.nan_to_num(column) for column in duals),
    )


def _flows(network: Network, solution: Solution) -> tuple[Flow, ...]:
    """In the order of sources, then sinks."""
    order = np.lexsort((solution.sink, solution.source))
    source, sink = solution.source[order], solution.sink[order]
    amounts = solution.amounts[order]
    pairs = pairs_at(network, source, sink)
    kinds = network.sources.kind[source]
    columns = (source, sink, kinds, amounts, pairs.km)
    costs = (amounts * pairs.cost, amounts * pairs.emissions)
    isnan = math.isnan
    givers, takers, codes = network.sources.ids, network.sinks.ids, network.kind_codes
    return tuple(
        Flow(givers[s], takers[t], codes[k], x, None if isnan(km) else km, cost, emissions)
        for s, t, k, x, km, cost, emissions in zip(
            *(column.tolist() for column in (*columns, *costs)), strict=True
        )
    )


def _left_over(ports: Ports, ends: Integers, solution: Solution) -> dict[str, float]:
    """What each port with a fallback sends there: its turnover less its flows."""
    moved = np.bincount(ends, solution.amounts, len(ports))
    turnover = ports.turnover(solution.levels)
    rest = turnover - moved
    rest[np.abs(rest) <= ROUNDING * np.maximum(turnover, moved)] = 0.0
    rest = np.maximum(rest, 0.0)
    if np.all(np.isfinite(ports.price)):
        return ports.write(rest)
    rows = np.flatnonzero(np.isfinite(ports.price)).tolist()
    return {ports.ids[row]: float(rest[row]) for row in rows}


def _blend_duals(network: Network, duals: Floats) -> dict[str, tuple[tuple[float, float], ...]]:
    """By sink port, for each of its blends the prices of both ends; where any is above zero."""
    blends = blends_of(network)
    priced = np.unique(blends.sink[np.any(duals > 0, axis=1)]).tolist() if len(duals) else []
    return {
        network.sinks.ids[sink]: tuple(
            (float(low), float(high)) for low, high in duals[blends.sink == sink].tolist()
        )
        for sink in priced
    }
