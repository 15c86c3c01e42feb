"""The engine for large circulations: a multilevel network simplex with side columns.

1. The network is read into sorted, scaled columns (:mod:`.reading`) and coarsened until it is
   small (:mod:`.coarsen`).
2. Each level is solved, the coarsest first; its solution says where the next finer one starts
   (:mod:`.levels`).
3. A level alternates between pivots on the arcs at hand (:mod:`.master`) and the exact pricing of
   all arcs (:mod:`.survey`), which brings in what is missing and proves a lower bound. Recipes
   stand still until the arcs have settled, and move then.

Every tree is a feasible plan, so the engine may stop after any round and knows how far from the
optimum it is at most.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from kierto.planner.engines import Run, Solution
from kierto.planner.errors import NotSolved
from kierto.planner.network import Floats, Integers, Network
from kierto.planner.simplex.coarsen import SMALL, hierarchy
from kierto.planner.simplex.crash import fill
from kierto.planner.simplex.crew import Crew, crew_of
from kierto.planner.simplex.levels import GENEROUS, finer_arcs, first_arcs
from kierto.planner.simplex.master import Master
from kierto.planner.simplex.reading import FORBIDDING, Reading, read
from kierto.planner.simplex.recipes import supply_at
from kierto.planner.simplex.tree import refresh_flows

COARSE_GAP = 1e-5
"""How exactly a coarse level is solved: it only says where to look. A tenth of the wanted gap is
enough as well."""

FEW = 0.0005
ROUGH_FEW = 0.12
"""Recipes begin to move when a pricing finds less than this share of the arcs missing; where a gap
will do, they begin sooner, for without them the bound stays poor."""

DUST = 1e-12
"""Flows of less than this share of a typical amount came about by rounding."""

HIGHER = 100.0
DEAREST = 1e9
"""When something is bought that is not for sale, its price is raised so many times; up to this
multiple of the highest price in the problem."""


class Settled(NamedTuple):
    """A solved network: how it was read, its finest master, and how many rounds it took."""

    reading: Reading
    master: Master
    rounds: int


class Simplex:
    """Solves networks of thousands to millions of ports exactly, or to a wanted gap.

    Networks with lots or blends are not for it: lots count only as whether a pair is possible.

    ``small`` is the number of nodes (besides ports of recipes) that are solved without coarsening.
    """

    def __init__(self, *, small: int = SMALL) -> None:
        self.small = small

    def solve(self, network: Network, run: Run) -> Solution:
        """The cheapest circulation, or one within ``run.gap`` of it.

        Raises:
            Cancelled: ``run.tell`` said so.
            NotSolved: a recipe makes money from nothing without end.
        """
        return solution_of(*self.settled(network, run))

    def settled(self, network: Network, run: Run) -> Settled:
        """The same with all that a later change can start from (:mod:`.warm`)."""
        forbidding = FORBIDDING
        while forbidding <= DEAREST:
            reading = read(network, forbidding=forbidding)
            work = _Work(reading, run, self.small)
            master = work.solve()
            if not master.buys_what_is_not_for_sale:
                return Settled(reading, master, work.rounds)
            forbidding *= HIGHER
        raise NotSolved(reason="prices too far apart")


class _Work:
    """One run through the levels."""

    def __init__(self, reading: Reading, run: Run, small: int) -> None:
        self.reading = reading
        self.small = small
        self.run = run
        self.rounds = 0
        self.enough = False
        self.share = 0.0
        self.finest = False
        self.known: tuple[float | None, float | None] = (None, None)
        self.master: Master | None = None

    def solve(self) -> Master:
        """The finest level's master, solved as far as wanted."""
        with crew_of(self.run.threads, self.breathe) as crew:
            return self._descend(crew)

    def _descend(self, crew: Crew) -> Master:
        instance = self.reading.instance
        coarser = hierarchy(instance, small=self.small)
        levels = [instance, *(each.instance for each in coarser)]
        self.finest = not coarser
        master = Master(
            levels[-1], first_arcs(levels[-1], crew), np.zeros(len(instance.recipes.price)), crew
        )
        self._settle(master)
        for finer, coarse in reversed(list(zip(levels, coarser, strict=False))):
            self.finest = finer is instance
            self.share = finer.size / sum(each.size for each in levels)
            arcs, potential = finer_arcs(finer, coarse, master, crew)
            master = Master(finer, arcs, master.levels.level, crew)
            fill(master.tree, arcs, potential, most=GENEROUS)
            if self._goal > 0:
                master.prove(potential)
            self._settle(master)
        return master

    @property
    def _goal(self) -> float:
        """The gap at which this level is done."""
        return self.run.gap if self.finest else max(COARSE_GAP, self.run.gap / 10)

    def _settle(self, master: Master) -> None:
        """Pivot and price until nothing is missing, or the gap is small enough."""
        goal = master.goal = self._goal
        self.master = master
        few = ROUGH_FEW if self.run.gap > 0 else FEW
        master.run_network()
        moving, settled = False, True
        while True:
            missing = master.price()
            self._hear(master)
            near = self.enough or (goal > 0 and master.gap <= goal)
            if near and not master.buys_what_is_not_for_sale:
                return
            if settled and not missing and (moving or not len(master.levels.level)):
                return
            moving |= len(master.levels.level) > 0 and missing <= few * len(master.arcs.cost)
            if moving:
                settled = master.run_side()
            else:
                master.run_network()

    def _hear(self, master: Master) -> None:
        self.rounds += 1
        if self.finest:
            scale = self.reading.amount_scale * self.reading.price_scale
            self.known = (master.objective * scale, master.bound * scale)
        self.breathe()

    def breathe(self) -> None:
        """A word of progress; learns whether the best plan so far will do."""
        self.enough |= self.run.tell("solving", self.share, *self.known)
        if self.enough and self.master is not None:
            self.master.goal = math.inf


def solution_of(reading: Reading, master: Master, rounds: int) -> Solution:
    """What the tree says, in the network's rows and units."""
    instance, levels = reading.instance, master.levels.level
    refresh_flows(master.tree, supply_at(instance.supply, instance.recipes, levels))
    source, sink, flow = master.basic_arcs()
    used = flow > DUST
    first = len(instance.sources)
    prices = master.proof[: instance.size] * reading.price_scale
    return Solution(
        source=reading.source_rows[source[used]],
        sink=reading.sink_rows[sink[used]],
        amounts=flow[used] * reading.amount_scale,
        levels=levels * reading.amount_scale,
        source_duals=_by_row(prices[:first], reading.source_rows),
        sink_duals=_by_row(-prices[first:], reading.sink_rows),
        bound=master.bound * reading.amount_scale * reading.price_scale,
        rounds=rounds,
    )


def _by_row(values: Floats, rows: Integers) -> Floats:
    """Values of nodes in the order of the network's rows."""
    sorted_values = np.empty(len(values))
    sorted_values[rows] = values
    return sorted_values
