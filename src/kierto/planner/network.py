"""A problem as columns of numbers: its source ports, its sink ports, its recipes.

Rows are in the problem's own (sorted) order, so every computation over them is deterministic.
Money here is *generalised*: euros plus carbon price times kg CO2e.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kierto.core.geography import Point
from kierto.planner.kinds import KindTree
from kierto.planner.model import Fallback, Limits, Problem

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Port(NamedTuple):
    """One port before it becomes a row of columns. ``recipe`` is −1 at offers and needs."""

    id: str
    agent: str
    kind: str
    place: Point | None
    amount: float
    fallback: Fallback | None
    recipe: int = -1
    yield_: float = 0.0
    largest: float = 0.0
    quality: Mapping[str, float] = {}
    limits: Limits = {}
    lot: float = 0.0


@dataclass(frozen=True)
class Ports:
    """All ports of one side.

    Attributes:
        rows: the ports; ``index`` gives a row's number by port id.
        kind: number of the kind in ``problem.kinds``.
        latitude, longitude: degrees, NaN without a place.
        amount: units a period at offers and needs, 0 at processors.
        recipe: number of the processor, −1 at offers and needs.
        yield_: units per unit of level, 0 at offers and needs.
        largest: the most that can pass in a period: the amount, or yield × capacity.
        cost, emissions, price: of the fallback per unit; NaN where there is none.
    """

    rows: tuple[Port, ...]
    index: Mapping[str, int]
    kind: Integers
    latitude: Floats
    longitude: Floats
    amount: Floats
    recipe: Integers
    yield_: Floats
    largest: Floats
    lot: Floats
    cost: Floats
    emissions: Floats
    price: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def by_recipe(self, values: Floats, recipes: int) -> Floats:
        """Sum of yield × value over each recipe's ports on this side."""
        mine = self.recipe >= 0
        weights = self.yield_[mine] * values[mine]
        sums: Floats = np.bincount(self.recipe[mine], weights, recipes).astype(np.float64)
        return sums

    def turnover(self, levels: Floats) -> Floats:
        """What each port gives or takes in a period at these levels."""
        if not len(levels):
            return self.amount
        return np.where(self.recipe >= 0, self.yield_ * levels[self.recipe], self.amount)


class Network:
    """The columns of one (valid) problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tree = KindTree(problem.kinds)
        self.carbon_price = problem.carbon_price
        self.kind_codes = tuple(kind.code for kind in problem.kinds)
        self.sources = self._columns(_source_rows(problem))
        self.sinks = self._columns(_sink_rows(problem))
        self.capacity = _floats(each.capacity for each in problem.processors)
        self.recipe_cost = _floats(each.cost for each in problem.processors)
        self.recipe_emissions = _floats(each.emissions for each in problem.processors)
        self.recipe_price = self.recipe_cost + self.carbon_price * self.recipe_emissions

    @cached_property
    def scale(self) -> float:
        """The largest amount offered or needed (else the largest that may pass anywhere): what is
        a millionth of a millionth of it is rounding. Capacities do not count, for "as much as you
        like" is often written as a huge one."""
        amounts = [self.sources.amount, self.sinks.amount]
        largest = [self.sources.largest, self.sinks.largest]
        for columns in (amounts, largest):
            top = float(np.max(np.concatenate(columns), initial=0.0))
            if top > 0:
                return top
        return 1.0

    @cached_property
    def qualities(self) -> dict[str, Floats]:
        """By quality name, the value at every source; NaN where a source does not state it."""
        names = sorted({name for port in self.sources.rows for name in port.quality})
        return {
            name: _floats(port.quality.get(name, np.nan) for port in self.sources.rows)
            for name in names
        }

    def _columns(self, rows: tuple[Port, ...]) -> Ports:
        number = {code: i for i, code in enumerate(self.kind_codes)}
        cost = _floats(_part(row.fallback, "cost") for row in rows)
        emissions = _floats(_part(row.fallback, "emissions") for row in rows)
        places = [row.place for row in rows]
        return Ports(
            rows=rows,
            index={row.id: i for i, row in enumerate(rows)},
            kind=_integers(number[row.kind] for row in rows),
            latitude=_floats(np.nan if place is None else place.latitude for place in places),
            longitude=_floats(np.nan if place is None else place.longitude for place in places),
            amount=_floats(row.amount for row in rows),
            recipe=_integers(row.recipe for row in rows),
            yield_=_floats(row.yield_ for row in rows),
            largest=_floats(row.largest for row in rows),
            lot=_floats(row.lot for row in rows),
            cost=cost,
            emissions=emissions,
            price=cost + self.carbon_price * emissions,
        )


def _source_rows(problem: Problem) -> tuple[Port, ...]:
    rows = [
        Port(
            *(each.id, each.agent, each.kind, each.place, each.amount, each.fallback),
            largest=each.amount,
            quality=each.quality,
            lot=each.minimum_lot,
        )
        for each in problem.offers
    ]
    for number, each in enumerate(problem.processors):
        for out in each.outputs:
            rows.append(
                Port(
                    *(each.output_port(out.kind), each.agent, out.kind, each.place, 0.0),
                    *(out.fallback, number, out.yield_, out.yield_ * each.capacity),
                    quality=out.quality,
                )
            )
    return tuple(rows)


def _sink_rows(problem: Problem) -> tuple[Port, ...]:
    rows = [
        Port(
            *(each.id, each.agent, each.kind, each.place, each.amount, each.fallback),
            largest=each.amount,
            limits=each.limits,
        )
        for each in problem.needs
    ]
    for number, each in enumerate(problem.processors):
        for take in each.inputs:
            rows.append(
                Port(
                    *(each.input_port(take.kind), each.agent, take.kind, each.place, 0.0),
                    *(take.fallback, number, take.yield_, take.yield_ * each.capacity),
                    limits=take.limits,
                )
            )
    return tuple(rows)


def _part(fallback: Fallback | None, name: str) -> float:
    return np.nan if fallback is None else float(getattr(fallback, name))


def _floats(values: Iterable[float]) -> Floats:
    return np.array([float(value) for value in values], dtype=np.float64)


def _integers(values: Iterable[int]) -> Integers:
    return np.array(list(values), dtype=np.int64)
