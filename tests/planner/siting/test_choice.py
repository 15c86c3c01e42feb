"""The choice of sites is the cheapest of all, and what the plan says about it holds."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner import (
    Cancelled,
    Fallback,
    Problem,
    Processor,
    Progress,
    Status,
    Stream,
    Wish,
    certify,
    solve,
)
from kierto.planner.siting import search_sites, solve_sites
from tests.planner.districts import need, offer, press, problem, random_district
from tests.planner.siting.regions import cheapest, region

SEEDS = st.integers(0, 100_000)
FEW = settings(max_examples=25, deadline=None)


def assert_cheapest(asked: Problem) -> None:
    plan = solve(asked)
    assert plan.totals.objective == pytest.approx(cheapest(asked), rel=1e-7, abs=1e-7)
    assert plan.status is Status.OPTIMAL
    assert plan.certificate.valid
    assert plan.siting is not None
    assert plan.siting.gap <= 1e-7


@FEW
@given(SEEDS)
def test_choice_in_one_stage_is_the_best_of_all(seed: int) -> None:
    assert_cheapest(region(seed))


@FEW
@given(SEEDS)
def test_choice_in_two_stages_is_the_best_of_all(seed: int) -> None:
    assert_cheapest(region(seed, stages=2, candidates=5))


@FEW
@given(SEEDS)
def test_choice_with_blends_is_the_best_of_all(seed: int) -> None:
    assert_cheapest(region(seed, stages=1 + seed % 2, blends=True))


@pytest.mark.parametrize("seed", range(8))
def test_candidates_that_cost_nothing_give_the_plan_without_candidates(seed: int) -> None:
    free = random_district(seed, size=8)
    candidates = replace(
        free,
        processors=tuple(replace(each, minimum=1e-9 * each.capacity) for each in free.processors),
    )
    plain = solve(free)
    assert solve(candidates).totals.objective == pytest.approx(plain.totals.objective, rel=1e-7)


def test_site_opens_when_it_saves_more_than_it_costs() -> None:
    """Ten of wood become board for 0.5 each; otherwise they cost 1 to dump and 3 to buy."""
    parts = offer("o"), need("n", "board", 10, buy=3)
    cheap = solve(problem(*parts, press(opening_cost=34)))
    assert cheap.siting is not None
    assert cheap.siting.opened == ("press",)
    assert cheap.siting.opening_cost == 34.0
    assert cheap.totals.cost == pytest.approx(39.0)
    dear = solve(problem(*parts, press(opening_cost=36)))
    assert dear.siting is not None
    assert dear.siting.opened == ()
    assert dear.levels == {"press": 0.0}
    assert dear.totals.cost == pytest.approx(40.0)


def test_site_that_cannot_reach_its_minimum_stays_closed() -> None:
    parts = offer("o", amount=8), need("n", "board", 10, buy=30)
    assert solve(problem(*parts, press(minimum=8))).levels == {"press": pytest.approx(8.0)}
    plan = solve(problem(*parts, press(minimum=9)))
    assert plan.levels == {"press": 0.0}
    assert plan.siting is not None
    assert plan.siting.opened == ()
    assert plan.siting.gap == 0.0


def test_two_sites_whose_minimums_cannot_both_be_met_do_not_both_open() -> None:
    parts = offer("o", amount=10), need("n", "board", 20, buy=30)
    plan = solve(problem(*parts, press(id="a", minimum=6), press(id="b", minimum=6)))
    assert plan.siting is not None
    assert len(plan.siting.opened) == 1
    assert sum(plan.levels.values()) == pytest.approx(10.0)


def test_site_runs_at_its_minimum_even_where_less_would_be_cheaper() -> None:
    """Board beyond the need is thrown away at nought; wood costs 1 to dump, 0.5 to press."""
    wood = Stream("wood", 1, Fallback(5))
    site = press(minimum=15, inputs=(wood,))
    plan = solve(problem(offer("o", amount=4), need("n", "board", 4, buy=100), site))
    assert plan.levels == {"press": pytest.approx(15.0)}
    assert plan.certificate.valid


def seasons(opening_cost: float) -> Problem:
    """Wood in the first of two periods only; the need for board is in both."""
    return problem(
        replace(offer("o"), profile=(10.0, 0.0)),
        need("n", "board", 10, buy=3),
        press(opening_cost=opening_cost),
        periods=2,
    )


def test_site_is_one_decision_for_all_periods_and_pays_in_each() -> None:
    cheap, dear = solve(seasons(17)), solve(seasons(18))
    assert cheap.siting is not None
    assert cheap.siting.opened == ("press",)
    assert cheap.siting.opening_cost == 34.0
    assert cheap.totals.cost == pytest.approx(5 + 34 + 30)
    assert cheap.levels == {"press@1": pytest.approx(10.0), "press@2": 0.0}
    assert dear.siting is not None
    assert dear.siting.opened == ()
    assert dear.totals.cost == pytest.approx(70.0)


def test_gap_that_was_asked_for_is_kept_and_stated() -> None:
    for seed in range(10):
        asked = region(seed, candidates=6)
        plan = solve(asked, gap=0.2)
        assert plan.siting is not None
        assert plan.siting.gap <= 0.2
        best = cheapest(asked)
        assert plan.siting.bound <= best + 1e-6 * abs(best)
        assert plan.totals.objective >= best - 1e-6 * abs(best)


def test_stopping_early_leaves_an_honest_gap() -> None:
    asked = region(17, stages=2, candidates=6)
    plan = solve_sites(asked, progress=lambda word: Wish.ENOUGH)
    best = cheapest(asked)
    assert plan.certificate.valid
    assert plan.siting is not None
    assert plan.siting.bound <= best + 1e-6 * abs(best)
    assert plan.totals.objective >= best - 1e-6 * abs(best)


def test_search_can_be_cancelled() -> None:
    def cancel(word: Progress) -> bool:
        return word.stage != "sites"

    with pytest.raises(Cancelled):
        solve_sites(region(3), progress=cancel)


def test_progress_tells_objective_and_bound_that_close_in() -> None:
    words: list[Progress] = []

    def hear(word: Progress) -> bool:
        words.append(word)
        return True

    plan = solve_sites(region(15, stages=2, candidates=6), progress=hear)
    known = [word for word in words if word.stage == "sites" and word.objective is not None]
    assert known
    for word in known:
        assert word.objective is not None
        assert word.bound is not None
        assert word.bound <= word.objective + 1e-6
        assert word.objective >= plan.totals.objective - 1e-6


def test_same_problem_gives_the_same_plan_in_any_order() -> None:
    asked = region(23, stages=2, candidates=6)
    turned = replace(
        asked,
        offers=asked.offers[::-1],
        needs=asked.needs[::-1],
        processors=asked.processors[::-1],
    )
    first, second = solve(asked).to_dict(timed=False), solve(turned).to_dict(timed=False)
    assert first == second


def test_prices_are_finite_at_every_port() -> None:
    for seed in range(10):
        plan = solve(region(seed))
        assert all(math.isfinite(price) for price in plan.duals.values())


def test_certificate_refuses_a_plan_that_hides_its_opening_cost() -> None:
    asked = problem(offer("o"), need("n", "board", 10, buy=3), press(opening_cost=30))
    plan = solve(asked)
    assert plan.siting is not None
    cheaper = replace(plan, siting=replace(plan.siting, opening_cost=10.0))
    assert not certify(asked, cheaper).valid
    closed = replace(plan, siting=replace(plan.siting, opened=(), opening_cost=0.0))
    assert not certify(asked, closed).valid
    unsaid = replace(plan, siting=None)
    assert not certify(asked, unsaid).valid


def test_certificate_refuses_a_level_below_the_minimum() -> None:
    asked = problem(offer("o"), need("n", "board", 10, buy=3), press(minimum=5))
    plan = solve(asked)
    stricter = replace(asked, processors=(press(minimum=12),))
    assert not certify(stricter, replace(plan, problem_digest=stricter.digest())).valid


def test_search_with_many_like_sites_ends() -> None:
    """Twelve equal presses, of which seven and a bit would do: eight open."""
    sites: list[Processor] = [press(id=f"p{i:02}", capacity=10, opening_cost=5) for i in range(12)]
    parts = offer("o", amount=71), need("n", "board", 71, buy=30)
    sited = search_sites(problem(*parts, *sites))
    assert sited.plan.siting is not None
    assert len(sited.plan.siting.opened) == 8
    assert sited.plan.siting.gap <= 1e-9
    assert sited.plan.siting.nodes <= 60
