"""What the side phase works with: the tree in pieces, each with an offset to its prices.

A node's price is ``potential + offset[component]``. So a recipe that enters or leaves the basis
moves the prices of whole components by one number each, and not node by node.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kierto.planner.simplex.compiled import compiled, inner
from kierto.planner.simplex.recipes import BASIC, Levels, Numbers, Recipes, marginal_cost
from kierto.planner.simplex.tree import (
    NONE,
    Flags,
    Floats,
    Nodes,
    Tree,
    next_in,
    regraft,
)

ROOTED = 0
"""Component of the nodes that hang on the root; loose component ``c`` has the number ``c + 1``."""


class Pieces(NamedTuple):
    """Working arrays for ``n`` nodes and ``R`` recipes.

    Attributes:
        component: of each node and the root [n+1]; offset: of each component [R+2].
        place: of each recipe in ``Levels.basic``, or −1 [R].
        is_port: nodes that a recipe touches [n]; those of node ``v`` are
            ``port_starts[v] … port_starts[v+1]−1`` of ``port_recipes, port_coefficients``.
        moved: the ports of the subtree moved last.
        load: what a unit of the entering column adds to the supply below each node [n+1];
            ``touched`` lists the ``marked`` nodes with such a load, ``path_ends`` where each
            path among them ends.
        rate: change of each basic recipe's level by unit of the entering column [R+1].
        change, row, spare: vectors over components or basic recipes [R+1].
    """

    component: Nodes
    offset: Floats
    place: Numbers
    is_port: Flags
    port_starts: Numbers
    port_recipes: Numbers
    port_coefficients: Floats
    moved: Nodes
    load: Floats
    marked: Flags
    touched: Nodes
    path_ends: Numbers
    rate: Floats
    change: Floats
    row: Floats
    spare: Floats


def pieces_of(tree: Tree, recipes: Recipes, levels: Levels, is_port: Flags) -> Pieces:
    """The pieces that the tree is in, their offsets zero."""
    nodes, count = len(tree.parent), len(recipes.capacity)
    order = np.argsort(recipes.nodes, kind="stable")
    number = np.repeat(np.arange(count), np.diff(recipes.starts))
    place = np.full(count, NONE, np.int64)
    basics = levels.basic[: levels.basic_count[0]]
    place[basics] = np.arange(len(basics))
    pieces = Pieces(
        component=np.zeros(nodes + 1, np.int32),
        offset=np.zeros(count + 2),
        place=place,
        is_port=is_port,
        port_starts=np.searchsorted(recipes.nodes[order], np.arange(nodes + 1)).astype(np.int64),
        port_recipes=number[order].astype(np.int64),
        port_coefficients=recipes.coefficients[order],
        moved=np.zeros(len(order) + 1, np.int32),
        load=np.zeros(nodes + 1),
        marked=np.zeros(nodes + 1, np.bool_),
        touched=np.zeros(nodes + 1, np.int32),
        path_ends=np.zeros(len(order) + 3, np.int64),
        **{name: np.zeros(count + 1) for name in ("rate", "change", "row", "spare")},
    )
    _name_components(tree, levels, pieces)
    return pieces


@compiled
def _name_components(tree: Tree, levels: Levels, pieces: Pieces) -> None:
    for number in range(levels.basic_count[0]):
        _rename(tree, pieces, levels.loose_nodes[number], number + 1)


@inner
def _rename(tree: Tree, pieces: Pieces, top: int, component: int) -> None:
    node = top
    while node != NONE:
        pieces.component[node] = component
        node = next_in(tree, node, top)


@inner
def settle(tree: Tree, recipes: Recipes, levels: Levels, pieces: Pieces, inverse: Floats) -> None:
    """Move the components' offsets so that basic recipes have no reduced cost.

    Computed from the prices themselves each time, so rounding does not add up.
    """
    size = levels.basic_count[0]
    for c in range(size):
        cost = marginal_cost(
            levels.basic[c], recipes, tree.potential, pieces.offset, pieces.component
        )
        pieces.spare[c] = cost
    for c in range(size):
        cost = pieces.spare[c]
        if cost != 0.0:
            for r in range(size):
                pieces.offset[r + 1] -= cost * inverse[c, r]


@compiled
def fold_offsets(tree: Tree, pieces: Pieces) -> None:
    """Write the offsets into the potentials."""
    for node in range(len(tree.parent)):
        tree.potential[node] += pieces.offset[pieces.component[node]]
    pieces.offset[:] = 0.0


@inner
def carry(tree: Tree, pieces: Pieces, top: int, component: int, amount: float) -> int:
    """Put a regrafted subtree right: depth, component, potential; note its ports in ``moved``.

    ``amount`` is what its *prices* rise by. Returns how many ports there are.
    """
    old = pieces.component[top]
    amount += pieces.offset[old] - pieces.offset[component]
    ports = 0
    node = top
    while node != NONE:
        tree.depth[node] = tree.depth[tree.parent[node]] + 1
        tree.potential[node] += amount
        pieces.component[node] = component
        if pieces.is_port[node]:
            pieces.moved[ports] = node
            ports += 1
        node = next_in(tree, node, top)
    return ports


@inner
def row_of_moved(pieces: Pieces, ports: int, size: int) -> None:
    """In ``row``, by basic recipe: its coefficients at the ports that moved."""
    pieces.row[:size] = 0.0
    for i in range(ports):
        node = pieces.moved[i]
        for entry in range(pieces.port_starts[node], pieces.port_starts[node + 1]):
            place = pieces.place[pieces.port_recipes[entry]]
            if place != NONE:
                pieces.row[place] += pieces.port_coefficients[entry]


@inner
def moved_of(pieces: Pieces, ports: int, recipe: int) -> float:
    """Sum of one recipe's coefficients at the ports that moved."""
    total = 0.0
    for i in range(ports):
        node = pieces.moved[i]
        for entry in range(pieces.port_starts[node], pieces.port_starts[node + 1]):
            if pieces.port_recipes[entry] == recipe:
                total += pieces.port_coefficients[entry]
    return total


@inner
def join_component(
    tree: Tree,
    levels: Levels,
    pieces: Pieces,
    inner: int,
    outer: int,
    upward: bool,
    cost: float,
    flow: float,
    rise: float,
) -> None:
    """Hang the whole loose component of ``inner`` on ``outer``; its prices rise by ``rise``."""
    top = levels.loose_nodes[pieces.component[inner] - 1]
    tree.loose[top] = NONE
    regraft(tree, inner, outer, upward, cost, flow, top)
    carry(tree, pieces, inner, pieces.component[outer], rise)


@inner
def cut_loose(tree: Tree, levels: Levels, pieces: Pieces, cut: int, top: int, number: int) -> int:
    """The branch below ``cut`` becomes loose component ``number`` at unchanged prices, turned to
    stand on ``top``, one of its nodes. Returns how many ports moved."""
    regraft(tree, top, len(tree.parent), True, 0.0, 0.0, cut)
    tree.loose[top] = number
    levels.loose_nodes[number] = top
    return carry(tree, pieces, top, number + 1, 0.0)


@inner
def is_above(tree: Tree, node: int, below: int) -> bool:
    """Whether ``below`` lies in the subtree of ``node``."""
    while tree.depth[below] > tree.depth[node]:
        below = tree.parent[below]
    return bool(below == node)


@inner
def port_below(tree: Tree, recipes: Recipes, recipe: int, cut: int) -> int:
    """A port of the recipe below ``cut``, or NONE.

    A loose piece that stands on the port of the recipe that holds it is cheap to work on: what
    flows between port and entering arc then runs down from the top, so the arc that leaves is on
    the cycle, and only a branch has to move instead of the whole piece.
    """
    for entry in range(recipes.starts[recipe], recipes.starts[recipe + 1]):
        if is_above(tree, cut, recipes.nodes[entry]):
            return int(recipes.nodes[entry])
    return NONE


@inner
def renumber(tree: Tree, levels: Levels, pieces: Pieces, source: int, target: int) -> None:
    """Loose component ``source`` takes the number ``target``, which is free."""
    top = levels.loose_nodes[source]
    _rename(tree, pieces, top, target + 1)
    pieces.offset[target + 1] = pieces.offset[source + 1]
    tree.loose[top] = target
    levels.loose_nodes[target] = top


@inner
def make_basic(levels: Levels, pieces: Pieces, recipe: int, place: int) -> None:
    """A recipe takes a place among the basic ones."""
    levels.basic[place] = recipe
    levels.status[recipe] = BASIC
    pieces.place[recipe] = place


@inner
def make_nonbasic(
    recipes: Recipes, levels: Levels, pieces: Pieces, recipe: int, status: int, level: float
) -> None:
    """A recipe leaves the basis for one of its bounds."""
    levels.status[recipe] = status
    levels.level[recipe] = level
    pieces.place[recipe] = NONE
