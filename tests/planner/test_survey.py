"""No bargain is overlooked by its box, and what prices prove holds in floating point."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.districts import country
from kierto.planner import InvalidProblem, Problem, Rate, Rates, certify, solve
from kierto.planner.blending import blends_of, no_duals, surcharge
from kierto.planner.certificate.bound import prove, reachable_levels, recipe_reduced_costs
from kierto.planner.network import Floats, Network
from kierto.planner.pairs import Verdict, fitting_pairs, pairs_at, possible_pairs, road_km
from kierto.planner.survey import Prices, bargains
from tests.planner.districts import random_district
from tests.planner.test_blending import blended

SEEDS = st.integers(0, 10_000)
Found = dict[tuple[int, int], tuple[float, float]]


def by_boxes(network: Network, prices: Prices, below: float = 0.0) -> tuple[Found, int]:
    found: Found = {}
    checked = 0
    for some in bargains(network, prices, below=below):
        checked += some.checked
        columns = (some.source, some.sink, some.price, some.reduced)
        for s, t, price, reduced in zip(*(each.tolist() for each in columns), strict=True):
            found[s, t] = (price, reduced)
    return found, checked


def one_by_one(network: Network, prices: Prices, below: float = 0.0) -> Found:
    pairs = possible_pairs(network)
    cost = pairs.price + surcharge(blends_of(network), prices.blends, pairs.source, pairs.sink)
    reduced = cost - prices.sources[pairs.source] - prices.sinks[pairs.sink]
    rows = np.flatnonzero(reduced < below)
    columns = (pairs.source[rows], pairs.sink[rows], cost[rows], reduced[rows])
    return {
        (s, t): (price, left)
        for s, t, price, left in zip(*(each.tolist() for each in columns), strict=True)
    }


def some_prices(network: Network, seed: int, blends: bool) -> Prices:
    dice = np.random.default_rng(seed)
    duals = no_duals(network)
    if blends:
        duals[dice.random(duals.shape) < 0.5] = dice.random() * 0.2
    return Prices(
        network.sources.price * dice.uniform(-0.5, 1, len(network.sources)),
        np.nan_to_num(network.sinks.price, nan=0.2) * dice.uniform(-0.5, 1, len(network.sinks)),
        np.where(blends_of(network).closed, duals, 0.0),
    )


@pytest.fixture
def boxes_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything goes through boxes, even in a district of a dozen ports."""
    monkeypatch.setattr("kierto.planner.survey.BOXED", 0)
    monkeypatch.setattr("kierto.planner.survey.LEAF", 3)
    monkeypatch.setattr("kierto.planner.survey.WIDEST", 5)
    monkeypatch.setattr("kierto.planner.survey.BATCH", 7)


@pytest.mark.usefixtures("boxes_of_three")
@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([12, 40]), st.booleans(), st.sampled_from([0.0, -0.05, 0.3]))
def test_boxes_pass_over_nothing(seed: int, size: int, mixed: bool, below: float) -> None:
    """The same pairs with the same numbers, to the last bit: limits, lots, exclusions, explicit
    pairs, ports without a place, blends and carbon included."""
    district = blended(seed, size) if mixed else random_district(seed, size, lots=True)
    network = Network(district)
    prices = some_prices(network, seed, mixed)
    found, checked = by_boxes(network, prices, below)
    assert found == one_by_one(network, prices, below)
    assert checked >= len(possible_pairs(network))
    assert checked <= network.fitting_count


def test_every_possible_pair_of_a_small_problem_is_counted_once() -> None:
    network = Network(random_district(4, 30))
    prices = some_prices(network, 4, False)
    assert by_boxes(network, prices)[1] == len(possible_pairs(network))


def test_boxes_of_a_country_pass_over_nothing() -> None:
    network = Network(country(1500, kinds=2))
    assert network.fitting_count > 2 * 30_000
    prices = some_prices(network, 1, False)
    lowered = prove(network, prices.sources, prices.sinks)
    near = Prices(lowered.sources + 0.5, lowered.sinks, prices.blends)
    found, checked = by_boxes(network, near)
    assert found == one_by_one(network, near)
    assert len(found) > 100
    assert checked == network.fitting_count


def test_pairs_far_beyond_reach_are_no_bargain() -> None:
    land = country(1500, kinds=2)
    rates = Rates(Rate(0.16, 0.0, 3.0, max_km=2.0), road_factor=1.0)
    network = Network(replace(land, rates=rates))
    prices = Prices(network.sources.price + 90, network.sinks.price.copy(), no_duals(network))
    prices.sinks[np.isnan(prices.sinks)] = 0.0
    found, _ = by_boxes(network, prices)
    assert found == one_by_one(network, prices)
    pairs = pairs_at(network, *(np.array(side) for side in zip(*found, strict=True)))
    assert float(np.max(pairs.km)) <= 2.0


def test_cost_of_a_pair_is_the_same_to_the_last_bit_however_it_is_asked() -> None:
    network = Network(country(400, kinds=1))
    pairs = fitting_pairs(network)
    dice = np.random.default_rng(0)
    rows = dice.permutation(len(pairs))[:999]
    again = pairs_at(network, pairs.source[rows], pairs.sink[rows])
    assert np.array_equal(again.price, pairs.price[rows])
    square = road_km(network, np.arange(7)[:, None], np.arange(11)[None, :])
    for s in range(7):
        alone = fitting_pairs(network, source=s)
        assert np.array_equal(square[s], alone.km[:11])
        assert np.array_equal(alone.price, pairs.price[pairs.source == s])
    back = fitting_pairs(network, sink=3)
    assert np.array_equal(back.price, pairs.price[pairs.sink == 3])


def test_pair_of_kinds_that_do_not_fit_is_said_to_be_so() -> None:
    network = Network(random_district(2, 30))
    grid = np.indices((len(network.sources), len(network.sinks))).reshape(2, -1)
    every = pairs_at(network, *grid)
    fitting = fitting_pairs(network)
    fits = every.where(every.verdict != Verdict.KIND)
    assert np.array_equal(fits.source, fitting.source)
    assert np.array_equal(fits.sink, fitting.sink)
    assert np.array_equal(fits.verdict, fitting.verdict)


def exactly(network: Network, sources: Floats, sinks: Floats) -> Fraction:
    """The bound of these prices in whole-number arithmetic, from the very doubles."""
    total = Fraction(0)
    for ports, prices in ((network.sources, sources), (network.sinks, sinks)):
        for amount, price in zip(ports.amount.tolist(), prices.tolist(), strict=True):
            total += Fraction(amount) * Fraction(price)
    for number, capacity in enumerate(reachable_levels(network).tolist()):
        reduced = Fraction(float(network.recipe_price[number]))
        for ports, prices in ((network.sources, sources), (network.sinks, sinks)):
            for row in np.flatnonzero(ports.recipe == number).tolist():
                reduced += Fraction(float(ports.yield_[row])) * Fraction(float(prices[row]))
        total += Fraction(capacity) * min(reduced, Fraction(0))
    return total


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([1e-6, 1.0, 3e7]))
def test_bound_is_below_the_exact_sum_by_no_more_than_its_error_term(
    seed: int, scale: float
) -> None:
    """Not even lowered prices that are wrong in the last digit can lift it above the truth."""
    network = Network(random_district(seed, 20))
    prices = some_prices(network, seed, False)
    proof = prove(network, prices.sources * scale, prices.sinks * scale)
    recipes = recipe_reduced_costs(network, proof.sources, proof.sinks)
    size = recipe_reduced_costs(network, np.abs(proof.sources), np.abs(proof.sinks), absolute=True)
    if np.any((recipes < 0) & (recipes > -1e-10 * size)):
        return  # the convention about rounding, not the error term
    truth = exactly(network, proof.sources, proof.sinks)
    assert Fraction(proof.bound) <= truth
    assert truth - Fraction(proof.bound) <= 3 * Fraction(proof.error) + Fraction(1, 10**300)
    assert proof.error <= 1e-12 * (1 + scale) * float(np.sum(network.sources.largest + 100)) * 100


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_lowered_prices_leave_no_bargain_beyond_rounding(seed: int) -> None:
    network = Network(random_district(seed, 25))
    prices = some_prices(network, seed, False)
    proof = prove(network, prices.sources, prices.sinks)
    again = prove(network, proof.sources, np.nan_to_num(proof.sinks))
    assert again.least >= -1e-15
    assert again.bound == pytest.approx(proof.bound, rel=1e-12, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_no_plan_runs_a_recipe_higher_than_its_scarce_inputs_reach(seed: int) -> None:
    """Capacities meant as "as much as you like" shrink to what can be fed, never to less."""
    district = random_district(seed, 15)
    endless = replace(
        district,
        processors=tuple(replace(each, capacity=1e12, cost=-9.0) for each in district.processors),
    )
    network = Network(endless)
    most = reachable_levels(network)
    assert np.all(most <= network.capacity)
    try:
        plan = solve(endless)
    except InvalidProblem:
        return  # a circle that earns money without end
    levels = np.array([plan.levels[id_] for id_ in network.recipe_ids])
    assert np.all(levels <= most * (1 + 1e-9))
    assert np.all(most[:1] < 1e6)


def test_large_certificate_lists_no_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four million pairs, the proof of a plan computes a small share one by one."""
    land: Problem = country(3000, kinds=1, processors=0)
    plan = solve(land, engine="simplex", gap=1e-4)
    computed = [0]
    plainly = pairs_at

    def counted(network: Network, sources, sinks):  # type: ignore[no-untyped-def]
        computed[0] += len(sources)
        return plainly(network, sources, sinks)

    monkeypatch.setattr("kierto.planner.survey.pairs_at", counted)
    certificate = certify(land, plan)
    assert certificate.valid
    assert certificate.arcs_checked == 1500 * 1500
    assert computed[0] < 50_000
