"""Every port is told why, with the numbers that one would compute by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.text import Sentence
from kierto.planner import (
    Arc,
    Explanation,
    Fallback,
    Match,
    Problem,
    Rate,
    Rates,
    Reason,
    Stream,
    explain,
    solve,
)
from kierto.planner.explanation import figure
from tests.planner.districts import east, need, offer, press, problem, random_district


def told(problem_: Problem, port: str, **more: Any) -> Explanation:
    return explain(problem_, solve(problem_), **more)[port]


def test_full_match_names_its_partners_and_needs_no_reason() -> None:
    each = told(problem(offer("o"), need("n")), "o", names={"taker n": "Anna's yard"})
    assert (each.match, each.moved, each.left, each.reason) == (Match.FULL, 10.0, 0.0, None)
    assert each.partners == (("n", 10.0),)
    assert each.text() == "All 10 kg of wood a week go to Anna's yard."


def test_part_match_says_how_much_is_left() -> None:
    each = told(problem(offer("o", amount=15), need("n")), "o")
    assert (each.match, each.moved, each.left) == (Match.PART, 10.0, 5.0)
    assert each.text().startswith("10 of 15 kg of wood a week go to taker n; 5 kg are left over.")


def test_no_taker_of_the_kind() -> None:
    district = problem(offer("o", "ash"), need("n"))
    assert told(district, "o").reason is Reason.NO_PARTNER
    assert told(district, "n").reason is Reason.NO_PARTNER
    assert told(district, "o").text() == ("10 kg of ash a week find no use. Nobody here takes ash.")


def test_distance_tells_the_break_even_kilometres() -> None:
    """Dump at 1, buy at 2, carry at 0.1 a km: 30 km of road are the limit."""
    each = told(problem(offer("o"), need("n", place=east(40))), "o")
    assert each.reason is Reason.DISTANCE
    assert each.km == pytest.approx(52, rel=1e-3)
    assert each.break_even_km == pytest.approx(30)
    assert each.nearest == "n"
    just_inside = problem(offer("o"), need("n", place=east(29.9 / 1.3)))
    assert told(just_inside, "o").match is Match.FULL


def test_break_even_counts_carbon() -> None:
    district = problem(
        offer("o", dump_emissions=1),
        need("n", place=east(60)),
        rates=Rates(Rate(0.1, 0.1)),
        carbon_price=1,
    )
    assert told(district, "o").break_even_km == pytest.approx((1 + 1 + 2) / 0.2)


def test_cost_when_even_next_door_would_not_pay() -> None:
    district = problem(offer("o"), need("n"), rates=Rates(Rate(0.1, 0, handling_cost=5)))
    each = told(district, "o")
    assert (each.reason, each.break_even_km) == (Reason.COST, None)
    assert each.shortfall == pytest.approx(2)


def test_dear_explicit_pair_has_no_break_even_distance() -> None:
    each = told(problem(offer("o"), need("n"), Arc("o", "n", 4, km=3)), "n")
    assert (each.reason, each.km, each.break_even_km) == (Reason.COST, 3, None)


@pytest.mark.parametrize(
    ("quality", "miss", "words"),
    [
        ({}, None, "asks for “moisture”, which the offer does not state"),
        ({"moisture": 0.5}, 0.2, "“moisture” is too high by 0.2"),
        ({"moisture": 0.1}, 0.1, "“moisture” is too low by 0.1"),
    ],
)
def test_quality_names_the_limit_and_the_miss(
    quality: dict[str, float], miss: float | None, words: str
) -> None:
    district = problem(offer("o", quality=quality), need("n", limits={"moisture": (0.2, 0.3)}))
    each = told(district, "o")
    assert (each.reason, each.quality) == (Reason.QUALITY, "moisture")
    assert each.miss == (None if miss is None else pytest.approx(miss))
    assert words in each.text()
    assert told(district, "n").reason is Reason.QUALITY


def test_full_processor_tells_what_more_capacity_is_worth() -> None:
    """Board at 4 against wood dumped at 1 and 0.5 a unit: 4.5 saved per unit."""
    district = problem(offer("o", amount=10), need("n", "board", 8, buy=4), press(capacity=6))
    for port in ("o", "n"):
        each = told(district, port)
        assert (each.reason, each.left) == (Reason.CAPACITY, 4.0 if port == "o" else 2.0)
        assert each.worth == pytest.approx(4.5)


def test_worth_is_what_one_more_unit_really_saves() -> None:
    parts = offer("o", amount=10), need("n", "board", 8, buy=4)
    small, large = problem(*parts, press(capacity=6)), problem(*parts, press(capacity=7))
    saved = solve(small).totals.cost - solve(large).totals.cost
    assert told(small, "o").worth == pytest.approx(saved)


def test_idle_processor_tells_what_running_would_lose() -> None:
    """One unit saves dumping at 1 and buying at 0.8, and costs 2.5 to make: 0.7 lost."""
    district = problem(offer("o"), need("n", "board", 8, buy=0.8), press(cost=2.5))
    for port in ("o", "n", "press:in:wood", "press:out:board"):
        each = told(district, port)
        assert each.reason is Reason.IDLE
        assert each.shortfall == pytest.approx(0.7)


def test_idle_processor_names_the_input_that_nobody_can_give() -> None:
    """The press also needs ash, which cannot be bought and which nobody here offers."""
    inputs = (Stream("wood", 1), Stream("ash", 0.1))
    district = problem(offer("o"), need("n", "board", 8, buy=9), press(inputs=inputs))
    for port in ("o", "n", "press:in:wood", "press:in:ash", "press:out:board"):
        each = told(district, port)
        assert each.reason is Reason.INPUT_MISSING
        assert "needs ash, which nobody here can give" in each.text()


def test_served_need_tells_what_one_more_unit_of_need_is_worth() -> None:
    each = told(problem(offer("o", amount=15), need("n", place=east(1))), "o")
    assert each.reason is Reason.SERVED
    assert each.worth == pytest.approx(1 - 0.13, rel=1e-3)


def test_used_offer_tells_what_one_more_unit_there_is_worth() -> None:
    each = told(problem(offer("o"), need("n", amount=15, place=east(1))), "n")
    assert each.reason is Reason.SERVED
    assert each.worth == pytest.approx(2 - 0.13, rel=1e-3)


def test_processor_short_of_another_input_takes_no_more() -> None:
    double = press(
        inputs=(Stream("wood", 1), Stream("ash", 1)), outputs=(Stream("board", 1, Fallback(0)),)
    )
    district = problem(offer("o", amount=9), offer("a", "ash", 4), need("n", "board", 9), double)
    each = told(district, "o")
    assert (each.reason, each.moved, each.left) == (Reason.SERVED, 4.0, 5.0)
    assert "another input is short" in each.text()


def test_barred_pairs_say_why() -> None:
    declined = problem(offer("o"), need("n"), excluded=frozenset({("o", "n")}))
    homeless = problem(offer("o"), need("n", place=None))
    unreached = problem(offer("o"), need("n", place=east(4)), rates=Rates(Rate(0.1, 0, max_km=5)))
    bulky = problem(offer("o", lot=12, amount=20), need("n"))
    for district, reason in (
        (declined, Reason.EXCLUDED),
        (homeless, Reason.NO_ROUTE),
        (unreached, Reason.TOO_FAR),
        (bulky, Reason.LOT),
    ):
        for port in ("o", "n"):
            each = told(district, port)
            assert (each.reason, each.match) == (reason, Match.NONE)
            assert each.text()
    assert "carried 5 km at most" in told(unreached, "o").text()
    assert "minimum lot of 12 kg" in told(bulky, "o").text()


def test_port_without_amount_says_so() -> None:
    assert told(problem(offer("o", amount=0), need("n")), "o").reason is Reason.EMPTY


def test_sentences_wait_for_the_reader_and_figures_for_the_locale() -> None:
    each = told(problem(offer("o", amount=1250), need("n", amount=1250)), "o")
    assert isinstance(each.sentence, Sentence)
    assert each.text(lambda value: f"{value:.1f}".replace(".", ",")).startswith("All 1250,0 kg")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_every_port_is_explained_and_every_sentence_can_be_filled(seed: int, lots: bool) -> None:
    district = random_district(seed, lots=lots)
    plan = solve(district)
    explanations = explain(district, plan)
    assert sorted(explanations) == sorted(district.port_ids())
    for each in explanations.values():
        assert each.text()
        assert (each.reason is None) == (each.match is Match.FULL)
        assert each.moved + each.left == pytest.approx(each.amount, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_break_even_distance_is_beyond_reach_whenever_it_is_given(seed: int) -> None:
    district = random_district(seed)
    for each in explain(district, solve(district)).values():
        if each.reason is Reason.DISTANCE:
            assert each.km is not None
            assert each.break_even_km is not None
            assert 0 < each.break_even_km < each.km + 1e-9


def test_moving_to_the_break_even_distance_makes_the_pair_worth_it() -> None:
    district = problem(offer("o"), need("n", place=east(40)))
    limit = told(district, "o").break_even_km
    assert limit is not None
    nearer = replace(district.needs[0], place=east(limit / 1.3 * 0.999))
    further = replace(district.needs[0], place=east(limit / 1.3 * 1.001))
    assert solve(replace(district, needs=(nearer,))).flows != ()
    assert solve(replace(district, needs=(further,))).flows == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (3, "3"),
        (0.12345, "0.123"),
        (12.349, "12.3"),
        (999.6, "1\u202f000"),
        (1234567.8, "1\u202f234\u202f568"),
        (-2.5, "-2.5"),
        (0.00012, "0.00012"),
    ],
)
def test_figures_have_three_digits_and_whole_thousands(value: float, text: str) -> None:
    assert figure(value) == text


def test_rest_that_makes_no_further_lot_is_said_to_be_so() -> None:
    """Ten in lots of four: two takers get four each, two are left, one taker goes without."""
    takers = [need(f"n{i}", amount=4) for i in range(3)]
    district = problem(offer("o", amount=10, lot=4), *takers)
    each = told(district, "o")
    assert (each.match, each.left, each.reason) == (Match.PART, 2.0, Reason.LOT)
    assert "nobody takes another minimum lot of 4 kg" in each.text()
    assert told(district, "n2").reason is Reason.LOT
