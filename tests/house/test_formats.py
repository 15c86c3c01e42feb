"""The tables that the documentation describes have the columns that the code reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kierto.exchange import importers as exchange
from kierto.exchange.importers.owners import PLACE_COLUMNS
from kierto.parties import importers as parties
from kierto.planner.folder.reading import TABLES
from kierto.planner.folder.writing import FLOW_COLUMNS
from tests.house.floors import ROOT

REFERENCE = ROOT / "docs" / "reference"
FORMATS = REFERENCE / "csv-formats.md"
EXCHANGE = REFERENCE / "import-exchange.md"
PLAN_FOLDER = REFERENCE / "plan-folder.md"


def columns(page: Path, title: str) -> dict[str, bool]:
    """Columns of the table with this title, and whether each is needed.

    The title is that of the section that begins with the table, or stands in its first cell.
    """
    lines = page.read_text(encoding="utf-8").splitlines()
    starts = [
        number
        for number, line in enumerate(lines)
        if re.fullmatch(rf"#+ {re.escape(title)}", line) or line.startswith(f"| {title} |")
    ]
    table: list[str] = []
    for line in lines[starts[-1] :]:
        if line.startswith("|"):
            table.append(line)
        elif table:
            break
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    return {
        name: needed == "yes"
        for first, needed, *_ in cells
        for name in re.findall(r"`(\w+)`", first)
    }


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.file)
def test_planning_tables_are_described(table) -> None:
    # Any of them may have a column `source` for people; the page says so once.
    told = {*columns(PLAN_FOLDER, table.file), *(set() if table.file == "arcs.csv" else {"source"})}
    assert told == {*table.required, *table.optional}


def test_flows_of_a_plan_are_described() -> None:
    (line,) = re.findall(r"^- `flows.csv`: (.*)$", PLAN_FOLDER.read_text("utf-8"), re.MULTILINE)
    assert re.findall(r"`(\w+)`", line) == list(FLOW_COLUMNS)


def test_organizations_are_described() -> None:
    needed = {name: name in parties.REQUIRED for name in parties.KNOWN}
    assert columns(FORMATS, "organizations") == needed


def test_offers_and_needs_are_described() -> None:
    needed = {name: name in exchange.INTENT_REQUIRED for name in exchange.INTENT_COLUMNS}
    assert columns(EXCHANGE, "Offers and needs") == needed


def test_deliveries_are_described() -> None:
    needed = {name: name in exchange.DELIVERY_REQUIRED for name in exchange.DELIVERY_COLUMNS}
    assert columns(EXCHANGE, "Signed deliveries") == needed


def test_processors_are_described() -> None:
    told = {**dict.fromkeys(PLACE_COLUMNS, False), **columns(EXCHANGE, "Processors")}
    needed = {name: name in exchange.PROCESSOR_REQUIRED for name in exchange.PROCESSOR_COLUMNS}
    assert told == needed
