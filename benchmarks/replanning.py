"""Re-planning after one change: how long a warm answer takes, against a cold one, to the same cost.

    .venv/bin/python benchmarks/replanning.py --quick
    .venv/bin/python benchmarks/replanning.py --participants 30000 --changes 24

A region is planned; then one amount at a time changes (a little more, or nearly all taken back),
now and then an offer comes or goes, and the plan follows. At the end the same problem is planned
from nothing, and both costs must agree. Times are wall clock and processor seconds of this process;
compiled code is loaded before anything is timed.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from _harness import Benchmark
from districts import country

from kierto.planner import LivePlanner, Offer, Problem, solve

AGREEMENT = 1e-9
"""Largest difference between the warm and the cold cost, as a share of it."""


def main() -> None:
    bench = Benchmark("Re-planning after one change, warm against cold")
    bench.parser.add_argument("--participants", type=int, default=30_000)
    bench.parser.add_argument("--changes", type=int, default=24)
    bench.parser.add_argument("--seed", type=int, default=0)
    options = bench.start()
    size, changes = (3_000, 8) if options.quick else (options.participants, options.changes)

    LivePlanner(country(1_000), engine="simplex").solve()
    live = LivePlanner(country(size, seed=options.seed), engine="simplex")
    cold = timed(live.solve)
    amounts, joins = follow(live, changes, random.Random(options.seed))
    again = solve(live.problem, engine="simplex").totals.objective
    warm = live.replan().objective
    off = abs(warm - again) / max(abs(again), 1.0)

    bench.figure("participants", size, "participants")
    bench.figure("cold", cold[0], "s")
    for name, times in (("amount", amounts), ("offer", joins)):
        walls, works = zip(*times, strict=True)
        bench.figure(f"{name}_changes", len(times), "changes")
        bench.figure(f"{name}_median", statistics.median(walls), "s")
        bench.figure(f"{name}_most", max(walls), "s")
        bench.figure(f"{name}_median_cpu", statistics.median(works), "s of the processor")
        bench.figure(f"{name}_ratio", cold[0] / statistics.median(walls), "times faster than cold")
    bench.figure("off", off, "of the cost of a cold plan")
    bench.finish(kept=off <= AGREEMENT)


def timed(deed: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of calling it."""
    wall, work = time.perf_counter(), time.process_time()
    deed()
    return time.perf_counter() - wall, time.process_time() - work


def follow(
    live: LivePlanner, changes: int, dice: random.Random
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Times of changes of one amount, and of an offer that comes or goes."""
    problem: Problem = live.problem
    ports = [*problem.offers, *problem.needs]
    amounts, joins = [], []
    for number in range(changes):
        port = dice.choice(ports)
        wanted = port.amount * 0.1 if number % 2 else port.amount + 5
        live.change(port.id, amount=wanted)
        amounts.append(timed(live.replan))
    newcomer: Offer = replace(dice.choice(problem.offers), id="newcomer")
    for number in range(max(2, changes // 6)):
        if number % 2:
            live.withdraw(newcomer.id)
        else:
            live.add(newcomer)
        joins.append(timed(live.replan))
    return amounts, joins


if __name__ == "__main__":
    main()
