"""The frame of every method's program: read the columns, time the work, say how it went.

The clock runs from the columns in memory to the optimum known: `build` and `solve`. It does not
run while Python starts, imports and reads the file. Memory is the peak of the whole process,
imports and all, as the system counts it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from planner_methods.instance import Instance

Model = TypeVar("Model")
Options = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a method found: the cost (EUR), and what it can prove about it, if anything.

    `bound` is what no plan can cost less than, `gap` their distance as a share of the money that
    the plan moves. A method that only says "optimal" leaves both out.
    """

    objective: float
    bound: float | None = None
    gap: float | None = None


def work(
    build: Callable[[Instance], Model],
    solve: Callable[[Model, Options], Answer],
    *,
    package: str,
    before: Callable[[Options], None] | None = None,
) -> None:
    """Do it, and print one JSON object: times, peak memory, answer and the package's version.

    `before` runs before the clock does.
    """
    instance = Instance.load(Path(sys.argv[1]))
    options: Options = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    if before:
        before(options)
    started, used = time.perf_counter(), cpu_seconds()
    model = build(instance)
    built = time.perf_counter()
    answer = solve(model, options)
    ended = time.perf_counter()
    report = {
        "build_seconds": built - started,
        "solve_seconds": ended - built,
        "cpu_seconds": cpu_seconds() - used,
        "peak_mb": peak_mb(),
        "version": f"{package} {version(package)}",
        **asdict(answer),
    }
    print(json.dumps(report), flush=True)


def cpu_seconds() -> float:
    """What all cores together have worked for this process and its ended children; unlike the
    clock, it hardly grows when others use the machine."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_mb() -> float:
    """Largest memory this process and its children ever held, in units of 2^20 bytes.

    On Linux the peak of this program's own image: what `getrusage` says of the process itself
    would be at least what the parent held when it started us.
    """
    unit = 2**20 if sys.platform == "darwin" else 2**10
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(_own_peak(unit), children * unit / 2**20)


def _own_peak(unit: int) -> float:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    (line,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 2**10
