"""When answers agree, how growth is fitted, and what the table and the rows say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from planner_methods.results import (
    growth_of,
    joined,
    keep,
    kept,
    rows_of,
    table_of,
    unfinished,
)
from planner_methods.running import Outcome
from planner_methods.verdict import disagreements, foreseen_seconds, growth, proven_gap


def outcome(method: str, objective: float, **more: object) -> Outcome:
    values = {"seconds": 1.0, "build_seconds": 0.1, "cpu_seconds": 2.0, "peak_mb": 50.0, **more}
    return Outcome(method, "city", 400, objective=objective, **values)  # type: ignore[arg-type]


OURS = outcome("kierto", 1000.0, bound=1000.0, gap=0.0)


def test_equal_optima_agree() -> None:
    assert disagreements([OURS, outcome("pulp", 1000.0009), outcome("pypsa", 999.9991)]) == []


def test_the_method_that_differs_is_named_with_its_number() -> None:
    told = disagreements([OURS, outcome("pulp", 1000.0), outcome("pypsa", 1000.002)])
    assert told == [
        "pypsa on city, 400 participants: 1000.002000 instead of 1000.000000 (+2.0e-06)"
    ]


def test_without_a_proof_the_middle_is_the_yardstick() -> None:
    others = [outcome("pulp", 7.0), outcome("linopy", 7.0), outcome("pypsa", 8.0)]
    assert [sentence.split()[0] for sentence in disagreements(others)] == ["pypsa"]


def test_answer_within_a_gap_may_be_dearer_but_not_cheaper() -> None:
    dearer = outcome("kierto to 0.1 %", 1000.5, bound=999.8, gap=7e-4)
    cheaper = outcome("kierto to 0.1 %", 999.5, bound=999.0, gap=5e-4)
    assert disagreements([OURS, dearer]) == []
    assert len(disagreements([OURS, cheaper])) == 1


def test_bound_above_the_optimum_is_a_lie() -> None:
    told = disagreements([OURS, outcome("kierto to 0.1 %", 1001.5, bound=1001.0, gap=5e-4)])
    assert told == [
        "kierto to 0.1 % on city, 400 participants: "
        "its bound 1001.000000 is above the optimum 1000.000000"
    ]


def test_unfinished_runs_have_no_say() -> None:
    lost = Outcome("pypsa", "city", 400, failure="over 20 s")
    assert disagreements([OURS, lost]) == []
    assert unfinished([OURS, lost]) == [
        {"family": "city", "method": "pypsa", "participants": 400, "why": "over 20 s"}
    ]


def test_gap_of_a_method_without_proof_is_measured_from_the_best_bound() -> None:
    other = outcome("pulp", 1010.0)
    assert proven_gap(other, [OURS, other]) == pytest.approx(10 / 1010)
    assert proven_gap(other, [other]) is None


def test_growth_is_the_slope_on_logarithms() -> None:
    points = [(100, 0.5), (1_000, 0.5 * 10**1.5), (10_000, 0.5 * 10**3)]
    assert growth(points) == pytest.approx(1.5)
    assert growth(points[:2]) is None


def test_next_size_is_foreseen_by_the_number_of_pairs() -> None:
    assert foreseen_seconds([(100, 1.0), (300, 5.0)], 900) == pytest.approx(45.0)
    assert foreseen_seconds([], 900) is None


def test_rows_carry_what_was_promised() -> None:
    (row,) = rows_of([OURS])
    promised = ("method", "participants", "seconds", "peak_mb", "objective", "gap")
    assert [row[name] for name in promised] == ["kierto", 400, 1.0, 50.0, 1000.0, 0.0]


def test_table_says_how_much_slower_than_ours() -> None:
    slower = outcome("pulp", 1000.0, seconds=250.0)
    assert [cells[-1] for cells in table_of([OURS, slower])] == ["1", "250"]


def test_page_of_a_family_has_its_picture_its_table_and_the_machine(tmp_path: Path) -> None:
    keep(tmp_path, "city", [OURS], "Some machine, 2 cores")
    page = (tmp_path / "planner-city.md").read_text(encoding="utf-8")
    assert "](planner-city.svg)" in page
    assert "| kierto | 400 | 1 | 2 | 50 | 1000.000 | 0e+00 | 1 |" in page
    assert "Some machine, 2 cores" in page
    assert (tmp_path / "planner-city.svg").exists()


def test_growth_is_that_of_processor_time() -> None:
    sizes = (100, 1_000, 10_000)
    lines = [replace(OURS, participants=n, cpu_seconds=n**1.25, seconds=7.0) for n in sizes]
    assert growth_of(lines) == {"kierto": pytest.approx(1.25)}


def test_new_rows_join_what_was_kept_and_replace_their_like(tmp_path: Path) -> None:
    larger = replace(OURS, participants=1_200)
    keep(tmp_path, "city", [OURS, larger], "Some machine")
    again = replace(OURS, seconds=0.5)
    assert joined(kept(tmp_path, "city"), [again]) == [again, larger]
    assert kept(tmp_path, "transport") == []
