"""Every possible pair that is a bargain at given prices; none is forgotten, few are looked at.

A pair is a bargain when carrying costs less than its ends are worth: ``c − y_s − y_t < 0``. Small
blocks of kinds are computed pair by pair. In large ones the ports are sorted into boxes of near
neighbours of like worth, and a box of sources passes over every box of sinks for which ::

    handling + per km · (distance of the boxes) − max y_s − max y_t ≥ 0

since the chord between two boxes is no longer than the way between any two of their ports. What
is left is computed exactly, by :mod:`kierto.planner.pairs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kierto.core.geography import EARTH_RADIUS_KM
from kierto.planner.blending import blends_of, priced_sinks, surcharge
from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.pairs import Verdict, carrying, pairs_at, road_km, rules_of

BOXED = 30_000
"""Blocks of more pairs than this are sorted into boxes."""

BATCH = 250_000
"""Pairs computed at once."""

LEAF = 64
"""Ports to a box."""

WIDEST = 30_000
"""Sinks that one box of sources is held against at once."""

SLACK = 1e-11
"""Share of the terms by which a box must be clear of being a bargain: far above rounding."""


@dataclass(frozen=True)
class Prices:
    """What the ends of pairs are worth: by source row, by sink row, by blend (f64[B, 2])."""

    sources: Floats
    sinks: Floats
    blends: Floats


@dataclass(frozen=True)
class Bargains:
    """Possible pairs that cost less than their ends are worth, and how many were looked at.

    Attributes:
        price: of carrying, with the surcharge of blends; ``reduced``: less the worth of both ends.
        checked: pairs of which this is the outcome: computed, or passed over with their box.
    """

    source: Integers
    sink: Integers
    price: Floats
    reduced: Floats
    checked: int


def bargains(network: Network, prices: Prices, *, below: float = 0.0) -> Iterator[Bargains]:
    """All possible pairs whose reduced cost is less than ``below``, block by block."""
    priced = priced_sinks(blends_of(network), prices.blends, len(network.sinks))
    waiting: list[tuple[Integers, Integers]] = []
    held = 0
    boxed: set[tuple[int, int]] = set()
    for givers, takers in network.kind_blocks:
        if len(givers) * len(takers) > BOXED:
            boxed.add((int(network.sources.kind[givers[0]]), int(network.sinks.kind[takers[0]])))
            plain = takers[~priced[takers]]
            yield from _in_boxes(network, prices, givers, plain, below)
            takers = takers[priced[takers]]
        for some in _slices(givers, takers):
            waiting.append((np.repeat(some, len(takers)), np.tile(takers, len(some))))
            held += len(waiting[-1][0])
            if held > BATCH:
                yield _computed(network, prices, waiting, below)
                waiting, held = [], 0
    if waiting:
        yield _computed(network, prices, waiting, below)
    yield _explicit_ones(network, prices, boxed, below)


def _slices(givers: Integers, takers: Integers) -> Iterator[Integers]:
    width = max(BATCH // max(len(takers), 1), 1)
    for start in range(0, len(givers) if len(takers) else 0, width):
        yield givers[start : start + width]


def _computed(
    network: Network, prices: Prices, waiting: list[tuple[Integers, Integers]], below: float
) -> Bargains:
    sources = np.concatenate([each[0] for each in waiting])
    sinks = np.concatenate([each[1] for each in waiting])
    return _exactly(network, prices, sources, sinks, below)


def _exactly(
    network: Network,
    prices: Prices,
    sources: Integers,
    sinks: Integers,
    below: float,
    checked: int | None = None,
) -> Bargains:
    """The bargains among these pairs; ``checked`` counts them (the possible ones) if not given."""
    pairs = pairs_at(network, sources, sinks)
    possible = np.flatnonzero(pairs.verdict == Verdict.POSSIBLE)
    source, sink = sources[possible], sinks[possible]
    price = pairs.price[possible]
    if np.any(prices.blends):
        price = price + surcharge(blends_of(network), prices.blends, source, sink)
    reduced = price - prices.sources[source] - prices.sinks[sink]
    good = np.flatnonzero(reduced < below)
    count = len(possible) if checked is None else checked
    return Bargains(source[good], sink[good], price[good], reduced[good], count)


def _explicit_ones(
    network: Network, prices: Prices, boxed: set[tuple[int, int]], below: float
) -> Bargains:
    """The explicit pairs of boxed blocks, which distance says nothing about."""
    width = np.int64(max(len(network.sinks), 1))
    keys = rules_of(network).explicit.keys
    sources, sinks = keys // width, keys % width
    ends = zip(network.sources.kind[sources], network.sinks.kind[sinks], strict=True)
    mine = np.array([(int(a), int(b)) in boxed for a, b in ends], np.bool_)
    sources, sinks = sources[mine], sinks[mine]
    placed = np.isfinite(network.sources.x[sources] + network.sinks.x[sinks])
    return _exactly(network, prices, sources, sinks, below, int(np.sum(~placed)))


@dataclass(frozen=True)
class _Boxes:
    """Rows sorted so that box *b* is rows ``starts[b]:starts[b + 1]``, with its extremes."""

    rows: Integers
    starts: Integers
    low: Floats
    high: Floats
    worth: Floats
    spots: Floats


def _in_boxes(
    network: Network, prices: Prices, givers: Integers, takers: Integers, below: float
) -> Iterator[Bargains]:
    """One block of kinds: one box of sources after the other."""
    fare = _Fare(network, int(network.sources.kind[givers[0]]))
    sources = _boxes(network.sources, givers, prices.sources, fare)
    sinks = _boxes(network.sinks, takers, prices.sinks, fare)
    if not len(sources.rows) or not len(sinks.rows):
        return
    for box in range(len(sources.starts) - 1):
        rows = sources.rows[sources.starts[box] : sources.starts[box + 1]]
        near = _near(sources, box, sinks, prices.sinks, fare, below)
        checked = len(rows) * len(sinks.rows)
        for start in range(0, len(near), WIDEST):
            found = _matrix(network, prices, rows, near[start : start + WIDEST], fare, below)
            yield _exactly(network, prices, *found, below, checked)
            checked = 0
        if checked:
            nothing, none = np.empty(0, np.int64), np.empty(0)
            yield Bargains(nothing, nothing, none, none, checked)


class _Fare:
    """Generalised price of carrying one kind, per unit and per unit and chord (unit sphere)."""

    def __init__(self, network: Network, kind: int) -> None:
        rates, carbon = rules_of(network).rates, network.carbon_price
        road = EARTH_RADIUS_KM * network.problem.rates.road_factor
        per_km = rates.cost_per_km[kind] + carbon * rates.emissions_per_km[kind]
        self.kind = kind
        self.handling = float(rates.handling_cost[kind] + carbon * rates.handling_emissions[kind])
        self.per_chord = float(per_km * road * (1 - 1e-9))
        self.reach = float(rates.reach[kind] / road * (1 + 1e-9))


def _near(
    sources: _Boxes, box: int, sinks: _Boxes, worth: Floats, fare: _Fare, below: float
) -> Integers:
    """Rows of the sinks that a box of sources cannot pass over: first by box, then one by one."""
    low, high, most = sources.low[box], sources.high[box], float(sources.worth[box])
    apart = _apart(low, high, sinks.low, sinks.high)
    boxes = np.flatnonzero(_may_pay(apart, most, sinks.worth, fare, below))
    if not len(boxes):
        return np.empty(0, np.int64)
    sizes = sinks.starts[boxes + 1] - sinks.starts[boxes]
    shifts = sinks.starts[boxes] - np.concatenate([[0], np.cumsum(sizes)[:-1]])
    places = np.arange(int(np.sum(sizes))) + np.repeat(shifts, sizes)
    rows, spots = sinks.rows[places], sinks.spots[places]
    apart = _apart(low, high, spots, spots)
    near: Integers = rows[_may_pay(apart, most, worth[rows], fare, below)]
    return near


def _apart(low: Floats, high: Floats, lows: Floats, highs: Floats) -> Floats:
    """Chord at least between one box and many."""
    gap = np.maximum(lows - high, low - highs)
    np.maximum(gap, 0.0, out=gap)
    chord: Floats = np.sqrt(np.einsum("ij,ij->i", gap, gap))
    return chord


def _may_pay(
    apart: Floats, most: float, worth: Floats, fare: _Fare, below: float
) -> NDArray[np.bool_]:
    least = fare.handling + fare.per_chord * apart - most - worth
    slack = SLACK * (abs(fare.handling) + abs(most) + np.abs(worth))
    may: NDArray[np.bool_] = (least < below + slack) & (apart <= fare.reach)
    return may


def _matrix(
    network: Network, prices: Prices, rows: Integers, sinks: Integers, fare: _Fare, below: float
) -> tuple[Integers, Integers]:
    """Pairs that are bargains by distance, with the very numbers of :func:`pairs_at`."""
    km = road_km(network, rows[:, None], sinks[None, :])
    cost, emissions = carrying(rules_of(network).rates, np.array([fare.kind]), km)
    cost += network.carbon_price * emissions
    cost -= prices.sources[rows][:, None]
    cost -= prices.sinks[sinks][None, :]
    a, b = np.nonzero(cost < below)
    return rows[a], sinks[b]


def _boxes(ports: Ports, rows: Integers, worth: Floats, fare: _Fare) -> _Boxes:
    """Halve again and again across the widest side, in euros of carrying or of worth."""
    rows = rows[np.isfinite(ports.x[rows])]
    spots = np.stack([ports.x[rows], ports.y[rows], ports.z[rows]], axis=1)
    sides = np.column_stack([spots * fare.per_chord, worth[rows]])
    order = np.arange(len(rows))
    ends, waiting = [], [(0, len(rows))]
    while waiting:
        first, last = waiting.pop()
        if last - first <= LEAF:
            ends.append(last)
            continue
        mine = order[first:last]
        inside = sides[mine]
        side = inside[:, int(np.argmax(np.ptp(inside, axis=0)))]
        half = (last - first) // 2
        order[first:last] = mine[np.argpartition(side, half)]
        waiting += [(first + half, last), (first, first + half)]
    starts = np.array([0, *ends], np.int64)
    rows, spots = rows[order], spots[order]
    if not len(rows):
        return _Boxes(rows, starts[:1], spots, spots, np.empty(0), spots)
    return _Boxes(
        rows,
        starts,
        np.minimum.reduceat(spots, starts[:-1]),
        np.maximum.reduceat(spots, starts[:-1]),
        np.maximum.reduceat(worth[rows], starts[:-1]),
        spots,
    )
