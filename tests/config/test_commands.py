"""The command line: exit codes that scripts can trust, JSON that programs can read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kierto.config.cli import cli

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "plan-folder"


@pytest.fixture
def kierto(clean_environment, tmp_path):
    """Runs the command as its own process, with its own empty data folder."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kierto", *arguments],
            env={**clean_environment, "KIERTO_DATA_DIR": str(tmp_path / "var")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_explains_itself_with_an_example(name):
    if name == "manage":
        help_text = cli.commands[name].help or ""
    else:
        result = CliRunner().invoke(cli, [name, "--help"])
        assert result.exit_code == 0
        help_text = result.output
    assert f"kierto {name}" in help_text


def test_plan_works_without_a_database_and_answers_in_json(kierto, tmp_path):
    result = kierto("plan", str(EXAMPLE), "--out", str(tmp_path / "out"), "--json")
    assert (result.returncode, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert (answer["status"], answer["certified"]) == ("optimal", True)
    assert answer["total_cost"] < answer["baseline_cost"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "flows.csv",
        "plan.json",
        "report.html",
    ]
    assert not (tmp_path / "var").exists()


def test_plan_names_every_fault_and_writes_nothing(kierto, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for path in EXAMPLE.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    offers = (folder / "offers.csv").read_text()
    (folder / "offers.csv").write_text(offers.replace(offers.split("\n")[0], "id,id", 1))
    result = kierto("plan", str(folder), "--out", str(tmp_path / "out"))
    assert result.returncode == 2
    assert "offers.csv, line 1" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_wrong_setting_stops_with_its_name(clean_environment, tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "kierto", "check"],
        env={
            **clean_environment,
            "KIERTO_DATA_DIR": str(tmp_path),
            "KIERTO_HTTPS": "perhaps",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert "KIERTO_HTTPS" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_without_tables_is_told_how_to_migrate(kierto):
    result = kierto("check")
    assert result.returncode == 1
    assert "kierto manage migrate" in result.stderr


def test_an_unknown_command_is_a_usage_error(kierto):
    assert kierto("dance").returncode == 2
