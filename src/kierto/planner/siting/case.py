"""A siting problem as columns of numbers: ports, arcs, and which end of an arc a candidate holds.

Ports have one numbering here, sources before sinks. A port is a *candidate's* or it is *priced*:
the Lagrangian relaxation keeps the balances of the candidates' ports and prices all others. So an
arc has zero, one or two candidate ends:

- none: a plain arc between priced ports;
- one: an arc of that candidate, whose other end has a price;
- two: it is carried once in each candidate's own problem, and its cost is split between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kierto.planner.network import Floats, Integers, Network
from kierto.planner.pairs import Pairs, possible_pairs

Flags = NDArray[np.bool_]
States = NDArray[np.int8]

FREE, OPEN, CLOSED = 0, 1, 2


@dataclass(frozen=True)
class Ends:
    """The ends of arcs at candidates' ports, one per row.

    Attributes:
        arc: number of the arc.
        port: the candidate's port.
        other: the priced port at the other end; −1 where a candidate is there as well.
        split: number among the arcs of two candidates; −1 for others.
        tail: whether this is the arc's tail (the candidate gives).
    """

    arc: Integers
    port: Integers
    other: Integers
    split: Integers
    tail: Flags

    def __len__(self) -> int:
        return len(self.arc)


@dataclass(frozen=True)
class Case:
    """One problem's numbers.

    Attributes:
        amount: units a period at offers and needs, 0 at processors' ports.
        fallback: price of the fallback at each port; +inf where there is none.
        recipe: the processor whose port it is, −1 at offers and needs.
        yield_: units per unit of level, 0 at offers and needs.
        largest: the most that can pass in a period.
        candidate: by processor, whether it is one.
        capacity, minimum, price, opening: by processor; level, level, EUR per level, EUR.
        tail, head: ports of each arc that can lower the cost.
        cost: of carrying one unit, EUR with carbon.
        limit: the most that an arc can carry.
        pair: row of the arc in ``pairs``.
    """

    network: Network
    pairs: Pairs
    amount: Floats
    fallback: Floats
    recipe: Integers
    yield_: Floats
    largest: Floats
    candidate: Flags
    capacity: Floats
    minimum: Floats
    price: Floats
    opening: Floats
    tail: Integers
    head: Integers
    cost: Floats
    limit: Floats
    pair: Integers

    @property
    def port_count(self) -> int:
        return len(self.amount)

    @property
    def arc_count(self) -> int:
        return len(self.tail)

    @cached_property
    def sites(self) -> Integers:
        """Numbers of the candidates among the processors."""
        return np.flatnonzero(self.candidate)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Id of every processor."""
        return tuple(each.id for each in self.network.problem.processors)

    @cached_property
    def at_candidate(self) -> Flags:
        """By port, whether it is a candidate's."""
        return self.is_candidate(self.recipe)

    def is_candidate(self, recipe: Integers) -> Flags:
        """Whether these processors (−1: none) are candidates."""
        if not len(self.candidate):
            return np.zeros(len(recipe), np.bool_)
        flags: Flags = (recipe >= 0) & self.candidate[recipe]
        return flags

    @cached_property
    def plain(self) -> Integers:
        """Arcs that touch no candidate."""
        return np.flatnonzero(~self.at_candidate[self.tail] & ~self.at_candidate[self.head])

    @cached_property
    def shared(self) -> Integers:
        """Arcs from a candidate to a candidate."""
        return np.flatnonzero(self.at_candidate[self.tail] & self.at_candidate[self.head])

    @cached_property
    def ends(self) -> Ends:
        """All ends at candidates, by port and then arc."""
        number = np.full(self.arc_count, -1, np.int64)
        number[self.shared] = np.arange(len(self.shared))
        blocks = []
        for near, far, is_tail in ((self.tail, self.head, True), (self.head, self.tail, False)):
            arcs = np.flatnonzero(self.at_candidate[near])
            others = np.where(self.at_candidate[far[arcs]], -1, far[arcs])
            flags = np.full(len(arcs), is_tail)
            blocks.append((arcs, near[arcs], others, number[arcs], flags))
        arc, port, other, split, tail = (np.concatenate(part) for part in zip(*blocks, strict=True))
        order = np.lexsort((arc, port))
        return Ends(arc[order], port[order], other[order], split[order], tail[order])

    def states(self) -> States:
        """Every candidate free to open or not; other processors count as open."""
        return np.where(self.candidate, FREE, OPEN).astype(np.int8)

    def decided(self, opened: Flags) -> States:
        """The states in which exactly these candidates open."""
        return np.where(opened | ~self.candidate, OPEN, CLOSED).astype(np.int8)

    def by_recipe(self, values: Floats) -> Floats:
        """Sum of yield × value over each processor's ports."""
        mine = self.recipe >= 0
        weights = self.yield_[mine] * values[mine]
        return np.bincount(self.recipe[mine], weights, len(self.capacity)).astype(np.float64)


def case_of(network: Network) -> Case:
    """The columns of a problem whose candidates are to be chosen."""
    sources, sinks = network.sources, network.sinks
    pairs = possible_pairs(network)
    prices = np.concatenate([sources.price, sinks.price])
    fallback = np.where(np.isfinite(prices), prices, np.inf)
    tail, head = pairs.source, pairs.sink + len(sources)
    pays = np.flatnonzero(pairs.price < fallback[tail] + fallback[head])
    largest = np.concatenate([sources.largest, sinks.largest])
    processors = network.problem.processors
    minimum = np.array([each.minimum for each in processors], np.float64)
    opening = np.array([each.opening_cost for each in processors], np.float64)
    return Case(
        network=network,
        pairs=pairs,
        amount=np.concatenate([sources.amount, sinks.amount]),
        fallback=fallback,
        recipe=np.concatenate([sources.recipe, sinks.recipe]),
        yield_=np.concatenate([sources.yield_, sinks.yield_]),
        largest=largest,
        candidate=(minimum > 0) | (opening != 0),
        capacity=network.capacity,
        minimum=minimum,
        price=network.recipe_price,
        opening=opening,
        tail=tail[pays],
        head=head[pays],
        cost=pairs.price[pays],
        limit=np.minimum(largest[tail], largest[head])[pays],
        pair=pays,
    )
