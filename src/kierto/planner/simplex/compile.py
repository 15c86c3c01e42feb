"""Compile every kernel once, so that the first large plan does not wait for the compiler.

    python -m kierto.planner.simplex.compile

The machine code is kept on disk (beside the package, or in ``NUMBA_CACHE_DIR``). Where it is there
already, it is only loaded, which takes about a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from kierto.core.geography import Point
from kierto.planner.model import (
    Arc,
    Fallback,
    Kind,
    Need,
    Offer,
    Problem,
    Processor,
    Rate,
    Rates,
    Stream,
)
from kierto.planner.network import Network
from kierto.planner.simplex.coarsen import coarsen
from kierto.planner.simplex.crash import fill
from kierto.planner.simplex.crew import Crew
from kierto.planner.simplex.levels import finer_arcs, first_arcs
from kierto.planner.simplex.master import Master
from kierto.planner.simplex.reading import read
from kierto.planner.simplex.tree import refresh_flows

Report = Callable[[int, int, str], None]
"""``report(done, of, what)``: so many of the steps are done, and what comes next."""

STEPS = (
    "sorting places into boxes",
    "merging neighbours",
    "pricing arcs",
    "pivots on arcs",
    "pivots on recipes",
    "from level to level",
    "greedy start",
    "reading the tree",
)


def warm(progress: Report | None = None) -> float:
    """Compile or load every kernel of this package, and answer with the seconds it took."""
    started = time.perf_counter()
    report = progress or (lambda done, of, what: None)
    work = _touch_everything()
    for done, what in enumerate(STEPS):
        report(done, len(STEPS), what)
        next(work)
    report(len(STEPS), len(STEPS), "")
    return time.perf_counter() - started


def _touch_everything() -> Iterator[None]:
    """Solve a tiny circulation, a step at a time in the order of ``STEPS``."""
    crew = Crew(None, lambda: None)
    instance = read(Network(_sample())).instance
    yield
    coarse = coarsen(instance)
    yield
    arcs = first_arcs(coarse.instance, crew)
    master = Master(coarse.instance, arcs, np.zeros(1), crew)
    master.price()
    yield
    master.run_network()
    yield
    master.run_side()
    yield
    arcs, potential = finer_arcs(instance, coarse, master, crew)
    yield
    finer = Master(instance, arcs, master.levels.level, crew)
    fill(finer.tree, arcs, potential, most=1.0)
    yield
    refresh_flows(finer.tree, instance.supply)
    yield


def _sample() -> Problem:
    """Offers, needs, a processor, a limit and an explicit pair: everything is touched."""
    spots = [Point(60.2 + 0.01 * number, 24.7) for number in range(6)]
    offers = [
        Offer(f"o{n}", "a", "raw", 1.0 + n, spot, Fallback(1.0), {"moisture": 0.1 * n})
        for n, spot in enumerate(spots)
    ]
    needs = [
        Need(f"{kind}{n}", "a", kind, 2.0, spot, Fallback(3.0), {"moisture": (0.0, 0.4)})
        for n, spot in enumerate(spots)
        for kind in ("raw", "made")
    ]
    made = Stream("made", 0.5, Fallback(0.1), {"moisture": 0.2})
    mill = Processor("p", "a", spots[0], (Stream("raw", 1.0),), (made,), 4.0, 0.1)
    kinds = (Kind("raw", "t"), Kind("made", "t"))
    return Problem(
        kinds=kinds,
        offers=tuple(offers),
        needs=tuple(needs),
        processors=(mill,),
        rates=Rates(Rate(0.1, 0.0)),
        arcs=(Arc("o0", "raw1", 0.2),),
    )


def main() -> None:
    """Show the steps on the way."""

    def show(done: int, of: int, what: str) -> None:
        end = "\n" if done == of else ""
        sys.stdout.write(f"\r\033[KCompiling the planner: {done}/{of} {what}{end}")
        sys.stdout.flush()

    sys.stdout.write(f"{warm(show):.1f} s\n")


if __name__ == "__main__":
    main()
