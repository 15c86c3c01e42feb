"""Column generation comes to the optimum of all pairs, from below and from above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.districts import country, recipes_country
from kierto.planner import Arc, Blend, Cancelled, Problem, pareto, solve
from kierto.planner.answer import start_from
from kierto.planner.choosing import engine_for
from kierto.planner.engines import Run, Solution
from kierto.planner.highs.columns import KEPT, Columns
from kierto.planner.highs.direct import Direct
from kierto.planner.network import Network
from kierto.planner.pairs import pairs_at
from tests.planner.districts import east, need, offer, problem, random_district
from tests.planner.test_blending import blended

SEEDS = st.integers(0, 10_000)


def cost(network: Network, found: Solution) -> float:
    """What a solution costs, from its own columns."""
    pairs = pairs_at(network, found.source, found.sink)
    total = float(np.sum(pairs.price * found.amounts))
    total += float(np.sum(network.recipe_price * found.levels))
    for ports, ends in ((network.sources, found.source), (network.sinks, found.sink)):
        rest = ports.turnover(found.levels) - np.bincount(ends, found.amounts, len(ports))
        total += float(np.sum(rest * np.nan_to_num(ports.price)))
    return total


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([8, 20, 40]), st.sampled_from([random_district, blended]))
def test_columns_come_to_the_same_as_all_pairs(
    seed: int, size: int, make: Callable[[int, int], Problem]
) -> None:
    network = Network(make(seed, size))
    ours, theirs = (engine.solve(network, Run()) for engine in (Columns(), Direct()))
    assert cost(network, ours) == pytest.approx(cost(network, theirs), rel=1e-8, abs=1e-7)
    assert ours.bound <= cost(network, ours) + 1e-7
    assert ours.bound == pytest.approx(theirs.bound, rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("make", [country, partial(recipes_country, recipes=20)])
def test_columns_of_a_country_come_to_the_same_as_all_pairs(
    make: Callable[[int], Problem],
) -> None:
    network = Network(make(300))
    ours, theirs = (engine.solve(network, Run()) for engine in (Columns(), Direct()))
    assert cost(network, ours) == pytest.approx(cost(network, theirs), rel=1e-9)
    assert ours.rounds > 1


def test_far_but_cheap_pair_is_found() -> None:
    """Among thirty near takers, one far away with an explicit price of its own."""
    near = [need(f"n{i}", amount=1, buy=2, place=east(0.1 * i)) for i in range(30)]
    far = need("far", amount=10, buy=9, place=east(500))
    network = Network(problem(offer("o"), *near, far, Arc("o", "far", 0.01)))
    found = Columns().solve(network, Run())
    assert found.amounts.tolist() == [10.0]
    assert network.sinks.ids[int(found.sink[0])] == "far"


def test_every_round_proves_a_bound_and_has_a_plan() -> None:
    network = Network(country(300))
    words: list[tuple[float, float]] = []

    def tell(stage: str, share: float, objective: float | None, bound: float | None) -> bool:
        if objective is not None and bound is not None:
            words.append((objective, bound))
        return False

    best = Columns().solve(network, Run(tell=tell))
    objectives, bounds = zip(*words, strict=True)
    assert len(words) == best.rounds
    assert list(objectives) == sorted(objectives, reverse=True)
    assert list(bounds) == sorted(bounds)
    optimum = cost(network, best)
    assert all(bound <= optimum + 1e-6 <= objective + 2e-6 for objective, bound in words)


def test_gap_and_enough_stop_early_with_prices_that_prove_the_bound() -> None:
    network = Network(country(300))
    full = Columns().solve(network, Run())
    close = Columns().solve(network, Run(gap=0.2))
    assert close.rounds < full.rounds

    def enough(stage: str, share: float, objective: float | None, bound: float | None) -> bool:
        return objective is not None

    first = Columns().solve(network, Run(tell=enough))
    assert first.rounds == 1
    for each in (close, first):
        assert each.bound <= cost(network, full) <= cost(network, each)


def test_enough_inside_a_round_answers_with_the_last_one() -> None:
    network = Network(country(300))
    heard = [0]

    def later(stage: str, share: float, objective: float | None, bound: float | None) -> bool:
        heard[0] += objective is not None
        return bool(heard[0]) and objective is None

    found = Columns().solve(network, Run(tell=later))
    assert cost(network, found) >= found.bound


def test_cancelling_inside_the_solver_comes_out() -> None:
    def stop(stage: str, share: float, objective: float | None, bound: float | None) -> bool:
        raise Cancelled

    with pytest.raises(Cancelled):
        Columns().solve(Network(country(400)), Run(tell=stop))


def test_kept_program_starts_from_its_columns_at_other_prices() -> None:
    land = country(400)
    keep: dict[str, Any] = {}
    first = Columns().solve(Network(land), Run(keep=keep))
    kept = keep[KEPT]
    dearer = Network(land.with_carbon_price(2.0))
    again = Columns().solve(dearer, Run(keep=keep))
    assert keep[KEPT] is kept
    assert again.rounds < first.rounds
    assert cost(dearer, again) == pytest.approx(cost(dearer, Direct().solve(dearer, Run())))


def test_plan_to_start_from_spares_rounds() -> None:
    land = country(300)
    network = Network(land)
    cold = Columns().solve(network, Run())
    warm = Columns().solve(network, Run(warm=start_from(network, solve(land))))
    assert warm.rounds < cold.rounds
    assert cost(network, warm) == pytest.approx(cost(network, cold))


def test_scout_that_overlooks_the_blends_gives_a_better_beginning() -> None:
    land = country(300)
    dice = np.random.default_rng(0)
    some = [(Blend("wet", low=0.3, high=0.6),) if dice.random() < 0.2 else () for _ in land.needs]
    network = Network(
        replace(
            land,
            offers=tuple(
                replace(each, quality={"wet": float(dice.random())}) for each in land.offers
            ),
            needs=tuple(
                replace(each, blends=blends) for each, blends in zip(land.needs, some, strict=True)
            ),
            processors=(),
        )
    )
    scouting = engine_for(network, "simplex")
    assert isinstance(scouting, Columns)
    firsts = []
    for engine in (scouting, Columns()):
        heard: list[float] = []

        def tell(
            stage: str,
            share: float,
            objective: float | None,
            bound: float | None,
            heard: list[float] = heard,
        ) -> bool:
            heard.extend([] if objective is None else [objective])
            return False

        found = engine.solve(network, Run(tell=tell))
        firsts.append(heard[0])
        assert cost(network, found) == pytest.approx(heard[-1], rel=1e-12)
        assert found.bound == pytest.approx(heard[-1], rel=1e-8)
    assert firsts[0] < firsts[1]


def test_sweep_that_keeps_its_program_finds_each_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kierto.planner.choosing.DIRECT_PAIRS", 0)
    district = random_district(8, 30)
    prices = [0.0, 0.1, 0.4, 2.0]
    for point in pareto(district, prices, engine="highs"):
        alone = solve(district.with_carbon_price(point.carbon_price))
        assert point.plan.totals.objective == pytest.approx(alone.totals.objective)
        assert point.plan.certificate.valid
