"""The simplex finds the optimum that HiGHS finds, whatever the district."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner import Fallback, Problem, certify, solve
from kierto.planner.engines import Run
from kierto.planner.network import Network
from kierto.planner.simplex.engine import Simplex
from kierto.planner.totals import baseline_totals
from tests.planner.districts import (
    east,
    need,
    offer,
    press,
    random_district,
)
from tests.planner.districts import (
    problem as problem_of,
)

RELATIVE = 1e-9

districts = st.builds(random_district, st.integers(0, 10_000), st.integers(1, 30))


def scale_of(problem: Problem) -> float:
    """The money of a problem, against which two optima are compared."""
    return abs(baseline_totals(Network(problem)).objective) + 1e-6


def bound_of(problem: Problem, small: int = 6000, **run: object) -> float:
    return Simplex(small=small).solve(Network(problem), Run(**run)).bound  # type: ignore[arg-type]


@given(districts)
@settings(max_examples=60, deadline=None)
def test_same_optimum_as_highs_and_a_certificate(problem: Problem) -> None:
    plan = solve(problem, engine="simplex")
    other = solve(problem, engine="highs")
    apart = abs(plan.totals.objective - other.totals.objective)
    assert apart <= RELATIVE * scale_of(problem)
    assert certify(problem, plan).valid


@given(districts, st.integers(10, 60))
@settings(max_examples=40, deadline=None)
def test_levels_lead_to_the_same_optimum(problem: Problem, small: int) -> None:
    direct, through = bound_of(problem), bound_of(problem, small)
    assert through == pytest.approx(direct, abs=RELATIVE * scale_of(problem))


@pytest.mark.parametrize("seed", range(4))
def test_larger_districts_agree_with_highs(seed: int) -> None:
    problem = random_district(seed, 250)
    other = solve(problem, engine="highs")
    bound = bound_of(problem, 100, threads=2)
    assert bound == pytest.approx(other.totals.objective, abs=RELATIVE * scale_of(problem))


@pytest.mark.parametrize(("amounts", "prices"), [(1e-6, 1.0), (1e6, 1e-3), (1e3, 1e4)])
def test_units_do_not_matter(amounts: float, prices: float) -> None:
    problem = random_district(11, 40)
    changed = in_other_units(problem, amounts, prices)
    due = bound_of(problem, 30) * amounts * prices
    assert bound_of(changed, 30) == pytest.approx(due, rel=1e-8)


def in_other_units(problem: Problem, amounts: float, prices: float) -> Problem:
    """The same district with all amounts and all prices multiplied."""

    def priced(fallback: Fallback | None) -> Fallback | None:
        if fallback is None:
            return None
        return Fallback(fallback.cost * prices, fallback.emissions * prices)

    def rate(one):
        return replace(
            one,
            cost_per_km=one.cost_per_km * prices,
            emissions_per_km=one.emissions_per_km * prices,
            handling_cost=one.handling_cost * prices,
            handling_emissions=one.handling_emissions * prices,
        )

    def ends(parts):
        return tuple(
            replace(one, amount=one.amount * amounts, fallback=priced(one.fallback))
            for one in parts
        )

    def streams(parts):
        return tuple(replace(one, fallback=priced(one.fallback)) for one in parts)

    return replace(
        problem,
        offers=ends(problem.offers),
        needs=ends(problem.needs),
        processors=tuple(
            replace(
                one,
                inputs=streams(one.inputs),
                outputs=streams(one.outputs),
                capacity=one.capacity * amounts,
                cost=one.cost * prices,
                emissions=one.emissions * prices,
            )
            for one in problem.processors
        ),
        rates=replace(
            problem.rates,
            default=rate(problem.rates.default),
            by_kind={kind: rate(one) for kind, one in problem.rates.by_kind.items()},
        ),
        arcs=tuple(
            replace(arc, cost=arc.cost * prices, emissions=arc.emissions * prices)
            for arc in problem.arcs or ()
        )
        or None,
    )


def test_input_that_is_not_for_sale_is_never_bought() -> None:
    costly = press(inputs=press().inputs, cost=-50)
    problem = problem_of(
        offer("o", amount=10, dump=0.0), need("n", "board", 100, buy=1e4, place=east(3)), costly
    )
    found = Simplex().solve(Network(problem), Run())
    assert found.levels.tolist() == pytest.approx([10])
    assert solve(problem, engine="simplex").totals == solve(problem, engine="highs").totals


def test_nothing_offered_or_needed_is_a_plan_too() -> None:
    for parts in ((), (offer("o"),), (need("n"),), (press(),)):
        problem = problem_of(*parts)
        plan = solve(problem, engine="simplex")
        assert plan.flows == ()
        assert plan.totals == plan.baseline


def test_more_threads_make_the_same_plan() -> None:
    network = Network(random_district(8, 400))
    one, two = (Simplex(small=100).solve(network, Run(threads=threads)) for threads in (1, 2))
    assert one.bound == two.bound
    for name in ("source", "sink", "amounts", "levels", "source_duals", "sink_duals"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
