"""Several periods as one problem of one period: time is more ports, and storage carries over.

:func:`unfold` writes every offer, need and processor once per period and gives each period kinds
of its own, so that nothing crosses time by itself. A storage becomes one recipe per period that
takes the kind in period *t* and gives it in *t* + 1: its level is the stock between the two, its
capacity the room, its yield one minus the loss. The engines, the certificate and the explanations
thus need no notion of time at all; the price is that ids carry their period:

======================  ========================================================
``o1@3``                the offer (or need, or processor) ``o1`` in period 3
``wood@3``              the kind ``wood`` in period 3
``barn@3``              the stock of ``barn`` between periods 3 and 4 (a recipe)
``barn@3:out:wood@4``   what comes out of it in period 4
======================  ========================================================

Periods count from 1. What a period's totals cost is added up over all periods. The idea of time
as copies of a network is old: Ford and Fulkerson (1958), "Constructing maximal dynamic flows from
static flows", Operations Research 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from kierto.planner.kinds import KindTree
from kierto.planner.model import (
    Arc,
    Fallback,
    Kind,
    Need,
    Offer,
    Problem,
    Processor,
    Rates,
    Storage,
    Stream,
)
from kierto.planner.plan import Flow, Plan

_PORT = re.compile(r"(?s)(.+)@(\d+)(:in:|:out:)(.+)@(\d+)")
_PLAIN = re.compile(r"(?s)(.+)@(\d+)")

MOST_COMPOUNDING = 1e4
"""Losses compound; beyond this factor the price that keeps stock from being thrown away stops
growing, for it would only blur the other prices."""


def unfold(problem: Problem) -> Problem:
    """The problem of one period that stands for all of them; ``problem`` itself if it has one.

    Its digest is another one: plans, certificates and reports name the digest of the original.
    Takes only what :func:`~kierto.planner.validation.check` accepts.
    """
    if problem.periods == 1:
        return _first_period(problem)
    return _Unfolding(problem).problem()


def has_time(problem: Problem) -> bool:
    """Whether ids in its plans carry a period."""
    return problem.periods > 1


def split_id(port_id: str) -> tuple[str, int]:
    """The original id and the period of an unfolded id (a port, a part or a kind).

    Raises:
        ValueError: no unfolded id.
    """
    if found := _PORT.fullmatch(port_id):
        return f"{found[1]}{found[3]}{found[4]}", int(found[5])
    if found := _PLAIN.fullmatch(port_id):
        return found[1], int(found[2])
    raise ValueError(f"no period in {port_id!r}")


def period_of(port_id: str) -> int:
    """The period of an unfolded id; of what leaves a storage, the period it arrives in."""
    return split_id(port_id)[1]


@dataclass(frozen=True, slots=True)
class PeriodPlan:
    """One period of a plan, under the original ids.

    Attributes:
        flows: what is carried in this period; what waits on in its storage is not.
        levels: of the processors.
        fallbacks: by port, what is disposed of or bought new.
        stocks: by storage, what lies there between this period and the next.
    """

    period: int
    flows: tuple[Flow, ...]
    levels: Mapping[str, float]
    fallbacks: Mapping[str, float]
    stocks: Mapping[str, float]


def by_period(problem: Problem, plan: Plan) -> tuple[PeriodPlan, ...]:
    """The plan of a problem of several periods, one after the other."""
    stores = {each.id for each in problem.storages}
    flows: dict[int, list[Flow]] = {t: [] for t in _times(problem)}
    for flow in plan.flows:
        if is_waiting(flow):
            continue
        source, period = split_id(flow.source)
        sink, kind = split_id(flow.sink)[0], split_id(flow.kind)[0]
        flows[period].append(replace(flow, source=source, sink=sink, kind=kind))
    numbers = _split(plan.levels, problem)
    fallbacks = _split(plan.fallbacks, problem)
    return tuple(
        PeriodPlan(
            period=t,
            flows=tuple(flows[t]),
            levels={id_: z for id_, z in numbers[t].items() if id_ not in stores},
            fallbacks={
                port: rest for port, rest in fallbacks[t].items() if not _of_a_store(port, stores)
            },
            stocks={id_: z for id_, z in numbers[t].items() if id_ in stores},
        )
        for t in _times(problem)
    )


def stocks(problem: Problem, plan: Plan) -> dict[str, tuple[float, ...]]:
    """By storage, what lies there at the end of each period (unit of its kind).

    After the last period nothing is kept unless the problem is cyclic.
    """
    return {
        store.id: tuple(plan.levels.get(_at(store.id, t), 0.0) for t in _times(problem))
        for store in problem.storages
    }


def is_waiting(flow: Flow) -> bool:
    """Whether an unfolded flow is stock that stays in its storage: nothing is carried."""
    source, sink = _PORT.fullmatch(flow.source), _PORT.fullmatch(flow.sink)
    if source is None or sink is None:
        return False
    same = source[1] == sink[1] and (source[3], sink[3]) == (":out:", ":in:")
    return same and source[2] != source[5]


Numbers = Mapping[str, float]
Part = TypeVar("Part", Offer, Need)


def _split(numbers: Numbers, problem: Problem) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {t: {} for t in _times(problem)}
    for unfolded, value in numbers.items():
        id_, period = split_id(unfolded)
        found[period][id_] = value
    return found


def _of_a_store(port: str, stores: set[str]) -> bool:
    return any(port.rpartition(mark)[0] in stores for mark in (":in:", ":out:"))


def _times(problem: Problem) -> range:
    return range(1, problem.periods + 1)


def _at(id_: str, period: int) -> str:
    return f"{id_}@{period}"


def _first_period(problem: Problem) -> Problem:
    """One period: profiles are amounts, and nothing can wait."""
    profiled = any(
        each.profile
        for parts in (problem.offers, problem.needs, problem.processors)
        for each in parts
    )
    if not (profiled or problem.storages or problem.cyclic):
        return problem
    return replace(
        problem,
        offers=tuple(_amount_of(each, 1) for each in problem.offers),
        needs=tuple(_amount_of(each, 1) for each in problem.needs),
        processors=tuple(
            replace(each, capacity=each.profile[0], profile=()) if each.profile else each
            for each in problem.processors
        ),
        storages=(),
        cyclic=False,
    )


def _amount_of(part: Part, period: int) -> Part:
    if not part.profile:
        return part
    return replace(part, amount=part.profile[period - 1], profile=())


class _Unfolding:
    def __init__(self, problem: Problem) -> None:
        self.original = problem
        self.tree = KindTree(problem.kinds)
        self.times = _times(problem)
        self.steps = dict(self._steps())
        self.processors = {each.id for each in problem.processors}
        self.storages = {each.id: each for each in problem.storages}

    def problem(self) -> Problem:
        whole = self.original
        return replace(
            whole,
            kinds=tuple(self._kinds()),
            offers=tuple(self._ends(whole.offers)),
            needs=tuple(self._ends(whole.needs)),
            processors=(*self._runs(), *self._stocks()),
            rates=self._rates(),
            arcs=(*self._arcs(), *self._waiting()) or None,
            excluded=frozenset(self._excluded()),
            periods=1,
            storages=(),
            cyclic=False,
        )

    def _used(self) -> set[str]:
        """Kinds that some port has, and all broader ones; the others match nothing."""
        whole = self.original
        had = {each.kind for parts in (whole.offers, whole.needs) for each in parts}
        had.update(store.kind for store in whole.storages)
        for each in whole.processors:
            had.update(stream.kind for stream in (*each.inputs, *each.outputs))
        return {broader for code in had for broader in self.tree.lineage(code)}

    def _kinds(self) -> Iterator[Kind]:
        used = self._used()
        for kind in self.original.kinds:
            if kind.code in used:
                for t in self.times:
                    parent = None if kind.parent is None else _at(kind.parent, t)
                    yield Kind(_at(kind.code, t), kind.unit, parent, kind.name)

    def _ends(self, parts: Iterable[Part]) -> Iterator[Part]:
        for part in parts:
            for t in self.times:
                yield replace(_amount_of(part, t), id=_at(part.id, t), kind=_at(part.kind, t))

    def _runs(self) -> Iterator[Processor]:
        for each in self.original.processors:
            for t in self.times:
                yield replace(
                    each,
                    id=_at(each.id, t),
                    inputs=tuple(replace(one, kind=_at(one.kind, t)) for one in each.inputs),
                    outputs=tuple(replace(one, kind=_at(one.kind, t)) for one in each.outputs),
                    capacity=each.profile[t - 1] if each.profile else each.capacity,
                    profile=(),
                )

    def _rates(self) -> Rates:
        rates, used = self.original.rates, self._used()
        by_kind = {
            _at(code, t): rate
            for code, rate in rates.by_kind.items()
            if code in used
            for t in self.times
        }
        return replace(rates, by_kind=by_kind)

    def _steps(self) -> Iterator[tuple[int, int]]:
        """From which period to which stock waits."""
        yield from ((t, t + 1) for t in self.times[:-1])
        if self.original.cyclic:
            yield self.times[-1], 1

    def _stocks(self) -> Iterator[Processor]:
        for store in self.original.storages:
            quality, unwanted = self._quality(store), self._unwanted(store)
            for t, after in self.steps.items():
                yield Processor(
                    id=_at(store.id, t),
                    agent=store.agent,
                    place=store.place,
                    inputs=(Stream(_at(store.kind, t), 1.0),),
                    outputs=(Stream(_at(store.kind, after), 1 - store.loss, unwanted, quality),),
                    capacity=store.capacity,
                    cost=store.cost,
                    emissions=store.emissions,
                )

    def _sources(self, store: Storage) -> Iterator[tuple[Fallback | None, Mapping[str, float]]]:
        """Fallback and quality of everything that a storage could take."""
        accepted = self.tree.accepted(store.kind)
        for offer in self.original.offers:
            if offer.kind in accepted:
                yield offer.fallback, offer.quality
        for each in self.original.processors:
            for out in each.outputs:
                if out.kind in accepted:
                    yield out.fallback, out.quality

    def _quality(self, store: Storage) -> Mapping[str, float]:
        """What a stock states of itself: what all that could be in it states alike."""
        stated = [quality for _fallback, quality in self._sources(store)]
        first = stated[0] if stated else {}
        return {
            name: value
            for name, value in first.items()
            if all(other.get(name) == value for other in stated)
        }

    def _unwanted(self, store: Storage) -> Fallback:
        """A price at which stock is never thrown away: not to store it is always cheaper.

        Whoever stores saves at most the dearest disposal (and what carrying may pay); losses
        make one unit of old stock stand for several that went in.
        """
        carbon = self.original.carbon_price
        rates = (self.original.rates.default, *self.original.rates.by_kind.values())
        disposal = [
            fallback.cost + carbon * fallback.emissions
            for fallback, _quality in self._sources(store)
            if fallback is not None
        ]
        earned = [-(rate.handling_cost + carbon * rate.handling_emissions) for rate in rates]
        earned += [-(arc.cost + carbon * arc.emissions) for arc in self.original.arcs or ()]
        saved = max(disposal, default=0.0) + 2 * max(earned, default=0.0)
        worst = max(saved, *(abs(price) for price in disposal), 0.0) or 1.0
        compounding = min((1 - store.loss) ** -len(self.times), MOST_COMPOUNDING)
        return Fallback(2 * worst * compounding)

    def _waiting(self) -> Iterator[Arc]:
        """Stock waits on in its place, without being carried out and in again."""
        for store in self.original.storages:
            for t, after in self.steps.items():
                if after in self.steps:
                    yield Arc(
                        f"{_at(store.id, t)}:out:{_at(store.kind, after)}",
                        f"{_at(store.id, after)}:in:{_at(store.kind, after)}",
                        cost=0.0,
                        emissions=0.0,
                        km=0.0,
                    )

    def _arcs(self) -> Iterator[Arc]:
        for arc in self.original.arcs or ():
            for source, sink in self._pairs(arc.source, arc.sink):
                yield replace(arc, source=source, sink=sink)

    def _excluded(self) -> Iterator[tuple[str, str]]:
        for source, sink in self.original.excluded:
            yield from self._pairs(source, sink)

    def _pairs(self, source: str, sink: str) -> Iterator[tuple[str, str]]:
        """A pair of the original ports in every period that has both."""
        for t in self.times:
            ends = self._port(source, t), self._port(sink, t)
            if ends[0] and ends[1]:
                yield ends[0], ends[1]

    def _port(self, port: str, t: int) -> str | None:
        """The id of a port in a period; a storage has no way out before its first way in."""
        for mark in (":in:", ":out:"):
            owner, found, kind = port.rpartition(mark)
            if found and owner in self.processors:
                return f"{_at(owner, t)}{mark}{_at(kind, t)}"
            if found and owner in self.storages:
                first = self._began(t) if mark == ":out:" else t
                known = first in self.steps
                return f"{_at(owner, first)}{mark}{_at(kind, t)}" if known else None
        return _at(port, t)

    def _began(self, t: int) -> int:
        """The period before this one; 0 before the first, unless time is cyclic."""
        return self.original.periods if t == 1 and self.original.cyclic else t - 1
