"""The spanning tree of a network simplex: who hangs on whom, by which arc, with what flow.

Nodes ``0 … n−1`` are sources, then sinks; ``n`` is the root, where everything ends that does not
circulate: what a source disposes of flows to the root, what a sink buys new flows from it. A
source's supply is positive, a sink's negative. Each node hangs on its parent by one *basic* arc:

* ``upward[v]``: the arc points from ``v`` to its parent, else from the parent to ``v``;
* ``flow[v]``: what flows in the arc's own direction, ≥ 0;
* ``potential[v]``: such that every basic arc ``a → b`` has ``cost − p[a] + p[b] = 0``, and
  ``p[root] = 0``. So ``p`` of a source is the price of its port and ``−p`` that of a sink.

Children are kept in doubly linked lists (``first_child``, ``next_sibling``, ``previous_sibling``),
but for the root's own: no pivot walks them, and a shared list would make threads collide that work
on the trees of different kinds. The arrays are those of Bradley, Brown and Graves (1977), *Design
and implementation of large scale primal transshipment algorithms*, Management Science 24(1).

The tree may be in several pieces: a node with ``loose[v] = c ≥ 0`` hangs on the root by a dead arc
that carries nothing and has no cost. It is the top of component ``c``, whose prices are not tied to
the root's but to those of a recipe (:mod:`kierto.planner.simplex.side_phase`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kierto.planner.simplex.compiled import compiled, inner

Floats = NDArray[np.float64]
Nodes = NDArray[np.int32]
Flags = NDArray[np.bool_]

NONE = -1
"""No such node."""


class Tree(NamedTuple):
    """See the module. ``n`` entries each, and ``n + 1`` in ``depth`` and ``potential``."""

    parent: Nodes
    upward: Flags
    cost: Floats
    flow: Floats
    depth: Nodes
    first_child: Nodes
    next_sibling: Nodes
    previous_sibling: Nodes
    potential: Floats
    loose: Nodes


class Arcs(NamedTuple):
    """The arcs a phase may use, one a row, those to and from the root included."""

    tail: Nodes
    head: Nodes
    cost: Floats


def start_tree(supply: Floats, source_count: int, fallback_price: Floats) -> Tree:
    """The tree in which nothing circulates: every node hangs on the root by its fallback arc.

    Args:
        supply: of every node; ≥ 0 at the ``source_count`` sources, ≤ 0 at the sinks.
        fallback_price: of disposing of a unit (sources) or buying it new (sinks); finite.
    """
    count = len(supply)
    upward = np.arange(count) < source_count
    price = np.asarray(fallback_price, dtype=np.float64)
    depth = np.ones(count + 1, np.int32)
    depth[count] = 0
    return Tree(
        parent=np.full(count, count, np.int32),
        upward=upward,
        cost=price.copy(),
        flow=np.maximum(np.where(upward, supply, -supply), 0.0),
        depth=depth,
        first_child=np.full(count, NONE, np.int32),
        next_sibling=np.full(count, NONE, np.int32),
        previous_sibling=np.full(count, NONE, np.int32),
        potential=np.append(np.where(upward, price, -price), 0.0),
        loose=np.full(count, NONE, np.int32),
    )


@compiled
def node_order(tree: Tree) -> Nodes:
    """All nodes, each after its parent."""
    root = len(tree.parent)
    order = np.empty(root, np.int32)
    count = 0
    for top in range(root):
        if tree.parent[top] != root:
            continue
        node = top
        while node != NONE:
            order[count] = node
            count += 1
            node = next_in(tree, node, top)
    return order


@compiled
def refresh_flows(tree: Tree, supply: Floats) -> float:
    """Compute every flow anew from the supplies, and answer with the least of them.

    A loose node's dead arc is given what its component has too much: nothing, but for rounding.
    """
    root = len(tree.parent)
    order = node_order(tree)
    surplus = supply.copy()
    least = 0.0
    for k in range(root - 1, -1, -1):
        node = order[k]
        if tree.parent[node] != root:
            surplus[tree.parent[node]] += surplus[node]
        tree.flow[node] = surplus[node] if tree.upward[node] else -surplus[node]
        if tree.loose[node] == NONE:
            least = min(least, tree.flow[node])
    return least


@compiled
def refresh_potentials(tree: Tree) -> None:
    """Compute every potential anew from the costs; a loose node's own potential stays."""
    tree.potential[len(tree.parent)] = 0.0
    for node in node_order(tree):
        if tree.loose[node] == NONE:
            cost = tree.cost[node] if tree.upward[node] else -tree.cost[node]
            tree.potential[node] = tree.potential[tree.parent[node]] + cost


@inner
def next_in(tree: Tree, node: int, top: int) -> int:
    """The node after ``node`` in the subtree of ``top``, parents before children; else NONE."""
    below = tree.first_child[node]
    if below != NONE:
        return int(below)
    while node != top:
        beside = tree.next_sibling[node]
        if beside != NONE:
            return int(beside)
        node = tree.parent[node]
    return NONE


@inner
def unlink(tree: Tree, node: int) -> None:
    """Take a node from its parent's children."""
    parent = tree.parent[node]
    if parent == len(tree.parent):
        return
    before, after = tree.previous_sibling[node], tree.next_sibling[node]
    if before != NONE:
        tree.next_sibling[before] = after
    else:
        tree.first_child[parent] = after
    if after != NONE:
        tree.previous_sibling[after] = before


@inner
def link(tree: Tree, node: int, parent: int) -> None:
    """Put a node first among its new parent's children."""
    tree.parent[node] = parent
    tree.previous_sibling[node] = NONE
    if parent == len(tree.parent):
        tree.next_sibling[node] = NONE
        return
    first = tree.first_child[parent]
    tree.next_sibling[node] = first
    if first != NONE:
        tree.previous_sibling[first] = node
    tree.first_child[parent] = node


@inner
def regraft(
    tree: Tree, node: int, parent: int, upward: bool, cost: float, flow: float, cut: int
) -> None:
    """Cut the arc above ``cut`` and hang its subtree, turned to stand on ``node``, on ``parent``.

    The stem from ``node`` up to ``cut`` turns over: each of its arcs moves to the node at its other
    end. Depths and potentials are left to the caller, who walks the subtree anyway.
    """
    while True:
        old_parent, old_upward = tree.parent[node], tree.upward[node]
        old_cost, old_flow = tree.cost[node], tree.flow[node]
        unlink(tree, node)
        tree.upward[node] = upward
        tree.cost[node] = cost
        tree.flow[node] = flow
        link(tree, node, parent)
        if node == cut:
            return
        parent, upward, cost, flow = node, not old_upward, old_cost, old_flow
        node = old_parent


@inner
def shift(tree: Tree, top: int, amount: float) -> None:
    """Put a regrafted subtree's depths right, and add ``amount`` to its potentials."""
    node = top
    while node != NONE:
        tree.depth[node] = tree.depth[tree.parent[node]] + 1
        tree.potential[node] += amount
        node = next_in(tree, node, top)
