"""The tables of `docs/reference/csv-formats.md` have the columns that the code reads."""

from __future__ import annotations

import re

import pytest

from kierto.parties import importers as parties
from kierto.planner.folder.reading import TABLES
from kierto.planner.folder.writing import FLOW_COLUMNS
from tests.house.floors import ROOT

PAGE = (ROOT / "docs" / "reference" / "csv-formats.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<column>\w+)` \| (?P<needed>yes)? ?\|", re.MULTILINE)


def columns(heading: str) -> dict[str, bool]:
    """The columns in the table below a heading, and whether each is needed."""
    section = PAGE.split(f"\n### {heading}\n")[1].split("\n#")[0]
    return {row["column"]: row["needed"] is not None for row in ROW.finditer(section)}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.file)
def test_planning_tables_are_described(table) -> None:
    expected = dict.fromkeys(table.required, True) | dict.fromkeys(table.optional, False)
    assert columns(f"`{table.file}`") == expected


def test_flows_are_described() -> None:
    section = PAGE.split("\n### What comes out\n")[1].split("`plan.json`")[0]
    assert re.findall(r"`(\w+)`", section) == list(FLOW_COLUMNS)


def test_organizations_are_described() -> None:
    assert columns("organizations") == {name: name in parties.REQUIRED for name in parties.KNOWN}
