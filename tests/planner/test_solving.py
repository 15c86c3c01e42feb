"""The same inputs give the same plan; inputs are frozen as JSON; work can be watched and stopped."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner import Cancelled, Plan, Problem, Progress, pareto, solve
from tests.planner.districts import need, offer, problem, random_district

SEEDS = st.integers(0, 10_000)


def written(plan: Plan) -> str:
    return json.dumps(plan.to_dict(timed=False), allow_nan=False)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.booleans())
def test_same_problem_gives_the_same_plan_to_the_last_byte(seed: int, lots: bool) -> None:
    assert written(solve(random_district(seed, lots=lots))) == written(
        solve(random_district(seed, lots=lots))
    )


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_order_of_rows_changes_neither_digest_nor_plan(seed: int) -> None:
    district = random_district(seed)
    dice = random.Random(seed)

    def shuffled(rows: tuple) -> tuple:
        return tuple(dice.sample(rows, len(rows)))

    other = replace(
        district,
        kinds=shuffled(district.kinds),
        offers=shuffled(district.offers),
        needs=shuffled(district.needs),
        processors=shuffled(district.processors),
    )
    assert other == district
    assert other.digest() == district.digest()
    assert written(solve(other)) == written(solve(district))


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_problem_and_plan_survive_json(seed: int) -> None:
    district = random_district(seed)
    again = Problem.from_dict(json.loads(json.dumps(district.to_dict())))
    assert again == district
    assert again.digest() == district.digest()
    plan = solve(district)
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_digest_is_the_same_for_whole_numbers_written_either_way_and_on_every_machine() -> None:
    whole = problem(offer("o", amount=5), need("n"))
    real = problem(offer("o", amount=5.0), need("n"))
    assert whole.digest() == real.digest()
    assert whole.digest() == problem(need("n"), offer("o", amount=5)).digest()
    assert whole.digest() != problem(offer("o", amount=5.1), need("n")).digest()
    assert len(whole.digest()) == 64


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"surprise": 1},
        {**problem(offer("o")).to_dict(), "offers": [{"id": "o"}]},
        {**problem(offer("o")).to_dict(), "carbon_price": "much"},
        {**problem(offer("o")).to_dict(), "rates": 3},
    ],
)
def test_unfit_json_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Problem.from_dict(data)


def test_progress_rises_and_ends_with_the_proof() -> None:
    heard: list[Progress] = []
    plan = solve(random_district(1), progress=lambda word: heard.append(word) is None)
    shares = [word.share for word in heard]
    assert shares == sorted(shares)
    assert heard[-1].share == 1.0
    assert (heard[-1].objective, heard[-1].bound) == (
        plan.totals.objective,
        plan.certificate.bound,
    )


@pytest.mark.parametrize("stage", ["pairs", "solving", "certificate", "done"])
def test_planning_stops_at_any_stage_when_asked(stage: str) -> None:
    with pytest.raises(Cancelled):
        solve(random_district(1), progress=lambda word: word.stage != stage)


def test_solver_itself_stops_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kierto.planner.solving.PAUSE_SECONDS", 0.0)
    words: list[Progress] = []

    def until_it_works(word: Progress) -> bool:
        words.append(word)
        return [each.stage for each in words].count("solving") < 2

    with pytest.raises(Cancelled):
        solve(random_district(1, 60), progress=until_it_works)
    assert [word.stage for word in words][-2:] == ["solving", "solving"]


def test_pareto_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        pareto(problem(), [0, 1], progress=lambda word: word.share > 0.6)


def test_seconds_are_told_but_are_no_part_of_the_plan() -> None:
    plan = solve(problem(offer("o"), need("n")))
    assert plan.seconds > 0
    assert plan == replace(plan, seconds=99.0)
    assert "seconds" not in plan.to_dict(timed=False)


def test_error_of_the_listener_comes_out_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kierto.planner.solving.PAUSE_SECONDS", 0.0)

    def lose_the_database(word: Progress) -> bool:
        if word.stage == "solving":
            raise ConnectionError("gone")
        return True

    with pytest.raises(ConnectionError, match="gone"):
        solve(random_district(1, 60), progress=lose_the_database)
