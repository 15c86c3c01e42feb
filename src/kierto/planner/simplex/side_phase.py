"""The simplex on tree and recipes together: network simplex with side columns.

A basis of the whole problem is a spanning tree less ``k`` arcs, plus ``k`` basic recipes. Each of
the ``k`` pieces that do not hang on the root is tied to it by a dead arc, so that the tree's own
routines go on working; a k×k matrix (:mod:`kierto.planner.simplex.basis`) says which recipe levels
and which price offsets (:mod:`kierto.planner.simplex.pieces`) hold the pieces together. The idea is
that of network flow with side constraints turned round: S. Chen, R. Saigal (1977), *A primal
algorithm for solving a capacitated network flow problem with additional linear constraints*,
Networks 7(1); F. Glover, D. Karney, D. Klingman, R. Russell (1978), *Solving singly constrained
transshipment problems*, Transportation Science 12(4).

A pivot is one of these, ``k`` growing or shrinking by at most one:

* an arc between two nodes of one piece enters: a plain network pivot, no recipe moves;
* an arc between two pieces enters, an arc of its cycle leaves: a branch changes pieces;
* an arc between two pieces enters, another arc leaves: the pieces join, and a new one is cut off;
* an arc between two pieces enters, a recipe leaves: the pieces join;
* a recipe enters and an arc leaves (a new piece), or another recipe does, or it only runs from one
  of its bounds to the other.

**It ends**, for the reason given in :mod:`kierto.planner.simplex.network_phase`: every pivot that
moves something lowers the cost, and among long runs of pivots that move nothing Bland's rule takes
over, under which no basis comes back. The order that it needs is that of the arcs' keys, recipes
last. Recipes that start between their bounds enter the basis or go to a bound, once each.
"""

from __future__ import annotations

import numpy as np

from kierto.planner.simplex.basis import (
    add_row_to,
    border,
    move_row,
    refactor,
    replace_column,
    replace_row,
    strike,
    subtract_row_from,
)
from kierto.planner.simplex.compiled import compiled
from kierto.planner.simplex.direction import (
    advance,
    bound_reached,
    change_by_arc,
    change_by_recipe,
    forget,
    leak,
    limit,
    spread,
)
from kierto.planner.simplex.entering import (
    cheapest_arc,
    cheapest_recipe,
    first_recipe,
    least_arc,
)
from kierto.planner.simplex.network_phase import MOVED, blocking, push
from kierto.planner.simplex.pieces import (
    ROOTED,
    Pieces,
    carry,
    cut_loose,
    fold_offsets,
    join_component,
    make_basic,
    make_nonbasic,
    moved_of,
    pieces_of,
    renumber,
    row_of_moved,
    settle,
)
from kierto.planner.simplex.recipes import AT_ZERO, Levels, Recipes
from kierto.planner.simplex.tree import (
    NONE,
    Arcs,
    Flags,
    Floats,
    Tree,
    refresh_potentials,
    regraft,
)

OPTIMAL, STOPPED, UNBOUNDED, FULL = 0, 1, 2, 3
"""Why the kernel came back; ``FULL``: it wants a larger array for the inverse."""

SLACK = 1e-11
"""Bounds may be passed by this share of the largest flow, to find a steeper pivot."""

LEAK = 1e-10
"""A direction that loses more than this share at a dead arc comes from a worn inverse."""

SMALL_PIVOT = 1e-7
"""After a division by less than this, the inverse is computed anew."""

RECIPES_EVERY = 8
"""Recipes are priced in one pivot of so many, and when no arc may enter."""


def run_side_phase(
    tree: Tree,
    arcs: Arcs,
    recipes: Recipes,
    levels: Levels,
    is_port: Flags,
    *,
    block: int,
    tolerance: float = 1e-9,
    most_pivots: int,
) -> tuple[int, bool]:
    """Pivot until neither arc nor recipe lowers the cost by more than ``tolerance`` a unit.

    Args:
        tree, levels: changed in place; they may come from an earlier call, loose nodes and all.
        is_port: the nodes that some recipe touches.
        block: arcs in a block of the search; larger than in the network phase, for pivots cost
            more here.

    Returns:
        How many pivots were made, and whether the cost can fall without end.
    """
    pieces = pieces_of(tree, recipes, levels, is_port)
    refresh_potentials(tree)
    room = min(len(recipes.capacity) + 1, int(levels.basic_count[0]) + 64)
    done, outcome = 0, FULL
    while outcome == FULL:
        inverse = np.zeros((room, room))
        pivots, outcome = _pivot(
            *(tree, arcs, recipes, levels, pieces, inverse),
            *(block, tolerance, most_pivots - done),
        )
        done += pivots
        room = min(len(recipes.capacity) + 1, 2 * room)
    fold_offsets(tree, pieces)
    return done, outcome == UNBOUNDED


@compiled
def _pivot(
    tree: Tree,
    arcs: Arcs,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    inverse: Floats,
    block: int,
    tolerance: float,
    most_pivots: int,
) -> tuple[int, int]:
    scale = _largest(tree)
    patience = 1000 + len(arcs.cost)
    idle, position, worn = 0, 0, 0
    _renew(tree, recipes, levels, pieces, inverse)
    pivot = 0
    while pivot < most_pivots:
        bland = idle > patience
        arc, recipe, reduced, position = _entering(
            tree, arcs, recipes, levels, pieces, block, tolerance, position, pivot, bland
        )
        if arc == NONE and recipe == NONE:
            if worn == 0:
                return pivot, OPTIMAL
            worn = _renew(tree, recipes, levels, pieces, inverse)
            continue
        if levels.basic_count[0] == len(inverse):
            return pivot, FULL
        pivot += 1
        if recipe == NONE:
            tail, head, cost = arcs.tail[arc], arcs.head[arc], arcs.cost[arc]
            if pieces.component[tail] == pieces.component[head]:
                step, settled = _turn(tree, pieces, tail, head, cost, reduced, bland)
                if not settled:
                    settle(tree, recipes, levels, pieces, inverse)
                idle = 0 if step > MOVED * scale else idle + 1
                continue
            step, quality = _arc_enters(
                tree, recipes, levels, pieces, inverse, tail, head, cost, reduced, scale, bland
            )
        else:
            step, quality = _recipe_enters(
                tree, recipes, levels, pieces, inverse, recipe, reduced, scale, bland
            )
        if step == np.inf:
            return pivot, UNBOUNDED
        idle = 0 if step > MOVED * scale else idle + 1
        worn += 1
        if quality < SMALL_PIVOT or worn > 64 + levels.basic_count[0]:
            worn = _renew(tree, recipes, levels, pieces, inverse)
        else:
            settle(tree, recipes, levels, pieces, inverse)
    return pivot, STOPPED


@compiled
def _largest(tree: Tree) -> float:
    """Scale of the flows; 1 where nothing flows."""
    largest = 0.0
    for node in range(len(tree.parent)):
        largest = max(largest, tree.flow[node])
    return largest if largest > 0.0 else 1.0


@compiled
def _renew(tree: Tree, recipes: Recipes, levels: Levels, pieces: Pieces, inverse: Floats) -> int:
    """Compute the inverse and the offsets anew; no wear."""
    refactor(inverse, recipes, levels, pieces.component)
    settle(tree, recipes, levels, pieces, inverse)
    return 0


@compiled
def _entering(
    tree: Tree,
    arcs: Arcs,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    block: int,
    tolerance: float,
    position: int,
    pivot: int,
    bland: bool,
) -> tuple[int, int, float, int]:
    """Which arc or else recipe is to enter (the other is NONE), at which reduced cost."""
    if bland:
        arc, reduced = least_arc(tree, arcs, pieces, tolerance)
        if arc != NONE:
            return arc, NONE, reduced, position
        recipe, reduced = first_recipe(tree, recipes, levels, pieces, tolerance)
        return NONE, recipe, reduced, position
    recipes_first = pivot % RECIPES_EVERY == 0
    if recipes_first:
        recipe, reduced = cheapest_recipe(tree, recipes, levels, pieces, tolerance)
        if recipe != NONE:
            return NONE, recipe, reduced, position
    arc, reduced, position = cheapest_arc(tree, arcs, pieces, block, tolerance, position)
    if arc != NONE or recipes_first:
        return arc, NONE, reduced, position
    recipe, reduced = cheapest_recipe(tree, recipes, levels, pieces, tolerance)
    return NONE, recipe, reduced, position


@compiled
def _turn(
    tree: Tree, pieces: Pieces, tail: int, head: int, cost: float, reduced: float, bland: bool
) -> tuple[float, bool]:
    """A network pivot within one piece; returns the step, and whether no port's price changed."""
    cut, cut_at_head, step, top = blocking(tree, tail, head, bland)
    push(tree, tail, head, top, step)
    component = pieces.component[tail]
    if cut_at_head:
        regraft(tree, head, tail, False, cost, step, cut)
        ports = carry(tree, pieces, head, component, -reduced)
    else:
        regraft(tree, tail, head, True, cost, step, cut)
        ports = carry(tree, pieces, tail, component, reduced)
    return step, ports == 0


@compiled
def _direction(
    tree: Tree,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    inverse: Floats,
    tail: int,
    head: int,
    recipe: int,
    sign: float,
) -> int:
    """The direction of what enters, by a fresh inverse if the one at hand is worn."""
    touched = spread(tree, recipes, levels, pieces, inverse, tail, head, recipe, sign)
    if leak(levels, pieces) > LEAK:
        forget(pieces, touched)
        _renew(tree, recipes, levels, pieces, inverse)
        touched = spread(tree, recipes, levels, pieces, inverse, tail, head, recipe, sign)
    return touched


@compiled
def _arc_enters(
    tree: Tree,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    inverse: Floats,
    tail: int,
    head: int,
    cost: float,
    reduced: float,
    scale: float,
    bland: bool,
) -> tuple[float, float]:
    """An arc between two pieces enters; returns the step and the pivot's size."""
    size = levels.basic_count[0]
    change_by_arc(pieces, size, tail, head)
    touched = _direction(tree, recipes, levels, pieces, inverse, tail, head, NONE, 1.0)
    slack = 0.0 if bland else SLACK * scale
    step, cut, place = limit(tree, recipes, levels, pieces, touched, slack, bland)
    if step == np.inf:
        forget(pieces, touched)
        return step, 1.0
    advance(tree, levels, pieces, touched, step)
    if cut != NONE:
        above_tail, above_head = _is_above(tree, cut, tail), _is_above(tree, cut, head)
        if above_tail != above_head:
            return step, _branch_moves(
                tree, levels, pieces, inverse, tail, head, above_tail, cost, reduced, step, cut
            )
    giver, taker = _join(tree, levels, pieces, tail, head, cost, reduced, step)
    if taker != ROOTED:
        add_row_to(inverse, size, giver - 1, taker - 1)
    if cut != NONE:
        return step, _cut_again(tree, levels, pieces, inverse, cut, giver - 1)
    _leave(recipes, levels, pieces, place)
    quality = strike(inverse, size, giver - 1, place)
    last = size - 1
    if place != last:
        make_basic(levels, pieces, levels.basic[last], place)
    if giver - 1 != last:
        renumber(tree, levels, pieces, last, giver - 1)
    levels.basic_count[0] = last
    return step, quality


@compiled
def _is_above(tree: Tree, node: int, below: int) -> bool:
    """Whether ``below`` lies in the subtree of ``node``."""
    while tree.depth[below] > tree.depth[node]:
        below = tree.parent[below]
    return below == node


@compiled
def _branch_moves(
    tree: Tree,
    levels: Levels,
    pieces: Pieces,
    inverse: Floats,
    tail: int,
    head: int,
    at_tail: bool,
    cost: float,
    reduced: float,
    step: float,
    cut: int,
) -> float:
    """The branch below ``cut`` leaves its piece, and hangs on the other one by the entering arc."""
    size = levels.basic_count[0]
    inner, outer = (tail, head) if at_tail else (head, tail)
    giver, taker = pieces.component[inner], pieces.component[outer]
    regraft(tree, inner, outer, at_tail, cost, step, cut)
    ports = carry(tree, pieces, inner, taker, reduced if at_tail else -reduced)
    row_of_moved(pieces, ports, size)
    return move_row(inverse, size, pieces.row, taker - 1, giver - 1, pieces.spare)


@compiled
def _join(
    tree: Tree,
    levels: Levels,
    pieces: Pieces,
    tail: int,
    head: int,
    cost: float,
    reduced: float,
    step: float,
) -> tuple[int, int]:
    """A loose piece hangs on the other one by the entering arc; returns both numbers."""
    giver, taker = pieces.component[tail], pieces.component[head]
    if giver != ROOTED:
        join_component(tree, levels, pieces, tail, head, True, cost, step, reduced)
        return giver, taker
    join_component(tree, levels, pieces, head, tail, False, cost, step, -reduced)
    return taker, giver


@compiled
def _cut_again(
    tree: Tree, levels: Levels, pieces: Pieces, inverse: Floats, cut: int, number: int
) -> float:
    """The branch below ``cut`` becomes loose component ``number``, which has just been joined."""
    size = levels.basic_count[0]
    old = pieces.component[cut]
    ports = cut_loose(tree, levels, pieces, cut, number)
    row_of_moved(pieces, ports, size)
    quality = replace_row(inverse, size, pieces.row, number, pieces.spare)
    if old != ROOTED:
        subtract_row_from(inverse, size, number, old - 1)
    return quality


@compiled
def _leave(recipes: Recipes, levels: Levels, pieces: Pieces, place: int) -> None:
    """The recipe at a place goes to the bound it has reached."""
    recipe = levels.basic[place]
    status = bound_reached(pieces.rate[place])
    level = 0.0 if status == AT_ZERO else recipes.capacity[recipe]
    make_nonbasic(recipes, levels, pieces, recipe, status, level)


@compiled
def _recipe_enters(
    tree: Tree,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    inverse: Floats,
    recipe: int,
    reduced: float,
    scale: float,
    bland: bool,
) -> tuple[float, float]:
    """A recipe's level changes; returns the step and the pivot's size."""
    size = levels.basic_count[0]
    sign = 1.0 if reduced < 0.0 else -1.0
    change_by_recipe(pieces, recipes, size, recipe, sign)
    touched = _direction(tree, recipes, levels, pieces, inverse, NONE, NONE, recipe, sign)
    slack = 0.0 if bland else SLACK * scale
    step, cut, place = limit(tree, recipes, levels, pieces, touched, slack, bland)
    level = levels.level[recipe]
    own = recipes.capacity[recipe] - level if sign > 0.0 else level
    to_bound = own <= step
    step = min(own, step)
    if step == np.inf:
        forget(pieces, touched)
        return step, 1.0
    advance(tree, levels, pieces, touched, step)
    if to_bound:
        status = bound_reached(sign)
        level = 0.0 if status == AT_ZERO else recipes.capacity[recipe]
        make_nonbasic(recipes, levels, pieces, recipe, status, level)
        return step, 1.0
    levels.level[recipe] += sign * step
    change_by_recipe(pieces, recipes, size, recipe, 1.0)
    if cut != NONE:
        return step, _piece_for(tree, levels, pieces, inverse, recipe, cut)
    _leave(recipes, levels, pieces, place)
    make_basic(levels, pieces, recipe, place)
    return step, replace_column(inverse, size, pieces.change, place, pieces.spare)


@compiled
def _piece_for(
    tree: Tree, levels: Levels, pieces: Pieces, inverse: Floats, recipe: int, cut: int
) -> float:
    """A recipe joins the basis, and the branch below ``cut`` becomes loose."""
    size = levels.basic_count[0]
    old = pieces.component[cut]
    ports = cut_loose(tree, levels, pieces, cut, size)
    row_of_moved(pieces, ports, size)
    corner = moved_of(pieces, ports, recipe)
    quality = border(inverse, size, pieces.row, pieces.change, corner, pieces.spare)
    if old != ROOTED:
        subtract_row_from(inverse, size + 1, size, old - 1)
    make_basic(levels, pieces, recipe, size)
    levels.basic_count[0] = size + 1
    return quality
