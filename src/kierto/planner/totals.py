"""What a plan and its baseline cost, added up from the problem's own numbers."""

from __future__ import annotations

import math

import numpy as np

from kierto.planner.model import Need, Offer
from kierto.planner.network import Network
from kierto.planner.plan import Plan, Totals


def plan_totals(network: Network, plan: Plan) -> Totals:
    """Carrying, fallbacks and processing of a plan, for one period."""
    costs = [flow.cost for flow in plan.flows]
    emissions = [flow.emissions for flow in plan.flows]
    for ports in (network.sources, network.sinks):
        for port in ports.rows:
            amount = plan.fallbacks.get(port.id, 0.0)
            if port.fallback is not None and amount:
                costs.append(amount * port.fallback.cost)
                emissions.append(amount * port.fallback.emissions)
    for processor in network.problem.processors:
        level = plan.levels.get(processor.id, 0.0)
        costs.append(level * processor.cost)
        emissions.append(level * processor.emissions)
    return _totals(network, costs, emissions)


def baseline_totals(network: Network) -> Totals:
    """Nothing circulates, every processor stands still: all is disposed of and bought new."""
    problem = network.problem
    ends: list[Offer | Need] = [*problem.offers, *problem.needs]
    return _totals(
        network,
        [end.amount * end.fallback.cost for end in ends],
        [end.amount * end.fallback.emissions for end in ends],
    )


def money_moved(network: Network, plan: Plan) -> float:
    """The scale against which a plan's gap is measured, in euros with carbon: all that it spends
    and earns, each counted positive; at least a millionth of the baseline's, and one cent."""
    price = network.carbon_price
    spent = [abs(flow.cost + price * flow.emissions) for flow in plan.flows]
    baseline = []
    for ports in (network.sources, network.sinks):
        prices = np.abs(np.nan_to_num(ports.price))
        left = [plan.fallbacks.get(port.id, 0.0) for port in ports.rows]
        spent.append(float(np.sum(prices * np.abs(left))))
        baseline.append(float(np.sum(prices * ports.amount)))
    levels = [plan.levels.get(each.id, 0.0) for each in network.problem.processors]
    spent.append(float(np.sum(np.abs(network.recipe_price * levels))))
    return max(math.fsum(spent), 1e-6 * math.fsum(baseline), 0.01)


def _totals(network: Network, costs: list[float], emissions: list[float]) -> Totals:
    cost, carbon = math.fsum(costs), math.fsum(emissions)
    return Totals(cost, carbon, cost + network.carbon_price * carbon)
