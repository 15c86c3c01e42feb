"""A solved state carried over to a larger network that holds all of the old one.

Nodes stand in another order once somebody is added, and typical amounts and prices differ a little.
The old tree is renumbered and scaled; who is new hangs on the root by his fallback. That is a
feasible tree of the new network, so the search goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kierto.planner.network import Integers
from kierto.planner.simplex.crew import Crew
from kierto.planner.simplex.instance import Instance
from kierto.planner.simplex.master import Master
from kierto.planner.simplex.reading import Reading
from kierto.planner.simplex.tree import NONE, Arcs, Nodes

Array = NDArray[np.generic]


@dataclass(frozen=True)
class Places:
    """Where what was in the old network is in the new one: sources, sinks and recipes."""

    sources: Integers
    sinks: Integers
    recipes: Integers


def carried_over(old: Reading, master: Master, new: Reading, places: Places, crew: Crew) -> Master:
    """The master of the new reading, as far as the old one had come.

    Args:
        places: by node of the old side (or recipe), the node of the new side.
    """
    instance = new.instance
    before, after = old.instance.size, instance.size
    node = np.concatenate([places.sources, places.sinks + len(instance.sources), [after]])
    node = node.astype(np.int32)
    price = old.price_scale / new.price_scale
    amount = old.amount_scale / new.amount_scale
    level = np.zeros(len(instance.recipes.price))
    level[places.recipes] = master.levels.level * amount
    arcs = _arcs(old.instance, master.arcs, node, price)
    larger = Master(instance, arcs, np.minimum(level, instance.recipes.capacity), crew)
    mine, tree, grown = node[:-1], master.tree, larger.tree
    for name in ("parent", "first_child", "next_sibling", "previous_sibling"):
        getattr(grown, name)[mine] = _renumbered(getattr(tree, name), node)
    grown.upward[mine] = tree.upward
    grown.loose[mine] = tree.loose
    grown.depth[mine] = tree.depth[:before]
    grown.cost[mine] = tree.cost * price
    grown.flow[mine] = tree.flow * amount
    grown.potential[mine] = tree.potential[:before] * price
    hanging = (grown.parent == after) & (grown.loose == NONE)
    grown.cost[hanging] = instance.fallback[hanging]
    _carry_levels(master, larger, node, places.recipes)
    return larger


def _arcs(instance: Instance, arcs: Arcs, node: Nodes, price: float) -> Arcs:
    """The arcs that were found; those of fallbacks and explicit pairs a master has by itself."""
    first = instance.size + len(instance.explicit)
    return Arcs(
        node[arcs.tail[first:]],
        node[arcs.head[first:]],
        arcs.cost[first:] * price,
    )


def _renumbered(column: Nodes, node: Nodes) -> Nodes:
    renumbered: Nodes = np.where(column == NONE, NONE, node[column]).astype(np.int32)
    return renumbered


def _carry_levels(old: Master, new: Master, node: Nodes, recipes: Integers) -> None:
    count = int(old.levels.basic_count[0])
    new.levels.status[recipes] = old.levels.status
    new.levels.basic[:count] = recipes[old.levels.basic[:count]]
    new.levels.loose_nodes[:count] = node[old.levels.loose_nodes[:count]]
    new.levels.basic_count[0] = count
