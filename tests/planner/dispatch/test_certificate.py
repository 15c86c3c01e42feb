"""The certificate believes nobody: whatever is changed in a plan, it says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kierto.planner import Status, Uncertified
from kierto.planner.dispatch import (
    DispatchPlan,
    DispatchProblem,
    certify_dispatch,
    dispatch,
    require_valid_dispatch,
    typical_district,
)

PROBLEM = typical_district(3, 24, seed=1)
PLAN = dispatch(PROBLEM)


def bent(values: tuple[float, ...], by: float, hour: int = 12) -> tuple[float, ...]:
    return (*values[:hour], values[hour] + by, *values[hour + 1 :])


def bent_first(field: str, by: float) -> Callable[[DispatchPlan], DispatchPlan]:
    def tamper(plan: DispatchPlan) -> DispatchPlan:
        series = dict(getattr(plan, field))
        name = sorted(series)[0]
        changes: dict[str, Any] = {field: {**series, name: bent(series[name], by)}}
        return replace(plan, **changes)

    return tamper


TAMPERING: dict[str, Callable[[DispatchPlan], DispatchPlan]] = {
    "less imported": lambda plan: replace(plan, imports=bent(plan.imports, -1.0)),
    "negative export": lambda plan: replace(plan, exports=bent(plan.exports, -1.0)),
    "both ways": lambda plan: replace(
        plan, imports=bent(plan.imports, 1.0), exports=bent(plan.exports, 1.0)
    ),
    "invented sun": bent_first("solar", 5.0),
    "invented charge": bent_first("charge", 1.0),
    "invented level": bent_first("stored", 1.0),
    "invented pump": bent_first("heat_pumps", 1.0),
    "invented tank": bent_first("tanks", 1.0),
    "invented boiler": bent_first("boilers", 1.0),
    "no number": bent_first("boilers", float("nan")),
    "cheaper": lambda plan: replace(plan, totals=replace(plan.totals, cost=plan.totals.cost - 1)),
    "dearer baseline": lambda plan: replace(
        plan, baseline=replace(plan.baseline, objective=plan.baseline.objective + 1)
    ),
    "prettier figure": lambda plan: replace(
        plan, figures=replace(plan.figures, self_consumption=1.5)
    ),
    "hours missing": lambda plan: replace(plan, imports=plan.imports[:-1]),
    "unknown asset": lambda plan: replace(plan, boilers={**plan.boilers, "x": plan.imports}),
    "asset missing": lambda plan: replace(plan, tanks={}),
    "another problem": lambda plan: replace(plan, problem_digest="0" * 64),
    "other prices": lambda plan: replace(
        plan, electricity_price=tuple(price / 2 for price in plan.electricity_price)
    ),
    "price that is none": lambda plan: replace(
        plan, electricity_price=bent(plan.electricity_price, float("inf"))
    ),
}


def test_honest_plan_passes() -> None:
    certificate = certify_dispatch(PROBLEM, PLAN)
    assert certificate == PLAN.certificate
    assert certificate.valid
    assert certificate.faults == ()
    assert abs(certificate.gap) < 1e-12
    assert certificate.primal_violation < 1e-12
    require_valid_dispatch(PROBLEM, PLAN)


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_caught(name: str) -> None:
    tampered = TAMPERING[name](PLAN)
    assert not certify_dispatch(PROBLEM, tampered).valid
    with pytest.raises(Uncertified):
        require_valid_dispatch(PROBLEM, tampered)


@pytest.mark.parametrize("factor", [0.0, 0.5, 0.9, 1.1, 2.0, -1.0, 50.0])
def test_any_prices_prove_a_bound_below_the_optimum(factor: float) -> None:
    changed = replace(
        PLAN,
        status=Status.WITHIN_GAP,
        electricity_price=tuple(price * factor for price in PLAN.electricity_price),
        heat_prices={
            id_: tuple(price * factor for price in row) for id_, row in PLAN.heat_prices.items()
        },
        battery_values={
            id_: tuple(price + factor for price in row) for id_, row in PLAN.battery_values.items()
        },
    )
    certificate = certify_dispatch(PROBLEM, changed)
    assert certificate.valid
    assert certificate.bound <= PLAN.totals.objective


def test_a_plan_of_yesterday_is_not_one_of_today() -> None:
    other: DispatchProblem = replace(PROBLEM, carbon_price=0.5)
    assert not certify_dispatch(other, PLAN).valid
