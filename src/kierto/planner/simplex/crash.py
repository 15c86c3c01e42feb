"""A first tree near the optimum: flows go greedily along the arcs that coarse prices favour.

The arcs are taken in the order of their reduced costs under the prices of the coarser level; each
carries as much as its ends have left. That exhausts an end, which then hangs on the other one; who
has something left hangs on the root by its fallback. So the arcs in use make a tree, and nearly all
amounts already flow where they will.
"""

from __future__ import annotations

import numpy as np

from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.compiled import compiled
from kierto.planner.simplex.tree import Arcs, Tree, link, node_order, refresh_potentials


def fill(tree: Tree, arcs: Arcs, potential: Floats, *, most: float) -> None:
    """Send flow along the arcs whose reduced cost is no more than ``most``, the least first.

    Args:
        tree: as :func:`~kierto.planner.simplex.tree.start_tree` made it; changed in place.
        arcs: between ports only.
        potential: of every node, from the coarser level.
    """
    reduced = arcs.cost - potential[arcs.tail] + potential[arcs.head]
    useful = np.flatnonzero(reduced <= most)
    _fill(tree, arcs, useful[np.argsort(reduced[useful], kind="stable")])


@compiled
def _fill(tree: Tree, arcs: Arcs, order: Integers) -> None:
    left = tree.flow.copy()
    for arc in order:
        tail, head = arcs.tail[arc], arcs.head[arc]
        carried = min(left[tail], left[head])
        if carried <= 0.0:
            continue
        spent, other = (tail, head) if left[tail] <= left[head] else (head, tail)
        left[spent] = 0.0
        left[other] -= carried
        tree.flow[spent] = carried
        tree.flow[other] = left[other]
        tree.upward[spent] = spent == tail
        tree.cost[spent] = arcs.cost[arc]
        link(tree, spent, other)
    for node in node_order(tree):
        tree.depth[node] = tree.depth[tree.parent[node]] + 1
    refresh_potentials(tree)
