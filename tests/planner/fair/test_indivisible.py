"""Sites, lots, periods and blends: what is still promised, and what is said when less is."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest

from kierto.planner import (
    Blend,
    Fallback,
    Need,
    Offer,
    Problem,
    Processor,
    Status,
    Storage,
    Stream,
    solve,
)
from kierto.planner.fair import FairSplit, Stability, agents_of, part_of, split
from kierto.planner.periods import unfold
from tests.planner.districts import east, need, offer, press, problem
from tests.planner.fair.games import game, groups, payment_range


def with_sites(seed: int) -> Problem:
    """Six participants and two candidates, of which one asks for a least level."""
    plain = game(seed, 5, processors=2)
    first, second = plain.processors
    sites = (
        replace(first, capacity=60, opening_cost=15.0),
        replace(second, capacity=40, minimum=5.0, opening_cost=4.0),
    )
    return replace(plain, processors=sites)


def slack(asked: Problem, found: FairSplit) -> float:
    """min over all groups of v(S) − what S pays, v(S) planned in full."""
    shares = {each.agent: each.share for each in found.participants}
    return min(
        solve(part_of(asked, group)).totals.objective - sum(shares[agent] for agent in group)
        for group in groups(asked)
    )


@pytest.mark.parametrize("seed", range(6))
def test_with_sites_no_group_saves_more_than_is_said(seed: int) -> None:
    asked = with_sites(seed)
    found = split(asked, solve(asked))
    assert slack(asked, found) >= -found.unrest - 1e-7
    assert all(each.gain >= -1e-7 for each in found.participants)
    assert math.fsum(each.share for each in found.participants) == found.objective
    assert abs(math.fsum(each.transfer for each in found.participants)) == 0


def test_some_sites_leave_something_open_and_some_do_not() -> None:
    found = {split(asked, solve(asked)).stability for asked in map(with_sites, range(6))}
    assert found == {Stability.STABLE, Stability.NEARLY}


def test_what_a_site_does_not_earn_is_borne_by_its_users() -> None:
    asked = problem(
        offer("far", "oak", 10, dump=9, place=east(30)),
        offer("near", "wood", 10, dump=4),
        need("bench", "board", 10, buy=6),
        need("other", "ash", 10, buy=6),
        press(opening_cost=30.0, capacity=20, inputs=(Stream("wood", 1),)),
        rates=problem().rates,
    )
    found = split(asked, solve(asked))
    assert found.opened == ("press",)
    assert found.of("taker other").extra == 0
    assert found.of("giver near").extra >= 0
    assert found.of("the press").paid == pytest.approx(30 + 0.5 * 20 + 3.9 * 10, abs=5)


@pytest.mark.parametrize("seed", range(6))
def test_with_lots_no_group_saves_more_than_is_said(seed: int) -> None:
    plain = game(seed, 5, processors=1)
    asked = replace(plain, offers=tuple(replace(each, minimum_lot=15.0) for each in plain.offers))
    plan = solve(asked)
    found = split(asked, plan)
    assert slack(asked, found) >= -found.unrest - 1e-7
    assert all(each.gain >= -1e-7 for each in found.participants)
    assert (found.stability is Stability.STABLE) == (found.unrest == 0)


def test_a_lot_that_costs_something_is_said_to() -> None:
    asked = problem(offer("a", amount=10, dump=5, lot=7), need("x", amount=8), need("y", amount=8))
    found = split(asked, solve(asked))
    assert found.stability is Stability.NEARLY
    assert "Not fully stable" in found.label()
    assert found.unrest > 0


def test_an_unproven_plan_is_shared_all_the_same() -> None:
    asked = game(3, 5)
    plan = solve(asked)
    prices = {port: price - 0.2 for port, price in plan.duals.items()}
    worse = replace(plan, status=Status.WITHIN_GAP, duals=prices)
    found = split(asked, worse)
    assert found.stability is Stability.NEARLY
    assert not found.ranged
    assert slack(asked, found) >= -found.unrest - 1e-7
    assert math.fsum(each.share for each in found.participants) == plan.totals.objective


def over_time() -> Problem:
    kept = Storage("barn", "the barn", "wood", east(0), 30, cost=0.1, loss=0.1)
    early = Offer(*("o", "giver", "wood", 20.0, east(0), Fallback(1)), profile=(20.0, 0.0, 10.0))
    late = Need("n", "taker", "wood", 10.0, east(1), Fallback(3), profile=(5.0, 15.0, 10.0))
    return problem(early, late, storages=(kept,), periods=3)


def test_periods_are_shared_as_one() -> None:
    asked = over_time()
    found = split(asked, solve(asked))
    assert [each.agent for each in found.participants] == ["giver", "taker", "the barn"]
    assert [port.port for port in found.of("giver").ports] == ["o@1", "o@2", "o@3"]
    assert slack(asked, found) >= -1e-9 * found.alone
    assert "over 3 periods" in found.of("taker").text()
    for each in found.participants:
        truth = payment_range(unfold(asked), each.agent)
        assert (each.lowest, each.highest) == pytest.approx(truth, abs=1e-3)


def test_blends_have_a_right_hand_side_of_zero_and_cost_nobody_extra() -> None:
    wet = offer("wet", amount=10, dump=3, quality={"moisture": 0.8})
    dry = offer("dry", amount=10, dump=0.5, quality={"moisture": 0.2})
    heap = replace(need("heap", amount=15, buy=2), blends=(Blend("moisture", high=0.5),))
    asked = problem(wet, dry, heap)
    found = split(asked, solve(asked))
    assert found.stability is Stability.STABLE
    assert slack(asked, found) >= -1e-9 * 100


def test_groups_keep_their_own_pairs() -> None:
    asked = problem(offer("a"), offer("b"), need("x"), excluded=frozenset({("a", "x")}))
    for group in product(agents_of(asked), repeat=2):
        part = part_of(asked, group)
        assert set(agents_of(part)) == set(group)
        assert part.excluded == (asked.excluded if set(group) == {"giver a", "taker x"} else set())


def test_a_processor_with_a_least_level_alone_stays_closed() -> None:
    site = Processor(
        *("s", "site", east(0), (Stream("wood", 1),), (Stream("board", 1, Fallback(0)),)),
        *(10.0, 1.0, 0.0, 5.0, 3.0),
    )
    asked = problem(offer("a", dump=9), need("b", "board", 10, buy=9), site)
    found = split(asked, solve(asked))
    assert found.of("site").alone == 0
