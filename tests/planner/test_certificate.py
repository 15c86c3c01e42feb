"""The certificate says yes to every plan of the solver and no to every tampered one."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kierto.planner
from kierto.planner import (
    Fallback,
    Flow,
    Plan,
    Problem,
    Totals,
    Uncertified,
    certify,
    require_valid,
    solve,
)
from tests.planner.districts import need, offer, press, problem, random_district

SOLVERS = {"highspy", "scipy", "pulp", "numba"}
ENGINES = ("kierto.planner.highs", "kierto.planner.simplex", "kierto.planner.solving")


def small() -> Problem:
    return problem(
        offer("a", amount=10),
        offer("b", amount=20, dump=0.5),
        need("n", amount=15),
        need("m", "board", 8, buy=4),
        press(capacity=6),
    )


def with_flow(plan: Plan, **changes: object) -> Plan:
    return replace(plan, flows=(replace(plan.flows[0], **changes), *plan.flows[1:]))


TAMPERINGS: dict[str, Callable[[Plan], Plan]] = {
    "more flows": lambda plan: with_flow(plan, amount=plan.flows[0].amount + 1),
    "less flows": lambda plan: with_flow(plan, amount=plan.flows[0].amount - 1),
    "negative flow": lambda plan: with_flow(plan, amount=-plan.flows[0].amount),
    "a flow vanishes": lambda plan: replace(plan, flows=plan.flows[1:]),
    "a flow stands twice": lambda plan: replace(plan, flows=(plan.flows[0], *plan.flows)),
    "a flow to nowhere": lambda plan: with_flow(plan, sink="moon"),
    "a flow of a kind nobody takes": lambda plan: with_flow(plan, sink="m"),
    "a flow states a lower cost": lambda plan: with_flow(plan, cost=-1.0),
    "a flow states lower emissions": lambda plan: with_flow(plan, emissions=-1.0),
    "a level above capacity": lambda plan: replace(plan, levels={"press": 7.0}),
    "a level too low": lambda plan: replace(plan, levels={"press": 5.0}),
    "a fallback forgotten": lambda plan: replace(plan, fallbacks={}),
    "a negative fallback": lambda plan: replace(plan, fallbacks={**plan.fallbacks, "n": -1.0}),
    "cost stated lower": lambda plan: replace(
        plan, totals=Totals(plan.totals.cost - 1, plan.totals.emissions, plan.totals.objective)
    ),
    "emissions stated lower": lambda plan: replace(
        plan, totals=replace(plan.totals, emissions=plan.totals.emissions - 1)
    ),
    "a worse baseline": lambda plan: replace(
        plan, baseline=replace(plan.baseline, cost=plan.baseline.cost + 10)
    ),
    "a dual too high": lambda plan: replace(plan, duals={**plan.duals, "a": 1.5}),
    "a dual too low": lambda plan: replace(plan, duals={**plan.duals, "n": -3.0}),
    "no duals": lambda plan: replace(plan, duals={}),
    "duals that are no numbers": lambda plan: replace(
        plan, duals=dict.fromkeys(plan.duals, float("nan"))
    ),
    "another problem": lambda plan: replace(plan, problem_digest="0" * 64),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampered_plan_is_refused(name: str) -> None:
    given_ = small()
    plan = solve(given_)
    assert certify(given_, plan).valid
    tampered = TAMPERINGS[name](plan)
    assert not certify(given_, tampered).valid
    with pytest.raises(Uncertified):
        require_valid(given_, tampered)


def test_plan_that_keeps_all_bounds_but_costs_more_is_refused() -> None:
    """Everything is disposed of and bought: possible, adds up, and is not the cheapest."""
    given_ = small()
    plan = solve(given_)
    idle = replace(
        plan,
        flows=(),
        levels={"press": 0.0},
        fallbacks={"a": 10.0, "b": 20.0, "n": 15.0, "m": 8.0, "press:out:board": 0.0},
        totals=plan.baseline,
    )
    certificate = certify(given_, idle)
    assert certificate.primal_violation == 0.0
    assert not certificate.valid
    assert certificate.gap > 0.1


def test_lot_that_is_broken_is_refused() -> None:
    given_ = problem(offer("o", lot=6), need("n", amount=8), need("k", amount=8, buy=1))
    plan = solve(given_)
    flows = tuple(Flow("o", sink, "wood", 5.0, 0.0, 0.0, 0.0) for sink in ("k", "n"))
    broken = replace(plan, flows=flows, fallbacks={"o": 0.0, "n": 3.0, "k": 3.0})
    assert certify(given_, broken).primal_violation == pytest.approx(1 / 6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_every_plan_of_the_solver_is_certified(seed: int, lots: bool) -> None:
    district = random_district(seed, lots=lots)
    certificate = solve(district).certificate
    assert certificate.valid
    assert certificate.bound <= certificate.objective + 1e-6
    assert certificate.recipes_checked == 3


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200), st.integers(0, 10_000), st.floats(0.02, 5))
def test_certificate_notices_any_flow_that_is_changed(seed: int, pick: int, change: float) -> None:
    district = random_district(seed)
    plan = solve(district)
    if not plan.flows:
        return
    number = pick % len(plan.flows)
    flow = plan.flows[number]
    flows = list(plan.flows)
    flows[number] = replace(flow, amount=flow.amount * (1 + change))
    assert not certify(district, replace(plan, flows=tuple(flows))).valid


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 200), st.integers(0, 10_000))
def test_bound_holds_for_whatever_duals(seed: int, noise: int) -> None:
    """The bound lowers the duals to feasibility first: it never exceeds the optimum."""
    district = random_district(seed)
    plan = solve(district)
    wild = {
        port: value + ((noise * (n + 7)) % 19 - 9) / 10
        for n, (port, value) in enumerate(plan.duals.items())
    }
    certificate = certify(district, replace(plan, duals=wild))
    assert certificate.bound <= plan.totals.objective + 1e-6


def test_certificate_imports_no_solver() -> None:
    """Nor does anything that it imports from the planner."""
    folder = Path(kierto.planner.__file__).parent
    waiting, seen = ["kierto.planner.certificate"], set()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        path = folder.joinpath(*module.split(".")[2:])
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.partition(".")[0] not in SOLVERS
                assert not name.startswith(ENGINES)
                if name.startswith("kierto.planner.") and name not in seen:
                    waiting.append(name)
    assert {"kierto.planner.pairs", "kierto.planner.survey"} <= seen


@pytest.mark.parametrize("seed", range(60))
def test_extreme_amounts_prices_and_capacities_are_certified(seed: int) -> None:
    """Grams beside kilotonnes, "never" written as a billion euros, "unlimited" as a trillion."""
    dice = random.Random(seed)

    def size(low: int, high: int) -> float:
        return 10 ** dice.uniform(low, high)

    district = random_district(seed, 15, lots=seed % 5 == 0)
    wild = replace(
        district,
        offers=tuple(
            replace(each, amount=size(-3, 5), fallback=Fallback(dice.choice([1, -1]) * size(-4, 2)))
            for each in district.offers
        ),
        needs=tuple(
            replace(each, fallback=Fallback(dice.choice([0, 0.3, size(-4, 3), 1e6, 1e9])))
            for each in district.needs
        ),
        processors=tuple(
            replace(each, capacity=dice.choice([1e9, 1e12, size(-2, 4)]))
            for each in district.processors
        ),
    )
    assert solve(wild).certificate.valid
