"""What each participant pays to third parties in a plan, before anybody settles with anybody.

Disposal is paid by whoever disposes, buying new by whoever buys, running and opening a processor
by its owner, and carrying by whoever receives. The last is a choice: somebody must pay the
carrier, and the transfer makes up for it, for it is the share less what was paid already.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kierto.planner.fair.coalition import Owners
from kierto.planner.network import Floats, Network
from kierto.planner.plan import Plan
from kierto.planner.totals import levels_of

NOISE = 1e-12
"""A transfer smaller than this share of what it settles came about by rounding."""


@dataclass(frozen=True)
class Paid:
    """By agent: EUR in cash, kg CO2e, and EUR with carbon at its price."""

    cost: Floats
    emissions: Floats
    objective: Floats


def paid_in(network: Network, owners: Owners, plan: Plan, opening: Floats) -> Paid:
    """Payments to third parties; ``opening`` is EUR for each recipe's opening in this plan."""
    cost, emissions = np.zeros(len(owners)), np.zeros(len(owners))
    sides = ((network.sources, owners.sources), (network.sinks, owners.sinks))
    for ports, owner in sides:
        left = ports.read(plan.fallbacks, 0.0)
        cost += np.bincount(owner, left * np.nan_to_num(ports.cost), len(owners))
        emissions += np.bincount(owner, left * np.nan_to_num(ports.emissions), len(owners))
    level = levels_of(network, plan)
    cost += np.bincount(owners.recipes, level * network.recipe_cost + opening, len(owners))
    emissions += np.bincount(owners.recipes, level * network.recipe_emissions, len(owners))
    receiver = owners.sinks[[network.sinks.index[flow.sink] for flow in plan.flows]]
    cost += np.bincount(receiver, [flow.cost for flow in plan.flows], len(owners))
    emissions += np.bincount(receiver, [flow.emissions for flow in plan.flows], len(owners))
    return Paid(cost, emissions, cost + network.carbon_price * emissions)


def added_up(values: Floats, total: float) -> Floats:
    """The values with the last digits set so that their exact sum is ``total``.

    The correction goes to the largest value, where it is the smallest share; what is too small to
    be told from it goes to the largest that can take it.
    """
    exact = values.copy()
    for _ in range(16):
        rest = math.fsum([total, *(-exact).tolist()])
        able = np.flatnonzero((exact != 0) & (np.spacing(np.abs(exact)) <= abs(rest)))
        if rest == 0 or not len(able):
            break
        exact[able[np.argmax(np.abs(exact[able]))]] += rest
    return exact


def transfers_of(share: Floats, paid: Floats) -> Floats:
    """What is left to settle with the others; adds up to zero, to the last digit."""
    open_ = share - paid
    open_[np.abs(open_) <= NOISE * np.maximum(np.abs(share), np.abs(paid))] = 0.0
    return added_up(open_, 0.0)
