"""No group does better alone: the promise itself, held against every group there is."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from kierto.planner import Problem, solve
from kierto.planner.fair import FairSplit, Stability, split
from tests.planner.fair.games import game, least_cost, payment_range, program_of, worst_slack


def shares(found: FairSplit) -> dict[str, float]:
    return {each.agent: each.share for each in found.participants}


def scale(problem: Problem) -> float:
    program = program_of(problem)
    return 1 + sum(abs(number) for number in program.objective)


@pytest.mark.parametrize("seed", range(12))
def test_no_group_pays_less_by_itself(seed: int) -> None:
    problem = game(seed, 5, round_=seed % 5 > 0)
    found = split(problem, solve(problem))
    assert found.stability is Stability.STABLE
    assert worst_slack(problem, shares(found)) >= -1e-9 * scale(problem)


@pytest.mark.parametrize("seed", [100, 101])
def test_no_group_of_eight_pays_less_by_itself(seed: int) -> None:
    problem = game(seed, 8, processors=3)
    assert worst_slack(problem, shares(split(problem, solve(problem)))) >= -1e-9 * scale(problem)


@pytest.mark.parametrize("seed", range(12))
def test_ranges_are_those_of_all_optimal_prices(seed: int) -> None:
    problem = game(seed, 5)
    for each in split(problem, solve(problem)).participants:
        truth = payment_range(problem, each.agent)
        assert (each.lowest, each.highest) == pytest.approx(truth, rel=1e-6, abs=1e-3)
        assert each.lowest <= each.share <= each.highest


def test_some_ranges_are_wide() -> None:
    found = [split(problem, solve(problem)) for problem in map(game, range(12))]
    wide = [any(one.highest - one.lowest > 1 for one in each.participants) for each in found]
    assert sum(wide) > 5


@pytest.mark.parametrize("seed", range(12))
def test_shares_add_up_to_the_last_digit(seed: int) -> None:
    problem = game(seed, 7, round_=False)
    plan = solve(problem)
    found = split(problem, plan)
    assert math.fsum(each.share for each in found.participants) == plan.totals.objective
    assert abs(found.rounding) <= 1e-9 * scale(problem)


@pytest.mark.parametrize("seed", range(12))
def test_alone_is_the_least_cost_of_what_one_has(seed: int) -> None:
    from kierto.planner.fair import part_of

    problem = game(seed, 4, processors=3)
    for each in split(problem, solve(problem)).participants:
        due = least_cost(part_of(problem, [each.agent]))
        assert each.alone == pytest.approx(due, abs=1e-8)
        assert each.gain == each.alone - each.share


@pytest.mark.parametrize("seed", range(8))
def test_names_do_not_matter(seed: int) -> None:
    problem = game(seed, 6)
    renamed = _renamed(problem)
    mine = {each.agent: each for each in split(problem, solve(problem)).participants}
    for other in split(renamed, solve(renamed)).participants:
        one = mine[other.agent.removeprefix("z")[::-1]]
        expected = (one.share, one.lowest, one.highest, one.alone)
        assert (other.share, other.lowest, other.highest, other.alone) == pytest.approx(
            expected, abs=1e-6
        )


def test_a_split_by_stand_alone_cost_breaks_some_group_where_this_one_breaks_none() -> None:
    broken = 0
    for seed in range(12):
        problem = game(seed, 5)
        found = split(problem, solve(problem))
        alone = sum(each.alone for each in found.participants)
        if alone <= 0 or min(each.alone for each in found.participants) < 0:
            continue
        part = found.objective / alone
        proportional = {each.agent: each.alone * part for each in found.participants}
        broken += worst_slack(problem, proportional) < -1e-6
    assert broken > 3


def _renamed(problem: Problem) -> Problem:
    """The same with all names written backwards, so that everything is sorted otherwise."""
    name = {"offers": "o", "needs": "n", "processors": "p"}
    parts = {
        field: tuple(
            replace(each, id=f"{letter}z{each.id[::-1]}", agent=f"z{each.agent[::-1]}")
            for each in getattr(problem, field)
        )
        for field, letter in name.items()
    }
    return replace(problem, **parts)
