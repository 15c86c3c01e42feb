"""From a problem to a certified dispatch: whole where that is quick, else window by window."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from kierto.planner.dispatch.baseline import baseline_totals
from kierto.planner.dispatch.bound import possible_prices
from kierto.planner.dispatch.certificate import certify_dispatch
from kierto.planner.dispatch.district import Decisions, District, Prices
from kierto.planner.dispatch.highs import solve_window
from kierto.planner.dispatch.model import DispatchProblem
from kierto.planner.dispatch.operation import settle
from kierto.planner.dispatch.plan import DispatchCertificate, DispatchPlan
from kierto.planner.dispatch.program import Stores, Window
from kierto.planner.dispatch.rolling import Rolling, roll
from kierto.planner.dispatch.series import stated_operation, stated_prices
from kierto.planner.dispatch.totals import operation_figures, operation_totals
from kierto.planner.dispatch.validation import check_dispatch
from kierto.planner.dispatch.workers import Workers
from kierto.planner.errors import Uncertified
from kierto.planner.plan import ReportProgress, Status

WHOLE = 400_000
"""Up to so many parts × hours a problem is solved in one piece: some ten seconds of simplex."""

FORTNIGHT = 336
"""Hours of a window; shorter ones have more joins to mend, longer ones take simplex longer."""

_UNPROVEN = DispatchCertificate(False, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def dispatch(
    problem: DispatchProblem,
    *,
    window: int | None = None,
    overlap: int = 48,
    gap: float = 1e-4,
    threads: int | None = None,
    progress: ReportProgress | None = None,
) -> DispatchPlan:
    """The dispatch of least cost (euros + carbon price × emissions), with its proof.

    Args:
        window: hours kept of each window; ``None`` solves everything in one piece unless it is
            large (:data:`WHOLE`), and then by fortnights.
        overlap: hours that a window looks further ahead.
        gap: in windows, mend the joins until (objective − bound) ÷ money moved is at most this;
            the certificate states what was reached.
        threads: windows solved at once; ``None`` takes all cores.
        progress: told now and then; ``Wish.ENOUGH`` ends the mending of joins.

    The same problem in the same windows and threads gives the same plan, apart from ``seconds``.

    Raises:
        InvalidProblem: the problem contradicts itself.
        ValueError: ``window`` or ``overlap`` is below 2.
        Cancelled: ``progress`` said so.
        NotSolved: the solver gave no answer.
        Uncertified: the answer did not pass its certificate.
    """
    if overlap < 2 or (window is not None and window < 2):
        raise ValueError("a window and its overlap have at least 2 hours")
    workers = Workers(threads or os.cpu_count() or 1, progress)
    check_dispatch(problem)
    district = District(problem)
    workers.say("windows", 0.05)
    if window is None and _size(problem) > WHOLE:
        window = FORTNIGHT
    if window is None or window >= district.hours:
        decisions, prices = _in_one_piece(district, workers)
        windows = 1
    else:
        rolling = Rolling(window, overlap, gap)
        decisions, prices, windows = roll(district, rolling, workers)
    workers.say("certificate", 0.95)
    plan = _certified(district, _plan(district, decisions, prices, windows))
    certificate = plan.certificate
    workers.known(certificate.objective, certificate.bound, certificate.gap)
    workers.say("done", 1.0)
    return replace(plan, seconds=workers.elapsed())


def _size(problem: DispatchProblem) -> int:
    parts = len(problem.buildings) + sum(1 for _ in problem.assets())
    return parts * problem.hours


def _in_one_piece(district: District, workers: Workers) -> tuple[Decisions, Prices]:
    levels = Stores(district.battery_initial, district.tank_initial)
    whole = Window(0, district.hours, levels)
    if workers.silent:
        return solve_window(district, whole)
    task = partial(solve_window, district, whole, workers.stopped)
    return workers.run([task], "solving", lambda: 0.5)[0]


def _plan(district: District, decisions: Decisions, prices: Prices, windows: int) -> DispatchPlan:
    operation = settle(district, decisions)
    possible, _moved = possible_prices(district, prices)
    return DispatchPlan(
        problem_digest=district.digest,
        status=Status.OPTIMAL,
        **stated_operation(district, operation),
        **stated_prices(district, possible),
        totals=operation_totals(district, operation),
        baseline=baseline_totals(district),
        figures=operation_figures(district, operation),
        certificate=_UNPROVEN,
        capped_hours=int(district.capped.sum()),
        windows=windows,
    )


def _certified(district: District, plan: DispatchPlan) -> DispatchPlan:
    """The plan with its certificate and its honest status.

    Raises:
        Uncertified: the plan is wrong, and this is a defect of the planner.
    """
    certificate = certify_dispatch(district.problem, plan, district=district)
    if certificate.gap > certificate.tolerance:
        plan = replace(plan, status=Status.WITHIN_GAP)
        certificate = certify_dispatch(district.problem, plan, district=district)
    if not certificate.valid:
        raise Uncertified(first=certificate.faults[0], faults=certificate.faults)
    return replace(plan, certificate=certificate)
