"""The primal network simplex on the arcs at hand, recipe levels fixed.

A pivot lets one arc of negative reduced cost enter the tree. It closes a cycle; flow is pushed
around it until a tree arc that runs the other way is empty; that one leaves, and the smaller prices
of the part it cut off are put right.

*Entering* is by block search: scan the arcs in blocks, round and round, and take the cheapest of
the first block that has any. *Leaving*, among arcs that block equally, is the last one met when the
cycle is walked along the entering arc from its top. Both are as in LEMON: B. Dezső, A. Jüttner,
P. Kovács (2011), *LEMON – an open source C++ graph template library*, Electronic Notes in
Theoretical Computer Science 264(5).

**It ends.** The leaving rule keeps a tree *strongly feasible* (from every node something can flow
to the root along the tree), and then no tree comes back: W. H. Cunningham (1976), *A network simplex
method*, Mathematical Programming 11. Yet a sink that needs nothing yet, such as a recipe's input,
starts on an empty arc away from the root, so our trees are strongly feasible only nearly. So after a
long run of pivots that moved nothing, Bland's rule takes over until one does: the least arc of all
that may enter, the least of those that may leave (R. G. Bland (1977), *New finite pivoting rules for
the simplex method*, Mathematics of Operations Research 2(2)). Under it no basis comes back while
nothing moves, and each pivot that moves lowers the cost; so there are finitely many of both.

Threads may run this on the trees of different groups of kinds within the same arrays at once: a
pivot writes only to nodes that its group's arcs reach, and to nothing of the root's.
"""

from __future__ import annotations

import numpy as np

from kierto.planner.simplex.compiled import compiled, inner
from kierto.planner.simplex.tree import NONE, Arcs, Tree, regraft, shift

MOVED = 1e-12
"""A step shorter than this share of the largest flow counts as none."""


def run_network_phase(
    tree: Tree,
    arcs: Arcs,
    *,
    block: int,
    tolerance: float = 1e-9,
    most_pivots: int,
    position: int = 0,
    patience: int | None = None,
) -> tuple[int, int]:
    """Pivot until no arc has a reduced cost below ``−tolerance``, or ``most_pivots`` are made.

    Args:
        tree: changed in place; none of its nodes may be loose.
        block: arcs in a block of the search.
        position: the arc to start the search from.
        patience: after how many idle pivots in a row Bland's rule takes over; more than there are
            arcs unless given.

    Returns:
        How many pivots were made, and where the search stopped.
    """
    idle = patience_for(arcs) if patience is None else patience
    pivots, stopped = _pivot(tree, arcs, block, tolerance, most_pivots, position, idle)
    return int(pivots), int(stopped)


def patience_for(arcs: Arcs) -> int:
    """How many pivots in a row may move nothing before Bland's slow rule is worth it."""
    return 1000 + len(arcs.cost)


@compiled
def _pivot(
    tree: Tree,
    arcs: Arcs,
    block: int,
    tolerance: float,
    most_pivots: int,
    position: int,
    patience: int,
) -> tuple[int, int]:
    moved = _least_move(tree, arcs)
    idle = 0
    for pivot in range(most_pivots):
        bland = idle > patience
        if bland:
            arc, reduced = _least_entering(tree, arcs, tolerance)
        else:
            arc, reduced, position = _cheapest_entering(tree, arcs, block, tolerance, position)
        if arc == NONE:
            return pivot, position
        step = exchange(tree, arcs.tail[arc], arcs.head[arc], arcs.cost[arc], reduced, bland)
        idle = 0 if step > moved else idle + 1
    return most_pivots, position


@inner
def _least_move(tree: Tree, arcs: Arcs) -> float:
    """From which step on a pivot moves something."""
    largest = 0.0
    for arc in range(len(arcs.cost)):
        for node in (arcs.tail[arc], arcs.head[arc]):
            if node < len(tree.parent):
                largest = max(largest, tree.flow[node])
    return MOVED * largest


@inner
def _cheapest_entering(
    tree: Tree, arcs: Arcs, block: int, tolerance: float, position: int
) -> tuple[int, float, int]:
    """The arc of least reduced cost in the first block that has one below ``−tolerance``."""
    potential, tail, head, cost = tree.potential, arcs.tail, arcs.head, arcs.cost
    total = len(cost)
    best, entering = -tolerance, NONE
    left = total
    if position >= total:
        position = 0
    while left > 0:
        stop = min(position + min(block, left), total)
        for arc in range(position, stop):
            reduced = cost[arc] - potential[tail[arc]] + potential[head[arc]]
            if reduced < best:
                best, entering = reduced, arc
        left -= stop - position
        position = stop if stop < total else 0
        if entering != NONE:
            break
    return entering, best, position


@inner
def _least_entering(tree: Tree, arcs: Arcs, tolerance: float) -> tuple[int, float]:
    """Bland's choice: of all arcs that may enter, the first in the order of :func:`arc_key`."""
    entering, best, least = NONE, 0.0, NONE
    root = len(tree.parent)
    for arc in range(len(arcs.cost)):
        tail, head = arcs.tail[arc], arcs.head[arc]
        reduced = arcs.cost[arc] - tree.potential[tail] + tree.potential[head]
        if reduced < -tolerance:
            key = arc_key(root, tail, head)
            if entering == NONE or key < least:
                entering, best, least = arc, reduced, key
    return entering, best


@inner
def arc_key(root: int, tail: int, head: int) -> int:
    """A number for the arc between two nodes, the same whether it is in the tree or not."""
    return int(tail) * (root + 1) + int(head)


@inner
def tree_arc_key(tree: Tree, node: int) -> int:
    """The key of the arc above a node."""
    root = len(tree.parent)
    if tree.upward[node]:
        return arc_key(root, node, tree.parent[node])
    return arc_key(root, tree.parent[node], node)


@inner
def exchange(tree: Tree, tail: int, head: int, cost: float, reduced: float, bland: bool) -> float:
    """Let the arc tail → head enter, push what it can, and let a blocking arc leave.

    Returns the step: how much was pushed.
    """
    cut, cut_at_head, step, top = blocking(tree, tail, head, bland)
    push(tree, tail, head, top, step)
    if cut_at_head:
        regraft(tree, head, tail, False, cost, step, cut)
        shift(tree, head, -reduced)
    else:
        regraft(tree, tail, head, True, cost, step, cut)
        shift(tree, tail, reduced)
    return step


@inner
def blocking(tree: Tree, tail: int, head: int, bland: bool) -> tuple[int, bool, float, int]:
    """The arc of the cycle that empties first when flow goes tail → head.

    Returns the node it is above, whether it lies on the head's side, the step, and the cycle's top.
    """
    parent, upward, flow, depth = tree.parent, tree.upward, tree.flow, tree.depth
    tail_cut, tail_step = NONE, np.inf
    head_cut, head_step = NONE, np.inf
    while tail != head:
        if depth[tail] >= depth[head]:
            if upward[tail] and _blocks_before(tree, tail, tail_step, tail_cut, False, bland):
                tail_cut, tail_step = tail, flow[tail]
            tail = parent[tail]
        else:
            if not upward[head] and _blocks_before(tree, head, head_step, head_cut, True, bland):
                head_cut, head_step = head, flow[head]
            head = parent[head]
    at_head = head_step <= tail_step
    if bland and head_step == tail_step and head_cut != NONE:
        at_head = tree_arc_key(tree, head_cut) < tree_arc_key(tree, tail_cut)
    if at_head:
        return head_cut, True, max(head_step, 0.0), tail
    return tail_cut, False, max(tail_step, 0.0), tail


@inner
def _blocks_before(
    tree: Tree, node: int, step: float, cut: int, later_wins: bool, bland: bool
) -> bool:
    """Whether the arc above a node is to leave rather than the one above ``cut``."""
    flow = tree.flow[node]
    if flow != step:
        return bool(flow < step)
    if bland:
        return tree_arc_key(tree, node) < tree_arc_key(tree, cut)
    return later_wins


@inner
def push(tree: Tree, tail: int, head: int, top: int, step: float) -> None:
    """Send ``step`` along tail → head and back through the tree."""
    if step <= 0.0:
        return
    parent, upward, flow = tree.parent, tree.upward, tree.flow
    while tail != top:
        if upward[tail]:
            flow[tail] -= step
        else:
            flow[tail] += step
        tail = parent[tail]
    while head != top:
        if upward[head]:
            flow[head] += step
        else:
            flow[head] -= step
        head = parent[head]
