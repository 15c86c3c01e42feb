"""`kierto import repairs` and `kierto export repairs`: in and out again, with words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kierto.config.cli import cli
from kierto.repair.models import DataSet
from kierto.repair.ords import COLUMNS, write_ords
from tests.factories.catalogue import make_kind
from tests.factories.repair import make_category

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    make_category("Iron", number=40)
    cells = {
        "data_provider": "Group", "country": "FIN", "product_category": "Iron",
        "product_category_id": "40", "repair_status": "Fixed", "event_date": "2024-05-04",
    }  # fmt: skip
    rows = [
        [{**cells, "id": f"row_{number}"}.get(column, "") for column in COLUMNS]
        for number in range(3)
    ]
    path = tmp_path / "group.csv"
    path.write_bytes("".join(write_ords(rows)).encode())
    return path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.output


def test_a_file_goes_in_and_comes_out_the_same(file: Path, tmp_path: Path) -> None:
    code, said = run("import", "repairs", str(file), "--licence", "CC0 1.0", "--source", "A group")
    assert (code, said) == (
        0,
        "3 added, 0 changed, 0 unchanged, 0 left out.\n3 odd: age_missing\n",
    )
    assert DataSet.objects.values_list("licence", "source").get() == ("CC0 1.0", "A group")
    for arguments in (["--set", "group.csv"], []):
        out = tmp_path / "out.csv"
        assert run("export", "repairs", *arguments, "--out", str(out))[0] == 0
        assert out.read_bytes() == file.read_bytes()
    assert run("export", "repairs", "--set", "own")[1] == ",".join(COLUMNS) + "\n"


def test_for_programs_there_is_one_object(file: Path) -> None:
    code, said = run("import", "repairs", str(file), "--json")
    told = json.loads(said.splitlines()[-1])
    assert (code, told["counts"]["added"], told["oddities"]) == (0, 3, {"age_missing": 3})


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "repairs"],
        ["import", "categories", "--licence", "CC0 1.0"],
        ["export", "repairs", "--district", "kera"],
        ["export", "repairs", "--set", "nothing.csv"],
        ["export", "--set", "own"],
    ],
)
def test_what_makes_no_sense_is_refused_with_words(db: None, arguments: list[str]) -> None:
    code, said = run(*arguments)
    assert code == 2
    assert "Error: " in said


def test_categories_come_from_a_file_too(db: None, tmp_path: Path) -> None:
    make_kind("iron", unit="item")
    path = tmp_path / "categories.csv"
    path.write_text("id,name,kind\n40,Iron,iron\n", encoding="utf-8")
    assert run("import", "categories", str(path)) == (
        0,
        "1 added, 0 changed, 0 unchanged, 0 left out.\n",
    )
