"""The planner and its peers on the same instance: time, memory, and whether the optima agree.

    .venv/bin/python benchmarks/planner.py --quick --json
    .venv/bin/python benchmarks/planner.py --family city --sizes 400 1200 --methods kierto linopy

Each method runs in a process of its own with a limit on time and memory, reads the same columns
and builds its own model of them. Peers live in .venv-peers, which `make bench` installs; without
it those are left out that Kierto's own environment lacks. The program ends with code 1 when two
methods that claim the optimum of one instance differ by more than a millionth.

With `--json` the last line has `rows` (method, participants, seconds, peak_mb, objective, gap,
and the family), `unfinished` with reasons, `growth` and `disagreements`. Tables and pictures are
kept in the folder `--keep`.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _harness import Benchmark, machine_line
from planner_methods.families import FAMILIES, columns_of
from planner_methods.methods import METHODS, PEERS, ROOT, Method
from planner_methods.plans import FULL, LIMIT_SECONDS, MILLION, QUICK, Stretch, chosen
from planner_methods.results import (
    HEAD,
    growth_of,
    joined,
    keep,
    kept,
    rows_of,
    table_of,
    unfinished,
)
from planner_methods.running import Limits, Outcome, run_method
from planner_methods.verdict import disagreements, foreseen_seconds

WARM_PARTICIPANTS = 5_000
"""What warms a method up is an instance of its family of at most this size, with another seed."""

SHORT_SECONDS = 5.0
"""A run shorter than this is repeated, and the median counts."""


def main() -> None:
    bench = Benchmark("The planner and its peers on the same instances")
    add_options(bench.parser)
    options = bench.start()
    plan = MILLION if options.million else QUICK if options.quick else FULL
    stretches = chosen(plan, options.family, options.sizes, options.methods)
    form = "million" if options.million else "quick" if options.quick else "full"
    race = Race(
        bench,
        limits=Limits(options.limit or LIMIT_SECONDS[form], options.memory),
        peers=options.peers,
        seed=options.seed,
        times=options.times or (1 if options.quick else 3),
    )
    with tempfile.TemporaryDirectory() as folder:
        for stretch in stretches:
            race.run(stretch, Path(folder))
    close(race, options.keep, add=options.add)


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--family", nargs="+", choices=FAMILIES, default=[], help="which instances; all if not said"
    )
    add("--sizes", nargs="+", type=int, default=[], help="numbers of participants")
    add("--methods", nargs="+", choices=METHODS, default=[], metavar="METHOD",
        help="out of: " + ", ".join(METHODS).replace("%", "%%"))  # fmt: skip
    add("--limit", type=float, help="seconds for one run (20 quick, 400 full)")
    add("--memory", type=float, default=8_000.0, help="MB that one run may hold (default 8000)")
    add("--times", type=int, help="how often a short run is repeated (1 quick, 3 full)")
    add("--seed", type=int, default=0)
    add("--million", action="store_true", help="a million participants, to a proven gap of 1 %%")
    add("--peers", type=Path, default=PEERS, help="the Python that has the peers")
    add("--keep", type=Path, default=ROOT / "var" / "benchmark-planner",
        help="folder for tables and pictures")  # fmt: skip
    add("--add", action="store_true", help="add to the tables there, made on the same machine")


@dataclass
class Race:
    """All runs so far, and what they were told."""

    bench: Benchmark
    limits: Limits
    peers: Path
    seed: int
    times: int
    machine: str = field(default_factory=machine_line)
    outcomes: list[Outcome] = field(default_factory=list)

    def run(self, stretch: Stretch, folder: Path) -> None:
        """Every method on every size, smaller ones first."""
        self.bench.say()
        self.bench.say(f"{stretch.family}: {FAMILIES[stretch.family][0]}")
        for size in stretch.sizes:
            instance = self.instance(folder, stretch.family, size, self.seed)
            small = self.instance(
                folder, stretch.family, min(size, WARM_PARTICIPANTS), self.seed + 1
            )
            for name in stretch.methods:
                if METHODS[name].fits(stretch.family):
                    self.one(METHODS[name], stretch.family, size, instance, small)

    def instance(self, folder: Path, family: str, size: int, seed: int) -> Path:
        path = folder / f"{family}-{size}-{seed}.npz"
        if not path.exists():
            columns_of(FAMILIES[family][1](size, seed)).save(path)
        return path

    def one(self, method: Method, family: str, size: int, instance: Path, small: Path) -> None:
        """One method on one instance; the median of several runs if they are short."""
        interpreter = method.interpreter(self.peers)
        report: dict[str, Any]
        if interpreter is None:
            report = {"failure": "not installed"}
        elif reason := self.hopeless(method, family, size):
            report = {"failure": reason}
        else:
            options: dict[str, Any] = {"small": str(small)} if method.warm else {}
            reports = [run_method(method, instance, interpreter, self.limits, options)]
            while len(reports) < self.times and reports[0].get("seconds", 1e9) < SHORT_SECONDS:
                reports.append(run_method(method, instance, interpreter, self.limits, options))
            report = sorted(reports, key=lambda each: each.get("seconds", 1e9))[len(reports) // 2]
        known = {name: report[name] for name in report if name != "solve_seconds"}
        outcome = Outcome(method.name, family, size, **known)
        self.outcomes.append(outcome)
        self.bench.say(f"  {method.name}, {size}: {outcome.failure or f'{outcome.seconds:.3f} s'}")

    def hopeless(self, method: Method, family: str, size: int) -> str:
        """Why it is not worth starting, judged by what the sizes before it took."""
        before = [each for each in self.outcomes if (each.method, each.family) == (
            method.name, family)]  # fmt: skip
        failed = [each for each in before if not each.finished and each.participants < size]
        if failed:
            return failed[0].failure
        points = [(each.participants, each.seconds) for each in before if each.seconds]
        foreseen = None if method.ours else foreseen_seconds(points, size)
        if foreseen and foreseen > self.limits.seconds:
            return f"not tried: some {foreseen:.0f} s or more"
        return ""


def close(race: Race, folder: Path, *, add: bool) -> None:
    """Tables, pictures, growth, and whether the optima agree."""
    bench, wrong, growing = race.bench, [], {}
    families = dict.fromkeys(each.family for each in race.outcomes)
    for family in families:
        mine = [each for each in race.outcomes if each.family == family]
        if add:
            mine = joined(kept(folder, family), mine)
        bench.say()
        bench.say(f"{family}: {FAMILIES[family][0]}")
        bench.table(HEAD, table_of(mine))
        growing[family] = growth_of(mine)
        for name, exponent in growing[family].items():
            bench.figure(f"growth of {name} on {family}", round(exponent, 3), "exponent")
        for size in dict.fromkeys(each.participants for each in mine):
            wrong += disagreements(each for each in mine if each.participants == size)
        keep(folder, family, mine, race.machine)
    bench.say()
    for sentence in wrong:
        bench.say(f"DOES NOT AGREE: {sentence}")
    if not wrong:
        bench.say("All optima agree to a millionth.")
    bench.say(f"Tables and pictures: {folder}")
    bench.finish(
        kept=not wrong,
        rows=rows_of(race.outcomes),
        unfinished=unfinished(race.outcomes),
        growth=growing,
        disagreements=wrong,
    )


if __name__ == "__main__":
    main()
