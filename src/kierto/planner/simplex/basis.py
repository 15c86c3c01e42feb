"""The small matrix of the basis: basic recipes against loose components, and its inverse.

With ``k`` recipes in the basis the tree is short of ``k`` arcs, so it falls into the rooted piece
and ``k`` loose components (Chen and Saigal 1977, see :mod:`kierto.planner.simplex.side_phase`).
Only how recipes act on whole components matters then:

    M[r, c] = Σ coefficients of basic recipe c at its ports in component r

Its inverse answers both questions of a pivot. *Levels*: a change ``g`` of the components' supplies
is made good by level changes ``−M⁻¹ g``. *Prices*: reduced costs ``e`` of basic recipes become zero
when the offset of component ``r`` falls by ``Σ_c e_c M⁻¹[c, r]``.

A pivot changes a row, a column or one of each, so the inverse follows by the formulas of Sherman
and Morrison (1950) and of bordering, in k² operations instead of k³. ``inverse[c, r]`` is kept in
the corner of a larger array; row and column numbers are those of ``Levels.basic`` and
``Levels.loose_nodes``.
"""

from __future__ import annotations

import numpy as np

from kierto.planner.simplex.compiled import inner
from kierto.planner.simplex.recipes import Levels, Recipes
from kierto.planner.simplex.tree import Floats, Nodes


@inner
def refactor(inverse: Floats, recipes: Recipes, levels: Levels, component: Nodes) -> None:
    """Compute the inverse anew."""
    size = levels.basic_count[0]
    if size == 0:
        return
    matrix = np.zeros((size, size))
    for c in range(size):
        recipe = levels.basic[c]
        for entry in range(recipes.starts[recipe], recipes.starts[recipe + 1]):
            r = component[recipes.nodes[entry]] - 1
            if r >= 0:
                matrix[r, c] += recipes.coefficients[entry]
    inverse[:size, :size] = np.linalg.inv(matrix)


@inner
def solve_levels(inverse: Floats, size: int, change: Floats, answer: Floats) -> None:
    """``answer = −M⁻¹ change`` for a change (by component) that is mostly zero."""
    answer[:size] = 0.0
    for r in range(size):
        if change[r] != 0.0:
            for c in range(size):
                answer[c] -= inverse[c, r] * change[r]


@inner
def row_times_inverse(inverse: Floats, size: int, row: Floats, answer: Floats) -> None:
    """``answer = row · M⁻¹`` for a row (by basic recipe) that is mostly zero."""
    answer[:size] = 0.0
    for c in range(size):
        if row[c] != 0.0:
            for r in range(size):
                answer[r] += row[c] * inverse[c, r]


@inner
def add_row_to(inverse: Floats, size: int, source: int, target: int) -> None:
    """Row ``source`` of M is added to row ``target``: the latter's component takes it in."""
    for c in range(size):
        inverse[c, source] -= inverse[c, target]


@inner
def subtract_row_from(inverse: Floats, size: int, source: int, target: int) -> None:
    """Row ``source`` of M is taken from row ``target``."""
    for c in range(size):
        inverse[c, source] += inverse[c, target]


@inner
def move_row(
    inverse: Floats, size: int, moved: Floats, taker: int, giver: int, work: Floats
) -> float:
    """``moved`` goes from row ``giver`` of M to row ``taker`` (−1: the rooted piece, no row).

    Returns the pivot by which it was divided; near zero, the inverse is worth little.
    """
    row_times_inverse(inverse, size, moved, work)
    pivot = 1.0
    if taker >= 0:
        pivot += work[taker]
    if giver >= 0:
        pivot -= work[giver]
    for c in range(size):
        factor = 0.0
        if taker >= 0:
            factor += inverse[c, taker]
        if giver >= 0:
            factor -= inverse[c, giver]
        factor /= pivot
        if factor != 0.0:
            for r in range(size):
                inverse[c, r] -= factor * work[r]
    return abs(pivot)


@inner
def replace_row(inverse: Floats, size: int, row: Floats, place: int, work: Floats) -> float:
    """Row ``place`` of M becomes ``row``; returns the pivot."""
    row_times_inverse(inverse, size, row, work)
    pivot = work[place]
    for c in range(size):
        factor = inverse[c, place] / pivot
        if factor != 0.0:
            for r in range(size):
                inverse[c, r] -= factor * work[r]
        inverse[c, place] = factor
    return float(abs(pivot))


@inner
def replace_column(inverse: Floats, size: int, column: Floats, place: int, work: Floats) -> float:
    """Column ``place`` of M becomes ``column`` (by component); returns the pivot."""
    solve_levels(inverse, size, column, work)
    pivot = -work[place]
    for r in range(size):
        inverse[place, r] /= pivot
    for c in range(size):
        if c != place and work[c] != 0.0:
            for r in range(size):
                inverse[c, r] += work[c] * inverse[place, r]
    return float(abs(pivot))


@inner
def border(
    inverse: Floats, size: int, row: Floats, column: Floats, corner: float, work: Floats
) -> float:
    """M gains a last row, a last column and their corner; returns the pivot."""
    row_times_inverse(inverse, size, row, work)
    pivot = corner
    for r in range(size):
        pivot -= work[r] * column[r]
    for c in range(size):
        total = 0.0
        for r in range(size):
            total += inverse[c, r] * column[r]
        factor = total / pivot
        if factor != 0.0:
            for r in range(size):
                inverse[c, r] += factor * work[r]
        inverse[c, size] = -factor
    for r in range(size):
        inverse[size, r] = -work[r] / pivot
    inverse[size, size] = 1.0 / pivot
    return float(abs(pivot))


@inner
def strike(inverse: Floats, size: int, row: int, column: int) -> float:
    """M loses a row and a column; the last ones take their places. Returns the pivot."""
    pivot = inverse[column, row]
    for c in range(size):
        if c != column:
            factor = inverse[c, row] / pivot
            if factor != 0.0:
                for r in range(size):
                    inverse[c, r] -= factor * inverse[column, r]
    last = size - 1
    for r in range(size):
        inverse[column, r] = inverse[last, r]
    for c in range(size):
        inverse[c, row] = inverse[c, last]
    return float(abs(pivot))
