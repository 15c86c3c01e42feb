"""What every benchmark does alike: `--quick`, `--json`, the machine's description, how to repeat.

    from _harness import Benchmark, measure

    bench = Benchmark("How long the ten main pages take")
    bench.parser.add_argument("--seed", type=int, default=1)
    options = bench.start()
    figures = measure(lambda: client.get("/"), times=20 if options.quick else 200)
    bench.figure("home", figures.median * 1000, "ms")
    bench.finish()

`start` prints what is measured and on what machine; `finish` prints how to repeat it and, with
`--json`, one JSON object on the last line: `benchmark`, `quick`, `machine`, `options`, `figures`
(name to value and unit), `seconds`, and whatever `finish` was given. A program ends with code 1
when `finish` is told that a promise was not kept.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _harness.machine import describe_machine, machine_line

__all__ = ["Benchmark", "Samples", "describe_machine", "machine_line", "measure"]


@dataclass(frozen=True, slots=True)
class Samples:
    """Durations of one thing done several times, in seconds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """The duration that 95 % of the samples stay within (nearest rank)."""
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-95 * len(ordered) // 100) - 1)]


def measure(do: Callable[[], object], *, times: int, warm_up: int = 1) -> Samples:
    """Do it `warm_up` times unmeasured, then `times` times, and return how long each took."""
    for _ in range(warm_up):
        do()
    durations = []
    for _ in range(times):
        started = time.perf_counter()
        do()
        durations.append(time.perf_counter() - started)
    return Samples(tuple(durations))


class Benchmark:
    """One program: its options, its figures, its closing lines."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.name = Path(sys.argv[0]).stem
        self.parser = argparse.ArgumentParser(description=title)
        self.parser.add_argument("--quick", action="store_true", help="finish within 50 seconds")
        self.parser.add_argument("--json", action="store_true", help="end with one JSON object")
        self.figures: dict[str, dict[str, Any]] = {}
        self._options = argparse.Namespace()
        self._started = time.perf_counter()

    def start(self, arguments: list[str] | None = None) -> argparse.Namespace:
        """Read the options and print the head. Returns the options."""
        self._options = self.parser.parse_args(arguments)
        self._started = time.perf_counter()
        self.say(self.title)
        self.say(f"Machine: {machine_line()}")
        self.say(f"Form: {'quick' if self._options.quick else 'full'}")
        return self._options

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def table(self, head: list[str], rows: list[list[str]]) -> None:
        """Print columns: the first to the left, the others, being numbers, to the right."""
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        for row in [head, ["-" * width for width in widths], *rows]:
            first, *others = [
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.say("  ".join([first, *others]))

    def figure(self, name: str, value: float, unit: str) -> None:
        """Keep a figure for the JSON, and print it."""
        self.figures[name] = {"value": value, "unit": unit}
        self.say(f"{name}: {value:.6g} {unit}")

    def finish(self, *, kept: bool = True, **more: Any) -> None:
        """Print how to repeat this and, if asked, the JSON; exit 1 unless promises were kept."""
        seconds = round(time.perf_counter() - self._started, 3)
        given = " ".join(map(shlex.quote, sys.argv[1:]))
        self.say(
            f"Took {seconds:.1f} s. Repeat: .venv/bin/python benchmarks/{self.name}.py {given}"
        )
        if self._options.json:
            answer = {
                "benchmark": self.name,
                "title": self.title,
                "quick": self._options.quick,
                "kept": kept,
                "machine": describe_machine(),
                "options": {key: str(value) for key, value in vars(self._options).items()},
                "figures": self.figures,
                "seconds": seconds,
                **more,
            }
            self.say(json.dumps(answer, ensure_ascii=False))
        sys.exit(0 if kept else 1)
