"""Every benchmark has the same options and the same closing lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.floors import ROOT

PROGRAMS = sorted(
    path.name
    for path in (ROOT / "benchmarks").glob("*.py")
    if "Benchmark(" in path.read_text(encoding="utf-8")
)
"""As `make bench` finds them; the other modules there are what programs share."""

TINY = """
from _harness import Benchmark, measure
bench = Benchmark("How long nothing takes")
options = bench.start()
bench.figure("nothing", measure(lambda: None, times=3).median * 1000, "ms")
bench.finish(kept=KEPT)
"""


def run(program: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(program), *options],
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "benchmarks"), "PATH": ""},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("program", PROGRAMS)
def test_benchmark_knows_quick_and_json(program: str) -> None:
    done = run(ROOT / "benchmarks" / program, "--help")
    assert (done.returncode, "--quick" in done.stdout, "--json" in done.stdout) == (0, True, True)


@pytest.mark.parametrize(("kept", "code"), [("True", 0), ("False", 1)])
def test_harness_closes_with_one_json_object(tmp_path: Path, kept: str, code: int) -> None:
    program = tmp_path / "tiny.py"
    program.write_text(TINY.replace("KEPT", kept), encoding="utf-8")
    done = run(program, "--quick", "--json")
    answer = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == code, done.stderr
    assert (answer["benchmark"], answer["quick"], list(answer["figures"])) == (
        "tiny",
        True,
        ["nothing"],
    )
    assert "Repeat: .venv/bin/python benchmarks/tiny.py --quick --json" in done.stdout


def test_p95_is_the_nearest_rank() -> None:
    done = subprocess.run(
        [sys.executable, "-c",
         "from _harness import Samples; print(Samples(tuple(range(1, 21))).p95)"],
        check=True, cwd=ROOT / "benchmarks", capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == "19"
