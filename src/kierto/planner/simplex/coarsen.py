"""A coarser picture of an instance: near nodes of like price become one.

Four neighbours in (price of the way east, north and up, fallback price) merge: their amounts add
up, place and fallback price are their means by amount. Ports of recipes are never merged, so the
recipes stay what they are. The coarse picture knows no rules: it only serves to guess where the
finer solution lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.boxes import cut
from kierto.planner.simplex.instance import (
    Explicit,
    Instance,
    Side,
    no_explicit,
    side_of,
    sort_side,
)
from kierto.planner.simplex.rules import inverse, no_rules

TOGETHER = 4
"""Nodes that become one."""

SMALL = 6000
"""An instance of so many nodes besides ports is solved as it is."""

MOST_LEFT = 0.85
"""Coarsening ends when more than this share of the nodes would be left."""


@dataclass(frozen=True)
class Coarse:
    """A coarse instance and where the finer one's nodes went.

    Attributes:
        source, sink: coarse node on its side, of every finer node on its side.
    """

    instance: Instance
    source: Integers
    sink: Integers


def hierarchy(instance: Instance, *, small: int = SMALL) -> list[Coarse]:
    """Ever coarser pictures of an instance, the coarsest last; none if it is small."""
    levels: list[Coarse] = []
    while _free(instance) > small:
        coarse = coarsen(instance)
        if coarse.instance.size > MOST_LEFT * instance.size:
            break
        levels.append(coarse)
        instance = coarse.instance
    return levels


def _free(instance: Instance) -> int:
    """How many nodes may merge."""
    return instance.size - int(np.count_nonzero(instance.is_port | instance.placeless))


def coarsen(instance: Instance, *, together: int = TOGETHER) -> Coarse:
    """Merge the nodes of both sides."""
    rate = _rates(instance)
    sources, source = _merge(instance.sources, rate, len(instance.group), together)
    sinks, sink = _merge(instance.sinks, rate, len(instance.group), together)
    first, coarse_first = len(instance.sources), len(sources)
    nodes = instance.recipes.nodes
    gives = nodes < first
    moved = np.where(
        gives,
        source[np.minimum(nodes, first - 1)],
        coarse_first + sink[np.maximum(nodes - first, 0)],
    )
    artificial = np.zeros(len(sinks), np.bool_)
    artificial[sink[instance.artificial]] = True
    coarse = Instance(
        sources=sources,
        sinks=sinks,
        links=instance.links,
        group=instance.group,
        recipes=instance.recipes._replace(nodes=moved),
        explicit=_explicit(instance.explicit, source, sink, len(sinks)),
        rules=no_rules(),
        artificial=artificial,
        tolerance=instance.tolerance,
    )
    return Coarse(coarse, source, sink)


def _rates(instance: Instance) -> Floats:
    """Price per unit of place, by kind, whichever end of a link it is."""
    rate = np.zeros(len(instance.group))
    for link in instance.links:
        for kind in (link.source_kind, link.sink_kind):
            rate[kind] = max(rate[kind], link.fare.per_angle)
    return rate


def _merge(side: Side, rate: Floats, kinds: int, together: int) -> tuple[Side, Integers]:
    """The merged side, and the coarse node of every node."""
    label = np.arange(len(side))
    single = side.is_port | ~np.isfinite(side.place).all(axis=1)
    for kind in range(kinds):
        members = np.flatnonzero((side.kind == kind) & ~single)
        if len(members):
            label[members] = _leaders(side, members, rate[kind], together)
    chosen, merged = np.unique(label, return_inverse=True)
    weight = np.maximum(side.amount, 1e-9)
    place = np.stack([_mean(merged, weight, side.place[:, d]) for d in range(3)], axis=1)
    fallback = _mean(merged, weight, side.fallback)
    amount = np.bincount(merged, side.amount).astype(np.float64)
    kept = side.kind[chosen].astype(np.int64)
    order = sort_side(place, kept, kinds)
    coarse = side_of(order, place, kept, amount, fallback, side.is_port[chosen])
    return coarse, inverse(order[0])[merged]


def _leaders(side: Side, members: Integers, rate: float, together: int) -> Integers:
    """For each member, the first one of the group it joins."""
    features = np.column_stack([rate * side.place[members], side.fallback[members]])
    parts = -(-len(members) // together)
    order, starts = cut(np.ascontiguousarray(features), parts)
    leaders = np.empty(len(members), np.int64)
    leaders[order] = np.repeat(members[order[starts[:-1]]], np.diff(starts))
    return leaders


def _mean(merged: Integers, weight: Floats, values: Floats) -> Floats:
    total: Floats = np.bincount(merged, weight * values) / np.bincount(merged, weight)
    return total


def _explicit(explicit: Explicit, source: Integers, sink: Integers, sinks: int) -> Explicit:
    """The cheapest of the pairs that now join the same nodes."""
    if not len(explicit):
        return no_explicit()
    keys = source[explicit.source] * np.int64(sinks) + sink[explicit.sink]
    order = np.lexsort((explicit.price, keys))
    kept, first = np.unique(keys[order], return_index=True)
    tail, head = np.divmod(kept, sinks)
    price = explicit.price[order][first]
    return Explicit(tail.astype(np.int32), head.astype(np.int32), price)
