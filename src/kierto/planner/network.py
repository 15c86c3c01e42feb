"""A problem as columns of numbers: its source ports, its sink ports, its recipes.

Rows are in the problem's own (sorted) order, so every computation over them is deterministic.
Money here is *generalised*: euros plus carbon price times kg CO2e.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kierto.core.geography import Point
from kierto.planner.kinds import KindTree
from kierto.planner.model import Blend, Fallback, Limits, Problem, Processor, Stream

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Port(NamedTuple):
    """One port as explanations and reports read it. ``recipe`` is −1 at offers and needs."""

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
    blends: tuple[Blend, ...] = ()


@dataclass(frozen=True)
class Ports:
    """All ports of one side.

    Attributes:
        ids: the port ids; ``index`` gives a row's number by id, ``rows`` the ports as records.
        kind: number of the kind in ``problem.kinds``.
        latitude, longitude: degrees, NaN without a place.
        x, y, z: the place as a point of the unit sphere, NaN without one.
        amount: units a period at offers and needs, 0 at processors.
        recipe: number of the processor, −1 at offers and needs.
        yield_: units per unit of level, 0 at offers and needs.
        largest: the most that can pass in a period: the amount, or yield × capacity.
        lot: least amount of a flow out of here.
        cost, emissions, price: of the fallback per unit; NaN where there is none.
    """

    ids: tuple[str, ...]
    kind: Integers
    latitude: Floats
    longitude: Floats
    x: Floats
    y: Floats
    z: Floats
    amount: Floats
    recipe: Integers
    yield_: Floats
    largest: Floats
    lot: Floats
    cost: Floats
    emissions: Floats
    price: Floats
    read_rows: Callable[[], tuple[Port, ...]]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> tuple[Port, ...]:
        """The ports one by one; large problems are solved without them."""
        return self.read_rows()

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Row number by port id."""
        return {id_: row for row, id_ in enumerate(self.ids)}

    def find(self, ids: Iterable[str]) -> Integers:
        """Row numbers of these ports, −1 for what is no port of this side."""
        look = self.index.get
        return _integers([look(id_, -1) for id_ in ids])

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

    def read(self, numbers: Mapping[str, float], otherwise: float) -> Floats:
        """A mapping by port id as a column."""
        look = numbers.get
        return _floats([look(id_, otherwise) for id_ in self.ids])

    def write(self, values: Floats) -> dict[str, float]:
        """A column as a mapping by port id."""
        return dict(zip(self.ids, values.tolist(), strict=True))


class Network:
    """The columns of one (valid) problem of one period."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tree = KindTree(problem.kinds)
        self.carbon_price = problem.carbon_price
        self.kind_codes = tuple(kind.code for kind in problem.kinds)
        self.kind_number = {code: number for number, code in enumerate(self.kind_codes)}
        processors = problem.processors
        self.sources = self._columns(
            problem.offers, processors, attrgetter("outputs"), Processor.output_port
        )
        self.sinks = self._columns(
            problem.needs, processors, attrgetter("inputs"), Processor.input_port
        )
        self.recipe_ids = tuple(each.id for each in processors)
        self.capacity = _floats([each.capacity for each in processors])
        self.least = np.zeros(len(processors))
        """Least levels; above zero only where sites are chosen (:mod:`kierto.planner.sites`)."""
        self.recipe_cost = _floats([each.cost for each in processors])
        self.recipe_emissions = _floats([each.emissions for each in processors])
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
    def price_scale(self) -> float:
        """The largest price of a fallback or a processor."""
        prices = np.concatenate([self.sources.price, self.sinks.price, self.recipe_price])
        return max(float(np.max(np.abs(prices[np.isfinite(prices)]), initial=0.0)), 1e-30)

    @cached_property
    def qualities(self) -> dict[str, Floats]:
        """By quality name, the value at every source; NaN where a source does not state it."""
        found: dict[str, Floats] = {}
        for row, quality in enumerate(self._streamed("offers", "outputs", "quality")):
            for name, value in quality.items():
                if name not in found:
                    found[name] = np.full(len(self.sources), np.nan)
                found[name][row] = value
        return dict(sorted(found.items()))

    @cached_property
    def limits(self) -> list[Limits]:
        """The quality limits of every sink."""
        return self._streamed("needs", "inputs", "limits")

    @cached_property
    def blends(self) -> list[tuple[Blend, ...]]:
        """The blends of every sink."""
        return self._streamed("needs", "inputs", "blends")

    @cached_property
    def kind_blocks(self) -> list[tuple[Integers, Integers]]:
        """Rows of sources of one kind and of sinks of one kind that takes it, for all such pairs
        of kinds: every pair of ports whose kinds fit is in exactly one block."""
        having, wanting = _by_kind(self.sources.kind), _by_kind(self.sinks.kind)
        blocks = []
        for kind, takers in wanting.items():
            for code in sorted(self.tree.accepted(self.kind_codes[kind])):
                if (givers := having.get(self.kind_number[code])) is not None:
                    blocks.append((givers, takers))
        return blocks

    @cached_property
    def takers_of(self) -> dict[int, list[Integers]]:
        """By kind of a source, the rows of the sinks that take it."""
        found: dict[int, list[Integers]] = {}
        for givers, takers in self.kind_blocks:
            found.setdefault(int(self.sources.kind[givers[0]]), []).append(takers)
        return found

    @cached_property
    def givers_to(self) -> dict[int, list[Integers]]:
        """By kind of a sink, the rows of the sources that it takes."""
        found: dict[int, list[Integers]] = {}
        for givers, takers in self.kind_blocks:
            found.setdefault(int(self.sinks.kind[takers[0]]), []).append(givers)
        return found

    @cached_property
    def fitting_count(self) -> int:
        """How many pairs of ports have kinds that fit."""
        return sum(len(givers) * len(takers) for givers, takers in self.kind_blocks)

    def _streamed(self, ends: str, streams: str, name: str) -> list[Any]:
        """One field of every port of a side, in row order."""
        column = [getattr(each, name) for each in getattr(self.problem, ends)]
        for processor in self.problem.processors:
            column.extend(getattr(stream, name) for stream in getattr(processor, streams))
        return column

    def _columns(
        self,
        ends: Sequence[Any],
        processors: Sequence[Processor],
        streams_of: Callable[[Processor], tuple[Stream, ...]],
        name: Callable[[Processor, str], str],
    ) -> Ports:
        """Offers or needs first, then what the processors give or take."""
        streams = [
            (number, each, stream)
            for number, each in enumerate(processors)
            for stream in streams_of(each)
        ]
        count, number = len(ends), self.kind_number
        places = [each.place for each in ends] + [each.place for _, each, _ in streams]
        falls = [each.fallback for each in ends] + [stream.fallback for _, _, stream in streams]
        zeros = np.zeros(count)
        yields = _floats([stream.yield_ for _, _, stream in streams])
        amounts = _floats([each.amount for each in ends])
        room = yields * _floats([each.capacity for _, each, _ in streams])
        latitude = _floats([np.nan if spot is None else spot.latitude for spot in places])
        longitude = _floats([np.nan if spot is None else spot.longitude for spot in places])
        x, y, z = _on_the_sphere(latitude, longitude)
        cost = _floats([np.nan if fall is None else fall.cost for fall in falls])
        emissions = _floats([np.nan if fall is None else fall.emissions for fall in falls])
        lots = [getattr(each, "minimum_lot", 0.0) for each in ends]
        return Ports(
            ids=(
                *(each.id for each in ends),
                *(name(each, stream.kind) for _, each, stream in streams),
            ),
            kind=_integers(
                [number[each.kind] for each in ends]
                + [number[stream.kind] for _, _, stream in streams]
            ),
            latitude=latitude,
            longitude=longitude,
            x=x,
            y=y,
            z=z,
            amount=np.concatenate([amounts, np.zeros(len(streams))]),
            recipe=np.concatenate(
                [np.full(count, -1, np.int64), _integers([row for row, _, _ in streams])]
            ),
            yield_=np.concatenate([zeros, yields]),
            largest=np.concatenate([amounts, room]),
            lot=np.concatenate([_floats(lots), np.zeros(len(streams))]),
            cost=cost,
            emissions=emissions,
            price=cost + self.carbon_price * emissions,
            read_rows=partial(_rows, ends, processors, streams_of, name),
        )


def _rows(
    ends: Sequence[Any],
    processors: Sequence[Processor],
    streams_of: Callable[[Processor], tuple[Stream, ...]],
    name: Callable[[Processor, str], str],
) -> tuple[Port, ...]:
    rows = [
        Port(
            *(each.id, each.agent, each.kind, each.place, each.amount, each.fallback),
            largest=each.amount,
            quality=getattr(each, "quality", {}),
            limits=getattr(each, "limits", {}),
            lot=getattr(each, "minimum_lot", 0.0),
            blends=getattr(each, "blends", ()),
        )
        for each in ends
    ]
    for number, each in enumerate(processors):
        for stream in streams_of(each):
            rows.append(
                Port(
                    *(name(each, stream.kind), each.agent, stream.kind, each.place, 0.0),
                    *(stream.fallback, number, stream.yield_, stream.yield_ * each.capacity),
                    quality=stream.quality,
                    limits=stream.limits,
                    blends=stream.blends,
                )
            )
    return tuple(rows)


def _on_the_sphere(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats, Floats]:
    """Unit vectors of places in degrees."""
    north, east = np.radians(latitude), np.radians(longitude)
    level = np.cos(north)
    return level * np.cos(east), level * np.sin(east), np.sin(north)


def _by_kind(kinds: Integers) -> dict[int, Integers]:
    """Row numbers of each kind that occurs, ascending."""
    order = np.argsort(kinds, kind="stable")
    found, starts = np.unique(kinds[order], return_index=True)
    parts = np.split(order, starts[1:])
    return dict(zip(found.tolist(), parts, strict=True)) if len(found) else {}


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _integers(values: Sequence[int]) -> Integers:
    return np.array(values, dtype=np.int64)
