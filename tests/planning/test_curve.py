"""The Pareto picture keeps its points in order and inside its frame."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kierto.planning.curve import HEIGHT, WIDTH, pareto_drawing


def point(price: float, cost: float, emissions: float) -> dict[str, Any]:
    return {"carbon_price": price, "cost": cost, "emissions": emissions}


def test_plans_that_are_the_same_share_one_mark_with_the_range_of_prices() -> None:
    drawing = pareto_drawing([point(0, 10, 5), point(20, 10, 5), point(40, 12, 3)])
    ranges = [(mark["lowest_price"], mark["highest_price"]) for mark in drawing["marks"]]
    assert ranges == [(0, 20), (40, 40)]


def test_less_carbon_is_left_and_less_cost_is_down() -> None:
    cheap, clean = pareto_drawing([point(0, 10, 5), point(40, 12, 3)])["marks"]
    assert clean["x"] < cheap["x"]
    assert clean["y"] < cheap["y"]


def test_a_sweep_without_points_draws_an_empty_frame() -> None:
    assert pareto_drawing([])["marks"] == []


numbers = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12))
def test_every_mark_lies_inside_the_frame(values: list[tuple[float, float]]) -> None:
    points = [point(price, *pair) for price, pair in enumerate(values)]
    for mark in pareto_drawing(points)["marks"]:
        assert 0 <= mark["x"] <= WIDTH
        assert 0 <= mark["y"] <= HEIGHT
