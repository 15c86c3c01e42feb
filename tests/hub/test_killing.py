"""The server killed while it writes: what was acknowledged is there, and was told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.sqlite
def test_acknowledged_writes_survive_the_server(
    clean_environment: dict[str, str], migrated_folder: Path
) -> None:
    program = [sys.executable, str(ROOT / "benchmarks" / "killing.py")]
    done = subprocess.run(
        [*program, "--rounds", "2", "--begin-with", str(migrated_folder)],
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
