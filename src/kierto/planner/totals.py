"""What a plan and its baseline cost, added up from the problem's own numbers."""

from __future__ import annotations

import math

import numpy as np

from kierto.planner.network import Floats, Network, Ports
from kierto.planner.plan import Plan, Totals


def plan_totals(network: Network, plan: Plan) -> Totals:
    """Carrying, fallbacks, processing and opening of a plan, for one period."""
    costs = [flow.cost for flow in plan.flows]
    emissions = [flow.emissions for flow in plan.flows]
    for ports in (network.sources, network.sinks):
        left = ports.read(plan.fallbacks, 0.0)
        costs += _times(left, ports.cost)
        emissions += _times(left, ports.emissions)
    levels = levels_of(network, plan)
    costs += _times(levels, network.recipe_cost)
    emissions += _times(levels, network.recipe_emissions)
    costs.append(_opening(plan))
    return _totals(network, costs, emissions)


def baseline_totals(network: Network) -> Totals:
    """Nothing circulates, every processor stands still: all is disposed of and bought new."""
    costs: list[float] = []
    emissions: list[float] = []
    for ports in (network.sources, network.sinks):
        costs += _times(ports.amount, ports.cost)
        emissions += _times(ports.amount, ports.emissions)
    return _totals(network, costs, emissions)


def _opening(plan: Plan) -> float:
    return plan.siting.opening_cost if plan.siting is not None else 0.0


def levels_of(network: Network, plan: Plan) -> Floats:
    """The plan's levels as a column; 0 where it states none."""
    look = plan.levels.get
    return np.array([look(id_, 0.0) for id_ in network.recipe_ids], np.float64)


def money_moved(network: Network, plan: Plan) -> float:
    """The scale against which a plan's gap is measured, in euros with carbon: all that it spends
    and earns, each counted positive; at least a millionth of the baseline's, and one cent."""
    price = network.carbon_price
    return abs(_opening(plan)) + money(
        network,
        math.fsum(abs(flow.cost + price * flow.emissions) for flow in plan.flows),
        network.sources.read(plan.fallbacks, 0.0),
        network.sinks.read(plan.fallbacks, 0.0),
        levels_of(network, plan),
    )


def money(
    network: Network, carried: float, disposed: Floats, bought: Floats, levels: Floats
) -> float:
    """The same from columns: what carrying moves, what falls back, and the levels."""
    spent = [carried, float(np.sum(np.abs(network.recipe_price * levels)))]
    baseline = []
    for ports, left in ((network.sources, disposed), (network.sinks, bought)):
        prices = _prices(ports)
        spent.append(float(np.sum(prices * np.abs(left))))
        baseline.append(float(np.sum(prices * ports.amount)))
    return max(math.fsum(spent), 1e-6 * math.fsum(baseline), 0.01)


def _prices(ports: Ports) -> Floats:
    return np.abs(np.nan_to_num(ports.price))


def _times(amounts: Floats, each: Floats) -> list[float]:
    """Amount × price where both are there."""
    rows = np.flatnonzero(amounts)
    products = amounts[rows] * each[rows]
    found: list[float] = products[~np.isnan(each[rows])].tolist()
    return found


def _totals(network: Network, costs: list[float], emissions: list[float]) -> Totals:
    cost, carbon = math.fsum(costs), math.fsum(emissions)
    return Totals(cost, carbon, cost + network.carbon_price * carbon)
