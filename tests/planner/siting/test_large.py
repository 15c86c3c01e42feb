"""Larger problems: prices climb without a program, and the published optima are met."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.warehouses import FOLDER, PUBLISHED, country, read, to_problem
from kierto.planner import Status, solve
from kierto.planner.siting.ascent import ascend
from kierto.planner.siting.case import case_of
from kierto.planner.siting.lagrangian import Lagrangian, Multipliers

NAMES = ("cap61", "cap73", "cap81", "cap92", "cap111", "cap121", "cap133")


@pytest.mark.parametrize("name", NAMES)
def test_published_optimum_of_a_warehouse_file_is_met(name: str) -> None:
    path = FOLDER / f"{name}.txt"
    if not path.exists():
        pytest.skip(f"the OR-Library files are not at {FOLDER}")
    plan = solve(to_problem(read(path)))
    assert plan.totals.objective == pytest.approx(PUBLISHED[name], abs=1e-3)
    assert plan.status is Status.OPTIMAL


def test_file_with_too_few_figures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cap.txt"
    path.write_text("2 2 10 5 10 5 3 1 2 4 1", encoding="ascii")
    with pytest.raises(ValueError, match="figures"):
        read(path)


def test_climb_raises_the_bound_and_never_above_a_plan() -> None:
    asked = country(12, 60, ratio=3, seed=4)
    case = case_of(asked)
    lagrangian = Lagrangian(case)
    start = Multipliers(case.fallback.clip(max=30.0), case.cost[case.shared] / 2, np.empty(0))
    before = lagrangian.respond(start, case.states()).bound
    best = solve(asked).totals.objective
    found = ascend(case, lagrangian, case.states(), start, target=best, ask=lambda: False)
    assert before < found.response.bound <= best * (1 + 1e-9)
    assert found.response.bound >= 0.9 * best


def test_country_of_many_customers_is_sited_within_the_gap() -> None:
    """Large enough for the climb (more than 20 000 arcs)."""
    asked = country(30, 700, ratio=3, seed=1)
    plan = solve(asked, gap=0.02)
    assert plan.siting is not None
    assert plan.siting.gap <= 0.02
    assert plan.certificate.valid
    assert max(plan.fallbacks[each.id] for each in asked.needs) == 0.0
