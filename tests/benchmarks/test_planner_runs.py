"""A method runs in a process of its own, within its limits, and tells the same optimum as ours."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from planner_methods.families import FAMILIES, columns_of
from planner_methods.methods import METHODS
from planner_methods.plans import FULL, MILLION, QUICK, chosen
from planner_methods.running import Limits, _watch, run_method

PLENTY = Limits(60, 4_000)
PYTHON = Path(sys.executable)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("instance") / "recipes.npz"
    columns_of(FAMILIES["recipes"][1](120, 0)).save(path)
    return path


def watched(program: str, limits: Limits) -> str:
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    return _watch(process, limits)


def test_methods_of_this_environment_find_the_same_optimum(instance: Path) -> None:
    found = {
        name: run_method(METHODS[name], instance, PYTHON, PLENTY, {})["objective"]
        for name in ("kierto", "dense highs", "dense highs ipm", "pulp")
    }
    ours = found["kierto"]
    assert {name: abs(cost / ours - 1) < 1e-6 for name, cost in found.items()} == dict.fromkeys(
        found, True
    )


def test_report_has_times_memory_proof_and_version(instance: Path) -> None:
    report = run_method(METHODS["kierto"], instance, PYTHON, PLENTY, {"small": str(instance)})
    assert report["seconds"] == report["build_seconds"] + report["solve_seconds"]
    assert 10 < report["peak_mb"] < 2_000
    assert report["gap"] < 1e-6
    assert report["bound"] <= report["objective"] + 1e-6
    assert report["version"].startswith("kierto ")


def test_failure_is_told_by_the_last_line(instance: Path) -> None:
    told = run_method(METHODS["networkx"], instance, PYTHON, PLENTY, {})
    assert list(told) == ["failure"]


def test_process_over_its_memory_is_ended() -> None:
    program = "import time; held = bytearray(200_000_000); time.sleep(60)"
    assert watched(program, Limits(60, 100)) == "over 100 MB"


def test_process_over_its_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner_methods.running.STARTING_SECONDS", 0.0)
    started = time.monotonic()
    assert watched("import time; time.sleep(60)", Limits(0.3, 1_000)) == "over 0 s"
    assert time.monotonic() - started < 30


def test_only_transport_is_given_to_methods_that_know_no_recipes() -> None:
    fitting = {name for name, method in METHODS.items() if not method.fits("city")}
    assert fitting == {"pot", "networkx"}


@pytest.mark.parametrize("plan", [QUICK, FULL, MILLION])
def test_plans_name_families_and_methods_that_exist(plan: object) -> None:
    stretches = chosen(plan, [], [], [])  # type: ignore[arg-type]
    unknown = [
        name
        for each in stretches
        for name in (each.family, *each.methods)
        if name not in FAMILIES and name not in METHODS
    ]
    assert unknown == []


def test_choice_narrows_the_plan_and_adds_what_it_lacks() -> None:
    narrowed = chosen(QUICK, ["city", "recipes"], [60, 20], ["kierto"])
    assert [(each.family, each.sizes, each.methods) for each in narrowed] == [
        ("city", (20, 60), ("kierto",)),
        ("recipes", (20, 60), ("kierto",)),
    ]
