"""Which arc or recipe enters in the side phase."""

from __future__ import annotations

from kierto.planner.simplex.compiled import inner
from kierto.planner.simplex.network_phase import arc_key
from kierto.planner.simplex.pieces import Pieces
from kierto.planner.simplex.recipes import (
    AT_CAPACITY,
    AT_ZERO,
    BASIC,
    Levels,
    Recipes,
    marginal_cost,
)
from kierto.planner.simplex.tree import NONE, Arcs, Tree


@inner
def cheapest_arc(
    tree: Tree, arcs: Arcs, pieces: Pieces, block: int, tolerance: float, position: int
) -> tuple[int, float, int]:
    """The arc of least reduced cost in the first block that has one below ``−tolerance``."""
    potential, component, offset = tree.potential, pieces.component, pieces.offset
    total = len(arcs.cost)
    best, entering = -tolerance, NONE
    left = total
    if position >= total:
        position = 0
    while left > 0:
        stop = min(position + min(block, left), total)
        for arc in range(position, stop):
            tail, head = arcs.tail[arc], arcs.head[arc]
            rise = potential[head] + offset[component[head]]
            reduced = arcs.cost[arc] - potential[tail] - offset[component[tail]] + rise
            if reduced < best:
                best, entering = reduced, arc
        left -= stop - position
        position = stop if stop < total else 0
        if entering != NONE:
            break
    return entering, best, position


@inner
def least_arc(tree: Tree, arcs: Arcs, pieces: Pieces, tolerance: float) -> tuple[int, float]:
    """Bland's choice: of all arcs that may enter, the one of the least key."""
    potential, component, offset = tree.potential, pieces.component, pieces.offset
    root = len(tree.parent)
    entering, best, least = NONE, 0.0, NONE
    for arc in range(len(arcs.cost)):
        tail, head = arcs.tail[arc], arcs.head[arc]
        rise = potential[head] + offset[component[head]]
        reduced = arcs.cost[arc] - potential[tail] - offset[component[tail]] + rise
        if reduced < -tolerance:
            key = arc_key(root, tail, head)
            if entering == NONE or key < least:
                entering, best, least = arc, reduced, key
    return entering, best


@inner
def cheapest_recipe(
    tree: Tree, recipes: Recipes, levels: Levels, pieces: Pieces, tolerance: float
) -> tuple[int, float]:
    """The recipe whose level, moved the way it may, lowers the cost most by unit of level."""
    entering, best, most = NONE, 0.0, tolerance
    for recipe in range(len(recipes.capacity)):
        reduced = _allowed(tree, recipes, levels, pieces, recipe)
        if abs(reduced) > most:
            entering, best, most = recipe, reduced, abs(reduced)
    return entering, best


@inner
def first_recipe(
    tree: Tree, recipes: Recipes, levels: Levels, pieces: Pieces, tolerance: float
) -> tuple[int, float]:
    """Bland's choice among recipes."""
    for recipe in range(len(recipes.capacity)):
        reduced = _allowed(tree, recipes, levels, pieces, recipe)
        if abs(reduced) > tolerance:
            return recipe, reduced
    return NONE, 0.0


@inner
def _allowed(tree: Tree, recipes: Recipes, levels: Levels, pieces: Pieces, recipe: int) -> float:
    """The reduced cost, or 0 where the level may not move the way that would help."""
    status = levels.status[recipe]
    if status == BASIC or recipes.capacity[recipe] <= 0.0:
        return 0.0
    reduced = marginal_cost(recipe, recipes, tree.potential, pieces.offset, pieces.component)
    if (status == AT_ZERO and reduced > 0.0) or (status == AT_CAPACITY and reduced < 0.0):
        return 0.0
    return reduced
