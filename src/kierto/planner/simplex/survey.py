"""All arcs of an instance under given prices: what is missing, and what no plan can undercut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kierto.planner.network import Floats
from kierto.planner.simplex.boxes import LEAF
from kierto.planner.simplex.crew import Crew
from kierto.planner.simplex.instance import Instance, Link, Side
from kierto.planner.simplex.pricing import Crowd, Found, seek
from kierto.planner.simplex.rules import Rules
from kierto.planner.simplex.tree import Arcs

NODES_A_TASK = 4000
"""Seekers in one task: enough to outweigh the call, few enough to share the work evenly."""

BEST = 5
"""Arcs that each node may bring in at one survey."""


ROUNDING = 1e-11
"""A recipe's reduced cost below this share of the terms it is summed from is zero."""


@dataclass(frozen=True)
class Survey:
    """What one pricing of all arcs found.

    Attributes:
        arcs: the missing ones, each once, by source and sink.
        bound: no plan of this instance costs less (scaled).
    """

    arcs: Arcs
    bound: float


class Market(NamedTuple):
    """Both sides of an instance (or of two of them), with what their nodes pay or are worth."""

    sources: Side
    sinks: Side
    source_price: Floats
    sink_price: Floats
    rules: Rules


def survey(instance: Instance, potential: Floats, crew: Crew, *, most: int = BEST) -> Survey:
    """Price every arc under the potentials of a tree."""
    sources = len(instance.sources)
    price, worth = potential[:sources].copy(), -potential[sources : instance.size]
    market = Market(instance.sources, instance.sinks, price, worth, instance.rules)
    least = np.minimum(price, instance.sources.fallback)
    found = []
    for link in instance.links:
        cheapest, arcs = seek_all(market, link, crew, instance.tolerance, most)
        chosen = instance.sources.nodes_of_kind(link.source_kind)
        least[chosen] = np.minimum(least[chosen], cheapest)
        found.append(arcs)
        if len(arcs.price):
            found.append(seek_all(market, link, crew, instance.tolerance, most, back=True)[1])
    explicit = instance.explicit
    np.minimum.at(least, explicit.source, explicit.price - worth[explicit.sink])
    return Survey(once(instance, found), lower_bound(instance, least, worth))


def nearest(instance: Instance, crew: Crew, most: int) -> list[Found]:
    """The cheapest arcs of every node while nothing else has a price."""
    sources, sinks = np.zeros(len(instance.sources)), np.zeros(len(instance.sinks))
    here = Market(instance.sources, instance.sinks, sources + np.inf, sinks, instance.rules)
    back = here._replace(source_price=sources, sink_price=sinks + np.inf)
    found = []
    for link in instance.links:
        found.append(seek_all(here, link, crew, 0.0, most)[1])
        found.append(seek_all(back, link, crew, 0.0, most, back=True)[1])
    return found


def seek_all(
    market: Market, link: Link, crew: Crew, tolerance: float, most: int, *, back: bool = False
) -> tuple[Floats, Found]:
    """What one end of a link finds at the other; ``back`` means that the sinks seek.

    Returns:
        by seeker of the link's kind, the least of its price and of any fare minus worth; and the
        arcs, by source and sink.
    """
    seeking, sought = (market.sinks, market.sources) if back else (market.sources, market.sinks)
    kinds = (link.source_kind, link.sink_kind)
    mine, theirs = (kinds[1], kinds[0]) if back else kinds
    prices = (market.source_price, market.sink_price)
    seekers = Crowd(seeking.place, seeking.boxes, prices[back])
    others = Crowd(sought.place, sought.boxes, prices[not back])
    span = sought.boxes_of_kind(theirs)

    def work(first: int, last: int) -> tuple[Floats, Found]:
        return seek(
            *(seekers, others, (first, last, *span), link.fare),
            *(market.rules, not back, tolerance, most),
        )

    results = crew.map(lambda task: work(*task), tasks_of(seeking, mine))
    least = np.concatenate([np.zeros(0), *(each[0] for each in results)])
    return least, joined([each[1] for each in results])


def tasks_of(side: Side, kind: int) -> Iterator[tuple[int, int]]:
    """The boxes of a kind, some thousand nodes at a time."""
    first, last = side.boxes_of_kind(kind)
    step = max(1, NODES_A_TASK // LEAF)
    for start in range(first, last, step):
        yield start, min(last, start + step)


def joined(found: list[Found]) -> Found:
    """All arcs of several searches."""
    none = Found(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))
    columns = zip(none, *found, strict=True)
    return Found(*(np.concatenate(column) for column in columns))


def once(instance: Instance, found: list[Found]) -> Arcs:
    """Arcs between the instance's nodes, each once, by source and sink."""
    sources, width = len(instance.sources), np.int64(max(1, len(instance.sinks)))
    every = joined(found)
    keys, first = np.unique(every.source * width + every.sink, return_index=True)
    tail, head = np.divmod(keys, width)
    return Arcs(tail.astype(np.int32), (head + sources).astype(np.int32), every.price[first])


def lower_bound(instance: Instance, price: Floats, worth: Floats) -> float:
    """What no plan can undercut (scaled), from prices of the sources that no arc undercuts.

    Worths above the fallback's price are cut, which keeps every arc's reduced cost from falling.
    A recipe earns at most its capacity times what its reduced cost is below zero; a remainder in
    the last digits is none, or the capacity that means "as much as you like" would inflate it.
    """
    recipes = instance.recipes
    worth = np.minimum(worth, instance.sinks.fallback)
    potential = np.concatenate([price, -worth])
    terms = recipes.coefficients * potential[recipes.nodes]
    owner = np.repeat(np.arange(len(recipes.price)), np.diff(recipes.starts))
    count = len(recipes.price)
    rest = recipes.price + np.bincount(owner, terms, count)
    size = np.abs(recipes.price) + np.bincount(owner, np.abs(terms), count)
    pays = rest < -ROUNDING * size
    ends = price @ instance.sources.amount + worth @ instance.sinks.amount
    return float(ends + recipes.capacity[pays] @ rest[pays])
