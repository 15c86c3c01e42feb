"""One method on one instance, in a process of its own with a limit on time and memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from planner_methods.methods import ROOT, Method

STARTING_SECONDS = 180.0
"""What a process may need, beyond the limit, to start, import, read and warm up."""

PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Limits:
    """How long a method may take (seconds) and how much memory it may hold (2^20 bytes)."""

    seconds: float
    memory_mb: float


@dataclass(frozen=True)
class Outcome:
    """What one run gave: times, peak memory and answer, or else why there is none.

    ``seconds`` is building plus solving (and, for Kierto, proving), by the clock on the wall;
    ``cpu_seconds`` is what all cores worked in that time.
    """

    method: str
    family: str
    participants: int
    seconds: float | None = None
    build_seconds: float | None = None
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    version: str = ""
    failure: str = ""

    @property
    def finished(self) -> bool:
        return not self.failure


def run_method(
    method: Method, instance: Path, interpreter: Path, limits: Limits, options: dict[str, Any]
) -> dict[str, Any]:
    """The worker's report, or ``{"failure": why}``."""
    command = [str(interpreter), "-m", f"planner_methods.{method.module}", str(instance)]
    command.append(json.dumps({**method.options, **options}))
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=errors,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "benchmarks")},
        )
        failure = _watch(process, limits)
        if failure:
            return {"failure": failure}
        if process.returncode:
            return {"failure": _last_line(errors) or f"ended with code {process.returncode}"}
        report: dict[str, Any] = json.loads(_last_line(out))
    seconds = report["build_seconds"] + report["solve_seconds"]
    if seconds > limits.seconds:
        return {"failure": f"over {limits.seconds:.0f} s"}
    return {**report, "seconds": seconds}


def _watch(process: subprocess.Popen[bytes], limits: Limits) -> str:
    """Wait for its end, or end it; answers why it had to be ended."""
    deadline = time.monotonic() + limits.seconds + STARTING_SECONDS
    failure = ""
    try:
        while process.poll() is None and not failure:
            if time.monotonic() > deadline:
                failure = f"over {limits.seconds:.0f} s"
            elif held_mb(process.pid) > limits.memory_mb:
                failure = f"over {limits.memory_mb:.0f} MB"
            else:
                time.sleep(PAUSE_SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return failure


def held_mb(pid: int) -> float:
    """What a process holds now; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _last_line(file: IO[str]) -> str:
    file.seek(0)
    lines = file.read().strip().splitlines()
    return lines[-1] if lines else ""
