"""What no prices explain, and who bears it.

Opening a site, a least level and a minimum lot cannot be divided; so no prices of this problem
need add up to its cost. But its *relaxation*, in which every site may be opened in part at the
same share of its opening cost and every lot divided, is linear, and its prices charge no group
more than the group would pay by itself in the relaxation, hence none more than it really would.
Only what is then missing from the plan's cost has to be added on top. Whoever bears it, no group
can save more than the missing sum by leaving.

It is shared by gain. What an opened site's level does not earn of its opening cost is borne by
those who use the site, in proportion to what they gain from it; the rest by all, in proportion
to their gain. Nobody is made to pay more than alone as long as the plan costs no more than all
pay alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kierto.planner.fair.coalition import Owners
from kierto.planner.fair.prices import rents_at
from kierto.planner.fair.pricing import barred_by_lots
from kierto.planner.model import Problem, Processor
from kierto.planner.network import Floats, Network
from kierto.planner.plan import Plan
from kierto.planner.survey import Prices

ROUNDS = 64
LEFT = 1e-13
"""Share of a sum below which pouring it stops."""


def is_divisible(problem: Problem) -> bool:
    """Whether the problem is linear as it stands, so that its own prices will do."""
    return not any(offer.minimum_lot > 0 for offer in problem.offers) and not any(
        each.opening_cost or each.minimum > 0 for each in problem.processors
    )


def relaxed(problem: Problem, network: Network) -> Problem:
    """The (unfolded) problem with sites opened in part and lots divided: no plan of any group is
    cheaper in the original. A subsidy for opening is kept out: it is paid at most once."""
    barred = frozenset(problem.excluded | barred_by_lots(network))
    return replace(
        problem,
        offers=tuple(replace(each, minimum_lot=0.0) for each in problem.offers),
        processors=tuple(_in_part(each) for each in problem.processors),
        excluded=barred,
    )


def subsidies(problem: Problem, owners: Owners) -> Floats:
    """By agent, the subsidies for opening that it could draw at most (≤ 0)."""
    amounts = [min(each.opening_cost, 0.0) for each in problem.processors]
    sums: Floats = np.bincount(owners.recipes, amounts, len(owners)).astype(np.float64)
    return sums


def opening_costs(problem: Problem, plan: Plan) -> Floats:
    """By processor, what its opening costs in this plan."""
    opened = set() if plan.siting is None else set(plan.siting.opened)
    costs = [each.opening_cost if each.id in opened else 0.0 for each in problem.processors]
    return np.array(costs, dtype=np.float64)


def _in_part(site: Processor) -> Processor:
    opening = max(site.opening_cost, 0.0)
    if not site.opening_cost and not site.minimum:
        return site
    if site.capacity <= 0:
        return replace(site, minimum=0.0, opening_cost=0.0)
    per_unit = opening / site.capacity
    return replace(site, cost=site.cost + per_unit, minimum=0.0, opening_cost=0.0)


@dataclass(frozen=True)
class Bill:
    """What is missing, and what of it comes from each opened site that is not full."""

    missing: float
    sites: Floats
    users: Floats
    """Shape (sites, agents): what each gains from using the site, at the relaxation's prices."""


def bill_of(
    network: Network,
    owners: Owners,
    plan: Plan,
    opening: Floats,
    prices: Prices,
    missing: float,
) -> Bill:
    """Who uses the opened sites of a plan, and how much of their opening no level pays for."""
    level = np.array([plan.levels.get(each.id, 0.0) for each in network.problem.processors])
    with np.errstate(divide="ignore", invalid="ignore"):
        unused = np.where(network.capacity > 0, 1 - level / network.capacity, 1.0)
    open_sums = np.maximum(opening, 0.0) * np.clip(unused, 0.0, 1.0)
    numbers = np.flatnonzero(open_sums > 0)
    users = np.zeros((len(network.capacity), len(owners)))
    source, sink = prices.sources, prices.sinks
    saved = np.maximum(np.nan_to_num(network.sources.price - source), 0.0)
    earned = np.maximum(np.nan_to_num(network.sinks.price - sink), 0.0)
    for flow in plan.flows:
        s, t = network.sources.index[flow.source], network.sinks.index[flow.sink]
        for recipe, agent, gain in (
            (network.sinks.recipe[t], owners.sources[s], saved[s]),
            (network.sources.recipe[s], owners.sinks[t], earned[t]),
        ):
            if recipe >= 0:
                users[recipe, agent] += flow.amount * gain
    rents = rents_at(network, source, sink)
    users[np.arange(len(rents)), owners.recipes] += rents
    return Bill(missing, open_sums[numbers], users[numbers])


def borne(bill: Bill, room: Floats, alone: Floats) -> Floats:
    """What each agent bears; ``room`` is its gain so far (≥ 0), which is not exceeded if all
    room together is enough."""
    room = np.maximum(room, 0.0)
    sites = bill.sites
    if np.sum(sites) > bill.missing:
        sites = sites * (bill.missing / np.sum(sites))
    part = _poured(sites, bill.users, room)
    rest = max(bill.missing - float(np.sum(part)), 0.0)
    part = part + _poured(np.array([rest]), (room - part)[None, :], room - part)
    rest = max(bill.missing - float(np.sum(part)), 0.0)
    if rest > LEFT * bill.missing:
        weights = np.abs(alone) if np.any(alone) else np.ones(len(alone))
        part = part + rest * weights / np.sum(weights)
    return part


def _poured(sums: Floats, weights: Floats, room: Floats) -> Floats:
    """Every sum by its weights, (sums, agents), never beyond an agent's room; what finds no room
    goes to the sum's other agents in the next round."""
    borne_: Floats = np.zeros(len(room))
    left = sums.astype(np.float64)
    free: NDArray[np.bool_] = room > 0
    for _ in range(ROUNDS):
        active = np.where(free[None, :], weights, 0.0)
        total = np.sum(active, axis=1)
        pays = (total > 0) & (left > LEFT * np.maximum(sums, 1e-300))
        if not np.any(pays):
            break
        asked = np.where(pays, left / np.where(total > 0, total, 1.0), 0.0)[:, None] * active
        each = np.sum(asked, axis=0)
        space = room - borne_
        kept = np.where(each > space, space / np.where(each > 0, each, 1.0), 1.0)
        borne_ = borne_ + each * kept
        left = left - np.sum(asked * kept, axis=1)
        free = free & (each <= space)
    return borne_
