"""Exact pricing of all possible arcs, without listing them.

A source s with price u and a sink t with worth w leave the reduced cost ``c(s, t) − u − w``. For a
box of seekers and a box of others, the distance of the boxes and the highest worth inside bound it
from below; most boxes fall away at once. The boxes that are left are looked at nearest first, by
each seeker alone, until no bound is below what it has found. The same search with all worths zero
finds nearest neighbours, and with one most wanted it is the c-transform of the prices.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.boxes import Boxes, Small
from kierto.planner.simplex.compiled import compiled, inner
from kierto.planner.simplex.fares import Fare, distance, fare_between
from kierto.planner.simplex.rules import Rules, permitted


class Crowd(NamedTuple):
    """Nodes of one side that seek or are sought: all of it, in its boxes.

    ``price`` is what a seeker may pay at most (+inf: whatever), or what one that is sought is worth.
    """

    place: Floats
    boxes: Boxes
    price: Floats


class Found(NamedTuple):
    """Arcs from sources to sinks, by their numbers on their sides, with their prices."""

    source: Small
    sink: Small
    price: Floats


class Shortlist(NamedTuple):
    """The best arcs of one seeker, cheapest first; one entry of room to spare."""

    rest: Floats
    price: Floats
    other: Small


@compiled
def seek(
    seekers: Crowd,
    sought: Crowd,
    span: tuple[int, int, int, int],
    fare: Fare,
    rules: Rules,
    from_source: bool,
    tolerance: float,
    most: int,
) -> tuple[Floats, Found]:
    """What each seeker finds among the sought.

    Args:
        span: first and last-plus-one box of the seekers, then of the sought.
        from_source: whether the seekers are the sources.
        tolerance: only arcs that are cheaper than the seeker's price by more than this count.
        most: the best so many arcs of each seeker are kept.

    Returns:
        for the seekers in the span, ``min(price, min over sought of fare − worth)``, exactly;
        and the arcs.
    """
    first, last = seekers.boxes.starts[span[0]], seekers.boxes.starts[span[1]]
    least = np.empty(last - first)
    seeker, other, price = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024)
    best = Shortlist(np.empty(most + 1), np.empty(most + 1), np.empty(most + 1, np.int32))
    top = highest(sought, span[2], span[3])
    count = 0
    for box in range(span[0], span[1]):
        near, bound, inside = boxes_in_reach(seekers, box, sought.boxes, top, span, fare)
        for i in range(seekers.boxes.starts[box], seekers.boxes.starts[box + 1]):
            least[i - first], kept = seek_for(
                i, seekers, sought, near, bound, inside, fare, rules, from_source, tolerance, best
            )
            if count + kept > len(price):
                seeker, other, price = longer_small(seeker), longer_small(other), longer(price)
            for k in range(kept):
                seeker[count], other[count], price[count] = i, best.other[k], best.price[k]
                count += 1
    mine, theirs, prices = seeker[:count].copy(), other[:count].copy(), price[:count].copy()
    if from_source:
        return least, Found(mine, theirs, prices)
    return least, Found(theirs, mine, prices)


@inner
def seek_for(
    i: int,
    seekers: Crowd,
    sought: Crowd,
    near: Integers,
    bound: Floats,
    top: Floats,
    fare: Fare,
    rules: Rules,
    from_source: bool,
    tolerance: float,
    best: Shortlist,
) -> tuple[float, int]:
    """One seeker's least rest, and how many arcs it left in ``best``."""
    cheapest, limit, kept = seekers.price[i], seekers.price[i] - tolerance, 0
    for k in range(len(near)):
        wanted = max(cheapest, limit)
        if bound[k] >= wanted:
            break
        away = gap_to_box(seekers.place, i, sought.boxes, near[k])
        if fare.handling + fare.per_angle * away - top[k] >= wanted:
            continue
        for j in range(sought.boxes.starts[near[k]], sought.boxes.starts[near[k] + 1]):
            apart = distance(seekers.place, i, sought.place, j)
            wanted = max(cheapest, limit)
            if fare.handling + fare.per_angle * apart - sought.price[j] >= wanted:
                continue
            cost = fare_between(fare, apart)
            rest = cost - sought.price[j]
            allowed = permitted(rules, i, j) if from_source else permitted(rules, j, i)
            if rest >= wanted or not allowed:
                continue
            cheapest = min(cheapest, rest)
            if rest < limit:
                kept = insert(best, kept, rest, cost, j)
                if kept == len(best.rest) - 1:
                    limit = min(limit, best.rest[kept - 1])
    return cheapest, kept


@inner
def insert(best: Shortlist, kept: int, rest: float, cost: float, other: int) -> int:
    """Put an arc in its place, and answer how many are kept now."""
    place = kept
    while place > 0 and best.rest[place - 1] > rest:
        best.rest[place] = best.rest[place - 1]
        best.price[place] = best.price[place - 1]
        best.other[place] = best.other[place - 1]
        place -= 1
    best.rest[place], best.price[place], best.other[place] = rest, cost, other
    return min(kept + 1, len(best.rest) - 1)


@inner
def highest(sought: Crowd, first: int, last: int) -> Floats:
    """The highest worth in each box of the span."""
    top = np.full(last - first, -np.inf)
    for box in range(first, last):
        for j in range(sought.boxes.starts[box], sought.boxes.starts[box + 1]):
            top[box - first] = max(top[box - first], sought.price[j])
    return top


@inner
def boxes_in_reach(
    seekers: Crowd,
    box: int,
    boxes: Boxes,
    top: Floats,
    span: tuple[int, int, int, int],
    fare: Fare,
) -> tuple[Integers, Floats, Floats]:
    """The boxes that may hold something for a box of seekers, the most hopeful first; what any
    arc to them leaves at least; and the highest worth in them."""
    ceiling = -np.inf
    for i in range(seekers.boxes.starts[box], seekers.boxes.starts[box + 1]):
        ceiling = max(ceiling, seekers.price[i])
    bound = np.empty(span[3] - span[2])
    near = np.empty(span[3] - span[2], np.int64)
    count = 0
    low, high = seekers.boxes.low[box], seekers.boxes.high[box]
    for o in range(span[2], span[3]):
        square = 0.0
        for d in range(3):
            gap = max(boxes.low[o, d] - high[d], low[d] - boxes.high[o, d], 0.0)
            square += gap * gap
        away = math.sqrt(square)
        rest = fare.handling + fare.per_angle * away - top[o - span[2]]
        if away <= fare.farthest and rest < ceiling:
            bound[count], near[count] = rest, o
            count += 1
    order = np.argsort(bound[:count])
    chosen = near[:count][order]
    return chosen, bound[:count][order], top[chosen - span[2]]


@inner
def gap_to_box(place: Floats, i: int, boxes: Boxes, box: int) -> float:
    """Straight distance from a place to a box."""
    square = 0.0
    for d in range(3):
        gap = max(boxes.low[box, d] - place[i, d], place[i, d] - boxes.high[box, d], 0.0)
        square += gap * gap
    return math.sqrt(square)


@inner
def longer_small(values: Small) -> Small:
    """The same with twice the room."""
    grown = np.empty(2 * len(values), np.int32)
    grown[: len(values)] = values
    return grown


@inner
def longer(values: Floats) -> Floats:
    """The same with twice the room."""
    grown = np.empty(2 * len(values))
    grown[: len(values)] = values
    return grown
