"""Coarse pictures keep what there is, and where."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner.network import Network
from kierto.planner.simplex.boxes import boxes_of, cut
from kierto.planner.simplex.coarsen import coarsen, hierarchy
from kierto.planner.simplex.reading import read
from tests.planner.districts import random_district

districts = st.builds(random_district, st.integers(0, 10_000), st.integers(1, 60))


@given(st.integers(1, 500), st.integers(1, 60), st.integers(0, 100))
@settings(max_examples=50, deadline=None)
def test_cuts_make_parts_of_equal_size_and_boxes_hold_their_nodes(
    count: int, parts: int, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    points = np.round(dice.random((count, 3)), dice.integers(1, 4))
    parts = min(parts, count)
    order, starts = cut(points, parts)
    assert sorted(order.tolist()) == list(range(count))
    assert set(np.diff(starts).tolist()) <= {count // parts, -(-count // parts)}
    boxes = boxes_of(points[order], starts)
    inside = np.repeat(np.arange(parts), np.diff(starts))
    assert np.all(boxes.low[inside] <= points[order])
    assert np.all(points[order] <= boxes.high[inside])


@given(districts)
@settings(max_examples=40, deadline=None)
def test_coarse_picture_keeps_amounts_by_kind_and_leaves_ports_alone(problem) -> None:
    instance = read(Network(problem)).instance
    coarse = coarsen(instance)
    sides = (
        (instance.sources, coarse.instance.sources, coarse.source),
        (instance.sinks, coarse.instance.sinks, coarse.sink),
    )
    for fine, merged, went in sides:
        assert merged.kind[went].tolist() == fine.kind.tolist()
        amounts = np.bincount(went, fine.amount, len(merged))
        assert merged.amount == pytest.approx(amounts)
        assert merged.is_port[went].tolist() == fine.is_port.tolist()
        alone = np.bincount(went)[went[fine.is_port]]
        assert set(alone.tolist()) <= {1}


@given(districts)
@settings(max_examples=40, deadline=None)
def test_recipes_keep_their_ports(problem) -> None:
    instance = read(Network(problem)).instance
    coarse = coarsen(instance)
    first = len(coarse.instance.sources)
    went = np.concatenate([coarse.source, coarse.sink + first])
    fine, merged = instance.recipes, coarse.instance.recipes
    assert merged.nodes.tolist() == went[fine.nodes].tolist()
    assert merged.coefficients.tolist() == fine.coefficients.tolist()


def test_levels_shrink_until_they_are_small() -> None:
    instance = read(Network(random_district(1, 2000))).instance
    sizes = [instance.size, *(each.instance.size for each in hierarchy(instance, small=100))]
    assert len(sizes) > 3
    assert all(2 * small < large for large, small in pairwise(sizes[:3]))


def test_ports_without_a_place_are_never_merged() -> None:
    instance = read(Network(random_district(5, 60))).instance
    coarse = coarsen(instance)
    placeless = ~np.isfinite(instance.sources.place).all(axis=1)
    assert np.count_nonzero(placeless) > 0
    groups = np.bincount(coarse.source)
    assert set(groups[coarse.source[placeless]].tolist()) == {1}
