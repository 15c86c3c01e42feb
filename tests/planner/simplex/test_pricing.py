"""The pricing by boxes finds what looking at every pair finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner.network import Network
from kierto.planner.pairs import Pairs, possible_pairs
from kierto.planner.simplex.crew import Crew, crew_of
from kierto.planner.simplex.reading import Reading, read
from kierto.planner.simplex.rules import inverse
from kierto.planner.simplex.survey import lower_bound, nearest, once, survey
from kierto.planner.simplex.tree import Arcs
from tests.planner.districts import random_district

ALONE = Crew(None, lambda: None)
EVERY = 10_000

districts = st.builds(
    lambda seed, size: Network(random_district(seed, size, lots=seed % 2 == 0)),
    st.integers(0, 10_000),
    st.integers(1, 40),
)


def nodes_of(reading: Reading, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """The pairs' ends as node numbers."""
    source, sink = inverse(reading.source_rows), inverse(reading.sink_rows)
    return source[pairs.source], sink[pairs.sink] + len(source)


def keys(tail: np.ndarray, head: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(tail.tolist(), head.tolist(), strict=True))


def random_potential(reading: Reading, seed: int) -> np.ndarray:
    dice = np.random.default_rng(seed)
    instance = reading.instance
    sign = np.where(np.arange(instance.size) < len(instance.sources), 1, -1)
    return np.append(dice.uniform(-0.5, 2, instance.size) * sign, 0.0)


@given(districts, st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_survey_finds_every_possible_pair_of_negative_reduced_cost(
    network: Network, seed: int
) -> None:
    reading = read(network)
    instance = reading.instance
    potential = random_potential(reading, seed)
    seen = survey(instance, potential, ALONE, most=EVERY)
    pairs = possible_pairs(network)
    tail, head = nodes_of(reading, pairs)
    price = pairs.price / reading.price_scale
    reduced = price - potential[tail] + potential[head]
    explicit = keys(instance.explicit.source, instance.explicit.sink + len(instance.sources))
    clear = np.abs(reduced + instance.tolerance) > 1e-12
    wanted = keys(*(each[clear & (reduced < -instance.tolerance)] for each in (tail, head)))
    found = keys(seen.arcs.tail, seen.arcs.head)
    unclear = keys(tail[~clear], head[~clear])
    assert found - unclear == wanted - explicit


@given(districts, st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_bound_is_that_of_all_possible_pairs(network: Network, seed: int) -> None:
    reading = read(network)
    instance = reading.instance
    potential = random_potential(reading, seed)
    pairs = possible_pairs(network)
    tail, head = nodes_of(reading, pairs)
    first = len(instance.sources)
    least = np.minimum(potential[:first], instance.sources.fallback)
    np.minimum.at(least, tail, pairs.price / reading.price_scale + potential[head])
    worth = -potential[first:-1]
    due = lower_bound(instance, least, worth)
    assert survey(instance, potential, ALONE).bound == pytest.approx(due, rel=1e-9, abs=1e-9)


@given(districts)
@settings(max_examples=40, deadline=None)
def test_fares_and_explicit_prices_are_those_of_the_pairs(network: Network) -> None:
    reading = read(network)
    instance = reading.instance
    arcs = once(instance, nearest(instance, ALONE, EVERY))
    first = len(instance.sources)
    explicit = Arcs(instance.explicit.source, instance.explicit.sink + first, np.zeros(0))
    pairs = possible_pairs(network)
    tail, head = nodes_of(reading, pairs)
    known = keys(arcs.tail, arcs.head) | keys(explicit.tail, explicit.head)
    assert known == keys(tail, head)
    priced = dict(zip(zip(tail.tolist(), head.tolist(), strict=True), pairs.price, strict=True))
    due = [priced[pair] for pair in zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True)]
    assert arcs.cost * reading.price_scale == pytest.approx(due, rel=1e-9, abs=1e-12)


@given(districts, st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_nearest_are_the_cheapest_of_each_node(network: Network, most: int) -> None:
    reading = read(network)
    instance = reading.instance
    every = once(instance, nearest(instance, ALONE, EVERY))
    few = once(instance, nearest(instance, ALONE, most))
    for ends_of in (lambda arcs: arcs.tail, lambda arcs: arcs.head):
        for node in np.unique(ends_of(every)):
            due = np.sort(every.cost[ends_of(every) == node])[:most]
            got = np.sort(few.cost[ends_of(few) == node])[: len(due)]
            assert got.tolist() == due.tolist()


def test_threads_find_the_same() -> None:
    reading = read(Network(random_district(3, 300)))
    potential = random_potential(reading, 3)
    alone = survey(reading.instance, potential, ALONE)
    with crew_of(2) as crew:
        together = survey(reading.instance, potential, crew)
    assert together.bound == alone.bound
    for one, other in zip(together.arcs, alone.arcs, strict=True):
        assert one.tolist() == other.tolist()
