"""Where a pivot of the side phase leads: how every flow and level changes, and what stops it."""

from __future__ import annotations

import numpy as np

from kierto.planner.simplex.basis import solve_levels
from kierto.planner.simplex.compiled import inner
from kierto.planner.simplex.network_phase import tree_arc_key
from kierto.planner.simplex.pieces import ROOTED, Pieces
from kierto.planner.simplex.recipes import AT_CAPACITY, AT_ZERO, Levels, Recipes
from kierto.planner.simplex.tree import NONE, Floats, Tree

NEGLIGIBLE = 1e-13
"""A basic level that changes by less than this does not move."""

FLAT = 1e-9
"""A rate below this share of the largest blocks nothing."""


@inner
def change_by_arc(pieces: Pieces, size: int, tail: int, head: int) -> None:
    """In ``change``: what one unit along an arc takes from and brings to each component."""
    pieces.change[:size] = 0.0
    giver, taker = pieces.component[tail], pieces.component[head]
    if giver != ROOTED:
        pieces.change[giver - 1] -= 1.0
    if taker != ROOTED:
        pieces.change[taker - 1] += 1.0


@inner
def change_by_recipe(pieces: Pieces, recipes: Recipes, size: int, recipe: int, sign: float) -> None:
    """In ``change``: what ``sign`` units of a recipe's level add to each component."""
    pieces.change[:size] = 0.0
    for entry in range(recipes.starts[recipe], recipes.starts[recipe + 1]):
        component = pieces.component[recipes.nodes[entry]]
        if component != ROOTED:
            pieces.change[component - 1] += sign * recipes.coefficients[entry]


@inner
def spread(
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
    """Direction of the entering arc (tail → head) or recipe (the other is NONE).

    Fills ``rate`` and ``load``; ``change`` must be filled. The loads are put on the ports and
    added up towards the root. A path ends where it meets an earlier one, so adding up the paths
    from last to first visits every node once. Returns the number of nodes touched.
    """
    size = levels.basic_count[0]
    solve_levels(inverse, size, pieces.change, pieces.rate)
    touched, paths = 0, 0
    if recipe == NONE:
        touched, paths = _put(tree, pieces, tail, -1.0, touched, paths)
        touched, paths = _put(tree, pieces, head, 1.0, touched, paths)
    else:
        touched, paths = _put_recipe(tree, recipes, pieces, recipe, sign, touched, paths)
    for c in range(size):
        if abs(pieces.rate[c]) < NEGLIGIBLE:
            pieces.rate[c] = 0.0
        else:
            touched, paths = _put_recipe(
                tree, recipes, pieces, levels.basic[c], pieces.rate[c], touched, paths
            )
    _add_up(tree, pieces, paths)
    return touched


@inner
def _put_recipe(
    tree: Tree, recipes: Recipes, pieces: Pieces, recipe: int, rate: float, touched: int, paths: int
) -> tuple[int, int]:
    for entry in range(recipes.starts[recipe], recipes.starts[recipe + 1]):
        load = rate * recipes.coefficients[entry]
        touched, paths = _put(tree, pieces, recipes.nodes[entry], load, touched, paths)
    return touched, paths


@inner
def _put(
    tree: Tree, pieces: Pieces, node: int, load: float, touched: int, paths: int
) -> tuple[int, int]:
    """Put a load on a node, and note the path from it as far as it is new."""
    root = len(tree.parent)
    if node == root:
        return touched, paths
    pieces.load[node] += load
    if pieces.marked[node]:
        return touched, paths
    while node != root and not pieces.marked[node]:
        pieces.marked[node] = True
        pieces.touched[touched] = node
        touched += 1
        node = tree.parent[node]
    pieces.path_ends[paths] = touched
    return touched, paths + 1


@inner
def _add_up(tree: Tree, pieces: Pieces, paths: int) -> None:
    for path in range(paths - 1, -1, -1):
        start = pieces.path_ends[path - 1] if path > 0 else 0
        for i in range(start, pieces.path_ends[path]):
            node = pieces.touched[i]
            pieces.load[tree.parent[node]] += pieces.load[node]
    pieces.load[len(tree.parent)] = 0.0


@inner
def leak(levels: Levels, pieces: Pieces) -> float:
    """The largest load on a dead arc: zero, were the inverse exact."""
    most = 0.0
    for number in range(levels.basic_count[0]):
        most = max(most, abs(pieces.load[levels.loose_nodes[number]]))
    return most


@inner
def forget(pieces: Pieces, touched: int) -> None:
    """Clear the loads."""
    for i in range(touched):
        node = pieces.touched[i]
        pieces.load[node] = 0.0
        pieces.marked[node] = False


@inner
def limit(
    tree: Tree,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    touched: int,
    slack: float,
    bland: bool,
) -> tuple[float, int, int]:
    """The longest step, and what stops it: the arc above a node, or a basic recipe's place.

    Two passes (P. M. J. Harris 1973, *Pivot selection methods of the Devex LP code*, Mathematical
    Programming 5): the first allows every bound to be passed by ``slack``; the second takes, among
    what stops before that, the steepest, for a small divisor costs accuracy. Bland's rule takes the
    least arc instead, and recipes after all arcs.
    """
    flat = FLAT * _steepest(pieces, touched)
    furthest = np.inf
    for i in range(touched):
        node = pieces.touched[i]
        rate = _flow_rate(tree, pieces, node)
        if rate < -flat and tree.loose[node] == NONE:
            furthest = min(furthest, (max(tree.flow[node], 0.0) + slack) / -rate)
    for c in range(levels.basic_count[0]):
        if abs(pieces.rate[c]) > flat:
            room = _room(recipes, levels, levels.basic[c], pieces.rate[c])
            furthest = min(furthest, (room + slack) / abs(pieces.rate[c]))
    return _choose(tree, recipes, levels, pieces, touched, flat, furthest, bland)


@inner
def _choose(
    tree: Tree,
    recipes: Recipes,
    levels: Levels,
    pieces: Pieces,
    touched: int,
    flat: float,
    furthest: float,
    bland: bool,
) -> tuple[float, int, int]:
    """Among what stops within ``furthest``: the steepest, or Bland's least."""
    step, node_out, best = furthest, NONE, -np.inf
    for i in range(touched):
        node = pieces.touched[i]
        rate = -_flow_rate(tree, pieces, node)
        if rate > flat and tree.loose[node] == NONE:
            ratio = max(tree.flow[node], 0.0) / rate
            merit = -float(tree_arc_key(tree, node)) if bland else rate
            if ratio <= furthest and merit > best:
                best, step, node_out = merit, ratio, node
    if bland and node_out != NONE:
        return step, node_out, NONE
    place_out = NONE
    for c in range(levels.basic_count[0]):
        rate = abs(pieces.rate[c])
        if rate > flat:
            ratio = _room(recipes, levels, levels.basic[c], pieces.rate[c]) / rate
            merit = -float(levels.basic[c]) if bland else rate
            if ratio <= furthest and merit > best:
                best, step, place_out = merit, ratio, c
    return step, (NONE if place_out != NONE else node_out), place_out


@inner
def _flow_rate(tree: Tree, pieces: Pieces, node: int) -> float:
    load = float(pieces.load[node])
    return load if tree.upward[node] else -load


@inner
def _room(recipes: Recipes, levels: Levels, recipe: int, rate: float) -> float:
    """How far a level may go in this direction."""
    if rate < 0.0:
        return max(float(levels.level[recipe]), 0.0)
    return max(float(recipes.capacity[recipe] - levels.level[recipe]), 0.0)


@inner
def _steepest(pieces: Pieces, touched: int) -> float:
    most = 0.0
    for i in range(touched):
        most = max(most, abs(pieces.load[pieces.touched[i]]))
    return most


@inner
def advance(tree: Tree, levels: Levels, pieces: Pieces, touched: int, step: float) -> None:
    """Change flows and basic levels by a step, and forget the direction of the flows."""
    for i in range(touched):
        node = pieces.touched[i]
        if tree.loose[node] == NONE:
            tree.flow[node] += step * _flow_rate(tree, pieces, node)
    for c in range(levels.basic_count[0]):
        levels.level[levels.basic[c]] += step * pieces.rate[c]
    forget(pieces, touched)


@inner
def bound_reached(rate: float) -> int:
    """Which bound a level meets that moves in this direction."""
    return AT_ZERO if rate < 0.0 else AT_CAPACITY
