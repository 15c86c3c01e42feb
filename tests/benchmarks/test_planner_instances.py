"""Every method of the planner's benchmark reads the same columns; these say what the problem says."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from planner_methods.families import FAMILIES, NotNeutral, columns_of, problem_of
from planner_methods.instance import EARTH_RADIUS_KM, Instance

from kierto.core import geography
from kierto.planner import Arc, Kind, Problem
from kierto.planner.network import Network
from kierto.planner.pairs import possible_pairs

SIZE = 96


@pytest.fixture(params=FAMILIES)
def problem(request: pytest.FixtureRequest) -> Problem:
    return FAMILIES[request.param][1](SIZE, 3)


def same(one: Instance, other: Instance) -> bool:
    names = [each.name for each in dataclasses.fields(Instance)]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_family_has_as_many_participants_as_asked_for(problem: Problem) -> None:
    assert len(problem.offers) + len(problem.needs) == SIZE


def test_problem_survives_the_way_through_columns(problem: Problem) -> None:
    columns = columns_of(problem)
    assert same(columns_of(problem_of(columns)), columns)


def test_columns_survive_the_way_through_a_file(problem: Problem, tmp_path: Path) -> None:
    columns = columns_of(problem)
    columns.save(tmp_path / "instance.npz")
    assert same(Instance.load(tmp_path / "instance.npz"), columns)


def test_arcs_are_the_pairs_of_the_planner_at_its_prices(problem: Problem) -> None:
    arcs = columns_of(problem).arcs()
    pairs = possible_pairs(Network(problem))
    ours = sorted(zip(pairs.source.tolist(), pairs.sink.tolist(), strict=True))
    theirs = sorted(zip(arcs.source.tolist(), arcs.sink.tolist(), strict=True))
    assert theirs == ours
    order = np.lexsort((arcs.sink, arcs.source))
    assert np.abs(arcs.price[order] - pairs.price).max() <= 1e-9


def test_earth_is_as_large_as_in_the_planner() -> None:
    assert EARTH_RADIUS_KM == geography.EARTH_RADIUS_KM


def test_seed_decides_the_instance() -> None:
    make = FAMILIES["recipes"][1]
    assert same(columns_of(make(SIZE, 1)), columns_of(make(SIZE, 1)))
    assert not same(columns_of(make(SIZE, 1)), columns_of(make(SIZE, 2)))


def test_what_not_every_method_knows_is_refused() -> None:
    problem = FAMILIES["city"][1](SIZE, 0)
    offer, need = problem.offers[0], problem.needs[0]
    odd = {
        "kinds within kinds": {"kinds": (*problem.kinds, Kind("k00", "t", parent="k0"))},
        "periods": {"periods": 2},
        "pairs of its own": {"arcs": (Arc(offer.id, need.id, 1.0),)},
        "lots": {"offers": (dataclasses.replace(offer, minimum_lot=1.0),)},
        "limits": {"needs": (dataclasses.replace(need, limits={"moisture": (0.0, 1.0)}),)},
    }
    told = {}
    for name, change in odd.items():
        with pytest.raises(NotNeutral) as refused:
            columns_of(dataclasses.replace(problem, **change))
        told[name] = str(refused.value)
    assert told == {name: f"not every method knows {name}" for name in odd}
