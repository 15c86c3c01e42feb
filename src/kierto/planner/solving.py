"""From a problem to a certified plan."""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from kierto.planner.answer import plan_from, start_from, with_prices
from kierto.planner.certificate import certify, proof_of
from kierto.planner.choosing import DIRECT_PAIRS, SIMPLEX_PAIRS, engine_for
from kierto.planner.engines import Run, Solution
from kierto.planner.errors import Cancelled, Uncertified
from kierto.planner.model import Problem
from kierto.planner.network import Network
from kierto.planner.parts import parts_of, solve_parts
from kierto.planner.periods import unfold
from kierto.planner.plan import Plan, Progress, ReportProgress, Status, Wish
from kierto.planner.sites import candidates
from kierto.planner.validation import check

PAUSE_SECONDS = 0.2
"""At most this often an engine at work is interrupted for a word of progress."""


def solve(
    problem: Problem,
    *,
    gap: float = 0.0,
    engine: str = "auto",
    executor: Executor | None = None,
    threads: int | None = None,
    progress: ReportProgress | None = None,
    start: Plan | None = None,
) -> Plan:
    """The circulation of least cost (euros + carbon price × emissions), with its proof.

    The same problem and options give the same plan, to the last bit, apart from ``seconds``.

    Args:
        gap: stop as soon as no plan can be cheaper by more than this share of the money moved;
            the plan is then ``WITHIN_GAP``. 0 asks for the optimum.
        engine: ``"highs"``, ``"simplex"``, or ``"auto"``, which chooses by size.
        executor: where independent parts are solved (processes, a cluster); else in threads.
        threads: how many at once; all cores unless given.
        progress: hears how far the work is; see :class:`~kierto.planner.plan.Wish` for answers.
        start: a plan of a like problem, to start from where an engine can.

    Raises:
        InvalidProblem: the problem contradicts itself.
        Unsupported: it uses a field that is not solved yet.
        Cancelled: ``progress`` answered ``Wish.CANCEL`` or ``False``.
        NotSolved: the solver gave no answer.
        Uncertified: the answer did not pass its certificate.
        ValueError: there is no such engine.
    """
    steps = Steps(progress)
    check(problem)
    run = Run(gap, threads or len(os.sched_getaffinity(0)), steps.tell)
    return solve_checked(problem, steps, run, engine, executor, start)


def solve_checked(
    problem: Problem,
    steps: Steps,
    run: Run,
    engine: str = "auto",
    executor: Executor | None = None,
    start: Plan | None = None,
) -> Plan:
    """:func:`solve` for a problem that is known to be well formed."""
    if candidates(problem):
        return _solve_with_sites(problem, steps, run)
    network = Network(unfold(problem))
    if start is not None:
        run = replace(run, warm=start_from(network, start))
    solution = _solution(network, run, engine, executor)
    steps.say("certificate", 0.9)
    plan = plan_from(network, solution, problem.digest())
    lots = bool(np.any(network.sources.lot > 0))
    plan = certified(problem, network, plan, open_gap=lots or run.gap > 0 or steps.enough)
    steps.say("done", 1.0, plan)
    return replace(plan, seconds=steps.elapsed())


def _solve_with_sites(problem: Problem, steps: Steps, run: Run) -> Plan:
    """The choice of sites has a search of its own, whatever engine and executor are wanted."""
    from kierto.planner.siting.sites import search_sites

    plan = search_sites(problem, gap=run.gap, tell=steps.tell).plan
    steps.say("done", 1.0, plan)
    return replace(plan, seconds=steps.elapsed())


def _solution(network: Network, run: Run, engine: str, executor: Executor | None) -> Solution:
    """By parts where that is worth it; a program that is kept for the like is kept whole.
    What is large in all is worth loading our own simplex for, even if no part of it is."""
    if engine == "auto" and network.fitting_count > SIMPLEX_PAIRS:
        engine = "simplex"
    whole = network.fitting_count <= DIRECT_PAIRS or run.keep is not None
    parts = parts_of(network) if executor is not None or not whole else []
    if len(parts) > 1 or executor is not None:
        return solve_parts(network, parts, engine, run, executor)
    return engine_for(network, engine).solve(network, run)


class Steps:
    """Tells progress, and turns the caller's answer into a stop or a cancellation."""

    def __init__(self, progress: ReportProgress | None = None) -> None:
        self._progress = progress
        self._start = self._last = time.perf_counter()
        self._stage, self._share = "", 0.0
        self.enough = False

    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._start

    def say(self, stage: str, share: float, plan: Plan | None = None) -> None:
        """A word about the work around the engine."""
        if plan is None:
            self._hear(stage, share, None, None, None)
        else:
            proof = plan.certificate
            self._hear(stage, share, plan.totals.objective, proof.bound, proof.gap)

    def tell(self, stage: str, share: float, objective: float | None, bound: float | None) -> bool:
        """A word from the engine (see :data:`kierto.planner.engines.Tell`); what is no news is
        passed on only now and then."""
        now = time.perf_counter()
        news = objective is not None or stage != self._stage
        if news or now - self._last >= PAUSE_SECONDS:
            self._last = now
            gap = None
            if objective is not None and bound is not None:
                gap = max(objective - bound, 0.0) / max(abs(objective), 0.01)
            self._hear(stage, 0.05 + 0.85 * share, objective, bound, gap)
        return self.enough

    def _hear(
        self,
        stage: str,
        share: float,
        objective: float | None,
        bound: float | None,
        gap: float | None,
    ) -> None:
        if self._progress is None:
            return
        self._stage, self._share = stage, max(share, self._share)
        word = Progress(stage, self._share, self.elapsed(), objective, bound, gap)
        match self._progress(word):
            case Wish.ENOUGH:
                self.enough = True
            case Wish.GO_ON | True:
                pass
            case _:
                raise Cancelled


def certified(problem: Problem, network: Network, plan: Plan, *, open_gap: bool) -> Plan:
    """The plan with its certificate and its honest status.

    Raises:
        Uncertified: the plan is wrong, and this is a defect of the planner.
    """
    certificate = certify(problem, plan, network=network)
    close = certificate.gap <= certificate.tolerance
    bargains = certificate.least_reduced_cost < -certificate.tolerance * network.price_scale
    if open_gap and not close:
        plan = replace(plan, status=Status.WITHIN_GAP)
    if bargains and (open_gap or close):
        plan = _without_bargains(network, plan)
    if (open_gap and not close) or (bargains and close):
        certificate = certify(problem, plan, network=network)
    if not certificate.valid:
        raise Uncertified(first=certificate.faults[0], faults=certificate.faults)
    return replace(plan, certificate=certificate)


def _without_bargains(network: Network, plan: Plan) -> Plan:
    """The plan at prices lowered until they prove its bound as they stand."""
    proof = proof_of(network, plan)
    sinks = np.where(np.isfinite(proof.sinks), proof.sinks, 0.0)
    return with_prices(network, plan, proof.sources, sinks, proof.blends)
