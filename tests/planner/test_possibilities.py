"""What could become of one offer or need, in the solver's own prices."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner import Fallback, NoSuchPort, Stream, possibilities, solve
from tests.planner.districts import east, need, offer, press, problem, random_district


def test_direct_taker_saves_both_fallbacks_less_the_carrying() -> None:
    (each,) = possibilities(problem(offer("o"), need("n", amount=4, place=east(10))), "o")
    assert each.cost == pytest.approx(1.3, rel=1e-3)
    assert each.saving == pytest.approx(1 + 2 - 1.3, rel=1e-3)
    assert each.km == pytest.approx(13, rel=1e-3)
    assert (each.processors, each.most) == ((), 4.0)


def test_cheapest_comes_first_and_declined_pairs_do_not_come() -> None:
    district = problem(
        offer("o"),
        need("far", place=east(5)),
        need("near", place=east(1)),
        need("declined"),
        excluded=frozenset({("o", "declined")}),
    )
    assert [each.legs[0].sink for each in possibilities(district, "o")] == ["near", "far"]


def test_chain_through_a_processor_counts_yields_inputs_and_by_products() -> None:
    """Two wood and 0.5 heat (bought at 0.2) make one board and 0.1 ash (dumped at 3)."""
    mill = press(
        inputs=(Stream("wood", 2), Stream("heat", 0.5, Fallback(0.2))),
        outputs=(Stream("board", 1, Fallback(0)), Stream("ash", 0.1, Fallback(3))),
        capacity=3,
        cost=0.4,
    )
    district = problem(offer("o"), need("n", "board", 10, buy=9), mill)
    (each,) = possibilities(district, "o")
    assert each.processors == ("press",)
    assert [leg.amount for leg in each.legs] == [1.0, 0.5]
    assert each.cost == pytest.approx((0.4 + 0.5 * 0.2 + 0.1 * 3) / 2)
    assert each.saving == pytest.approx(1 + 9 / 2 - each.cost)
    assert each.most == 6.0


def test_need_is_answered_per_unit_of_the_need() -> None:
    mill = press(inputs=(Stream("wood", 2),), cost=0.4)
    district = problem(offer("o"), offer("b", "board"), need("n", "board", 10, buy=9), mill)
    chain, direct = possibilities(district, "n")
    assert [leg.source for leg in direct.legs] == ["b"]
    assert [leg.amount for leg in chain.legs] == [2.0, 1.0]
    assert chain.saving == pytest.approx(2 * 1 + 9 - 0.4)
    assert chain.most == 5.0


def test_input_that_could_be_bought_ends_the_path() -> None:
    stove = press(inputs=(Stream("wood", 2, Fallback(0.7)),))
    (each,) = possibilities(problem(offer("o"), need("n", "board"), stove), "o")
    assert [leg.sink for leg in each.legs] == ["press:in:wood"]
    assert each.saving == pytest.approx(1 + 0.7)


def test_processor_whose_other_input_nobody_has_is_no_way() -> None:
    double = press(inputs=(Stream("wood", 1), Stream("ash", 1)))
    parts = offer("o"), need("n", "board", buy=9), double
    assert possibilities(problem(*parts), "o") == []
    assert len(possibilities(problem(*parts, offer("a", "ash")), "o")) == 1


def test_two_processors_in_a_row_are_followed_but_no_circle() -> None:
    back = press(
        id="chipper",
        agent="chipper",
        inputs=(Stream("board", 1),),
        outputs=(Stream("wood", 1, Fallback(0)),),
    )
    district = problem(offer("o"), need("n", "wood"), press(), back)
    chains = [each.processors for each in possibilities(district, "o")]
    assert sorted(chains) == [(), ("press", "chipper")]
    assert [each.processors for each in possibilities(district, "o", longest=1)] == [()]


def test_processor_without_output_is_an_end() -> None:
    store = press(outputs=(), cost=0.1)
    (each,) = possibilities(problem(offer("o"), store), "o")
    assert each.saving == pytest.approx(0.9)


def test_unknown_port_is_refused() -> None:
    with pytest.raises(NoSuchPort):
        possibilities(problem(offer("o")), "press:in:wood")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_prices_of_direct_takers_are_those_of_the_plan(seed: int) -> None:
    district = random_district(seed)
    for flow in solve(district).flows:
        if any(each.id == flow.source for each in district.offers) and ":in:" not in flow.sink:
            (same,) = [
                each
                for each in possibilities(district, flow.source)
                if [leg.sink for leg in each.legs] == [flow.sink]
            ]
            assert same.cost * flow.amount == pytest.approx(flow.cost)
            assert same.emissions * flow.amount == pytest.approx(flow.emissions)
            assert same.most >= flow.amount - 1e-9
