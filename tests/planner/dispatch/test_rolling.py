"""Windows: feasible, never below the bound, and close to the optimum of the whole."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from kierto.planner import Cancelled, Progress, Status, Wish
from kierto.planner.dispatch import (
    Battery,
    Building,
    DispatchProblem,
    Grid,
    HeatPump,
    Tank,
    dispatch,
    typical_district,
)
from tests.planner.dispatch.districts import small_district


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("window", "overlap", "threads"), [(6, 2, 1), (12, 6, 2)])
def test_bound_optimum_and_rolled_cost_stand_in_this_order(
    seed: int, window: int, overlap: int, threads: int
) -> None:
    problem = small_district(seed, hours=72)
    whole = dispatch(problem)
    rolled = dispatch(problem, window=window, overlap=overlap, gap=0.0, threads=threads)
    best = whole.totals.objective
    slack = 1e-6 * abs(best)
    assert whole.windows == 1
    assert rolled.windows == 72 // window
    assert rolled.certificate.bound <= best + slack
    assert best <= rolled.totals.objective + slack
    assert rolled.certificate.gap < 1e-3


@pytest.mark.parametrize("seed", range(6))
def test_a_week_in_days_reaches_the_gap_asked_for(seed: int) -> None:
    problem = typical_district(4, 168, seed=seed)
    whole = dispatch(problem)
    rolled = dispatch(problem, window=24, overlap=12, gap=1e-5, threads=2)
    assert whole.status is Status.OPTIMAL
    assert rolled.certificate.gap < 2e-5
    assert rolled.totals.objective == pytest.approx(whole.totals.objective, rel=1e-4)


def test_mending_the_joins_raises_the_bound_and_never_the_cost() -> None:
    problem = typical_district(4, 168)
    told: list[Progress] = []

    def hear(word: Progress) -> bool:
        told.append(word)
        return True

    dispatch(problem, window=24, overlap=12, gap=0.0, threads=1, progress=hear)
    known = [(word.objective, word.bound) for word in told if word.objective is not None]
    objectives, bounds = zip(*known, strict=True)
    assert all(b <= a + 1e-6 for a, b in itertools.pairwise(objectives))
    assert bounds[-1] > bounds[0]
    assert [word.share for word in told] == sorted(word.share for word in told)


def test_same_windows_and_threads_give_the_same_plan() -> None:
    problem = typical_district(3, 96)
    plans = [dispatch(problem, window=12, overlap=6, threads=2) for _ in range(2)]
    assert plans[0].to_dict(timed=False) == plans[1].to_dict(timed=False)


def test_chains_that_cannot_meet_are_rolled_one_after_the_other() -> None:
    """One is paid to fill the tank at noon, and nobody draws from it: the second chain guesses
    an empty tank, which the first cannot hand over."""
    hours, noon = 64, range(8, 12)
    problem = DispatchProblem(
        buildings=(Building("cold", (1.0,) * hours, (0.0,) * hours),),
        grid=Grid(
            tuple(-0.5 if hour in noon else 0.2 for hour in range(hours)),
            (-1.0,) * hours,
            (0.0,) * hours,
        ),
        heat_pumps=(HeatPump("pump", "cold", 5.0, (3.0,) * hours),),
        tanks=(Tank("tank", "cold", 10.0),),
    )
    plan = dispatch(problem, window=8, overlap=4, threads=2)
    assert plan.certificate.valid
    assert plan.tanks["tank"][31] == pytest.approx(10.0)
    assert plan.totals.objective == pytest.approx(dispatch(problem).totals.objective)


def test_enough_ends_with_a_certified_plan() -> None:
    problem = typical_district(3, 96)
    plan = dispatch(
        problem, window=12, overlap=6, gap=0.0, threads=1, progress=lambda _word: Wish.ENOUGH
    )
    assert plan.certificate.valid
    assert plan.status is Status.WITHIN_GAP


@pytest.mark.parametrize("window", [None, 12])
def test_no_ends_without_a_plan(window: int | None) -> None:
    with pytest.raises(Cancelled):
        dispatch(typical_district(3, 96), window=window, progress=lambda _word: False)


def test_cancelling_later_stops_the_threads() -> None:
    words = iter([True, True, True])
    with pytest.raises(Cancelled):
        dispatch(
            typical_district(6, 480),
            window=24,
            threads=2,
            progress=lambda _word: next(words, False),
        )


@pytest.mark.parametrize("fields", [{"window": 1}, {"overlap": 0}])
def test_windows_of_one_hour_are_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 2 hours"):
        dispatch(typical_district(1, 24), **fields)


def test_battery_that_holds_over_many_windows_is_carried() -> None:
    problem = small_district(3, hours=48)
    battery = Battery("slow", "b0", 20.0, 0.5, 0.5, 0.95, 0.95, 0.0, 0.0, 10.0)
    problem = replace(problem, batteries=(battery,))
    plan = dispatch(problem, window=8, overlap=4, threads=1)
    assert plan.certificate.valid
    assert plan.stored["slow"][-1] >= 10.0 - 1e-9
