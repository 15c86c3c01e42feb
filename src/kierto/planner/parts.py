"""Independent parts of a problem, solved side by side and put together again.

Two kinds belong together when a sink of the one takes a source of the other, or when a processor
has ports of both. What is not connected so cannot influence each other: the parts' solutions
together are a solution of the whole, their bounds add up to a bound of the whole.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from kierto.planner.blending import blends_of
from kierto.planner.choosing import engine_for
from kierto.planner.engines import Run, Solution, Start, Tell
from kierto.planner.errors import Cancelled
from kierto.planner.model import Problem
from kierto.planner.network import Integers, Network

WORTHWHILE = 20_000
"""Pairs of fitting kinds that make a part worth its own work; smaller ones are bundled."""

PAUSE_SECONDS = 0.1
"""How often the caller of a pool hears how far its parts are."""


@dataclass(frozen=True)
class Part:
    """A problem of its own, and where its rows stand in the whole network."""

    problem: Problem
    source: Integers
    sink: Integers
    recipe: Integers
    blend: Integers
    pairs: int


def parts_of(network: Network) -> list[Part]:
    """The independent parts, small ones bundled; a single one if nothing can be split."""
    labels = _bundles(network)
    return [_part(network, labels, label) for label in range(int(np.max(labels, initial=0)) + 1)]


def solve_parts(
    network: Network,
    parts: list[Part],
    engine: str,
    run: Run,
    executor: Executor | None = None,
) -> Solution:
    """Solve each part in threads, or where ``executor`` has them solved, and put them together.

    The executor may be of any make (processes, a cluster): a part travels as its problem and
    comes back as its solution. Then progress is told per part, and a wish to stop reaches what
    has not begun.

    Raises:
        Cancelled: ``run.tell`` said so.
        NotSolved: a part has no answer.
    """
    if executor is None and (run.threads == 1 or len(parts) == 1):
        words = _Words(parts)
        found = [
            _solve(part, _start(part, run.warm), engine, run, partial(words.pass_on, number, run))
            for number, part in enumerate(parts)
        ]
        return _together(network, parts, found)
    return _together(network, parts, _in_a_pool(parts, engine, run, executor))


def solve_problem(
    problem: Problem, engine: str, gap: float, threads: int, warm: Start | None
) -> Solution:
    """One part, anywhere: what an executor is asked to do."""
    network = Network(problem)
    return engine_for(network, engine).solve(network, Run(gap, threads, warm=warm))


def _in_a_pool(
    parts: list[Part], engine: str, run: Run, executor: Executor | None
) -> list[Solution]:
    """Hand all parts out, largest first; listen for the caller's wishes while they are worked on.
    Only the caller's own thread tells, for what it does with a word is no business of others."""
    words = _Words(parts)
    own = ThreadPoolExecutor(min(run.threads, len(parts))) if executor is None else None
    each = replace(run, threads=max(run.threads // len(parts), 1), keep=None)
    waiting: dict[int, Future[Solution]] = {}
    for number in sorted(range(len(parts)), key=lambda number: -parts[number].pairs):
        part, warm = parts[number], _start(parts[number], run.warm)
        if executor is None and own is not None:
            tell = partial(words.note, number)
            waiting[number] = own.submit(_solve, part, warm, engine, each, tell)
        elif executor is not None:
            task = (part.problem, engine, each.gap, each.threads, warm)
            waiting[number] = executor.submit(solve_problem, *task)
    try:
        working = True
        while working:
            words.count(waiting)
            words.enough = run.tell("solving", *words.known()) or words.enough
            working = bool(wait(waiting.values(), PAUSE_SECONDS).not_done)
            _first_error(waiting)
        return [waiting[number].result() for number in range(len(parts))]
    finally:
        words.stopped = True
        for future in waiting.values():
            future.cancel()
        if own is not None:
            own.shutdown()


def _first_error(waiting: dict[int, Future[Solution]]) -> None:
    for future in waiting.values():
        if future.done() and (error := future.exception()) is not None:
            raise error


def _solve(part: Part, warm: Start | None, engine: str, run: Run, tell: Tell) -> Solution:
    network = Network(part.problem)
    return engine_for(network, engine).solve(network, replace(run, tell=tell, warm=warm))


class _Words:
    """What the parts have said so far, and the caller's answer to it."""

    def __init__(self, parts: list[Part]) -> None:
        sizes = np.array([part.pairs + 1.0 for part in parts])
        self.weights = sizes / np.sum(sizes)
        self.shares = np.zeros(len(parts))
        self.objectives = np.full(len(parts), np.nan)
        self.bounds = np.full(len(parts), np.nan)
        self.enough = self.stopped = False
        self.lock = threading.Lock()

    def note(
        self, number: int, stage: str, share: float, objective: float | None, bound: float | None
    ) -> bool:
        """A word from one part, in whatever thread."""
        if self.stopped:
            raise Cancelled
        with self.lock:
            self.shares[number] = max(share, self.shares[number])
            if objective is not None and bound is not None:
                self.objectives[number], self.bounds[number] = objective, bound
        return self.enough

    def pass_on(
        self,
        number: int,
        run: Run,
        stage: str,
        share: float,
        objective: float | None,
        bound: float | None,
    ) -> bool:
        """A word from one part in the caller's own thread."""
        self.shares[:number] = 1.0
        self.note(number, stage, share, objective, bound)
        total, objective, bound = self.known(fresh=objective is not None)
        self.enough = run.tell(stage, total, objective, bound) or self.enough
        return self.enough

    def count(self, waiting: dict[int, Future[Solution]]) -> None:
        """Parts that are done."""
        for number, future in waiting.items():
            if future.done():
                self.shares[number] = 1.0

    def known(self, *, fresh: bool = True) -> tuple[float, float | None, float | None]:
        """Share, objective and bound of the whole; the latter once every part has its own."""
        with self.lock:
            share = float(np.sum(self.weights * self.shares))
            objective, bound = float(np.sum(self.objectives)), float(np.sum(self.bounds))
        if not fresh or np.isnan(objective):
            return share, None, None
        return share, objective, bound


def _together(network: Network, parts: list[Part], found: list[Solution]) -> Solution:
    levels = np.zeros(len(network.capacity))
    source_duals, sink_duals = np.zeros(len(network.sources)), np.zeros(len(network.sinks))
    blend_duals = np.zeros((len(blends_of(network)), 2))
    for part, each in zip(parts, found, strict=True):
        levels[part.recipe] = each.levels
        source_duals[part.source], sink_duals[part.sink] = each.source_duals, each.sink_duals
        if len(part.blend):
            blend_duals[part.blend] = each.blend_duals
    pairs = list(zip(parts, found, strict=True))
    return Solution(
        np.concatenate([part.source[each.source] for part, each in pairs]),
        np.concatenate([part.sink[each.sink] for part, each in pairs]),
        np.concatenate([each.amounts for _, each in pairs]),
        levels,
        source_duals,
        sink_duals,
        blend_duals,
        sum(each.bound for each in found),
        max(each.rounds for each in found),
    )


def _bundles(network: Network) -> Integers:
    """Number of the bundle of each kind: connected kinds together, small parts together."""
    roots = list(range(len(network.kind_codes)))
    for one, other in _joined(network):
        roots[_root(roots, one)] = _root(roots, other)
    root = np.array([_root(roots, kind) for kind in range(len(roots))], np.int64)
    sizes = np.zeros(len(roots))
    for givers, takers in network.kind_blocks:
        sizes[root[network.sources.kind[givers[0]]]] += len(givers) * len(takers)
    bundle, number, filled = np.zeros(len(roots), np.int64), 0, 0.0
    for each in np.unique(root).tolist():
        bundle[each] = number
        filled += sizes[each]
        if filled >= WORTHWHILE:
            number, filled = number + 1, 0.0
    if number and not filled:
        number -= 1
    bundle = np.minimum(bundle, number)
    return bundle[root]


def _joined(network: Network) -> Iterator[tuple[int, int]]:
    """Numbers of two kinds that belong together."""
    for givers, takers in network.kind_blocks:
        yield int(network.sources.kind[givers[0]]), int(network.sinks.kind[takers[0]])
    first: dict[int, int] = {}
    for ports in (network.sources, network.sinks):
        mine = ports.recipe >= 0
        for recipe, kind in zip(
            ports.recipe[mine].tolist(), ports.kind[mine].tolist(), strict=True
        ):
            yield first.setdefault(recipe, kind), kind


def _root(roots: list[int], kind: int) -> int:
    while roots[kind] != kind:
        roots[kind] = roots[roots[kind]]
        kind = roots[kind]
    return kind


def _part(network: Network, labels: Integers, label: int) -> Part:
    """The ports of one bundle, as a problem of its own."""
    whole = network.problem
    source = np.flatnonzero(labels[network.sources.kind] == label)
    sink = np.flatnonzero(labels[network.sinks.kind] == label)
    recipe = np.unique(np.concatenate([network.sources.recipe[source], network.sinks.recipe[sink]]))
    recipe = recipe[recipe >= 0]
    ids = {network.sources.ids[row] for row in source.tolist()}
    blend = np.flatnonzero(np.isin(blends_of(network).sink, sink))
    pairs = sum(
        len(givers) * len(takers)
        for givers, takers in network.kind_blocks
        if labels[network.sources.kind[givers[0]]] == label
    )
    problem = replace(
        whole,
        offers=tuple(whole.offers[row] for row in source.tolist() if row < len(whole.offers)),
        needs=tuple(whole.needs[row] for row in sink.tolist() if row < len(whole.needs)),
        processors=tuple(whole.processors[row] for row in recipe.tolist()),
        arcs=tuple(arc for arc in whole.arcs or () if arc.source in ids) or None,
        excluded=frozenset(pair for pair in whole.excluded if pair[0] in ids),
    )
    return Part(problem, source, sink, recipe, blend, pairs)


def _start(part: Part, warm: Start | None) -> Start | None:
    """What of a former plan concerns this part."""
    if warm is None:
        return None
    mine = np.flatnonzero(np.isin(warm.source, part.source) & np.isin(warm.sink, part.sink))
    return Start(
        np.searchsorted(part.source, warm.source[mine]),
        np.searchsorted(part.sink, warm.sink[mine]),
        warm.amounts[mine],
        warm.levels[part.recipe],
        warm.source_duals[part.source],
        warm.sink_duals[part.sink],
    )
