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

from kierto.planner.blending import HIGH, LOW, blends_of, burden
from kierto.planner.model import Problem
from kierto.planner.network import Floats, Integers, Network
from kierto.planner.pairs import Pairs, possible_pairs
from kierto.planner.periods import unfold
from kierto.planner.sites import least_levels, opening_cost, site_names
from kierto.planner.siting.covers import Group

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
class Mixes:
    """Limits on blends: for every row Σ burden · amount ≤ 0 over the arcs into its sink.

    Attributes:
        blend, end: of each row, the blend of :mod:`kierto.planner.blending` and which end of it.
        arc, row, burden: the entries, by arc and then row.
    """

    blend: Integers
    end: Integers
    arc: Integers
    row: Integers
    burden: Floats

    def __len__(self) -> int:
        return len(self.blend)

    def surcharge(self, duals: Floats, arcs: int) -> Floats:
        """What prices of the rows add to the cost of every arc."""
        added: Floats = np.bincount(self.arc, duals[self.row] * self.burden, arcs).astype(float)
        return added


@dataclass(frozen=True)
class Case:
    """One problem's numbers.

    Attributes:
        amount: units a period at offers and needs, 0 at processors' ports.
        fallback: price of the fallback at each port; +inf where there is none.
        recipe: the processor whose port it is, −1 at offers and needs.
        yield_: units per unit of level, 0 at offers and needs.
        largest: the most that can pass in a period.
        site: by recipe (a processor in one period), the number of its candidate site, or −1.
        site_ids, opening: by site, its id and what opening it costs (EUR in all periods).
        capacity, minimum, price: by recipe; level, level, EUR per level.
        tail, head: ports of each arc that can lower the cost.
        cost: of carrying one unit, EUR with carbon.
        limit: the most that an arc can carry.
        pair: row of the arc in ``pairs``.
        mixes: limits on blends.
    """

    network: Network
    pairs: Pairs
    amount: Floats
    fallback: Floats
    recipe: Integers
    yield_: Floats
    largest: Floats
    site: Integers
    site_ids: tuple[str, ...]
    opening: Floats
    capacity: Floats
    minimum: Floats
    price: Floats
    tail: Integers
    head: Integers
    cost: Floats
    limit: Floats
    pair: Integers
    mixes: Mixes

    @property
    def port_count(self) -> int:
        return len(self.amount)

    @property
    def arc_count(self) -> int:
        return len(self.tail)

    @cached_property
    def candidate(self) -> Flags:
        """By recipe, whether it is a candidate's."""
        return self.site >= 0

    @cached_property
    def recipes(self) -> Integers:
        """Numbers of the candidates' recipes."""
        return np.flatnonzero(self.candidate)

    @cached_property
    def at_candidate(self) -> Flags:
        """By port, whether it is a candidate's."""
        return self.is_candidate(self.recipe)

    def is_candidate(self, recipe: Integers) -> Flags:
        """Whether these recipes (−1: none) are candidates'."""
        return np.append(self.candidate, np.False_)[recipe]

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

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Offers and needs that candidates serve, by side and kind."""
        sources = len(self.network.sources)
        kind = np.concatenate([self.network.sources.kind, self.network.sinks.kind + 10**6])
        found = []
        for label in np.unique(kind[(self.recipe < 0) & (self.amount > 0)]).tolist():
            ports = np.flatnonzero((kind == label) & (self.recipe < 0) & (self.amount > 0))
            near, far = (self.tail, self.head) if ports[0] < sources else (self.head, self.tail)
            touched = np.unique(far[np.isin(near, ports)])
            mine = touched[self.at_candidate[touched]]
            if len(mine):
                sites = self.site[self.recipe[mine]]
                reach = np.bincount(sites, self.largest[mine], len(self.site_ids)).astype(float)
                found.append(Group(ports, float(np.sum(self.amount[ports])), reach))
        return tuple(found)

    @cached_property
    def group_of_port(self) -> Integers:
        """By port, its group, or −1."""
        number = np.full(self.port_count, -1, np.int64)
        for each, group in enumerate(self.groups):
            number[group.ports] = each
        return number

    @cached_property
    def group_of_arc(self) -> Integers:
        """By arc with one candidate end, the group at its other end, or −1."""
        one = self.at_candidate[self.tail] != self.at_candidate[self.head]
        ends = np.maximum(self.group_of_port[self.tail], self.group_of_port[self.head])
        return np.where(one, ends, -1)

    def states(self) -> States:
        """Every candidate free to open or not."""
        return np.full(len(self.site_ids), FREE, np.int8)

    def decided(self, opened: Flags) -> States:
        """The states in which exactly these candidates open."""
        return np.where(opened, OPEN, CLOSED).astype(np.int8)

    def by_site(self, values: Floats) -> Floats:
        """Sum over each candidate's recipes."""
        mine = self.recipes
        sums: Floats = np.bincount(self.site[mine], values[mine], len(self.site_ids)).astype(float)
        return sums

    def by_recipe(self, values: Floats) -> Floats:
        """Sum of yield × value over each processor's ports."""
        mine = self.recipe >= 0
        weights = self.yield_[mine] * values[mine]
        return np.bincount(self.recipe[mine], weights, len(self.capacity)).astype(np.float64)


def case_of(problem: Problem, network: Network | None = None) -> Case:
    """The columns of a problem whose candidates are to be chosen; ``network`` is its unfolding."""
    network = network or Network(unfold(problem))
    sources, sinks = network.sources, network.sinks
    pairs = possible_pairs(network)
    prices = np.concatenate([sources.price, sinks.price])
    fallback = np.where(np.isfinite(prices), prices, np.inf)
    tail, head = pairs.source, pairs.sink + len(sources)
    pays = np.flatnonzero(pairs.price < fallback[tail] + fallback[head])
    largest = np.concatenate([sources.largest, sinks.largest])
    names = site_names(problem, network)
    ids = tuple(sorted({name for name in names if name}))
    number = {name: i for i, name in enumerate(ids)}
    return Case(
        network=network,
        pairs=pairs,
        amount=np.concatenate([sources.amount, sinks.amount]),
        fallback=fallback,
        recipe=np.concatenate([sources.recipe, sinks.recipe]),
        yield_=np.concatenate([sources.yield_, sinks.yield_]),
        largest=largest,
        site=np.array([number.get(name, -1) for name in names], np.int64),
        site_ids=ids,
        opening=np.array([opening_cost(problem, [name]) for name in ids], np.float64),
        capacity=network.capacity,
        minimum=least_levels(network),
        price=network.recipe_price,
        tail=tail[pays],
        head=head[pays],
        cost=pairs.price[pays],
        limit=np.minimum(largest[tail], largest[head])[pays],
        pair=pays,
        mixes=_mixes(network, pairs.where(pays)),
    )


def _mixes(network: Network, pairs: Pairs) -> Mixes:
    blends = blends_of(network)
    number, end = np.nonzero(blends.closed)
    row_of = np.full((len(blends) + 1, 2), -1, np.int64)
    row_of[number, end] = np.arange(len(number))
    arcs, rows, burdens = [], [], []
    for slot in blends.slots:
        mine = np.flatnonzero(slot[pairs.sink] < len(blends))
        which = slot[pairs.sink[mine]]
        for side in (LOW, HIGH):
            limited = row_of[which, side] >= 0
            arcs.append(mine[limited])
            rows.append(row_of[which[limited], side])
            burdens.append(burden(blends, which[limited], side, pairs.source[mine[limited]]))
    nothing = np.empty(0, np.int64)
    arc, row = np.concatenate([nothing, *arcs]), np.concatenate([nothing, *rows])
    weight = np.concatenate([np.empty(0), *burdens])
    order = np.lexsort((row, arc))
    return Mixes(number, end, arc[order], row[order], weight[order])
