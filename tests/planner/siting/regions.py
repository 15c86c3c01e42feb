"""Small regions with candidate sites, and the cheapest choice by trying them all.

:func:`cheapest` is written from the definition and shares no code with the planner but the
distance on the sphere: for every subset of the candidates one dense program for SciPy.
"""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
from scipy.optimize import linprog

from kierto.core.geography import Point, road_km
from kierto.planner import (
    Blend,
    Fallback,
    Kind,
    Need,
    Offer,
    Problem,
    Processor,
    Rate,
    Rates,
    Stream,
)

KINDS = (
    Kind("greens", "t"),
    Kind("straw", "t"),
    Kind("compost", "t"),
    Kind("gas", "MWh"),
    Kind("peat", "t"),
)
RATES = Rates(Rate(0.5, 0.1, 1.0), {"gas": Rate(0.2, 0.0)}, 1.2)


def region(seed: int, *, stages: int = 1, blends: bool = False, candidates: int = 4) -> Problem:
    """Offers of greens and straw, needs of compost, gas and peat; digesters as candidates, and
    with two stages also composting satellites that take what the digesters leave."""
    dice = random.Random(seed)

    def spot() -> Point:
        return Point(60 + dice.random() * 0.4, 24 + dice.random() * 0.8)

    def fallback(low: float, high: float) -> Fallback:
        return Fallback(round(dice.uniform(low, high), 2), round(dice.random(), 2))

    offers = tuple(
        Offer(
            f"o{i}",
            f"farm {i}",
            dice.choice(["greens", "greens", "straw"]),
            dice.choice([0, 5, 10, 20, 35]),
            spot(),
            fallback(5, 40),
            {"carbon": round(dice.uniform(5, 40), 1), "nitrogen": round(dice.uniform(0.5, 2), 2)},
        )
        for i in range(5)
    )
    needs = tuple(
        Need(
            f"n{i}",
            f"garden {i}",
            dice.choice(["compost", "compost", "gas", "peat"]),
            dice.choice([0, 5, 10, 25]),
            spot(),
            fallback(20, 90),
        )
        for i in range(5)
    )
    first = "peat" if stages == 2 else "compost"
    sites = [_digester(dice, f"d{i}", spot(), first, blends=blends) for i in range(candidates // 2)]
    sites += [_heap(dice, f"h{i}", spot(), stages) for i in range(candidates - len(sites))]
    return Problem(
        kinds=KINDS,
        offers=offers,
        needs=needs,
        processors=(*sites, _chipper(spot())),
        rates=RATES,
        excluded=frozenset({("o0", "d0:in:greens")}),
        carbon_price=dice.choice([0.0, 0.5]),
    )


def _digester(dice: random.Random, id_: str, at: Point, left: str, *, blends: bool) -> Processor:
    mixed = (Blend("carbon", "nitrogen", 15.0, 25.0),) if blends else ()
    straw = Stream("straw", 0.2, None if dice.random() < 0.5 else Fallback(30.0))
    return Processor(
        id=id_,
        agent=f"digester {id_}",
        place=at,
        inputs=(Stream("greens", 1.0, blends=mixed), straw),
        outputs=(Stream("gas", 0.8, Fallback(0.5)), Stream(left, 0.5, Fallback(8.0))),
        capacity=dice.choice([0, 15, 30, 80]),
        cost=round(dice.uniform(0, 10), 2),
        emissions=0.1,
        minimum=0.0,
        opening_cost=dice.choice([0.0, 50.0, 300.0, 900.0]),
    )


def _heap(dice: random.Random, id_: str, at: Point, stages: int) -> Processor:
    takes = "peat" if stages == 2 else "straw"
    capacity = dice.choice([10, 25, 60])
    return Processor(
        id=id_,
        agent=f"heap {id_}",
        place=at,
        inputs=(Stream(takes, 1.0),),
        outputs=(Stream("compost", 0.7, Fallback(2.0)),),
        capacity=capacity,
        cost=2.0,
        minimum=dice.choice([0.0, 0.5, 0.9]) * capacity,
        opening_cost=dice.choice([0.0, 40.0, 200.0]),
    )


def _chipper(at: Point) -> Processor:
    """No candidate: it runs as it likes."""
    return Processor(
        id="chipper",
        agent="chipper",
        place=at,
        inputs=(Stream("greens", 1.0),),
        outputs=(Stream("straw", 0.4, Fallback(10.0)),),
        capacity=12.0,
        cost=3.0,
    )


def cheapest(problem: Problem) -> float:
    """The least cost over all choices of sites."""
    sites = [each.id for each in problem.processors if each.opening_cost or each.minimum]
    choices = itertools.chain.from_iterable(
        itertools.combinations(sites, count) for count in range(len(sites) + 1)
    )
    return min(cost_with(problem, set(choice)) for choice in choices)


def cost_with(problem: Problem, opened: set[str]) -> float:
    """The least cost with exactly these sites open; infinite if that cannot work."""
    price = problem.carbon_price
    levels = len(problem.processors)
    costs = [each.cost + price * each.emissions for each in problem.processors]
    bounds = [_range(each, opened) for each in problem.processors]
    sources = [(o.id, o.kind, o.place, {}, o.amount, o.fallback, o.quality) for o in problem.offers]
    sinks = [(n.id, n.kind, n.place, {}, n.amount, n.fallback, n.blends) for n in problem.needs]
    for z, each in enumerate(problem.processors):
        for out in each.outputs:
            port = f"{each.id}:out:{out.kind}"
            row = (port, out.kind, each.place, {z: out.yield_}, 0.0, out.fallback, out.quality)
            sources.append(row)
        for take in each.inputs:
            port = f"{each.id}:in:{take.kind}"
            row = (port, take.kind, each.place, {z: take.yield_}, 0.0, take.fallback, take.blends)
            sinks.append(row)
    rows: list[dict[int, float]] = [{z: -a for z, a in port[3].items()} for port in sources + sinks]
    amounts = [port[4] for port in sources + sinks]
    blended: list[dict[int, float]] = []
    for t, sink in enumerate(sinks):
        limits: list[dict[int, float]] = [{} for _ in sink[6] for _ in range(2)]
        for s, source in enumerate(sources):
            rate = RATES.by_kind.get(source[1], RATES.default)
            stated = source[6]
            asked = {name for blend in sink[6] for name in (blend.quality, blend.per)}
            if source[1] != sink[1] or (source[0], sink[0]) in problem.excluded:
                continue
            if not asked <= stated.keys():
                continue
            km = road_km(source[2], sink[2], RATES.road_factor)
            each_cost = rate.handling_cost + km * rate.cost_per_km
            carbon = rate.handling_emissions + km * rate.emissions_per_km
            column = len(costs)
            costs.append(each_cost + price * carbon)
            bounds.append((0, None))
            rows[s][column] = rows[len(sources) + t][column] = 1.0
            for number, blend in enumerate(sink[6]):
                top, base = stated[blend.quality], stated[blend.per]
                limits[2 * number][column] = blend.low * base - top
                limits[2 * number + 1][column] = top - blend.high * base
        blended += limits
    for number, port in enumerate(sources + sinks):
        if port[5] is not None:
            rows[number][len(costs)] = 1.0
            costs.append(port[5].cost + price * port[5].emissions)
            bounds.append((0, None))
    assert levels <= len(costs)
    result = linprog(
        costs,
        A_ub=_dense(blended, len(costs)) if blended else None,
        b_ub=np.zeros(len(blended)) if blended else None,
        A_eq=_dense(rows, len(costs)),
        b_eq=amounts,
        bounds=bounds,
    )
    if result.status == 2:
        return math.inf
    assert result.status == 0, result.message
    opening = sum(each.opening_cost for each in problem.processors if each.id in opened)
    return float(result.fun + opening)


def _range(each: Processor, opened: set[str]) -> tuple[float, float]:
    if not (each.opening_cost or each.minimum):
        return 0.0, each.capacity
    return (each.minimum, each.capacity) if each.id in opened else (0.0, 0.0)


def _dense(rows: list[dict[int, float]], width: int) -> np.ndarray:
    matrix = np.zeros((len(rows), width))
    for number, row in enumerate(rows):
        for column, value in row.items():
            matrix[number, column] = value
    return matrix
