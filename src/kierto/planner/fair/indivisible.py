"""What no prices explain, and who bears it.

Opening a site, a least level and a minimum lot cannot be divided; so no prices of this problem
need add up to its cost. But its *relaxation*, in which every site may be opened in part at the
same share of its opening cost and every lot divided, is linear, and its prices charge no group
more than the group would pay by itself in the relaxation, hence none more than it really would.
A site's capacity counts there as the most that those around it could ever use: the smaller it is,
the more of the opening cost do prices carry. Over several periods the opening cost is spread
evenly, which is a relaxation as well.
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

from kierto.planner.certificate.bound import recipe_reduced_costs
from kierto.planner.fair.coalition import Owners
from kierto.planner.fair.prices import rents_at
from kierto.planner.fair.pricing import barred_by_lots
from kierto.planner.model import Problem, Processor
from kierto.planner.network import Floats, Network
from kierto.planner.pairs import Verdict, pairs_at
from kierto.planner.periods import has_time, split_id
from kierto.planner.plan import Plan
from kierto.planner.survey import Prices
from kierto.planner.totals import levels_of

ROUNDS = 64
LEFT = 1e-13
"""Share of a sum below which pouring it stops."""


def is_divisible(problem: Problem) -> bool:
    """Whether the problem is linear as it stands, so that its own prices will do."""
    return not any(offer.minimum_lot > 0 for offer in problem.offers) and not any(
        each.opening_cost > 0 or each.minimum > 0 for each in problem.processors
    )


def relaxed(network: Network, opening: Floats, limit: Floats) -> Problem:
    """The (unfolded) problem with sites opened in part and lots divided: no plan of any group is
    cheaper in the original. ``opening`` is by recipe, ``limit`` as :func:`limits_of` says."""
    problem = network.problem
    columns = zip(problem.processors, opening.tolist(), limit.tolist(), strict=True)
    return replace(
        problem,
        offers=tuple(replace(each, minimum_lot=0.0) for each in problem.offers),
        processors=tuple(_in_part(each, cost, most) for each, cost, most in columns),
        excluded=frozenset(problem.excluded | barred_by_lots(network)),
    )


def openings_of(problem: Problem, network: Network) -> Floats:
    """What opening costs, by recipe of the unfolded problem: a site's cost in equal parts over
    the periods in which it can run."""
    row = {id_: number for number, id_ in enumerate(network.recipe_ids)}
    costs = np.zeros(len(row))
    for each in problem.processors:
        times = range(1, problem.periods + 1)
        ids = [f"{each.id}@{t}" for t in times] if has_time(problem) else [each.id]
        rows = np.array([row[id_] for id_ in ids], dtype=np.int64)
        rows = rows[network.capacity[rows] > 0]
        costs[rows] = each.opening_cost / max(len(rows), 1)
    return costs


def opened_of(problem: Problem, network: Network, plan: Plan) -> NDArray[np.bool_]:
    """Which recipes belong to sites that the plan opens."""
    opened = set() if plan.siting is None else set(plan.siting.opened)
    site = (lambda id_: split_id(id_)[0]) if has_time(problem) else (lambda id_: id_)
    return np.array([site(id_) in opened for id_ in network.recipe_ids], dtype=np.bool_)


def limits_of(network: Network) -> Floats:
    """How high each recipe can usefully run, for any group: its capacity, or less.

    What cannot be bought must come from somebody. And where running on bought inputs for disposal
    alone loses money, no cheapest plan runs higher than its best served port is served (or the
    least level asks).
    """
    count = len(network.capacity)
    needed, served = np.full(count, np.inf), np.zeros(count)
    partners = _partners(network)
    for ports, most in zip((network.sources, network.sinks), partners, strict=True):
        mine = np.flatnonzero((ports.recipe >= 0) & (ports.yield_ > 0))
        level = most[mine] / ports.yield_[mine]
        missing = np.isnan(ports.price[mine])
        np.minimum.at(needed, ports.recipe[mine[missing]], level[missing])
        np.maximum.at(served, ports.recipe[mine], level)
    alone = recipe_reduced_costs(
        network, network.sources.price, np.nan_to_num(network.sinks.price, nan=np.inf)
    )
    least = np.array([each.minimum for each in network.problem.processors])
    useful = np.where(alone >= 0, np.maximum(served, least), np.inf)
    limit: Floats = np.minimum(np.minimum(network.capacity, useful), needed)
    return np.where(limit < least, 0.0, limit)


def _partners(network: Network) -> tuple[Floats, Floats]:
    """By source and by sink of a recipe, the most that all its possible partners could pass."""
    most = np.zeros(len(network.sources)), np.zeros(len(network.sinks))
    for givers, takers in network.kind_blocks:
        for makes in (True, False):
            rows = givers if makes else takers
            recipe = (network.sources if makes else network.sinks).recipe[rows]
            for row in rows[recipe >= 0].tolist():
                others = takers if makes else givers
                one = np.full(len(others), row)
                pairs = pairs_at(network, *((one, others) if makes else (others, one)))
                pairs = pairs.where(pairs.verdict == Verdict.POSSIBLE)
                if makes:
                    most[0][row] += np.sum(network.sinks.largest[pairs.sink])
                else:
                    most[1][row] += np.sum(network.sources.largest[pairs.source])
    return most


def _in_part(site: Processor, opening: float, limit: float) -> Processor:
    if not opening and not site.minimum:
        return replace(site, opening_cost=0.0)
    per_unit = opening / limit if limit > 0 else 0.0
    return replace(site, cost=site.cost + per_unit, capacity=limit, minimum=0.0, opening_cost=0.0)


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
    limit: Floats,
    prices: Prices,
    missing: float,
) -> Bill:
    """Who uses the opened sites of a plan, and how much of their opening no level pays for."""
    level = levels_of(network, plan)
    with np.errstate(divide="ignore", invalid="ignore"):
        unused = np.where(limit > 0, 1 - level / limit, 1.0)
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
