"""`make` explains itself, and says clearly when there is no Python to work with."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.floors import ROOT

MAKEFILE = ROOT / "Makefile"


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with make and a shell's few tools, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("make", "sh", "find", "touch"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return str(folder)


def test_help_names_every_target_that_is_for_people() -> None:
    text = MAKEFILE.read_text(encoding="utf-8")
    (line,) = re.findall(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)
    told = set(re.findall(r"@echo 'make (\w+)", text))
    assert set(line.split()) - told == {"help", "ready", "test-sqlite", "test-postgresql"}


def test_without_python_it_says_what_to_install(tmp_path: Path, bare_path: str) -> None:
    house = tmp_path / "a house with spaces"
    house.mkdir()
    shutil.copy(MAKEFILE, house)
    for name in ("requirements.lock", "requirements-bootstrap.lock"):
        shutil.copy(ROOT / name, house)
    for name in ("pyproject.toml", "hatch_build.py"):
        shutil.copy(ROOT / name, house)
    done = subprocess.run(
        ["make", ".venv/.installed"],
        check=False,
        cwd=house,
        env={"PATH": bare_path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "Kierto needs Python 3.11 or newer, with its venv module, and found none."
    )
    assert not (house / ".venv").exists()
