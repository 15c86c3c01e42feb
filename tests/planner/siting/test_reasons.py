"""What is said about each candidate is what the other choice would cost."""

from __future__ import annotations

import json

import pytest

from kierto.planner import Wish, solve
from kierto.planner.plain import to_plain
from kierto.planner.siting import SiteVerdict, reasons, solve_sites
from tests.planner.districts import need, offer, press, problem
from tests.planner.siting.regions import cost_with, region


@pytest.mark.parametrize("seed", range(12))
def test_savings_are_the_difference_to_the_other_choice(seed: int) -> None:
    asked = region(seed, stages=1 + seed % 2)
    plan = solve(asked)
    assert plan.siting is not None
    opened = set(plan.siting.opened)
    now = cost_with(asked, opened)
    for id_, reason in reasons(asked, plan).items():
        other = cost_with(asked, opened ^ {id_})
        assert reason.open == (id_ in opened)
        assert reason.level == pytest.approx(plan.levels[id_])
        if reason.saves is None:
            assert other == float("inf")
        else:
            saves = other - now if reason.open else now - other
            assert reason.saves == pytest.approx(saves, rel=1e-6, abs=1e-5)


def test_open_site_says_what_it_saves() -> None:
    asked = problem(offer("o"), need("n", "board", 10, buy=3), press(opening_cost=30))
    reason = reasons(asked, solve(asked))["press"]
    assert reason.verdict is SiteVerdict.SAVES
    assert reason.utilisation == pytest.approx(0.1)
    assert str(reason) == "It opens: without it the plan would cost 5.00 EUR more."


def test_closed_site_says_what_it_would_cost() -> None:
    asked = problem(offer("o"), need("n", "board", 10, buy=3), press(opening_cost=36))
    reason = reasons(asked, solve(asked))["press"]
    assert reason.verdict is SiteVerdict.DEAR
    assert reason.level == 0.0
    assert reason.level_if_open == pytest.approx(10.0)
    assert str(reason) == (
        "It stays closed: opening it as well would make the plan 1.00 EUR dearer."
    )


def test_starved_site_names_its_least_level() -> None:
    asked = problem(offer("o", amount=8), need("n", "board", 10, buy=30), press(minimum=9))
    reason = reasons(asked, solve(asked))["press"]
    assert reason.verdict is SiteVerdict.STARVED
    assert reason.saves is None
    assert str(reason).endswith("it could not reach its least level of 9.00.")


def test_site_without_work_says_so() -> None:
    asked = problem(need("n"), press(opening_cost=5))
    assert reasons(asked, solve(asked))["press"].verdict is SiteVerdict.IDLE


def test_search_that_was_stopped_says_what_it_missed() -> None:
    asked = problem(offer("o"), need("n", "board", 10, buy=3), press(opening_cost=30))
    plan = solve_sites(asked, progress=lambda word: Wish.ENOUGH)
    assert plan.siting is not None
    if not plan.siting.opened:
        assert reasons(asked, plan)["press"].verdict is SiteVerdict.MISSED


def test_too_many_candidates_are_listed_without_savings() -> None:
    asked = region(5)
    found = reasons(asked, solve(asked), most=1)
    assert {each.verdict for each in found.values()} == {SiteVerdict.UNKNOWN}
    assert {each.saves for each in found.values()} == {None}


def test_reasons_are_plain_values() -> None:
    asked = region(1)
    text = json.dumps(to_plain(reasons(asked, solve(asked))), allow_nan=False)
    assert "starved" in text


def test_problem_without_candidates_has_no_reasons() -> None:
    asked = problem(offer("o"), need("n"))
    plan = solve(asked)
    assert plan.siting is None
    assert reasons(asked, plan) == {}
