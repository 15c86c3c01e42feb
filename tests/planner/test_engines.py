"""Every engine finds the same optimum, and obeys the same laws; the light one stays light."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.districts import country, recipes_country
from kierto.core.geography import Point
from kierto.planner import (
    Cancelled,
    Fallback,
    Plan,
    Problem,
    Progress,
    Rate,
    Rates,
    Status,
    Uncertified,
    Wish,
    pareto,
    solve,
)
from kierto.planner.choosing import ENGINES, engine_for
from kierto.planner.engines import Run, Solution
from kierto.planner.highs.columns import Columns
from kierto.planner.highs.direct import Direct
from kierto.planner.network import Network
from tests.planner.districts import need, offer, problem, random_district

SEEDS = st.integers(0, 10_000)
LAWS = settings(max_examples=12, deadline=None)
BOTH = pytest.mark.parametrize("engine", ["highs", "simplex"])


def same(one: float, other: float) -> bool:
    return one == pytest.approx(other, rel=1e-9, abs=1e-7)


def money(problem_: Problem) -> float:
    ends = (*problem_.offers, *problem_.needs)
    return sum(abs(each.amount * each.fallback.cost) for each in ends) + 1


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([6, 12, 25]))
def test_engines_agree_on_any_district(seed: int, size: int) -> None:
    district = random_district(seed, size)
    ours, theirs = (solve(district, engine=name) for name in ("simplex", "highs"))
    due = pytest.approx(theirs.totals.objective, rel=1e-9, abs=1e-9 * money(district))
    assert ours.totals.objective == due
    assert ours.certificate.valid
    assert ours.status is Status.OPTIMAL


@pytest.mark.parametrize("make", [country, partial(recipes_country, recipes=20)])
def test_engines_agree_on_a_country(make: Callable[..., Problem]) -> None:
    land = make(600)
    ours, theirs = (solve(land, engine=name) for name in ("simplex", "highs"))
    assert ours.totals.objective == pytest.approx(theirs.totals.objective, rel=1e-9)


def test_small_problems_load_no_compiler() -> None:
    code = (
        "import sys; from tests.planner.districts import random_district;"
        "from kierto.planner import explain, solve; d = random_district(1, 40); p = solve(d);"
        "explain(d, p); print([m for m in ('numba', 'scipy', 'distributed') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert told.strip() == "[]"


def test_engine_follows_the_size_and_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Network(random_district(1))
    assert type(engine_for(plain)) is Direct
    monkeypatch.setattr("kierto.planner.choosing.DIRECT_PAIRS", 10)
    assert type(engine_for(plain)) is Columns
    monkeypatch.setattr("kierto.planner.choosing.SIMPLEX_PAIRS", 10)
    assert type(engine_for(plain)).__name__ == "Simplex"
    assert type(engine_for(plain, "highs")) is Columns
    lots = Network(problem(offer("o", lot=5), need("n")))
    assert [type(engine_for(lots, name)) for name in ENGINES] == [Direct, Direct, Direct]


def test_engine_of_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="'abacus' is none of auto, highs, simplex"):
        solve(problem(offer("o"), need("n")), engine="abacus")


@BOTH
@LAWS
@given(seed=SEEDS)
def test_prices_and_amounts_fit_together(engine: str, seed: int) -> None:
    """Complementary slackness: what is used costs exactly what its ends are worth, what falls
    back is worth its fallback, a processor between its bounds earns nothing."""
    district = random_district(seed)
    plan = solve(district, engine=engine)
    scale = 1e-6 * max(abs(value) for value in (*plan.duals.values(), 1.0))
    for flow in plan.flows:
        each = (flow.cost + district.carbon_price * flow.emissions) / flow.amount
        worth = plan.duals[flow.source] + plan.duals[flow.sink]
        assert each == pytest.approx(worth, abs=scale)
    for port in (*district.offers, *district.needs):
        price = port.fallback.cost + district.carbon_price * port.fallback.emissions
        assert plan.duals[port.id] <= price + scale
        if plan.fallbacks[port.id] > 1e-6 * port.amount:
            assert plan.duals[port.id] == pytest.approx(price, abs=scale)
    for each in district.processors:
        if plan.levels[each.id] < each.capacity * (1 - 1e-9):
            assert plan.capacity_values[each.id] <= scale


@BOTH
@LAWS
@given(seed=SEEDS)
def test_cost_rises_ever_more_slowly_with_the_carbon_price(engine: str, seed: int) -> None:
    """As a minimum of lines in the price it is concave; emissions, its slope, never rise."""
    points = pareto(random_district(seed), [0.0, 0.2, 0.4, 0.9], engine=engine)
    objectives = [point.plan.totals.objective for point in points]
    slopes = [
        (b - a) / (q.carbon_price - p.carbon_price)
        for (a, b), (p, q) in zip(
            itertools.pairwise(objectives),
            itertools.pairwise(points),
            strict=True,
        )
    ]
    assert all(b <= a + 1e-6 for a, b in itertools.pairwise(slopes))
    emissions = [point.emissions for point in points]
    assert all(b <= a + 1e-6 for a, b in itertools.pairwise(emissions))


@BOTH
@LAWS
@given(seed=SEEDS)
def test_names_are_but_names(engine: str, seed: int) -> None:
    district = random_district(seed)
    ids = {
        each.id: f"x{sum(map(ord, each.id)) * 7 % 97}-{each.id}"
        for each in (*district.offers, *district.needs)
    }
    other = replace(
        district,
        offers=tuple(replace(each, id=ids[each.id]) for each in district.offers),
        needs=tuple(replace(each, id=ids[each.id]) for each in district.needs),
        arcs=tuple(replace(arc, source=ids[arc.source], sink=ids[arc.sink])
                   for arc in district.arcs or ()),
        excluded=frozenset((ids[a], ids[b]) for a, b in district.excluded),
    )  # fmt: skip
    ours, theirs = solve(district, engine=engine), solve(other, engine=engine)
    assert same(ours.totals.objective, theirs.totals.objective)


def in_other_units(district: Problem, amounts: float, prices: float) -> Problem:
    """Amounts times a number, prices per unit divided by it; and money times another."""

    def rate(each: Rate) -> Rate:
        return replace(each, cost_per_km=each.cost_per_km * prices / amounts,
                       emissions_per_km=each.emissions_per_km * prices / amounts,
                       handling_cost=each.handling_cost * prices / amounts,
                       handling_emissions=each.handling_emissions * prices / amounts)  # fmt: skip

    def fall(each: Fallback | None) -> Fallback | None:
        if each is None:
            return None
        return Fallback(each.cost * prices / amounts, each.emissions * prices / amounts)

    return replace(
        district,
        offers=tuple(replace(each, amount=each.amount * amounts, fallback=fall(each.fallback))
                     for each in district.offers),
        needs=tuple(replace(each, amount=each.amount * amounts, fallback=fall(each.fallback))
                    for each in district.needs),
        processors=tuple(
            replace(each, capacity=each.capacity * amounts, cost=each.cost * prices / amounts,
                    emissions=each.emissions * prices / amounts,
                    inputs=tuple(replace(one, fallback=fall(one.fallback)) for one in each.inputs),
                    outputs=tuple(replace(one, fallback=fall(one.fallback))
                                  for one in each.outputs))
            for each in district.processors),
        rates=replace(district.rates, default=rate(district.rates.default),
                      by_kind={code: rate(each) for code, each in district.rates.by_kind.items()}),
        arcs=tuple(replace(arc, cost=arc.cost * prices / amounts,
                           emissions=arc.emissions * prices / amounts)
                   for arc in district.arcs or ()) or None,
    )  # fmt: skip


@BOTH
@LAWS
@given(seed=SEEDS, amounts=st.sampled_from([1e-3, 1e3, 7.0]), prices=st.sampled_from([1e-2, 1e4]))
def test_units_are_but_units(engine: str, seed: int, amounts: float, prices: float) -> None:
    """Kilograms or tonnes, euros or cents: the plan is the same."""
    district = random_district(seed)
    other = in_other_units(district, amounts, prices)
    ours, theirs = solve(district, engine=engine), solve(other, engine=engine)
    due = ours.totals.objective * prices
    assert theirs.totals.objective == pytest.approx(due, rel=1e-8, abs=1e-8 * money(other))


@BOTH
def test_gap_that_is_enough_is_honest(engine: str) -> None:
    land = country(400)
    best = solve(land, engine="highs").totals.objective
    plan = solve(land, engine=engine, gap=0.05)
    assert plan.certificate.valid
    assert plan.certificate.gap <= 0.05
    assert plan.certificate.bound <= best <= plan.totals.objective + 1e-6
    assert plan.status is (Status.OPTIMAL if plan.certificate.gap <= 1e-7 else Status.WITHIN_GAP)


@BOTH
def test_enough_answers_with_the_plan_in_hand(engine: str) -> None:
    words: list[Progress] = []

    def enough(word: Progress) -> Wish:
        words.append(word)
        return Wish.ENOUGH if word.objective is not None else Wish.GO_ON

    land = country(400)
    plan = solve(land, engine=engine, progress=enough)
    assert plan.certificate.valid
    assert plan.certificate.bound <= plan.totals.objective
    assert plan.totals.objective >= solve(land).totals.objective - 1e-6


@BOTH
def test_bounds_and_costs_close_in_and_never_cross(engine: str) -> None:
    words: list[Progress] = []

    def hear(word: Progress) -> Wish:
        words.append(word)
        return Wish.GO_ON

    solve(country(400), engine=engine, threads=1, progress=hear)
    known = [word for word in words if word.objective is not None]
    assert known
    assert all(word.bound <= word.objective * (1 + 1e-9) for word in known)  # type: ignore[operator]
    assert all(word.gap >= -1e-9 for word in known)  # type: ignore[operator]
    best = known[-1].objective
    assert all(word.bound <= best * (1 + 1e-9) for word in known)  # type: ignore[operator]
    shares = [word.share for word in words]
    assert shares == sorted(shares)


@BOTH
@pytest.mark.parametrize("answer", [False, Wish.CANCEL])
def test_cancelling_stops_any_engine(engine: str, answer: object) -> None:
    def hear(word: Progress) -> object:
        return answer if word.objective is not None else Wish.GO_ON

    with pytest.raises(Cancelled):
        solve(country(400), engine=engine, progress=hear)  # type: ignore[arg-type]


@BOTH
def test_former_plan_may_be_started_from_and_changes_nothing(engine: str) -> None:
    land = country(700)
    former = solve(land, engine=engine)
    fewer = replace(land, offers=land.offers[3:], needs=land.needs[:-3])
    ours, cold = solve(fewer, engine=engine, start=former), solve(fewer, engine=engine)
    assert ours.totals.objective == pytest.approx(cold.totals.objective, rel=1e-9)


def test_wrong_engine_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that forgets a flow, or whose prices prove nothing, does not get through."""

    class Careless(Direct):
        def solve(self, network: Network, run: Run) -> Solution:
            found = super().solve(network, run)
            return replace(found, source_duals=found.source_duals - 1.0)

    monkeypatch.setattr("kierto.planner.solving.engine_for", lambda *_: Careless())
    with pytest.raises(Uncertified):
        solve(random_district(1))


def test_plan_of_an_exact_engine_is_the_same_every_time() -> None:
    def written(plan: Plan) -> str:
        return json.dumps(plan.to_dict(timed=False))

    land = country(500)
    for engine in ("highs", "simplex"):
        one, other = solve(land, engine=engine), solve(land, engine=engine)
        assert written(one) == written(other)


def test_ports_on_the_other_side_of_the_earth_and_on_the_same_spot() -> None:
    parts = [
        offer("here", place=Point(60, 24)),
        offer("there", place=Point(-60, -156)),
        need("n", amount=15, place=Point(60, 24)),
    ]
    for engine in ("highs", "simplex"):
        plan = solve(problem(*parts, rates=Rates(Rate(1e-9, 0))), engine=engine)
        assert {flow.source: round(flow.km or 0) for flow in plan.flows} == {
            "here": 0,
            "there": 26020,
        }
