"""Column generation: HiGHS sees only the pairs that may pay, and more as they turn out to.

The program begins with the nearest pairs and the explicit ones. Its dual prices say what every
port is worth; at these prices *every* possible pair is held up (:mod:`kierto.planner.survey`), the
few best bargains of each source and of each sink join, and HiGHS goes on from where it stood,
until nothing is a bargain. After every round the same prices prove a lower bound, so the work can
be stopped at a wanted gap, or by a word, with an honest plan in hand.

Gilmore and Gomory (1961), "A linear programming approach to the cutting-stock problem",
Operations Research 9, is where the idea became known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from scipy.spatial import cKDTree

from kierto.planner.certificate.bound import Proof, prove
from kierto.planner.engines import Engine, Run, Solution, start_of
from kierto.planner.errors import NotSolved
from kierto.planner.highs.program import Program
from kierto.planner.highs.solver import PRIMAL_SIMPLEX, quiet_solver, run
from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.pairs import Verdict, pairs_at, rules_of
from kierto.planner.survey import Bargains
from kierto.planner.totals import money

NEAREST = 8
"""Pairs of each port that the program begins with."""

FEW = 5
"""Bargains of each port that join in a round."""

BARGAIN = 1e-9
"""A share of the typical price: what costs less than its ends are worth by more than this joins.
The program itself is solved ten times sharper, or the same pairs would come back for ever."""

KEPT = "columns"
"""Where in ``Run.keep`` the program waits for the next problem of the same ports."""


class Columns:
    """The engine that adds pairs as they pay.

    A ``scout`` is an engine that may overlook side conditions: the pairs that it uses are a far
    better beginning than the nearest ones (at 2 000 participants, a tenth of the time).
    """

    def __init__(self, scout: Engine | None = None) -> None:
        self._scout = scout

    def solve(self, network: Network, run: Run) -> Solution:
        """See :class:`kierto.planner.engines.Engine`."""
        run.tell("pairs", 0.0, None, None)
        master = _master(network, self._scouted(network, run))
        best: _Best | None = None
        for number in range(1, 10_000):
            solution = master.solve(run, in_hand=best is not None)
            if solution is None:
                if best is None:
                    raise NotSolved(reason="stopped before there was a plan")
                return best.answer(number)  # stopped inside a round, with the last one's plan
            bargains = _Few(network)
            proof = master.prove(solution, bargains)
            best = _Best.of(network, solution, proof, best)
            enough = run.tell("solving", best.share, best.objective, best.bound)
            if not master.add(*bargains.chosen()):
                return replace(solution, bound=best.bound, rounds=number)
            if enough or best.gap <= run.gap:
                return best.answer(number)
        raise AssertionError("there are only so many pairs")

    def _scouted(self, network: Network, run: Run) -> Run:
        """The run with what the scout found to start from. Its plan may break a blend, so nobody
        hears what it costs."""
        if self._scout is None or KEPT in (run.keep or {}):
            return run

        def tell(stage: str, share: float, objective: float | None, bound: float | None) -> bool:
            run.tell("solving", 0.0, None, None)
            return False

        found = self._scout.solve(network, replace(run, tell=tell, keep=None))
        return replace(run, warm=start_of(found))


class _Master:
    """HiGHS with the columns so far."""

    def __init__(self, network: Network, source: Integers, sink: Integers) -> None:
        price = pairs_at(network, source, sink).price
        self.program = Program(network, source, sink, price)
        self.keys = np.sort(_keys(network, source, sink))
        self.solver = quiet_solver()
        self.solver.passModel(self.program.model())

    def solve(self, run_: Run, *, in_hand: bool) -> Solution | None:
        """The optimum over the columns so far; ``None`` if ``in_hand`` and told to stop."""
        if not run(self.solver, lambda: run_.tell("solving", 0.0, None, None) and in_hand):
            return None
        solution = self.program.read(self.solver.getSolution())
        self.solver.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)
        self.solver.setOptionValue("presolve", "off")
        return solution

    def prove(self, solution: Solution, bargains: _Few) -> Proof:
        """The bound of these prices; bargains are noted on the way."""
        bargains.least = -BARGAIN * self.program.price_scale
        return prove(
            self.program.network,
            solution.source_duals,
            solution.sink_duals,
            solution.blend_duals,
            hear=bargains.hear,
        )

    def add(self, source: Integers, sink: Integers) -> int:
        """New columns; how many were new."""
        network, program = self.program.network, self.program
        keys = _keys(network, source, sink)
        new = ~np.isin(keys, self.keys)
        source, sink = source[new], sink[new]
        if not len(source):
            return 0
        self.keys = np.sort(np.concatenate([self.keys, keys[new]]))
        price = pairs_at(network, source, sink).price
        program.source = np.concatenate([program.source, source])
        program.sink = np.concatenate([program.sink, sink])
        program.price = np.concatenate([program.price, price])
        starts, index, values = program.pair_columns(source, sink)
        self.solver.addCols(
            len(source),
            program.costs()[-len(source) :],
            np.zeros(len(source)),
            np.full(len(source), highspy.kHighsInf),
            len(index),
            starts[:-1].astype(np.int32),
            index.astype(np.int32),
            values,
        )
        return len(source)

    def reprice(self, network: Network) -> None:
        """The same ports and pairs at other prices: the plan so far stays possible."""
        source, sink = self.program.source, self.program.sink
        price = pairs_at(network, source, sink).price
        self.program = Program(network, source, sink, price)
        costs = self.program.costs()
        self.solver.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)


@dataclass(frozen=True)
class _Best:
    """The last plan, which is the cheapest, and the best bound with the prices that prove it."""

    solution: Solution
    proof: Proof
    objective: float
    bound: float
    gap: float
    first_gap: float

    @classmethod
    def of(cls, network: Network, solution: Solution, proof: Proof, last: _Best | None) -> _Best:
        """A further round: the bound is the best that any round proved."""
        objective, moved = _worth(network, solution)
        if last is not None and last.bound > proof.bound:
            proof = last.proof
        gap = (objective - proof.bound) / moved
        first = gap if last is None else last.first_gap
        return cls(solution, proof, objective, proof.bound, gap, first)

    @property
    def share(self) -> float:
        """How far the gap has closed, by orders of magnitude down to a billionth."""
        steps = np.log(max(self.first_gap, 1e-9) / max(self.gap, 1e-9))
        return float(np.clip(steps / max(np.log(max(self.first_gap, 1e-9) / 1e-9), 1e-9), 0, 1))

    def answer(self, rounds: int) -> Solution:
        """The plan at prices that leave no bargain."""
        return replace(
            self.solution,
            source_duals=self.proof.sources,
            sink_duals=np.where(
                np.isfinite(self.proof.sinks), self.proof.sinks, self.solution.sink_duals
            ),
            blend_duals=self.proof.blends,
            bound=self.bound,
            rounds=rounds,
        )


class _Few:
    """Collects the best bargains of each source and of each sink."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.least = 0.0
        self.parts: list[tuple[Integers, Integers, Floats]] = []

    def hear(self, found: Bargains) -> None:
        """Keep the few best of one block."""
        rows = np.flatnonzero(found.reduced < self.least)
        if len(rows):
            part = found.source[rows], found.sink[rows], found.reduced[rows]
            self.parts.append(_few(*part))

    def chosen(self) -> tuple[Integers, Integers]:
        """The few best of all."""
        if not self.parts:
            nothing = np.empty(0, np.int64)
            return nothing, nothing
        source, sink, reduced = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        source, sink, _reduced = _few(source, sink, reduced)
        keys = np.unique(_keys(self.network, source, sink))
        width = np.int64(len(self.network.sinks))
        return keys // width, keys % width


def _few(source: Integers, sink: Integers, reduced: Floats) -> tuple[Integers, Integers, Floats]:
    """What is among the few best of its source or of its sink."""
    keep = np.zeros(len(source), np.bool_)
    for ends in (source, sink):
        order = np.lexsort((reduced, ends))
        ranked = ends[order]
        first = np.searchsorted(ranked, ranked)
        keep[order[np.arange(len(order)) - first < FEW]] = True
    return source[keep], sink[keep], reduced[keep]


def _master(network: Network, run_: Run) -> _Master:
    """A new program, or the kept one at these prices."""
    kept: dict[str, Any] = run_.keep if run_.keep is not None else {}
    master: _Master | None = kept.get(KEPT)
    if master is not None:
        master.reprice(network)
        return master
    source, sink = _first_pairs(network, run_)
    master = kept[KEPT] = _Master(network, source, sink)
    return master


def _first_pairs(network: Network, run_: Run) -> tuple[Integers, Integers]:
    """The nearest pairs, the explicit ones, and those that a former plan used."""
    width = np.int64(max(len(network.sinks), 1))
    keys = [rules_of(network).explicit.keys]
    if run_.warm is not None:
        keys.append(_keys(network, run_.warm.source, run_.warm.sink))
    for givers, takers in network.kind_blocks:
        a, b = _nearest(network.sources, network.sinks, givers, takers)
        keys.append(_keys(network, a, b))
        b, a = _nearest(network.sinks, network.sources, takers, givers)
        keys.append(_keys(network, a, b))
    every = np.unique(np.concatenate(keys))
    pairs = pairs_at(network, every // width, every % width)
    possible = pairs.verdict == Verdict.POSSIBLE
    return pairs.source[possible], pairs.sink[possible]


def _nearest(
    mine: Ports, others: Ports, rows: Integers, far: Integers
) -> tuple[Integers, Integers]:
    """Each placed row of one side with its nearest of the other."""
    rows, far = rows[np.isfinite(mine.x[rows])], far[np.isfinite(others.x[far])]
    few = min(NEAREST, len(far))
    if not few or not len(rows):
        return rows[:0], far[:0]
    _, found = cKDTree(_spots(others, far)).query(_spots(mine, rows), few)
    return np.repeat(rows, few), far[np.asarray(found).reshape(-1)]


def _spots(ports: Ports, rows: Integers) -> Floats:
    return np.stack([ports.x[rows], ports.y[rows], ports.z[rows]], axis=1)


def _keys(network: Network, source: Integers, sink: Integers) -> Integers:
    return source * np.int64(max(len(network.sinks), 1)) + sink


def _worth(network: Network, solution: Solution) -> tuple[float, float]:
    """What a solution costs, and the money that it moves."""
    price = pairs_at(network, solution.source, solution.sink).price
    carried = price * solution.amounts
    disposed = _rest(network.sources, solution.source, solution)
    bought = _rest(network.sinks, solution.sink, solution)
    cost = float(np.sum(carried) + np.sum(network.recipe_price * solution.levels))
    cost += float(np.sum(disposed * np.nan_to_num(network.sources.price)))
    cost += float(np.sum(bought * np.nan_to_num(network.sinks.price)))
    moved = float(np.sum(np.abs(carried)))
    return cost, money(network, moved, disposed, bought, solution.levels)


def _rest(ports: Ports, ends: Integers, solution: Solution) -> Floats:
    """What falls back at each port."""
    moved = np.bincount(ends, solution.amounts, len(ports))
    return np.maximum(ports.turnover(solution.levels) - moved, 0.0)
