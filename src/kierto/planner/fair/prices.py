"""Prices of ports, what each agent pays at them, and what is tight in a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kierto.planner.certificate.bound import ROUNDING, recipe_reduced_costs
from kierto.planner.fair.coalition import Owners
from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.plan import Plan

Marks = NDArray[np.bool_]

SMALL = 1e-9
"""A flow or left-over below this share of its port's turnover is the solver's rounding."""

NOISE = 1e-11
"""And so is what lies below this share of the problem's scale."""


@dataclass(frozen=True)
class Use:
    """What a plan really uses; each column in the network's order.

    Attributes:
        source, sink: rows of the pairs that carry something.
        disposed, bought: sources and sinks whose fallback is in use.
        idle_sources, idle_sinks: ports that can never give or take anything: no account and no
            recipe depends on their price.
        level: of each recipe, rounding removed.
        still, full: recipes at level zero and at their capacity; capacity zero is in neither.
    """

    source: Integers
    sink: Integers
    disposed: Marks
    bought: Marks
    idle_sources: Marks
    idle_sinks: Marks
    level: Floats
    still: Marks
    full: Marks


def use_of(network: Network, plan: Plan) -> Use:
    """Read from a plan which dual constraints it holds tight (complementary slackness)."""
    sources, sinks = network.sources, network.sinks
    floor = NOISE * network.scale
    level = _levels(network, plan, floor)
    given: Floats = sources.turnover(level)
    taken: Floats = sinks.turnover(level)
    source = _rows(sources, [flow.source for flow in plan.flows])
    sink = _rows(sinks, [flow.sink for flow in plan.flows])
    amounts = np.array([flow.amount for flow in plan.flows], dtype=np.float64)
    large = amounts > np.maximum(SMALL * np.minimum(given[source], taken[sink]), floor)
    capacity = network.capacity
    able = capacity > 0
    full = able & (level >= capacity * (1 - SMALL))
    return Use(
        source=source[large],
        sink=sink[large],
        disposed=_in_use(sources, plan.fallbacks, given, floor),
        bought=_in_use(sinks, plan.fallbacks, taken, floor),
        idle_sources=_idle(sources, capacity),
        idle_sinks=_idle(sinks, capacity),
        level=level,
        still=able & ~full & (level <= 0),
        full=full,
    )


def payments(network: Network, owners: Owners, source: Floats, sink: Floats) -> Floats:
    """What each agent pays at these prices (Owen 1975): Σ price · amount over its offers and
    needs, less the rents of its processors."""
    count = len(owners)
    paid: Floats = np.zeros(count)
    paid += np.bincount(owners.sources, network.sources.amount * source, count)
    paid += np.bincount(owners.sinks, network.sinks.amount * sink, count)
    paid -= np.bincount(owners.recipes, rents_at(network, source, sink), count)
    return paid


def rents_at(network: Network, source: Floats, sink: Floats) -> Floats:
    """What each recipe earns because its capacity binds: capacity · max(0, −reduced cost)."""
    reduced = recipe_reduced_costs(network, source, sink)
    size = recipe_reduced_costs(network, np.abs(source), np.abs(sink), absolute=True)
    rents: Floats = network.capacity * np.where(reduced < -ROUNDING * size, -reduced, 0.0)
    return rents


def _levels(network: Network, plan: Plan, floor: float) -> Floats:
    level = np.array([plan.levels.get(each.id, 0.0) for each in network.problem.processors])
    level = level.astype(np.float64)
    largest = np.zeros(len(level))
    for ports in (network.sources, network.sinks):
        mine = ports.recipe >= 0
        np.maximum.at(largest, ports.recipe[mine], ports.yield_[mine])
    return np.where(level * largest <= floor, 0.0, level)


def _rows(ports: Ports, ids: list[str]) -> Integers:
    return np.array([ports.index[id_] for id_ in ids], dtype=np.int64)


def _in_use(ports: Ports, left: Mapping[str, float], turnover: Floats, floor: float) -> Marks:
    amounts = np.array([left.get(port.id, 0.0) for port in ports.rows], dtype=np.float64)
    used: Marks = amounts > np.maximum(SMALL * turnover, floor)
    return used & np.isfinite(ports.price)


def _idle(ports: Ports, capacity: Floats) -> Marks:
    recipe = ports.recipe >= 0
    able = np.ones(len(ports), dtype=np.bool_)
    able[recipe] = capacity[ports.recipe[recipe]] > 0
    able[~recipe] = ports.amount[~recipe] > 0
    return ~able
