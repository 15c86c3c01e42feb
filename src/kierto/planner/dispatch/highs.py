"""Runs HiGHS on a window and reads what was decided, and at which prices.

Dual simplex, measured on 50 buildings (see ``docs/explanation/planner-dispatch.md``), is three
times as fast as the interior point method even without crossover, and its answer is a vertex:
exact prices, no noise to settle.
"""

from __future__ import annotations

import highspy
import numpy as np

from kierto.planner.dispatch.district import Decisions, District, Floats, Prices
from kierto.planner.dispatch.program import Interrupt, Program, Window
from kierto.planner.errors import Cancelled, NotSolved
from kierto.planner.highs.solver import quiet_solver

TOLERANCE = 1e-9


class Infeasible(Exception):
    """No dispatch of the window reaches its target."""


def solve_window(
    district: District, window: Window, interrupt: Interrupt | None = None
) -> tuple[Decisions, Prices]:
    """The decisions of least cost for the window's hours, and the dual prices of its rows.

    Raises:
        Infeasible: the window has a target that cannot be reached.
        Cancelled: ``interrupt`` said so.
        NotSolved: HiGHS ended otherwise than with an optimum.
    """
    program = Program(district, window)
    solver = quiet_solver(TOLERANCE)
    solver.passModel(program.lp())
    stopped = _listen(solver, interrupt)
    solver.run()
    if stopped:
        raise stopped[0]
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible and window.target is not None:
        raise Infeasible
    if status != highspy.HighsModelStatus.kOptimal:
        raise NotSolved(reason=solver.modelStatusToString(status))
    solution = solver.getSolution()
    values = np.array(solution.col_value, dtype=np.float64)
    duals = np.array(solution.row_dual, dtype=np.float64)
    return _decisions(program, values), _prices(program, duals)


def _decisions(program: Program, values: Floats) -> Decisions:
    boilers = np.zeros((len(program.district.boiler_price), program.hours))
    boilers[program.burning] = values[program.boilers]
    return Decisions(
        stored=values[program.stored],
        tanks=values[program.tanks],
        pumps=values[program.pumps],
        pipes=values[program.pipes],
        boilers=boilers,
    )


def _prices(program: Program, duals: Floats) -> Prices:
    """Rows with a slack had its price taken off; here it is added again."""
    worth = np.where(program.slacks, program.ceiling, 0.0)
    return Prices(
        electricity=duals[program.balance],
        heat=duals[program.heat_rows] + worth[:, None],
        stored=duals[program.battery_rows],
    )


def _listen(solver: highspy.Highs, interrupt: Interrupt | None) -> list[Exception]:
    """Let ``interrupt`` stop the solver; the returned list then holds the reason.

    An error raised by the caller's own code is kept and raised after the solver has returned,
    because it must not pass through the solver's frames.
    """
    stopped: list[Exception] = []
    if interrupt is None:
        return stopped

    def ask(event: highspy.HighsCallbackEvent) -> None:
        try:
            if not stopped and interrupt():
                stopped.append(Cancelled())
        except Exception as error:
            stopped.append(error)
        if stopped:
            event.interrupt()

    solver.cbSimplexInterrupt.subscribe(ask)
    return stopped
