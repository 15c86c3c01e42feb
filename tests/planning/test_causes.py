"""Why a flow differs between two plans."""

from __future__ import annotations

from dataclasses import replace

from kierto.planner import Fallback, Problem, solve
from kierto.planning import causes
from kierto.planning.causes import Causes
from kierto.planning.comparing import compare
from tests.planner.districts import east, need, offer, problem


def told(before: Problem, after: Problem) -> dict[tuple[str, str], str]:
    earlier, later = solve(before), solve(after)
    found = Causes(before, after, later)
    return {
        (flow.source, flow.sink): str(found.of(flow).sentence)
        for flow in compare(earlier, later).flows
        if flow.sort != "same"
    }


def test_a_new_offer_nearer_by_explains_itself_and_what_it_drives_out() -> None:
    far, near = offer("far", place=east(10)), offer("near", amount=20, place=east(1))
    wish = need("n", buy=5)
    found = told(problem(far, wish), problem(far, near, wish))
    assert found == {
        ("near", "n"): str(causes.NEW),
        ("far", "n"): str(causes.DEARER),
    }


def test_the_cost_of_going_back_is_the_reduced_cost() -> None:
    far, near = offer("far", place=east(10)), offer("near", amount=20, place=east(1))
    before, after = problem(far, need("n", buy=5)), problem(far, near, need("n", buy=5))
    later = solve(after)
    found = Causes(before, after, later)
    (gone,) = [flow for flow in compare(solve(before), later).flows if flow.sort == "gone"]
    kilometres = 9 * after.rates.road_factor
    more = found.of(gone).fields["more"]
    assert abs(more - 0.1 * kilometres) < 0.01


def test_what_changed_at_an_end_comes_first() -> None:
    base = problem(offer("o", amount=10), need("n", amount=10))
    smaller = problem(offer("o", amount=4), need("n", amount=10))
    assert told(base, smaller) == {("o", "n"): str(causes.LESS)}
    gone = problem(need("n", amount=10))
    assert told(base, gone) == {("o", "n"): str(causes.GONE)}
    given_away = problem(offer("o", amount=10, dump=-3), need("n", amount=10))
    assert told(base, given_away) == {("o", "n"): str(causes.PRICE)}
    declined = replace(base, excluded=frozenset({("o", "n")}))
    assert told(base, declined) == {("o", "n"): str(causes.DECLINED)}


def test_the_price_of_carbon_is_named_where_nothing_else_changed() -> None:
    dirty = replace(need("n", buy=0.1), fallback=Fallback(0.1, 5.0))
    base = problem(offer("o", dump=0, place=east(20)), dirty)
    assert told(base, base.with_carbon_price(1.0)) == {("o", "n"): str(causes.CARBON)}


def test_the_same_question_changed_nothing() -> None:
    base = problem(offer("o"), need("n"))
    found = Causes(base, base, solve(base))
    assert (found.changed, found.everywhere, found.counts.total()) == ({}, [], 0)
