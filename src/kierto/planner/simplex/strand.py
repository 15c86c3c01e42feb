"""The network phase of one group of kinds, on a copy of its own that is quick to walk.

Most of a pivot's time goes into putting right the prices of the subtree that moves. Here the nodes
of a tree are strung on a *strand* (the preorder thread of Bradley, Brown and Graves 1977): after a
node come all nodes below it, recognised by their greater depth. So a walk over a subtree reads one
link a node, and depth and link lie side by side. When a subtree is turned to stand on another
node, the stem is taken off the strand piece by piece, each node being touched once.

The copy is numbered from zero in the order of the group's nodes, so that what is near on the ground
is near in memory, and no thread ever writes where another one reads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.boxes import Small
from kierto.planner.simplex.compiled import compiled, inner
from kierto.planner.simplex.tree import NONE, Arcs, Flags, Tree, link, next_in

NEXT, DEPTH = 0, 1

IDLE = 1e-12
"""A step shorter than this share of the largest flow moves nothing."""


class Strand(NamedTuple):
    """A tree of m nodes; m is the root. ``walk`` i32[m + 1, 2] has the next node and the depth."""

    parent: Small
    upward: Flags
    cost: Floats
    flow: Floats
    walk: Small
    previous: Small
    potential: Floats


@compiled
def run_strand(
    tree: Tree,
    arcs: Arcs,
    members: Integers,
    block: int,
    tolerance: float,
    most_pivots: int,
    position: int,
) -> tuple[int, int, bool]:
    """Pivot until no arc has a reduced cost below ``−tolerance``, or ``most_pivots`` are made.

    Args:
        tree: changed in place, among the members only; none of them may be loose.
        arcs: between members and to or from the root.
        members: all nodes of one or more whole pieces of the tree, sorted.
        block, position: of the search, as in :mod:`.network_phase`.

    Returns:
        the pivots made; where the search stopped; whether it went idle, so that a rule against
        cycling had better go on.
    """
    number = number_of(members, len(tree.parent))
    strand = string(tree, members, number)
    tail, head, cost = number[arcs.tail], number[arcs.head], arcs.cost
    idle_step, idle, patience = IDLE * np.max(strand.flow), 0, 1000 + len(cost)
    pivots = 0
    while pivots < most_pivots and idle <= patience:
        arc, reduced, position = cheapest(
            strand.potential, tail, head, cost, block, tolerance, position
        )
        if arc == NONE:
            break
        step = pivot(strand, tail[arc], head[arc], cost[arc], reduced)
        idle = 0 if step > idle_step else idle + 1
        pivots += 1
    unstring(tree, members, strand)
    return pivots, position, idle > patience


@inner
def number_of(members: Integers, root: int) -> Small:
    """Each member's own number, and the root's, which follows them."""
    number = np.full(root + 1, NONE, np.int32)
    for k in range(len(members)):
        number[members[k]] = k
    number[root] = len(members)
    return number


@inner
def string(tree: Tree, members: Integers, number: Small) -> Strand:
    """The members of a tree, strung in preorder."""
    count, root = len(members), len(tree.parent)
    strand = Strand(
        number[tree.parent[members]],
        tree.upward[members],
        tree.cost[members],
        tree.flow[members],
        np.zeros((count + 1, 2), np.int32),
        np.zeros(count + 1, np.int32),
        np.zeros(count + 1),
    )
    last = count
    for top in members:
        node = top if tree.parent[top] == root else NONE
        while node != NONE:
            mine = number[node]
            strand.walk[last, NEXT] = mine
            strand.previous[mine] = last
            strand.walk[mine, DEPTH] = tree.depth[node]
            strand.potential[mine] = tree.potential[node]
            last = mine
            node = next_in(tree, node, top)
    strand.walk[last, NEXT] = count
    strand.previous[count] = last
    return strand


@inner
def unstring(tree: Tree, members: Integers, strand: Strand) -> None:
    """Write the strand back into the tree, children in the order they stand."""
    count, root = len(members), len(tree.parent)
    for k in range(count):
        node = members[k]
        tree.upward[node] = strand.upward[k]
        tree.cost[node] = strand.cost[k]
        tree.flow[node] = strand.flow[k]
        tree.depth[node] = strand.walk[k, DEPTH]
        tree.potential[node] = strand.potential[k]
        tree.first_child[node] = NONE
    k = strand.previous[count]
    while k != count:
        above = strand.parent[k]
        link(tree, members[k], root if above == count else members[above])
        k = strand.previous[k]


@inner
def cheapest(
    potential: Floats,
    tail: Small,
    head: Small,
    cost: Floats,
    block: int,
    tolerance: float,
    position: int,
) -> tuple[int, float, int]:
    """The arc of least reduced cost in the first block that has one below ``−tolerance``."""
    total = len(cost)
    best, entering, left = -tolerance, NONE, total
    if position >= total:
        position = 0
    while left > 0 and entering == NONE:
        stop = min(position + min(block, left), total)
        for arc in range(position, stop):
            reduced = cost[arc] - potential[tail[arc]] + potential[head[arc]]
            if reduced < best:
                best, entering = reduced, arc
        left -= stop - position
        position = stop if stop < total else 0
    return entering, best, position


@inner
def pivot(strand: Strand, tail: int, head: int, cost: float, reduced: float) -> float:
    """Let the arc tail → head enter and the last blocking arc leave. Returns the step."""
    parent, upward, flow, walk = strand.parent, strand.upward, strand.flow, strand.walk
    a, b = tail, head
    tail_cut, tail_step, head_cut, head_step = NONE, np.inf, NONE, np.inf
    while a != b:
        if walk[a, DEPTH] >= walk[b, DEPTH]:
            if upward[a] and flow[a] < tail_step:
                tail_cut, tail_step = a, flow[a]
            a = parent[a]
        else:
            if not upward[b] and flow[b] <= head_step:
                head_cut, head_step = b, flow[b]
            b = parent[b]
    step = max(min(tail_step, head_step), 0.0)
    if step > 0.0:
        push(strand, tail, a, step, True)
        push(strand, head, a, step, False)
    if head_step <= tail_step:
        restring(strand, head, tail, False, cost, step, head_cut, -reduced)
    else:
        restring(strand, tail, head, True, cost, step, tail_cut, reduced)
    return step


@inner
def push(strand: Strand, node: int, top: int, step: float, down: bool) -> None:
    """Send ``step`` along the path between a node and the top of the cycle."""
    while node != top:
        if strand.upward[node] == down:
            strand.flow[node] -= step
        else:
            strand.flow[node] += step
        node = strand.parent[node]


@inner
def restring(
    strand: Strand,
    node: int,
    parent: int,
    upward: bool,
    cost: float,
    flow: float,
    cut: int,
    amount: float,
) -> None:
    """Cut the arc above ``cut`` and hang its subtree, turned to stand on ``node``, on ``parent``;
    add ``amount`` to its potentials."""
    walk, previous = strand.walk, strand.previous
    first, end, hook = node, NONE, parent
    depth = walk[parent, DEPTH] + 1
    while True:
        base = walk[node, DEPTH]
        last = walk_piece(strand, node, base, depth - base, amount)
        before, after = previous[node], walk[last, NEXT]
        walk[before, NEXT] = after
        previous[after] = before
        if end != NONE:
            walk[end, NEXT] = node
            previous[node] = end
        end = last
        above = strand.parent[node]
        old_upward, old_cost, old_flow = strand.upward[node], strand.cost[node], strand.flow[node]
        strand.parent[node], strand.upward[node] = parent, upward
        strand.cost[node], strand.flow[node] = cost, flow
        if node == cut:
            break
        parent, upward, cost, flow = node, not old_upward, old_cost, old_flow
        node = above
        depth += 1
    after = walk[hook, NEXT]
    walk[hook, NEXT] = first
    previous[first] = hook
    walk[end, NEXT] = after
    previous[after] = end


@inner
def walk_piece(strand: Strand, node: int, base: int, deeper: int, amount: float) -> int:
    """Put right a node and all that is strung below it. Returns the last of them."""
    walk, potential = strand.walk, strand.potential
    while True:
        walk[node, DEPTH] += deeper
        potential[node] += amount
        following = walk[node, NEXT]
        if walk[following, DEPTH] <= base:
            return node
        node = following
