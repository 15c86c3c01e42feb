"""The network phase: least cost, balance, prices, order of work and threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings

from kierto.planner.simplex.network_phase import run_network_phase
from kierto.planner.simplex.recipes import supply_at
from kierto.planner.simplex.tree import (
    NONE,
    Arcs,
    Tree,
    node_order,
    refresh_flows,
    refresh_potentials,
    start_tree,
)
from tests.planner.simplex.instances import (
    Instance,
    imbalance,
    instances,
    least_cost,
    random_instance,
)

MANY = 10**6


def solved(instance: Instance, level: np.ndarray, *, block: int = 7) -> Tree:
    supply = supply_at(instance.supply, instance.recipes, level)
    tree = start_tree(supply, instance.source_count, instance.fallback)
    pivots, _ = run_network_phase(tree, instance.arcs, block=block, most_pivots=MANY)
    assert pivots < MANY
    return tree


def some_level(instance: Instance) -> np.ndarray:
    return np.where(np.isfinite(instance.recipes.capacity), instance.recipes.capacity / 2, 1.0)


@settings(max_examples=150, deadline=None)
@given(instances())
def test_network_phase_finds_the_least_cost(instance: Instance) -> None:
    level = some_level(instance)
    tree = solved(instance, level)
    cost = float(tree.cost @ tree.flow + instance.recipes.price @ level)
    assert cost == pytest.approx(least_cost(instance, level), rel=1e-9, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(instances())
def test_network_phase_keeps_balance_bounds_and_prices(instance: Instance) -> None:
    level = some_level(instance)
    tree = solved(instance, level)
    assert imbalance(tree, supply_at(instance.supply, instance.recipes, level)) < 1e-10
    assert tree.flow.min() >= 0
    arcs = instance.arcs
    reduced = arcs.cost - tree.potential[arcs.tail] + tree.potential[arcs.head]
    assert reduced.min() >= -1e-9
    count = len(tree.parent)
    nodes = np.arange(count)
    tail = np.where(tree.upward, nodes, tree.parent)
    head = np.where(tree.upward, tree.parent, nodes)
    basic = tree.cost - tree.potential[tail] + tree.potential[head]
    assert np.abs(basic).max() < 1e-9
    assert np.array_equal(tree.depth[:count], tree.depth[tree.parent] + 1)


@settings(max_examples=50, deadline=None)
@given(instances())
def test_network_phase_stops_and_goes_on(instance: Instance) -> None:
    level = some_level(instance)
    whole = solved(instance, level)
    supply = supply_at(instance.supply, instance.recipes, level)
    tree = start_tree(supply, instance.source_count, instance.fallback)
    pivots, position = 1, 0
    while pivots:
        pivots, position = run_network_phase(
            tree, instance.arcs, block=7, most_pivots=3, position=position
        )
    assert tree.cost @ tree.flow == pytest.approx(whole.cost @ whole.flow, rel=1e-9, abs=1e-9)


def test_refresh_computes_the_same_flows_and_potentials() -> None:
    instance = random_instance(np.random.default_rng(3), 40, 40, 0)
    tree = solved(instance, np.zeros(0))
    flow, potential = tree.flow.copy(), tree.potential.copy()
    tree.flow[:] = np.nan
    tree.potential[:] = np.nan
    assert refresh_flows(tree, instance.supply) >= -1e-12
    refresh_potentials(tree)
    assert np.allclose(tree.flow, flow, rtol=0, atol=1e-12)
    assert np.allclose(tree.potential, potential, rtol=0, atol=1e-12)


def test_node_order_has_every_node_after_its_parent() -> None:
    instance = random_instance(np.random.default_rng(4), 60, 60, 0)
    tree = solved(instance, np.zeros(0))
    order = node_order(tree)
    place = np.empty(len(order) + 1, np.int64)
    place[order] = np.arange(len(order))
    place[len(order)] = NONE
    assert sorted(order.tolist()) == list(range(len(order)))
    assert np.all(place[tree.parent[order]] < place[order])


def test_groups_of_kinds_may_run_in_threads_at_once() -> None:
    random = np.random.default_rng(5)
    parts = [random_instance(random, 150, 150, 0, density=0.3) for _ in range(4)]
    sources = [part.source_count for part in parts]
    sinks = [len(part.supply) - part.source_count for part in parts]
    count, first_sink = sum(sources) + sum(sinks), sum(sources)
    supply, fallback = np.zeros(count), np.zeros(count)
    groups = []
    for number, part in enumerate(parts):
        rows = np.concatenate(
            [
                sum(sources[:number]) + np.arange(sources[number]),
                first_sink + sum(sinks[:number]) + np.arange(sinks[number]),
                [count],
            ]
        ).astype(np.int32)
        supply[rows[:-1]], fallback[rows[:-1]] = part.supply, part.fallback
        groups.append(Arcs(rows[part.arcs.tail], rows[part.arcs.head], part.arcs.cost))
    tree = start_tree(supply, first_sink, fallback)
    with ThreadPoolExecutor(4) as threads:
        list(
            threads.map(
                lambda arcs: run_network_phase(tree, arcs, block=64, most_pivots=MANY), groups
            )
        )
    apart = sum(float(t.cost @ t.flow) for t in (solved(part, np.zeros(0)) for part in parts))
    assert float(tree.cost @ tree.flow) == pytest.approx(apart, rel=1e-12)
    assert imbalance(tree, supply) < 1e-10
