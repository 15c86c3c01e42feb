"""The side phase: tree and recipes together, against HiGHS and by its own conditions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner.simplex.network_phase import run_network_phase
from kierto.planner.simplex.recipes import (
    AT_CAPACITY,
    AT_ZERO,
    BASIC,
    BETWEEN,
    Levels,
    start_levels,
    supply_at,
)
from kierto.planner.simplex.side_phase import run_side_phase
from kierto.planner.simplex.tree import NONE, Tree, start_tree
from tests.planner.simplex.instances import (
    Instance,
    imbalance,
    instances,
    least_cost,
    random_instance,
)

MANY = 10**5


def run(
    instance: Instance, share: float, *, chunk: int = MANY, patience: int | None = None
) -> tuple[Tree, Levels, bool]:
    recipes = instance.recipes
    finite = np.where(np.isfinite(recipes.capacity), recipes.capacity, 5.0)
    levels = start_levels(recipes, share * finite)
    supply = supply_at(instance.supply, recipes, levels.level)
    tree = start_tree(supply, instance.source_count, instance.fallback)
    run_network_phase(tree, instance.arcs, block=9, most_pivots=MANY, patience=patience)
    total, pivots, unbounded = 0, 1, False
    while pivots and not unbounded:
        pivots, unbounded = run_side_phase(
            *(tree, instance.arcs, recipes, levels, instance.is_port),
            block=9,
            most_pivots=chunk,
            patience=patience,
        )
        total += pivots
        assert total < MANY
    return tree, levels, unbounded


def cost_of(instance: Instance, tree: Tree, levels: Levels) -> float:
    return float(tree.cost @ tree.flow + instance.recipes.price @ levels.level)


@settings(max_examples=300, deadline=None)
@given(instances(), st.sampled_from((0.0, 0.5, 1.0)))
def test_side_phase_finds_the_least_cost(instance: Instance, share: float) -> None:
    tree, levels, unbounded = run(instance, share)
    best = least_cost(instance)
    assert unbounded == np.isneginf(best)
    if not unbounded:
        assert cost_of(instance, tree, levels) == pytest.approx(best, rel=1e-9, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(instances(), st.sampled_from((0.0, 0.5, 1.0)))
def test_side_phase_keeps_balance_bounds_and_slackness(instance: Instance, share: float) -> None:
    tree, levels, unbounded = run(instance, share)
    if unbounded:
        return
    recipes = instance.recipes
    assert imbalance(tree, supply_at(instance.supply, recipes, levels.level)) < 1e-9
    assert tree.flow.min() >= -1e-9
    assert np.all(tree.flow[tree.loose != NONE] == 0)
    assert levels.level.min(initial=0) >= -1e-9
    assert np.max(levels.level - recipes.capacity, initial=0) <= 1e-9
    arcs, price = instance.arcs, tree.potential
    assert (arcs.cost - price[arcs.tail] + price[arcs.head]).min() >= -1e-8
    value = recipes.coefficients * price[recipes.nodes]
    number = np.repeat(np.arange(len(recipes.price)), np.diff(recipes.starts))
    reduced = recipes.price + np.bincount(number, value, len(recipes.price))
    movable = recipes.capacity > 0
    assert np.all(np.abs(reduced[levels.status == BASIC]) < 1e-8)
    assert np.all(reduced[movable & (levels.status == AT_ZERO)] > -1e-8)
    assert np.all(reduced[movable & (levels.status == AT_CAPACITY)] < 1e-8)
    assert np.all(np.abs(reduced[levels.status == BETWEEN]) < 1e-8)
    assert np.count_nonzero(levels.status == BASIC) == levels.basic_count[0]
    assert np.count_nonzero(tree.loose != NONE) == levels.basic_count[0]


@settings(max_examples=60, deadline=None)
@given(instances(), st.integers(1, 4))
def test_side_phase_stops_and_goes_on(instance: Instance, chunk: int) -> None:
    tree, levels, unbounded = run(instance, 0.5, chunk=chunk)
    if not unbounded:
        best = least_cost(instance)
        assert cost_of(instance, tree, levels) == pytest.approx(best, rel=1e-9, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(instances(), st.sampled_from((0.0, 0.5, 1.0)), st.sampled_from((-1, 0, 3)))
def test_blands_rule_ends_at_the_least_cost(
    instance: Instance, share: float, patience: int
) -> None:
    tree, levels, unbounded = run(instance, share, patience=patience)
    best = least_cost(instance)
    assert unbounded == np.isneginf(best)
    if not unbounded:
        assert cost_of(instance, tree, levels) == pytest.approx(best, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_side_phase_solves_networks_with_many_basic_recipes(seed: int) -> None:
    random = np.random.default_rng(seed)
    instance = random_instance(random, 120, 120, 90, round_to=(0.0, 1.0, 5.0)[seed % 3])
    finite = np.minimum(instance.recipes.capacity, 10.0)
    instance = instance._replace(recipes=instance.recipes._replace(capacity=finite))
    tree, levels, _ = run(instance, 0.5)
    assert cost_of(instance, tree, levels) == pytest.approx(least_cost(instance), rel=1e-9)
