"""The plan costs what it should: against enumeration, against another library, by its laws."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.geography import Point, road_km
from kierto.planner import Arc, Fallback, Offer, Problem, Status, certify, pareto, solve
from kierto.planner.network import Network
from kierto.planner.pairs import fitting_pairs
from kierto.planner.pairs import road_km as pair_km
from tests.planner.districts import HERE, east, need, offer, press, problem, random_district
from tests.planner.reference import optimum

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=25, deadline=None)


def brute_force(costs: list[list[float]], given_: list[int], wanted: list[int]) -> float:
    """Best whole-number transport of two givers and two takers: dump at 1, buy at 2.

    The constraint matrix of a transport problem is totally unimodular, so whole numbers suffice.
    """
    best = float("inf")
    cells = list(itertools.product(range(2), range(2)))
    for flows in itertools.product(*(range(min(given_[s], wanted[t]) + 1) for s, t in cells)):
        out, into = [0, 0], [0, 0]
        cost = 0.0
        for (s, t), amount in zip(cells, flows, strict=True):
            out[s] += amount
            into[t] += amount
            cost += amount * costs[s][t]
        rest = [given_[s] - out[s] for s in (0, 1)], [wanted[t] - into[t] for t in (0, 1)]
        if min(*rest[0], *rest[1]) >= 0:
            best = min(best, cost + sum(rest[0]) + 2 * sum(rest[1]))
    return best


@pytest.mark.parametrize("seed", range(20))
def test_plan_of_two_by_two_is_the_best_of_all_enumerated(seed: int) -> None:
    dice = random.Random(seed)
    given_, wanted = [dice.randint(0, 5) for _ in "ab"], [dice.randint(0, 5) for _ in "ab"]
    costs = [[dice.choice([0.5, 1.5, 2.5, 3.5, 4]) for _ in "ab"] for _ in "ab"]
    parts = [offer(f"o{s}", amount=given_[s], place=None) for s in (0, 1)]
    parts += [need(f"n{t}", amount=wanted[t], place=None) for t in (0, 1)]
    parts += [Arc(f"o{s}", f"n{t}", costs[s][t]) for s in (0, 1) for t in (0, 1)]
    plan = solve(problem(*parts))
    assert plan.totals.objective == pytest.approx(brute_force(costs, given_, wanted), abs=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_optimum_agrees_with_another_library(seed: int) -> None:
    district = random_district(seed, size=8 + seed % 3 * 6)
    assert solve(district).totals.objective == pytest.approx(optimum(district), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_optimum_with_minimum_lots_agrees_with_another_library(seed: int) -> None:
    district = random_district(seed, size=6, lots=True)
    assert solve(district).totals.objective == pytest.approx(optimum(district), rel=1e-6, abs=1e-6)


def test_processor_is_used_when_its_product_is_worth_more_than_the_way_there() -> None:
    plan = solve(problem(offer("o"), need("n", "board", 10, buy=3), press()))
    assert plan.levels == {"press": 10.0}
    assert plan.totals.cost == pytest.approx(5.0)
    assert plan.baseline.cost == 40.0


def test_loop_through_two_processors_runs() -> None:
    chipper = press(
        id="chipper",
        inputs=press().outputs,
        outputs=(replace(press().inputs[0], fallback=Fallback(0.1)),),
        cost=0.1,
    )
    chipper = replace(chipper, inputs=(replace(chipper.inputs[0], fallback=None),))
    plan = solve(
        problem(offer("o", amount=5), need("n", "board", 3), need("m", "wood", 4, buy=5), press(),
                chipper)
    )  # fmt: skip
    assert plan.certificate.valid
    assert plan.fallbacks["m"] == 0.0


def test_lot_is_kept_and_its_gap_is_honest() -> None:
    """Three takers of four each; a lot of six fits none, a lot of four fits two."""
    takers = [need(f"n{i}", amount=4) for i in range(3)]
    assert solve(problem(offer("o", amount=10, lot=6), *takers)).flows == ()
    plan = solve(problem(offer("o", amount=10, lot=4), *takers))
    assert [flow.amount for flow in plan.flows] == [4.0, 4.0]
    assert plan.status is Status.WITHIN_GAP
    assert plan.certificate.valid
    assert plan.certificate.gap > 0
    assert plan.totals.objective - plan.certificate.bound == pytest.approx(2 * 3.0)


def test_lot_that_does_not_bind_leaves_the_plan_optimal() -> None:
    plan = solve(problem(offer("o", lot=5), need("n")))
    assert plan.status is Status.OPTIMAL
    assert plan.certificate.gap <= plan.certificate.tolerance


def test_input_without_fallback_is_never_bought() -> None:
    plan = solve(problem(need("n", "board", 10, buy=50), press()))
    assert plan.levels == {"press": 0.0}
    assert "press:in:wood" not in plan.fallbacks


def test_narrower_kind_serves_the_broader_need_but_not_the_reverse() -> None:
    assert solve(problem(offer("o", "pine"), need("n", "wood"))).flows[0].kind == "pine"
    assert solve(problem(offer("o", "wood"), need("n", "pine"))).flows == ()


def test_narrower_kind_of_another_unit_does_not_fit() -> None:
    kinds = (*problem().kinds, replace(problem().kinds[0], code="fire", unit="kWh", parent="wood"))
    assert solve(problem(offer("o", "fire"), need("n", "wood"), kinds=kinds)).flows == ()


def test_excluded_pair_carries_nothing() -> None:
    pair = frozenset({("o", "n")})
    assert solve(problem(offer("o"), need("n"), excluded=pair)).flows == ()


def test_excluded_pair_of_unknown_ports_changes_nothing() -> None:
    pair = frozenset({("gone", "n")})
    assert len(solve(problem(offer("o"), need("n"), excluded=pair)).flows) == 1


@pytest.mark.parametrize(("value", "fits"), [(0.4, True), (0.41, False), (None, False)])
def test_quality_limit_is_met_or_the_pair_is_refused(value: float | None, fits: bool) -> None:
    quality = {} if value is None else {"moisture": value}
    plan = solve(problem(offer("o", quality=quality), need("n", limits={"moisture": (None, 0.4)})))
    assert bool(plan.flows) == fits


def test_explicit_pair_replaces_distance_and_joins_ends_without_place() -> None:
    far = need("n", place=None)
    assert solve(problem(offer("o"), far)).flows == ()
    plan = solve(problem(offer("o"), far, Arc("o", "n", 0.25, 2, km=7)))
    assert (plan.flows[0].km, plan.flows[0].cost, plan.flows[0].emissions) == (7, 2.5, 20)


def test_empty_problem_has_an_empty_certified_plan() -> None:
    plan = solve(problem())
    assert (plan.flows, plan.totals.objective, plan.certificate.valid) == ((), 0.0, True)


def test_distance_of_pairs_is_that_of_the_core() -> None:
    network = Network(problem(offer("o", place=Point(60.1, 24.6)), need("n")))
    pairs = fitting_pairs(network)
    expected = road_km(Point(60.1, 24.6), HERE, 1.3)
    assert pair_km(network, pairs.source, pairs.sink)[0] == pytest.approx(expected, rel=1e-12)


def test_tiny_and_huge_amounts_are_both_certified() -> None:
    plan = solve(
        problem(
            offer("grain", amount=1e-3, place=east(1)),
            need("crumb", amount=1e-3),
            offer("mountain", "board", amount=1e6),
            need("valley", "board", amount=1e6, place=east(2)),
        )
    )
    assert plan.certificate.valid
    assert {flow.source for flow in plan.flows} == {"grain", "mountain"}


def test_capacity_without_end_and_price_beyond_reason_keep_the_proof_sharp() -> None:
    """What is meant as "unlimited" or "never" must not drown the rest in rounding."""
    district = problem(
        offer("o", amount=3, dump=1e6),
        offer("p", "ash", amount=3, dump=0.2),
        need("n", "board", 2, buy=1e7),
        need("m", "ash", 2, buy=0.3, place=east(1)),
        press(capacity=1e9),
    )
    plan = solve(district)
    assert plan.levels == {"press": 3.0}
    assert {flow.sink for flow in plan.flows} == {"press:in:wood", "n", "m"}
    assert plan.certificate.gap < 1e-12
    assert not certify(district, replace(plan, levels={"press": 3.0001})).valid


def test_lot_larger_than_the_offer_never_moves() -> None:
    district = problem(offer("o", amount=4, lot=5), offer("p", amount=9, lot=3), need("n"))
    assert [(flow.source, flow.amount) for flow in solve(district).flows] == [("p", 9.0)]


@FEW
@given(SEEDS, st.booleans())
def test_plan_balances_and_never_costs_more_than_doing_nothing(seed: int, lots: bool) -> None:
    district = random_district(seed, lots=lots)
    plan = solve(district)
    assert plan.totals.objective <= plan.baseline.objective + 1e-6
    moved: dict[str, float] = dict.fromkeys(district.port_ids(), 0.0)
    for flow in plan.flows:
        moved[flow.source] += flow.amount
        moved[flow.sink] += flow.amount
    for each in (*district.offers, *district.needs):
        assert moved[each.id] + plan.fallbacks[each.id] == pytest.approx(each.amount, abs=1e-6)
    for each in district.processors:
        assert 0 <= plan.levels[each.id] <= each.capacity
        for one in each.inputs:
            port = each.input_port(one.kind)
            due = one.yield_ * plan.levels[each.id]
            assert moved[port] + plan.fallbacks.get(port, 0) == pytest.approx(due, abs=1e-6)


@FEW
@given(SEEDS)
def test_another_offer_never_makes_the_rest_dearer(seed: int) -> None:
    """Its own disposal is added to both sides, so only the freedom to use it remains."""
    district = random_district(seed)
    more = Offer("zz", "new", "pine", 70, HERE, Fallback(0.15, 0.2))
    larger = Problem(
        **{
            name: getattr(district, name)
            for name in district.__dataclass_fields__
            if name != "offers"
        },
        offers=(*district.offers, more),
    )
    alone = 70 * (0.15 + district.carbon_price * 0.2)
    assert solve(larger).totals.objective <= solve(district).totals.objective + alone + 1e-6


@FEW
@given(SEEDS)
def test_dual_price_is_the_change_of_cost_per_unit(seed: int) -> None:
    """Duals support the optimum: cost(amount + δ) ≥ … is concave from above along one port."""
    district = random_district(seed, size=6)
    plan = solve(district)
    first = district.needs[0]
    grown = replace(district, needs=(replace(first, amount=first.amount + 1), *district.needs[1:]))
    rise = solve(grown).totals.objective - plan.totals.objective
    assert rise >= plan.duals[first.id] - 1e-6


def test_along_the_carbon_price_cost_rises_and_emissions_fall() -> None:
    points = pareto(random_district(5, 20), [1.0, 0.0, 0.05, 0.3, 1.0])
    assert [point.carbon_price for point in points] == [0.0, 0.05, 0.3, 1.0]
    costs = [round(point.cost, 6) for point in points]
    emissions = [round(point.emissions, 6) for point in points]
    assert costs == sorted(costs)
    assert emissions == sorted(emissions, reverse=True)
    assert costs[0] < costs[-1]
