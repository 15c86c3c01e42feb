"""The server killed while it writes: what was acknowledged is there, and was told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_acknowledged_writes_survive_the_server(clean_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "killing.py"), "--rounds", "2"],
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
