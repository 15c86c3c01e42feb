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

from kierto.planner.simplex.compiled import compiled, inner
from kierto.planner.simplex.entering import (
    cheapest_arc,
    cheapest_recipe,
    first_recipe,
    least_arc,
)
from kierto.planner.simplex.exchanges import arc_enters, recipe_enters, renew, turn
from kierto.planner.simplex.network_phase import MOVED, patience_for
from kierto.planner.simplex.pieces import Pieces, fold_offsets, pieces_of, settle
from kierto.planner.simplex.recipes import Levels, Recipes
from kierto.planner.simplex.tree import NONE, Arcs, Flags, Floats, Tree, refresh_potentials

OPTIMAL, STOPPED, UNBOUNDED, FULL = 0, 1, 2, 3
"""Why the kernel came back; ``FULL``: it wants a larger array for the inverse."""

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
    patience: int | None = None,
) -> tuple[int, bool]:
    """Pivot until neither arc nor recipe lowers the cost by more than ``tolerance`` a unit.

    Args:
        tree, levels: changed in place; they may come from an earlier call, loose nodes and all.
        is_port: the nodes that some recipe touches.
        block: arcs in a block of the search; larger than in the network phase, for pivots cost
            more here.
        patience: as in the network phase.

    Returns:
        How many pivots were made, and whether the cost can fall without end.
    """
    pieces = pieces_of(tree, recipes, levels, is_port)
    refresh_potentials(tree)
    room = min(len(recipes.capacity) + 1, int(levels.basic_count[0]) + 64)
    done, outcome = 0, FULL
    idle = patience_for(arcs) if patience is None else patience
    while outcome == FULL:
        inverse = np.zeros((room, room))
        pivots, outcome = _pivot(
            *(tree, arcs, recipes, levels, pieces, inverse),
            *(block, tolerance, most_pivots - done, idle),
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
    patience: int,
) -> tuple[int, int]:
    scale = _largest(tree)
    idle, position, worn = 0, 0, 0
    renew(tree, recipes, levels, pieces, inverse)
    pivot = 0
    while pivot < most_pivots:
        bland = idle > patience
        arc, recipe, reduced, position = _entering(
            tree, arcs, recipes, levels, pieces, block, tolerance, position, pivot, bland
        )
        if arc == NONE and recipe == NONE:
            if worn == 0:
                return pivot, OPTIMAL
            worn = renew(tree, recipes, levels, pieces, inverse)
            continue
        if levels.basic_count[0] == len(inverse):
            return pivot, FULL
        pivot += 1
        if recipe == NONE:
            tail, head, cost = arcs.tail[arc], arcs.head[arc], arcs.cost[arc]
            if pieces.component[tail] == pieces.component[head]:
                step, settled = turn(tree, pieces, tail, head, cost, reduced, bland)
                if not settled:
                    settle(tree, recipes, levels, pieces, inverse)
                idle = 0 if step > MOVED * scale else idle + 1
                continue
            step, quality = arc_enters(
                tree, recipes, levels, pieces, inverse, tail, head, cost, reduced, scale, bland
            )
        else:
            step, quality = recipe_enters(
                tree, recipes, levels, pieces, inverse, recipe, reduced, scale, bland
            )
        if step == np.inf:
            return pivot, UNBOUNDED
        idle = 0 if step > MOVED * scale else idle + 1
        worn += 1
        if quality < SMALL_PIVOT or worn > 64 + levels.basic_count[0]:
            worn = renew(tree, recipes, levels, pieces, inverse)
        else:
            settle(tree, recipes, levels, pieces, inverse)
    return pivot, STOPPED


@inner
def _largest(tree: Tree) -> float:
    """Scale of the flows; 1 where nothing flows."""
    largest = 0.0
    for node in range(len(tree.parent)):
        largest = max(largest, tree.flow[node])
    return largest if largest > 0.0 else 1.0


@inner
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
