"""The reference pages name what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import kierto.planner
from kierto.planner import solve
from kierto.planner.folder.rates import RATE, TOP
from kierto.planner.folder.reading import TABLES
from kierto.planner.folder.writing import FLOW_COLUMNS, summary
from tests.planner.districts import problem

PAGES = Path(__file__).parents[2] / "docs" / "reference"


def test_planner_page_names_every_public_name() -> None:
    words = set(re.findall(r"\w+", (PAGES / "planner.md").read_text(encoding="utf-8")))
    assert [name for name in kierto.planner.__all__ if name not in words] == []


def test_planner_page_has_an_example_that_runs() -> None:
    page = (PAGES / "planner.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    names: dict[str, object] = {}
    exec(code, names)
    assert names["plan"].certificate.valid  # type: ignore[attr-defined]
    assert len(names["plan"].flows) == 1  # type: ignore[attr-defined]


def test_folder_page_names_every_column() -> None:
    page = (PAGES / "plan-folder.md").read_text(encoding="utf-8")
    marked = set(re.findall(r"`(\w+)`", page))
    for table in TABLES.values():
        assert table.file in page
        assert [name for name in (*table.required, *table.optional) if name not in marked] == []
    settings = set(re.findall(r"^\[?(\w+)", page, flags=re.M))
    assert [name for name in (*TOP, *RATE) if name not in settings] == []
    assert [
        name for name in (*FLOW_COLUMNS, *summary(solve(problem()))) if name not in marked
    ] == []
