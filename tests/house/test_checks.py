"""`make check`, as tests: one summary tells everything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.floors import ROOT

pytestmark = pytest.mark.check

COMMANDS = {
    "style": ["-m", "ruff", "check", "--output-format=concise"],
    "format": ["-m", "ruff", "format", "--check"],
    "types": ["-m", "mypy"],
    "imports": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_check_finds_nothing(name: str, clean_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, *COMMANDS[name]],
        check=False,
        cwd=ROOT,
        env={**clean_environment, "KIERTO_SECRET_KEY": "k" * 50},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
