"""Recipes as side columns of the network, and how each of them stands.

A recipe (processor) at level ``z`` adds ``coefficient · z`` to the supply of each of its ports:
its yield at an output, minus its yield at an input. To the network it is one more column that
touches several nodes, which no arc can.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kierto.planner.simplex.compiled import inner
from kierto.planner.simplex.tree import Floats, Nodes

Numbers = NDArray[np.int64]
States = NDArray[np.int8]

AT_ZERO = 0
AT_CAPACITY = 1
BETWEEN = 2
"""Fixed somewhere between its bounds, but not in the basis (superbasic): where a start stands."""
BASIC = 3


class Recipes(NamedTuple):
    """Recipe ``r`` has the entries ``starts[r] … starts[r+1]−1`` of ``nodes, coefficients``.

    ``price`` is what one unit of level costs by itself, ``capacity`` the most of it (may be inf).
    """

    starts: Numbers
    nodes: Numbers
    coefficients: Floats
    price: Floats
    capacity: Floats


class Levels(NamedTuple):
    """How far each recipe runs, and which are basic.

    Attributes:
        level: of each recipe.
        status: ``AT_ZERO``, ``AT_CAPACITY``, ``BETWEEN`` or ``BASIC``.
        basic: the ``basic_count[0]`` basic recipes, in no order (room for one more than there are).
        loose_nodes: the tops of the ``basic_count[0]`` components that do not hang on the root.
    """

    level: Floats
    status: States
    basic: Numbers
    loose_nodes: Nodes
    basic_count: Numbers


def start_levels(recipes: Recipes, level: Floats) -> Levels:
    """The given levels (moved into their bounds), with no recipe basic."""
    room = len(recipes.capacity)
    start = np.clip(np.asarray(level, dtype=np.float64), 0.0, recipes.capacity)
    status = np.full(room, BETWEEN, np.int8)
    status[start >= recipes.capacity] = AT_CAPACITY
    status[start <= 0.0] = AT_ZERO
    return Levels(
        level=start,
        status=status,
        basic=np.zeros(room + 1, np.int64),
        loose_nodes=np.zeros(room + 1, np.int32),
        basic_count=np.zeros(1, np.int64),
    )


def supply_at(base_supply: Floats, recipes: Recipes, level: Floats) -> Floats:
    """Supply of every node when the recipes run at these levels."""
    each = np.repeat(level, np.diff(recipes.starts)) * recipes.coefficients
    added = np.bincount(recipes.nodes, each, len(base_supply)).astype(np.float64)
    supply: Floats = base_supply + added
    return supply


@inner
def marginal_cost(
    recipe: int, recipes: Recipes, potential: Floats, offset: Floats, component: Nodes
) -> float:
    """What one more unit of level would add to the cost (its reduced cost).

    A node's price is its potential plus the offset of its component.
    """
    cost = recipes.price[recipe]
    for entry in range(recipes.starts[recipe], recipes.starts[recipe + 1]):
        node = recipes.nodes[entry]
        price = potential[node] + offset[component[node]]
        cost += recipes.coefficients[entry] * price
    return float(cost)
