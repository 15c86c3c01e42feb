"""HiGHS, quiet, repeatable, and ready to be interrupted."""

from __future__ import annotations

from collections.abc import Callable

import highspy

from kierto.planner.errors import NotSolved

TOLERANCE = 1e-10
"""How far a bound or a reduced cost may be missed, in scaled numbers."""

SEARCH_TOLERANCE = 1e-7
"""The same while only whole-number decisions are looked for."""

MOST_NODES = 1_000
"""Nodes searched for the best use of minimum lots. A limit on nodes, unlike one on time, gives
the same plan on every machine; the certificate states whatever gap is left."""

PRIMAL_SIMPLEX = 4
"""HiGHS's number for it: what goes on from a plan to which columns were added."""

Ask = Callable[[], bool]
"""Asked now and then by the solver; ``True`` stops it."""


def quiet_solver(tolerance: float = TOLERANCE, *, presolve: bool = True) -> highspy.Highs:
    """A solver that says nothing, with one thread and a fixed seed.

    Without ``presolve`` a program that grows goes on from the basis that it had.
    """
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "solver": "simplex",
        "presolve": "choose" if presolve else "off",
        "primal_feasibility_tolerance": tolerance,
        "dual_feasibility_tolerance": tolerance,
        "mip_feasibility_tolerance": tolerance,
        "mip_rel_gap": 1e-7,
        "mip_abs_gap": 0.0,
        "mip_max_nodes": MOST_NODES,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver


def run(solver: highspy.Highs, ask: Ask) -> bool:
    """Solve; ``False`` if the caller wished to stop before there was an answer.

    An error raised by the caller's own code is kept and raised after the solver has returned,
    because it must not pass through the solver's frames.

    Raises:
        NotSolved: HiGHS ended otherwise than with an optimum, or a plan in hand.
    """
    errors: list[Exception] = []
    wished = [False]

    def listen(event: highspy.HighsCallbackEvent) -> None:
        try:
            if not errors and not wished[0]:
                wished[0] = ask()
        except Exception as error:
            errors.append(error)
        if errors or wished[0]:
            event.interrupt()

    solver.cbSimplexInterrupt.subscribe(listen)
    solver.cbMipInterrupt.subscribe(listen)
    try:
        solver.solve()
    finally:
        solver.cbSimplexInterrupt.unsubscribe(listen)
        solver.cbMipInterrupt.unsubscribe(listen)
    if errors:
        raise errors[0]
    status = solver.getModelStatus()
    if _answered(solver, status):
        return True
    if wished[0]:
        return False
    raise NotSolved(reason=solver.modelStatusToString(status))


def _answered(solver: highspy.Highs, status: highspy.HighsModelStatus) -> bool:
    """Optimal; or, where whole numbers are decided, stopped with a plan in hand."""
    if status in {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty}:
        return True
    stopped = {highspy.HighsModelStatus.kSolutionLimit, highspy.HighsModelStatus.kInterrupt}
    if status not in stopped or not len(solver.getLp().integrality_):
        return False
    feasible = int(highspy.SolutionStatus.kSolutionStatusFeasible)
    return int(solver.getInfo().primal_solution_status) == feasible
