"""From a problem to a certified plan."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from kierto.planner.certificate import certify, recipe_reduced_costs
from kierto.planner.errors import Cancelled, Uncertified
from kierto.planner.linear import Solution, solve_linear
from kierto.planner.model import Problem
from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.pairs import Pairs, possible_pairs
from kierto.planner.periods import unfold
from kierto.planner.plan import Certificate, Flow, Plan, Progress, ReportProgress, Status, Totals
from kierto.planner.totals import baseline_totals, plan_totals
from kierto.planner.validation import check

PAUSE_SECONDS = 0.2
"""At most this often the solver is interrupted for a word of progress."""

ROUNDING = 1e-10
"""What is smaller than this share of its scale came about by rounding."""

_UNPROVEN = Certificate(False, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def solve(problem: Problem, *, progress: ReportProgress | None = None) -> Plan:
    """The circulation of least cost (euros + carbon price × emissions), with its proof.

    The same problem gives the same plan, to the last bit, apart from ``seconds``.

    Raises:
        InvalidProblem: the problem contradicts itself.
        Unsupported: it uses a field that is not solved yet.
        Cancelled: ``progress`` returned ``False``.
        NotSolved: the solver gave no answer.
        Uncertified: the answer did not pass its certificate.
    """
    steps = _Steps(progress)
    check(problem)
    network = Network(unfold(problem))
    steps.say("pairs", 0.05)
    pairs = possible_pairs(network)
    steps.say("solving", 0.2)
    solution = solve_linear(network, pairs, interrupt=steps.interrupt)
    steps.say("certificate", 0.9)
    plan = _certified(problem, network, _plan(problem, network, pairs, solution))
    steps.say("done", 1.0, plan)
    return replace(plan, seconds=steps.elapsed())


class _Steps:
    """Tells progress, and turns a ``False`` answer into a cancellation."""

    def __init__(self, progress: ReportProgress | None) -> None:
        self._progress = progress
        self._start = self._last = time.perf_counter()

    def elapsed(self) -> float:
        return time.perf_counter() - self._start

    def say(self, stage: str, share: float, plan: Plan | None = None) -> None:
        if self._progress is None:
            return
        known = (plan.totals.objective, plan.certificate.bound) if plan else (None, None)
        if not self._progress(Progress(stage, share, self.elapsed(), *known)):
            raise Cancelled

    def interrupt(self) -> bool:
        """Asked by the solver often; answers with the caller's wish now and then."""
        now = time.perf_counter()
        if self._progress is None or now - self._last < PAUSE_SECONDS:
            return False
        self._last = now
        return not self._progress(Progress("solving", 0.5, self.elapsed()))


def _plan(problem: Problem, network: Network, pairs: Pairs, solution: Solution) -> Plan:
    flows = tuple(
        _flow(network, pairs, row, float(solution.amounts[row]))
        for row in np.flatnonzero(solution.amounts > 0).tolist()
    )
    spare = -recipe_reduced_costs(network, solution.source_duals, solution.sink_duals)
    spare[spare <= ROUNDING * np.max(np.abs(spare), initial=1.0)] = 0.0
    ids = [each.id for each in network.problem.processors]
    plan = Plan(
        problem_digest=problem.digest(),
        status=Status.OPTIMAL,
        flows=flows,
        levels=dict(zip(ids, solution.levels.tolist(), strict=True)),
        fallbacks={
            **_left_over(network.sources, pairs.source, solution),
            **_left_over(network.sinks, pairs.sink, solution),
        },
        totals=Totals(0.0, 0.0, 0.0),
        baseline=baseline_totals(network),
        duals={
            **_by_port(network.sources, solution.source_duals),
            **_by_port(network.sinks, solution.sink_duals),
        },
        capacity_values=dict(zip(ids, spare.tolist(), strict=True)),
        certificate=_UNPROVEN,
    )
    return replace(plan, totals=plan_totals(network, plan))


def _flow(network: Network, pairs: Pairs, row: int, amount: float) -> Flow:
    source = network.sources.rows[int(pairs.source[row])]
    sink = network.sinks.rows[int(pairs.sink[row])]
    km = float(pairs.km[row])
    return Flow(
        source.id,
        sink.id,
        source.kind,
        amount,
        None if np.isnan(km) else km,
        amount * float(pairs.cost[row]),
        amount * float(pairs.emissions[row]),
    )


def _left_over(ports: Ports, ends: Integers, solution: Solution) -> dict[str, float]:
    """What each port with a fallback sends there: its turnover less its flows."""
    moved = np.bincount(ends, solution.amounts, len(ports))
    turnover = ports.turnover(solution.levels)
    rest = turnover - moved
    rest[np.abs(rest) <= ROUNDING * np.maximum(turnover, moved)] = 0.0
    rest = np.maximum(rest, 0.0)
    return {
        port.id: float(value)
        for port, value in zip(ports.rows, rest.tolist(), strict=True)
        if port.fallback is not None
    }


def _by_port(ports: Ports, values: Floats) -> dict[str, float]:
    return {port.id: value for port, value in zip(ports.rows, values.tolist(), strict=True)}


def _certified(problem: Problem, network: Network, plan: Plan) -> Plan:
    """The plan with its certificate and its honest status.

    Raises:
        Uncertified: the plan is wrong, and this is a defect of the planner.
    """
    certificate = certify(problem, plan, network=network)
    if certificate.gap > certificate.tolerance:
        plan = replace(plan, status=Status.WITHIN_GAP)
        certificate = certify(problem, plan, network=network)
    if not certificate.valid:
        raise Uncertified(first=certificate.faults[0], faults=certificate.faults)
    return replace(plan, certificate=certificate)
