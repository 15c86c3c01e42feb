"""Points sorted into boxes: median cuts along the widest side, until the boxes are small.

The same cuts make the leaf boxes of the pricing and the small groups of the coarsening. Sorting
the nodes by box also keeps neighbours together in memory, where a pivot meets them together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.compiled import compiled, inner

Small = NDArray[np.int32]

LEAF = 40
"""Nodes to a leaf box of the pricing."""


class Boxes(NamedTuple):
    """Box b holds the nodes ``starts[b]:starts[b + 1]``, all within low[b] … high[b] (f64[·, 3])."""

    starts: Integers
    low: Floats
    high: Floats


@compiled
def cut(points: Floats, parts: int) -> tuple[Small, Integers]:
    """Sort f64[n, d] into so many parts of equal size (to one), each a box of near neighbours.

    Returns:
        order i32[n] of the points, and starts i64[parts + 1] of the parts in that order.
    """
    n = points.shape[0]
    order = np.arange(n).astype(np.int32)
    starts = np.empty(parts + 1, np.int64)
    starts[parts] = n
    waiting = np.empty((64, 4), np.int64)
    waiting[0] = (0, n, 0, parts)
    height = 1
    while height > 0:
        height -= 1
        first, last, part, end = waiting[height]
        starts[part] = first
        if end - part <= 1:
            continue
        half = (end - part) // 2
        middle = first + (last - first) * half // (end - part)
        select(points, order, first, last, middle, widest(points, order, first, last))
        waiting[height] = (middle, last, part + half, end)
        waiting[height + 1] = (first, middle, part, part + half)
        height += 2
    return order, starts


@inner
def widest(points: Floats, order: Small, first: int, last: int) -> int:
    """The column in which the points differ most."""
    best, chosen = -1.0, 0
    for d in range(points.shape[1]):
        low, high = np.inf, -np.inf
        for k in range(first, last):
            value = points[order[k], d]
            low, high = min(low, value), max(high, value)
        if high - low > best:
            best, chosen = high - low, d
    return chosen


@inner
def select(points: Floats, order: Small, first: int, last: int, middle: int, d: int) -> None:
    """Partition order[first:last] by column ``d``: what is before ``middle`` is not larger than
    what comes from there (Hoare's selection; ties by the order they stand in)."""
    low, high = first, last - 1
    while low < high:
        pivot = points[order[(low + high) // 2], d]
        i, j = low, high
        while i <= j:
            while points[order[i], d] < pivot:
                i += 1
            while points[order[j], d] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@compiled
def surround(points: Floats, starts: Integers) -> tuple[Floats, Floats]:
    """Lowest and highest corner of each box of sorted points."""
    boxes = len(starts) - 1
    low, high = np.full((boxes, 3), np.inf), np.full((boxes, 3), -np.inf)
    for b in range(boxes):
        for k in range(starts[b], starts[b + 1]):
            for d in range(3):
                low[b, d] = min(low[b, d], points[k, d])
                high[b, d] = max(high[b, d], points[k, d])
    return low, high


def boxes_of(place: Floats, starts: Integers) -> Boxes:
    """Boxes around sorted places f64[n, 3]; box b is the nodes from starts[b]."""
    return Boxes(starts, *surround(place, starts))
