"""All possible pairs in one program: for small problems, and wherever minimum lots are.

A pair between two fallbacks whose price is not below both together can never lower the cost and
is no column, unless it may mend a blend; the certificate prices it all the same.

Offers with a minimum lot make their pairs semi-continuous (nothing, or at least the lot) and the
program a mixed-integer one. Its dual prices are those of the relaxation without lots: they prove
a lower bound, and the certificate states the gap that the lots leave open.
"""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from kierto.planner.blending import blends_of
from kierto.planner.engines import Run, Solution
from kierto.planner.errors import NotSolved
from kierto.planner.highs.program import Program
from kierto.planner.highs.solver import SEARCH_TOLERANCE, TOLERANCE, quiet_solver, run
from kierto.planner.network import Floats, Network
from kierto.planner.pairs import possible_pairs

HALFWAY = 0.5


class Direct:
    """The engine that lists every pair."""

    def solve(self, network: Network, run: Run) -> Solution:
        """See :class:`kierto.planner.engines.Engine`. There is nothing to stop at before the
        optimum, unless lots are being decided."""
        run.tell("pairs", 0.0, None, None)
        program = _program(network)
        run.tell("solving", HALFWAY, None, None)
        relaxed = _solved(program, program.model(), TOLERANCE, run)
        lots = network.sources.lot
        if not np.any(relaxed.amounts < lots[relaxed.source] * (1 - 1e-9)):
            return relaxed
        decided = _with_lots(program, lots[program.source], run)
        return replace(
            relaxed,
            source=decided.source,
            sink=decided.sink,
            amounts=decided.amounts,
            levels=decided.levels,
        )


def _program(network: Network) -> Program:
    pairs = possible_pairs(network)
    buying = network.sinks.price[pairs.sink]
    saved = pairs.price - network.sources.price[pairs.source] - buying
    mixed = np.zeros(len(network.sinks), np.bool_)
    mixed[blends_of(network).sink] = True
    pays = (saved < 0) | ~np.isfinite(buying) | mixed[pairs.sink]
    return Program(network, pairs.source[pays], pairs.sink[pays], pairs.price[pays])


def _solved(program: Program, model: highspy.HighsLp, tolerance: float, run_: Run) -> Solution:
    solver = quiet_solver(tolerance)
    solver.passModel(model)
    deciding = bool(len(model.integrality_))
    if not run(solver, lambda: run_.tell("solving", HALFWAY, None, None) and deciding):
        raise NotSolved(reason="stopped before there was a plan")
    return program.read(solver.getSolution())


def _with_lots(program: Program, lots: Floats, run_: Run) -> Solution:
    """Decide which pairs carry a lot, then solve sharply for those.

    The search needs no more precision than its decisions do, and is ten times faster so.
    """
    searched, recipes = program.model(), program.recipes
    _add_lots(program, searched, lots)
    rough = _solved(program, searched, SEARCH_TOLERANCE, run_)
    used = np.zeros(len(lots), np.bool_)
    keys = program.source * np.int64(len(program.network.sinks)) + program.sink
    moved = rough.amounts > program.network.sources.lot[rough.source] / 2
    used[
        np.isin(keys, (rough.source * np.int64(len(program.network.sinks)) + rough.sink)[moved])
    ] = True
    decided = program.model()
    lower, upper = np.array(decided.col_lower_), np.array(decided.col_upper_)
    lower[recipes:] = np.where(used, lots, 0.0) / program.amount_scale
    upper[recipes:] = np.where(used | (lots == 0), highspy.kHighsInf, 0.0)
    decided.col_lower_, decided.col_upper_ = lower, upper
    return _solved(program, decided, TOLERANCE, run_)


def _add_lots(program: Program, lp: highspy.HighsLp, lots: Floats) -> None:
    """Pairs of offers with a lot carry nothing, or at least the lot. Only they need a bound: on
    every column it would take a share of the dual prices that belongs to the ports."""
    network, recipes = program.network, program.recipes
    most = np.minimum(network.sources.largest[program.source], network.sinks.largest[program.sink])
    lower, upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
    lower[recipes:] = lots / program.amount_scale
    upper[recipes:] = np.where(lots > 0, most / program.amount_scale, highspy.kHighsInf)
    lp.col_lower_, lp.col_upper_ = lower, upper
    semi = highspy.HighsVarType.kSemiContinuous
    plain = highspy.HighsVarType.kContinuous
    lp.integrality_ = [semi if least > 0 else plain for least in lower.tolist()]
