"""From coarse to fine: what the coarser solution says about where the finer one lies.

Three kinds of arcs start a level: all pairs between the members of coarse nodes that a basic arc
joins; the arcs of each node that cost least under the coarse prices, carried over to it by the
c-transform (what the cheapest coarse partner would leave it); and its nearest neighbours.
"""

from __future__ import annotations

import numpy as np

from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.boxes import Small
from kierto.planner.simplex.coarsen import Coarse
from kierto.planner.simplex.compiled import compiled
from kierto.planner.simplex.crew import Crew
from kierto.planner.simplex.fares import Fare, distance, fare_between
from kierto.planner.simplex.instance import Instance
from kierto.planner.simplex.master import Master
from kierto.planner.simplex.pricing import Found, longer, longer_small
from kierto.planner.simplex.rules import Rules, no_rules, permitted
from kierto.planner.simplex.survey import Market, nearest, once, seek_all
from kierto.planner.simplex.tree import Arcs

NEIGHBOURS = 2
"""Nearest others of each node among the first arcs."""

ALONE = 8
"""The same where no coarser solution helps."""

PROMISING = 4
"""Arcs of each node among the first ones that cost least under the coarse prices."""

GENEROUS = 0.03
"""How much (in typical prices) an arc may cost too much under the coarse prices."""


def first_arcs(instance: Instance, crew: Crew) -> Arcs:
    """What the coarsest level starts with."""
    return once(instance, nearest(instance, crew, ALONE))


def finer_arcs(
    instance: Instance, coarse: Coarse, solved: Master, crew: Crew
) -> tuple[Arcs, Floats]:
    """What a level starts with when the next coarser one is solved: arcs, and the potentials of
    its nodes under the coarse prices."""
    price, worth = _carried_over(instance, coarse, solved.tree.potential, crew)
    found = [
        _between_members(instance, coarse, solved),
        *_promising(instance, price, worth, crew),
        *nearest(instance, crew, NEIGHBOURS),
    ]
    return once(instance, found), np.concatenate([price, -worth])


def _promising(instance: Instance, price: Floats, worth: Floats, crew: Crew) -> list[Found]:
    """Arcs of small reduced cost under the coarse prices."""
    market = Market(instance.sources, instance.sinks, price, worth, instance.rules)
    found = []
    for link in instance.links:
        for back in (False, True):
            found.append(seek_all(market, link, crew, -GENEROUS, PROMISING, back=back)[1])
    return found


def _carried_over(
    instance: Instance, coarse: Coarse, potential: Floats, crew: Crew
) -> tuple[Floats, Floats]:
    """Prices of the finer sources and sinks: the fallback's, or what a coarse partner leaves."""
    first = len(coarse.instance.sources)
    coarse_price, coarse_worth = potential[:first].copy(), -potential[first:-1]
    price, worth = instance.sources.fallback.copy(), instance.sinks.fallback.copy()
    for link in instance.links:
        ahead = Market(instance.sources, coarse.instance.sinks, price, coarse_worth, no_rules())
        least = seek_all(ahead, link, crew, np.inf, 1)[0]
        price[instance.sources.nodes_of_kind(link.source_kind)] = least
        behind = Market(coarse.instance.sources, instance.sinks, coarse_price, worth, no_rules())
        least = seek_all(behind, link, crew, np.inf, 1, back=True)[0]
        worth[instance.sinks.nodes_of_kind(link.sink_kind)] = least
    return price, worth


def _between_members(instance: Instance, coarse: Coarse, solved: Master) -> Found:
    """All pairs of members of the coarse nodes that a basic arc joins."""
    kinds = len(instance.group)
    fares = np.full((kinds, kinds, 3), -1.0)
    for link in instance.links:
        fares[link.source_kind, link.sink_kind] = link.fare
    source, sink, _ = solved.basic_arcs()
    givers = _members(coarse.source, len(coarse.instance.sources))
    takers = _members(coarse.sink, len(coarse.instance.sinks))
    places = (instance.sources.place, instance.sinks.place)
    kinds_of = (instance.sources.kind, instance.sinks.kind)
    return spread(source, sink, givers, takers, places, kinds_of, fares, instance.rules)


def _members(group: Integers, groups: int) -> tuple[Integers, Integers]:
    """Members sorted by group, and where each group starts."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    return np.argsort(group, kind="stable"), starts


@compiled
def spread(
    source: Integers,
    sink: Integers,
    givers: tuple[Integers, Integers],
    takers: tuple[Integers, Integers],
    places: tuple[Floats, Floats],
    kinds: tuple[Small, Small],
    fares: Floats,
    rules: Rules,
) -> Found:
    """All permitted pairs between the members of the joined groups, with their prices."""
    out_source, out_sink = np.empty(1024, np.int32), np.empty(1024, np.int32)
    price = np.empty(1024)
    count = 0
    for arc in range(len(source)):
        for s in givers[0][givers[1][source[arc]] : givers[1][source[arc] + 1]]:
            for t in takers[0][takers[1][sink[arc]] : takers[1][sink[arc] + 1]]:
                row = fares[kinds[0][s], kinds[1][t]]
                fare = Fare(row[0], row[1], row[2])
                cost = fare_between(fare, distance(places[0], s, places[1], t))
                if cost == np.inf or not permitted(rules, s, t):
                    continue
                if count == len(price):
                    out_source, out_sink = longer_small(out_source), longer_small(out_sink)
                    price = longer(price)
                out_source[count], out_sink[count], price[count] = s, t, cost
                count += 1
    return Found(out_source[:count].copy(), out_sink[:count].copy(), price[:count].copy())
