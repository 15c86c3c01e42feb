"""The kinds of instances, and how a problem of Kierto becomes neutral columns and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from districts import country, recipes_country

from kierto.core.geography import Point
from kierto.planner import (
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
from planner_methods.instance import Floats, Instance, Integers

FAMILIES: Mapping[str, tuple[str, Callable[[int, int], Problem]]] = {
    "city": (
        "two kinds spread evenly, processors between them",
        lambda size, seed: country(
            size, kinds=2, processors=max(3, size // 400), clustered=False, seed=seed
        ),
    ),
    "clustered": (
        "six kinds in clusters, processors between them",
        lambda size, seed: country(size, seed=seed),
    ),
    "recipes": (
        "six kinds in clusters, many recipes of up to three inputs and outputs",
        lambda size, seed: recipes_country(size, recipes=max(3, size // 200), seed=seed),
    ),
    "two-kinds": (
        "two kinds in clusters, processors between them",
        lambda size, seed: country(size, kinds=2, seed=seed),
    ),
    "transport": (
        "one kind spread evenly, no processors",
        lambda size, seed: country(size, kinds=1, processors=0, clustered=False, seed=seed),
    ),
}
"""By name: what it is, and how to make so many participants of it with a seed."""


class _Port(NamedTuple):
    """A source or a sink before it becomes a row."""

    kind: str
    place: Point
    amount: float
    price: float


class NotNeutral(ValueError):
    """The problem uses something that not every method can say."""


def columns_of(problem: Problem) -> Instance:
    """The columns of a problem of plain offers, needs and processors.

    Raises:
        NotNeutral: it has kinds within kinds, limits, lots, periods, sites or pairs of its own.
    """
    _require_plain(problem)
    sources = [_Port(p.kind, _at(p.place), p.amount, _price(problem, p)) for p in problem.offers]
    sinks = [_Port(p.kind, _at(p.place), p.amount, _price(problem, p)) for p in problem.needs]
    streams = []
    for number, each in enumerate(problem.processors):
        for is_output, ports, mine in ((False, sinks, each.inputs), (True, sources, each.outputs)):
            for stream in mine:
                streams.append((number, len(ports), stream.yield_, is_output))
                ports.append(_Port(stream.kind, _at(each.place), 0.0, _price(problem, stream)))
    rates = [problem.rates.by_kind.get(kind.code, problem.rates.default) for kind in problem.kinds]
    carbon = problem.carbon_price
    return Instance(
        *_sides(problem, sources),
        *_sides(problem, sinks),
        kind_handling=_floats(r.handling_cost + carbon * r.handling_emissions for r in rates),
        kind_per_km=_floats(r.cost_per_km + carbon * r.emissions_per_km for r in rates),
        road_factor=_floats([problem.rates.road_factor]),
        recipe_price=_floats(p.cost + carbon * p.emissions for p in problem.processors),
        recipe_capacity=_floats(p.capacity for p in problem.processors),
        stream_recipe=_integers(row[0] for row in streams),
        stream_port=_integers(row[1] for row in streams),
        stream_yield=_floats(row[2] for row in streams),
        stream_is_output=np.array([row[3] for row in streams], dtype=np.bool_),
    )


def problem_of(instance: Instance) -> Problem:
    """The problem that the columns describe; its money is all euros, carbon being in them."""
    kinds = [f"k{number:03}" for number in range(len(instance.kind_handling))]
    rates = [
        Rate(per_km, 0.0, handling)
        for per_km, handling in zip(
            instance.kind_per_km.tolist(), instance.kind_handling.tolist(), strict=True
        )
    ]
    made, taken = instance.stream_port[instance.stream_is_output], instance.stream_port
    taken = taken[~instance.stream_is_output]
    sources, sinks = list(_rows(instance, "source")), list(_rows(instance, "sink"))
    offers = np.delete(np.arange(instance.sources), made).tolist()
    needs = np.delete(np.arange(instance.sinks), taken).tolist()
    return Problem(
        kinds=tuple(Kind(code, "t") for code in kinds),
        offers=tuple(
            Offer(f"o{row:07}", "", kinds[kind], amount, place, Fallback(price))
            for row, (kind, place, amount, price) in ((row, sources[row]) for row in offers)
        ),
        needs=tuple(
            Need(f"n{row:07}", "", kinds[kind], amount, place, Fallback(price))
            for row, (kind, place, amount, price) in ((row, sinks[row]) for row in needs)
        ),
        processors=tuple(_processors(instance, kinds, sources, sinks)),
        rates=Rates(
            rates[0],
            dict(zip(kinds, rates, strict=True)),
            road_factor=float(instance.road_factor[0]),
        ),
    )


_Row = tuple[int, Point, float, float]


def _rows(instance: Instance, side: str) -> Iterator[_Row]:
    """Kind, place, amount and fallback price of each port of a side."""
    names = ("kind", "latitude", "longitude", "amount", "fallback")
    columns = [getattr(instance, f"{side}_{name}").tolist() for name in names]
    for kind, latitude, longitude, amount, price in zip(*columns, strict=True):
        yield kind, Point(latitude, longitude), amount, price


def _processors(
    instance: Instance, kinds: list[str], sources: list[_Row], sinks: list[_Row]
) -> Iterator[Processor]:
    order = np.argsort(instance.stream_recipe, kind="stable")
    ends = np.searchsorted(instance.stream_recipe[order], np.arange(1, instance.recipes))
    for recipe, streams in enumerate(np.split(order, ends) if instance.recipes else []):
        inputs, outputs, place = [], [], None
        for stream in streams.tolist():
            is_output = bool(instance.stream_is_output[stream])
            port = int(instance.stream_port[stream])
            kind, place, _, price = (sources if is_output else sinks)[port]
            fallback = Fallback(price) if np.isfinite(price) else None
            made = Stream(kinds[kind], float(instance.stream_yield[stream]), fallback)
            (outputs if is_output else inputs).append(made)
        yield Processor(
            *(f"p{recipe:06}", "", place, tuple(inputs), tuple(outputs)),
            capacity=float(instance.recipe_capacity[recipe]),
            cost=float(instance.recipe_price[recipe]),
        )


def _require_plain(problem: Problem) -> None:
    everybody = [*problem.offers, *problem.needs, *problem.processors]
    streams = [s for p in problem.processors for s in (*p.inputs, *p.outputs)]
    odd = {
        "kinds within kinds": any(kind.parent for kind in problem.kinds),
        "periods": problem.periods != 1 or bool(problem.storages),
        "pairs of its own": bool(problem.arcs or problem.excluded),
        "limits of distance": any(
            r.max_km is not None for r in (problem.rates.default, *problem.rates.by_kind.values())
        ),
        "ports without a place": any(each.place is None for each in everybody),
        "lots": any(offer.minimum_lot for offer in problem.offers),
        "limits": any(each.limits or each.blends for each in (*problem.needs, *streams)),
        "sites": any(each.opening_cost or each.minimum for each in problem.processors),
    }
    if found := [name for name, is_so in odd.items() if is_so]:
        raise NotNeutral(f"not every method knows {', '.join(found)}")


def _sides(problem: Problem, ports: list[_Port]) -> tuple[Integers, Floats, Floats, Floats, Floats]:
    number = {kind.code: row for row, kind in enumerate(problem.kinds)}
    return (
        _integers(number[port.kind] for port in ports),
        _floats(port.place.latitude for port in ports),
        _floats(port.place.longitude for port in ports),
        _floats(port.amount for port in ports),
        _floats(port.price for port in ports),
    )


def _at(place: Point | None) -> Point:
    assert place is not None  # _require_plain has looked
    return place


def _price(problem: Problem, port: Offer | Need | Stream) -> float:
    if port.fallback is None:
        return np.inf
    return port.fallback.cost + problem.carbon_price * port.fallback.emissions


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _integers(values: Iterable[int]) -> Integers:
    return np.array(list(values), dtype=np.int64)
