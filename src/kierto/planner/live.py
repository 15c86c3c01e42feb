"""A plan that follows its problem: offers, needs and processors come, change and go.

:class:`LivePlanner` keeps the solved network. After a change it goes on from the plan that stands,
which takes a fraction of a second where a cold start takes many (docs/explanation/planner-live.md).
The answer is the same optimum, with a lower bound of its own. Small networks, and those with
blends, lots, periods, storages or sites to choose, are simply solved again; the interface is the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kierto.planner.answer import plan_from
from kierto.planner.change import Change, Stand, flow_changes, level_changes, nothing
from kierto.planner.choosing import engine_for
from kierto.planner.engines import Run
from kierto.planner.model import Fallback, Need, Offer, Problem, Processor
from kierto.planner.network import Network
from kierto.planner.periods import unfold
from kierto.planner.plan import Plan
from kierto.planner.possibilities import NoSuchPort
from kierto.planner.sites import is_candidate
from kierto.planner.solving import certified, solve
from kierto.planner.validation import check

if TYPE_CHECKING:
    from kierto.planner.simplex.standing import StandingNetwork

Part = Offer | Need | Processor
Outcome: TypeAlias = "StandingNetwork | Plan"


class LivePlanner:
    """Plans a problem and keeps the plan up to date.

    Args:
        gap: how far from the optimum a plan may be, as in :func:`kierto.planner.solve`.
        engine: ``"auto"``, ``"simplex"`` or ``"highs"``.
        threads: how many at once; all cores unless given.

    Raises:
        InvalidProblem: the problem contradicts itself.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        gap: float = 0.0,
        engine: str = "auto",
        threads: int | None = None,
    ) -> None:
        check(problem)
        self._base = problem
        self._engine = engine
        self._run = Run(gap, threads or len(os.sched_getaffinity(0)))
        self._parts: dict[str, Part] = {part.id: part for part in _parts(problem)}
        self._touched: set[str] = set()
        self._outcome: Outcome | None = None
        self._plan: Plan | None = None
        self._known: dict[str, Part] = {}
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._stand = nothing()

    @property
    def problem(self) -> Problem:
        """The problem as it is now."""
        return _problem(self._base, self._parts.values())

    @property
    def plan(self) -> Plan:
        """The certified plan of the problem as it is now, made when it is asked for.

        Raises:
            Uncertified: the plan is wrong, and this is a defect of the planner.
        """
        outcome = self._outcome
        if outcome is None or self._touched:
            outcome = self._take(self._renewed()[0])
        if isinstance(outcome, Plan):
            return outcome
        if self._plan is None:
            problem = self.problem
            network = Network(unfold(problem))
            plan = plan_from(network, outcome.solution_for(network), problem.digest())
            self._plan = certified(problem, network, plan, open_gap=self._run.gap > 0)
        return self._plan

    def add(self, part: Part) -> None:
        """Somebody offers, needs or processes something new.

        Raises:
            InvalidProblem: the part contradicts itself, or its id is taken.
        """
        twin = [self._parts[part.id]] if part.id in self._parts else []
        self._check([*twin, part])
        self._set(part)

    def change(
        self,
        id_: str,
        *,
        amount: float | None = None,
        capacity: float | None = None,
        fallback: Fallback | None = None,
    ) -> None:
        """An offer or need has another amount or fallback, a processor another capacity.

        Raises:
            NoSuchPort: there is nothing of this id.
            InvalidProblem: the new number is out of range.
            TypeError: the part has no such field.
        """
        wanted = {"amount": amount, "capacity": capacity, "fallback": fallback}
        fields: dict[str, Any] = {k: value for k, value in wanted.items() if value is not None}
        part = replace(self._part(id_), **fields)
        self._check([part])
        self._set(part)

    def withdraw(self, id_: str) -> None:
        """An offer, need or processor is no longer there.

        Raises:
            NoSuchPort: it was not there.
        """
        self._part(id_)
        del self._parts[id_]
        self._touched.add(id_)
        self._plan = None

    def solve(self) -> Change:
        """Plan from nothing, whatever stands."""
        start = time.perf_counter()
        return self._report(self._from_nothing(), start, warm=False)

    def replan(self) -> Change:
        """Take in all changes since the last plan.

        Raises:
            InvalidProblem: the changes contradict each other.
            NotSolved: there is no cheapest plan.
        """
        start = time.perf_counter()
        outcome, warm = self._renewed()
        return self._report(outcome, start, warm=warm)

    def _part(self, id_: str) -> Part:
        if id_ not in self._parts:
            raise NoSuchPort(port=id_)
        return self._parts[id_]

    def _set(self, part: Part) -> None:
        self._parts[part.id] = part
        self._touched.add(part.id)
        self._plan = None

    def _check(self, parts: list[Part]) -> None:
        """What can be said of parts by themselves is checked at once."""
        check(_problem(replace(self._base, arcs=None, excluded=frozenset()), parts))

    def _report(self, outcome: Outcome, start: float, *, warm: bool) -> Change:
        self._take(outcome)
        before, after = self._stand, self._read_stand(outcome)
        self._stand = after
        if isinstance(outcome, Plan):
            proof, rounds = outcome.certificate, 1
            numbers = (outcome.totals.objective, proof.bound, proof.gap)
        else:
            numbers, rounds = (outcome.objective, outcome.bound, outcome.gap), outcome.rounds
        return Change(
            *numbers,
            flows=flow_changes(before, after, self._names),
            levels=level_changes(before, after),
            warm=warm,
            rounds=rounds,
            seconds=time.perf_counter() - start,
        )

    def _take(self, outcome: Outcome) -> Outcome:
        self._outcome = outcome
        self._touched.clear()
        return outcome

    def _renewed(self) -> tuple[Outcome, bool]:
        """The optimum of the problem as it is now, and whether the last one was the start."""
        outcome = self._outcome
        if outcome is None or isinstance(outcome, Plan) or not self._go_on(outcome):
            return self._from_nothing(), False
        return outcome, True

    def _from_nothing(self) -> Outcome:
        """Solve; if possible, so that later changes can go on from there."""
        problem = self.problem
        self._outcome, self._plan = None, None
        check(problem)
        if self._can_stand(problem):
            from kierto.planner.simplex.standing import StandingNetwork

            self._known = dict(self._parts)
            return StandingNetwork(Network(unfold(problem)), self._run)
        gap, threads = self._run.gap, self._run.threads
        return solve(problem, gap=gap, engine=self._engine, threads=threads)

    def _can_stand(self, problem: Problem) -> bool:
        """Whether the network is one for the simplex, and changes to it are changes of numbers."""
        if problem.periods > 1 or problem.storages or any(map(_is_special, _parts(problem))):
            return False
        if self._engine == "highs":
            return False
        chosen = engine_for(Network(unfold(problem)), self._engine)
        return type(chosen).__name__ == "Simplex"

    def _go_on(self, standing: StandingNetwork) -> bool:
        """Bring the standing network up to date; ``False`` where only a cold start will do."""
        from kierto.planner.simplex.warm import NotWarm

        touched = sorted(self._touched)
        unknown = [id_ for id_ in touched if id_ in self._parts and id_ not in self._known]
        new = [self._parts[id_] for id_ in unknown]
        try:
            if new:
                self._grow(standing, new)
            for id_ in touched:
                self._bring(standing, id_)
            standing.settle()
        except NotWarm:
            return False
        return True

    def _grow(self, standing: StandingNetwork, new: list[Part]) -> None:
        """Take new parts into the standing network; all others as they stood at the last plan."""
        from kierto.planner.simplex.warm import NotWarm

        larger = _problem(self._base, [*self._known.values(), *new])
        if not self._can_stand(larger):
            raise NotWarm
        standing.grow(Network(unfold(larger)))
        self._known.update((part.id, part) for part in new)

    def _bring(self, standing: StandingNetwork, id_: str) -> None:
        """Bring one part of the standing network to what it is now; who left has nothing."""
        from kierto.planner.simplex.warm import NotWarm

        if (known := self._known.get(id_)) is None:
            return
        part = self._parts.get(id_)
        now: Part
        if isinstance(known, Processor):
            capacity = _capacity(part)
            standing.change_capacity(id_, capacity)
            now = replace(known, capacity=capacity)
        else:
            amount, fallback = _amount(part), known.fallback if part is None else _fallback(part)
            standing.change_amount(id_, amount)
            price = fallback.cost + self._base.carbon_price * fallback.emissions
            standing.change_fallback(id_, price)
            now = replace(known, amount=amount, fallback=fallback)
        if part is not None and part != now:
            raise NotWarm
        self._known[id_] = now

    def _read_stand(self, outcome: Outcome) -> Stand:
        """Flows and levels of the plan that stands now."""
        for id_ in _port_ids(outcome):
            if id_ not in self._numbers:
                self._numbers[id_] = len(self._names)
                self._names.append(id_)
        if not isinstance(outcome, Plan):
            return Stand(*outcome.flows(self._numbers), outcome.levels())
        number, flows = self._numbers, outcome.flows
        pairs = [(number[flow.source] << 32) | number[flow.sink] for flow in flows]
        keys = np.array(pairs, np.int64)
        amounts = np.array([flow.amount for flow in flows], np.float64)
        order = np.argsort(keys)
        return Stand(keys[order], amounts[order], outcome.levels)


def _port_ids(outcome: Outcome) -> Iterator[str]:
    if isinstance(outcome, Plan):
        yield from (flow.source for flow in outcome.flows)
        yield from (flow.sink for flow in outcome.flows)
    else:
        yield from outcome.network.sources.ids
        yield from outcome.network.sinks.ids


def _parts(problem: Problem) -> Iterator[Part]:
    yield from problem.offers
    yield from problem.needs
    yield from problem.processors


def _problem(base: Problem, parts: Iterable[Part]) -> Problem:
    """The problem with these parts; pairs that name somebody else are left out."""
    every = list(parts)
    problem = replace(
        base,
        offers=tuple(part for part in every if isinstance(part, Offer)),
        needs=tuple(part for part in every if isinstance(part, Need)),
        processors=tuple(part for part in every if isinstance(part, Processor)),
    )
    if not base.arcs and not base.excluded:
        return problem
    ports = set(problem.port_ids())
    arcs = base.arcs and tuple(a for a in base.arcs if a.source in ports and a.sink in ports)
    excluded = frozenset(pair for pair in base.excluded if ports.issuperset(pair))
    return replace(problem, arcs=arcs, excluded=excluded)


def _is_special(part: Part) -> bool:
    """Whether it is more than columns of numbers that may change."""
    return bool(part.profile) or (isinstance(part, Processor) and is_candidate(part))


def _amount(part: Part | None) -> float:
    return 0.0 if part is None or isinstance(part, Processor) else part.amount


def _capacity(part: Part | None) -> float:
    return part.capacity if isinstance(part, Processor) else 0.0


def _fallback(part: Part) -> Fallback:
    return Fallback(0.0) if isinstance(part, Processor) else part.fallback
