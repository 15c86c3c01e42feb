"""The proof of a choice: checked without a solver, and it never claims too much."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner.siting import ProofNode, proven_bound, search_sites
from kierto.planner.siting.case import case_of
from kierto.planner.siting.covers import Cover, Group, broken_covers, row_of
from kierto.planner.siting.lagrangian import Lagrangian, Multipliers
from tests.planner.siting.regions import cheapest, cost_with, region

SEEDS = st.integers(0, 100_000)
FEW = settings(max_examples=25, deadline=None)


@FEW
@given(SEEDS)
def test_proof_shows_what_the_plan_states(seed: int) -> None:
    asked = region(seed, stages=1 + seed % 2, blends=seed % 3 == 0)
    sited = search_sites(asked)
    assert sited.plan.siting is not None
    proven = proven_bound(asked, sited.proof)
    assert min(proven.bound, sited.plan.totals.objective) == sited.plan.siting.bound
    best = cheapest(asked)
    assert proven.bound <= best + 1e-6 * max(abs(best), 1)


def any_multipliers(asked: object, dice: random.Random) -> Multipliers:
    """Prices out of the blue."""
    case = case_of(asked)  # type: ignore[arg-type]

    def column(count: int, low: float, high: float) -> np.ndarray:
        return np.array([dice.uniform(low, high) for _ in range(count)], np.float64)

    covers, rents = [], []
    for number, group in enumerate(case.groups):
        for delta in np.unique(group.reach[group.reach > 0]).tolist():
            try:
                row_of(case.groups, cover := Cover(number, delta))
            except ValueError:
                continue
            covers.append(cover)
            rents.append(dice.uniform(-10, 100))
    return Multipliers(
        column(case.port_count, -60, 60),
        column(len(case.shared), -20, 40),
        column(len(case.mixes), -1, 3),
        tuple(covers),
        tuple(rents),
    )


@FEW
@given(SEEDS)
def test_any_prices_at_all_prove_a_bound_that_holds(seed: int) -> None:
    asked = region(seed, stages=1 + seed % 2, blends=seed % 3 == 0)
    case, best = case_of(asked), cheapest(asked)
    lagrangian = Lagrangian(case)
    for number in range(5):
        prices = any_multipliers(asked, random.Random(f"{seed} {number}"))
        for each in (prices, lagrangian.lowered(prices)):
            bound = lagrangian.respond(each, case.states()).bound
            assert bound <= best + 1e-6 * max(abs(best), 1)


@FEW
@given(SEEDS)
def test_bound_with_all_sites_fixed_is_below_that_choices_cost(seed: int) -> None:
    asked = region(seed, stages=1 + seed % 2)
    case = case_of(asked)
    lagrangian = Lagrangian(case)
    prices = any_multipliers(asked, random.Random(seed))
    for chosen in itertools.product([False, True], repeat=len(case.site_ids)):
        opened = {name for name, is_open in zip(case.site_ids, chosen, strict=True) if is_open}
        bound = lagrangian.respond(prices, case.decided(np.array(chosen, np.bool_))).bound
        cost = cost_with(asked, opened)
        assert bound <= cost + 1e-6 * max(abs(cost), 1) or cost == np.inf


def test_proof_with_a_hole_is_refused() -> None:
    asked = region(23, stages=2, candidates=6)
    proof = search_sites(asked).proof
    hollow = ProofNode(None, site=0, opened=proof, closed=None)
    with pytest.raises(ValueError, match="one side"):
        proven_bound(asked, hollow)
    with pytest.raises(ValueError, match="no prices"):
        proven_bound(asked, ProofNode(None))
    twice = ProofNode(None, site=0, opened=ProofNode(None, 0, proof, proof), closed=proof)
    with pytest.raises(ValueError, match="not free"):
        proven_bound(asked, twice)


@FEW
@given(
    st.lists(st.floats(0.5, 40), min_size=1, max_size=7),
    st.floats(1, 90),
    st.integers(0, 2**31),
)
def test_cover_holds_for_all_whole_choices(reach: list[float], amount: float, seed: int) -> None:
    dice = random.Random(seed)
    group = Group(np.zeros(1, np.int64), amount, np.array(reach))
    saturated = tuple(sorted(dice.sample(range(len(reach)), dice.randint(0, len(reach) - 1))))
    for delta in {*reach, dice.uniform(0.5, 50)}:
        try:
            row = row_of((group,), Cover(0, delta, saturated))
        except ValueError:
            continue
        for chosen in itertools.product([0.0, 1.0], repeat=len(reach)):
            outside = max(amount - float(np.dot(reach, chosen)), 0.0)
            assert np.dot(row.weights, chosen) + row.kappa * outside >= row.count - 1e-9


def test_cover_says_eight_where_seven_and_a_bit_would_do() -> None:
    group = Group(np.zeros(1, np.int64), 71.0, np.full(12, 10.0))
    shares = np.full(12, 7.1 / 12)
    covers = list(broken_covers((group,), shares, np.array([71.0])))
    assert [cover.delta for cover in covers] == [10.0]
    row = row_of((group,), covers[0])
    assert row.count == 8.0
    assert row.weights.tolist() == [1.0] * 12
