"""A plan that follows its problem is the one that a cold start finds."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner import Fallback, InvalidProblem, Need, NoSuchPort, Offer, Problem, solve
from kierto.planner.live import Change, LivePlanner
from kierto.planner.plan import Plan
from tests.planner.districts import KINDS, RATES, need, offer, press, problem, random_district


def cold(planner: LivePlanner) -> Plan:
    return solve(planner.problem, engine="highs")


def agrees(planner: LivePlanner, change: Change) -> None:
    plan = cold(planner)
    money = max(abs(plan.totals.objective), abs(plan.baseline.objective), 1.0)
    assert change.objective == pytest.approx(plan.totals.objective, rel=1e-9, abs=1e-9 * money)
    assert change.bound <= plan.totals.objective + 1e-9 * money
    assert change.gap < 1e-7


def stir(planner: LivePlanner, dice: random.Random, step: int) -> None:
    """One change at random, of any sort."""
    now = planner.problem
    ports = [*now.offers, *now.needs]
    match dice.randrange(7):
        case 0 | 1:
            planner.change(dice.choice(ports).id, amount=dice.choice([0, 1, 50, 90.5, 400]))
        case 2:
            chosen = dice.choice(ports)
            cost = round(dice.uniform(-0.1, 0.5), 3)
            planner.change(chosen.id, fallback=Fallback(cost, chosen.fallback.emissions))
        case 3 if now.processors:
            capacity = dice.choice([0, 20, 100, 1000])
            planner.change(dice.choice(now.processors).id, capacity=capacity)
        case 4 if len(ports) > 4:
            planner.withdraw(dice.choice([*ports, *now.processors]).id)
        case 5:
            planner.add(replace(dice.choice(now.offers or [offer("x")]), id=f"new offer {step}"))
        case _:
            planner.add(replace(dice.choice(now.needs or [need("y")]), id=f"new need {step}"))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_a_live_plan_is_the_optimum_after_any_changes(seed: int, at_once: int) -> None:
    dice = random.Random(seed)
    planner = LivePlanner(random_district(seed, 10), engine="simplex", threads=1)
    planner.solve()
    for step in range(5):
        for number in range(at_once):
            stir(planner, dice, 10 * step + number)
        agrees(planner, planner.replan())
    assert planner.plan.certificate.valid
    assert planner.plan.totals.objective == pytest.approx(
        cold(planner).totals.objective, rel=1e-9, abs=1e-6
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_small_live_plan_is_solved_again(seed: int) -> None:
    dice = random.Random(seed)
    planner = LivePlanner(random_district(seed, 8))
    for step in range(3):
        stir(planner, dice, step)
        change = planner.replan()
        agrees(planner, change)
        assert not change.warm


def two() -> Problem:
    near = need("near", "pine", 10, buy=2)
    parts = (offer("o", "pine", 10, dump=1), near, need("dear", "pine", 10, buy=9))
    return problem(*parts, kinds=KINDS, rates=RATES)


def test_a_change_names_the_flows_that_differ() -> None:
    planner = LivePlanner(two(), engine="simplex", threads=1)
    first = planner.replan()
    assert [(each.source, each.sink, each.after) for each in first.flows] == [
        ("o", "dear", pytest.approx(10))
    ]
    assert not first.warm
    planner.change("dear", amount=4)
    second = planner.replan()
    assert second.warm
    assert [(each.sink, each.before, each.after) for each in second.flows] == [
        ("dear", pytest.approx(10), pytest.approx(4)),
        ("near", 0, pytest.approx(6)),
    ]
    planner.withdraw("o")
    assert {each.after for each in planner.replan().flows} == {0}


def test_nothing_changed_changes_nothing() -> None:
    planner = LivePlanner(two(), engine="simplex", threads=1)
    planner.replan()
    change = planner.replan()
    assert (change.flows, change.levels) == ((), ())


def test_who_left_may_come_back() -> None:
    planner = LivePlanner(two(), engine="simplex", threads=1)
    start = planner.replan().objective
    dear = planner.problem.needs[0]
    planner.withdraw(dear.id)
    planner.replan()
    planner.add(dear)
    change = planner.replan()
    assert change.warm
    assert change.objective == pytest.approx(start)


def test_who_comes_back_elsewhere_makes_a_cold_start() -> None:
    planner = LivePlanner(two(), engine="simplex", threads=1)
    planner.replan()
    planner.withdraw("o")
    planner.add(offer("o", "oak", 10))
    change = planner.replan()
    assert not change.warm
    agrees(planner, change)


def test_a_processor_may_come_change_and_leave() -> None:
    parts = [offer("w", "wood", 100, dump=3), need("b", "board", 50, buy=20)]
    planner = LivePlanner(problem(*parts, kinds=KINDS, rates=RATES), engine="simplex", threads=1)
    planner.replan()
    planner.add(press())
    change = planner.replan()
    assert change.warm
    agrees(planner, change)
    machine = planner.problem.processors[0]
    assert change.levels[0].processor == machine.id
    for capacity in (1.0, 7.0, 0.0, 30.0):
        planner.change(machine.id, capacity=capacity)
        change = planner.replan()
        assert change.warm
        agrees(planner, change)
    planner.withdraw(machine.id)
    agrees(planner, planner.replan())
    assert planner.plan.levels == {}


def test_live_planner_refuses_what_it_does_not_know() -> None:
    planner = LivePlanner(two())
    with pytest.raises(NoSuchPort):
        planner.change("nobody", amount=3)
    with pytest.raises(NoSuchPort):
        planner.withdraw("nobody")
    with pytest.raises(InvalidProblem):
        planner.change("o", amount=-1)
    with pytest.raises(InvalidProblem):
        planner.add(offer("o"))
    with pytest.raises(TypeError):
        planner.change("o", capacity=3)
    assert planner.problem == two()


def test_a_plan_is_written_when_it_is_asked_for() -> None:
    planner = LivePlanner(two(), engine="simplex", threads=1)
    assert planner.plan.problem_digest == two().digest()
    planner.change("o", amount=3)
    assert planner.plan.problem_digest == planner.problem.digest()
    assert planner.plan is planner.plan
    kinds = {type(part) for part in (*planner.problem.offers, *planner.problem.needs)}
    assert kinds == {Offer, Need}
