"""The exchanges of the side phase: what enters, what leaves, and what becomes of the pieces.

Each answers with the step it made and the size of its pivot: what the inverse was divided by.
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
from kierto.planner.simplex.compiled import inner
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
from kierto.planner.simplex.network_phase import blocking, push
from kierto.planner.simplex.pieces import (
    ROOTED,
    Pieces,
    carry,
    cut_loose,
    is_above,
    join_component,
    make_basic,
    make_nonbasic,
    moved_of,
    port_below,
    renumber,
    row_of_moved,
    settle,
)
from kierto.planner.simplex.recipes import AT_ZERO, Levels, Recipes
from kierto.planner.simplex.tree import NONE, Floats, Tree, regraft

SLACK = 1e-11
"""Bounds may be passed by this share of the largest flow, to find a steeper pivot."""

TRIES = 16
"""Recipes of which one may have a port for a new piece to stand on, before the search is given up."""

LEAK = 1e-10
"""A direction that loses more than this share at a dead arc comes from a worn inverse."""


@inner
def renew(tree: Tree, recipes: Recipes, levels: Levels, pieces: Pieces, inverse: Floats) -> int:
    """Compute the inverse and the offsets anew; no wear."""
    refactor(inverse, recipes, levels, pieces.component)
    settle(tree, recipes, levels, pieces, inverse)
    return 0


@inner
def turn(
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


@inner
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
        renew(tree, recipes, levels, pieces, inverse)
        touched = spread(tree, recipes, levels, pieces, inverse, tail, head, recipe, sign)
    return touched


@inner
def arc_enters(
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
        above_tail, above_head = is_above(tree, cut, tail), is_above(tree, cut, head)
        if above_tail != above_head:
            return step, _branch_moves(
                tree, levels, pieces, inverse, tail, head, above_tail, cost, reduced, step, cut
            )
    giver, taker = _join(tree, levels, pieces, tail, head, cost, reduced, step)
    if taker != ROOTED:
        add_row_to(inverse, size, giver - 1, taker - 1)
    if cut != NONE:
        return step, _cut_again(tree, recipes, levels, pieces, inverse, cut, giver - 1)
    _leave(recipes, levels, pieces, place)
    quality = strike(inverse, size, giver - 1, place)
    last = size - 1
    if place != last:
        make_basic(levels, pieces, levels.basic[last], place)
    if giver - 1 != last:
        renumber(tree, levels, pieces, last, giver - 1)
    levels.basic_count[0] = last
    return step, quality


@inner
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


@inner
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


@inner
def _cut_again(
    tree: Tree,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    inverse: Floats,
    cut: int,
    number: int,
) -> float:
    """The branch below ``cut`` becomes loose component ``number``, which has just been joined."""
    size = levels.basic_count[0]
    old = pieces.component[cut]
    top = _top_for(tree, recipes, levels, pieces, cut)
    ports = cut_loose(tree, levels, pieces, cut, top, number)
    row_of_moved(pieces, ports, size)
    quality = replace_row(inverse, size, pieces.row, number, pieces.spare)
    if old != ROOTED:
        subtract_row_from(inverse, size, number, old - 1)
    return quality


@inner
def _top_for(tree: Tree, recipes: Recipes, levels: Levels, pieces: Pieces, cut: int) -> int:
    """On which node below ``cut`` its branch is to stand: on the port of a recipe that moves."""
    tried = 0
    for c in range(levels.basic_count[0]):
        if pieces.rate[c] != 0.0:
            port = port_below(tree, recipes, levels.basic[c], cut)
            tried += 1
            if port != NONE:
                return port
            if tried == TRIES:
                break
    return cut


@inner
def _leave(recipes: Recipes, levels: Levels, pieces: Pieces, place: int) -> None:
    """The recipe at a place goes to the bound it has reached."""
    recipe = levels.basic[place]
    status = bound_reached(pieces.rate[place])
    level = 0.0 if status == AT_ZERO else recipes.capacity[recipe]
    make_nonbasic(recipes, levels, pieces, recipe, status, level)


@inner
def recipe_enters(
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
        return step, _piece_for(tree, recipes, levels, pieces, inverse, recipe, cut)
    _leave(recipes, levels, pieces, place)
    make_basic(levels, pieces, recipe, place)
    return step, replace_column(inverse, size, pieces.change, place, pieces.spare)


@inner
def _piece_for(
    tree: Tree,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    inverse: Floats,
    recipe: int,
    cut: int,
) -> float:
    """A recipe joins the basis, and the branch below ``cut`` becomes loose."""
    size = levels.basic_count[0]
    old = pieces.component[cut]
    top = port_below(tree, recipes, recipe, cut)
    if top == NONE:
        top = cut
    ports = cut_loose(tree, levels, pieces, cut, top, size)
    row_of_moved(pieces, ports, size)
    corner = moved_of(pieces, ports, recipe)
    quality = border(inverse, size, pieces.row, pieces.change, corner, pieces.spare)
    if old != ROOTED:
        subtract_row_from(inverse, size + 1, size, old - 1)
    make_basic(levels, pieces, recipe, size)
    levels.basic_count[0] = size + 1
    return quality
