"""A network that stands, solved, while offers, needs and processors come, change and go.

Who leaves stays in the network with nothing to give or take; who comes makes the network be read
anew, with the solved tree carried over.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kierto.planner.engines import Run, Solution
from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.simplex.crew import Crew
from kierto.planner.simplex.engine import Simplex, solution_of
from kierto.planner.simplex.reading import Reading, read
from kierto.planner.simplex.transfer import Places, carried_over
from kierto.planner.simplex.warm import WarmState


class StandingNetwork:
    """A solved network; ``network`` says what it was like when it was read."""

    def __init__(self, network: Network, run: Run) -> None:
        settled = Simplex().settled(network, run)
        self.network = network
        self.rounds = settled.rounds
        self._gap = run.gap
        pool = ThreadPoolExecutor(run.threads, "planner") if run.threads > 1 else None
        self._crew = Crew(pool, lambda: None)
        settled.master.crew = self._crew
        self._take(settled.reading, WarmState(settled.reading, settled.master))

    def _take(self, reading: Reading, state: WarmState) -> None:
        self._state = state
        self._source_node = _inverse(reading.source_rows)
        self._sink_node = _inverse(reading.sink_rows)

    @property
    def objective(self) -> float:
        """EUR with carbon."""
        return self._state.master.objective * self._state.money_scale

    @property
    def bound(self) -> float:
        """No plan costs less (EUR with carbon)."""
        return self._state.master.bound * self._state.money_scale

    @property
    def gap(self) -> float:
        """(objective − bound) as a share of the money that moves."""
        return self._state.master.gap

    def change_amount(self, id_: str, amount: float) -> None:
        """Of an offer or a need."""
        self._state.change_amount(self._node(id_), amount)

    def change_fallback(self, id_: str, price: float) -> None:
        """Of an offer or a need, in EUR with carbon."""
        self._state.change_fallback(self._node(id_), price)

    def change_capacity(self, id_: str, capacity: float) -> None:
        """Of a processor."""
        self._state.change_capacity(self.network.recipe_ids.index(id_), capacity)

    def settle(self) -> None:
        """Take in the changes.

        Raises:
            NotWarm: only a cold start helps.
        """
        self.rounds = self._state.settle(self._gap)

    def grow(self, network: Network) -> None:
        """Go over to a network with the same ports and more, at amounts as they stand now."""
        old, new = self._state.reading, read(network)
        sources = network.sources.find(self.network.sources.ids)
        sinks = network.sinks.find(self.network.sinks.ids)
        number = {id_: i for i, id_ in enumerate(network.recipe_ids)}
        places = Places(
            _inverse(new.source_rows)[sources[old.source_rows]],
            _inverse(new.sink_rows)[sinks[old.sink_rows]],
            np.array([number[id_] for id_ in self.network.recipe_ids], np.int64),
        )
        master = carried_over(old, self._state.master, new, places, self._crew)
        self.network = network
        self._take(new, WarmState(new, master))

    def flows(self, number: Mapping[str, int]) -> tuple[Integers, Floats]:
        """What flows between ports: pairs as ``number[source] << 32 | number[sink]``, sorted, and
        the amounts."""
        solution = self._solution()
        keys = (_numbers(self.network.sources, number)[solution.source] << 32) | _numbers(
            self.network.sinks, number
        )[solution.sink]
        order = np.argsort(keys)
        return keys[order], solution.amounts[order]

    def levels(self) -> dict[str, float]:
        """Level of every processor."""
        levels = self._state.master.levels.level * self._state.reading.amount_scale
        return dict(zip(self.network.recipe_ids, levels.tolist(), strict=True))

    def solution_for(self, network: Network) -> Solution:
        """The solution in the rows of a network with the same ports, but for those who left."""
        mine, own = self._solution(), self.network
        source, sink = network.sources.find(own.sources.ids), network.sinks.find(own.sinks.ids)
        known = (source[mine.source] >= 0) & (sink[mine.sink] >= 0)
        levels = self.levels()
        return Solution(
            source=source[mine.source][known],
            sink=sink[mine.sink][known],
            amounts=mine.amounts[known],
            levels=np.array([levels[id_] for id_ in network.recipe_ids], np.float64),
            source_duals=_moved(mine.source_duals, source, len(network.sources)),
            sink_duals=_moved(mine.sink_duals, sink, len(network.sinks)),
            bound=mine.bound,
            rounds=mine.rounds,
        )

    def _solution(self) -> Solution:
        return solution_of(self._state.reading, self._state.master, self.rounds)

    def _node(self, id_: str) -> int:
        row = self.network.sources.index.get(id_)
        if row is not None:
            return int(self._source_node[row])
        first = len(self.network.sources)
        return first + int(self._sink_node[self.network.sinks.index[id_]])


def _inverse(rows: Integers) -> Integers:
    nodes = np.empty(len(rows), np.int64)
    nodes[rows] = np.arange(len(rows))
    return nodes


def _numbers(ports: Ports, number: Mapping[str, int]) -> Integers:
    return np.array([number[id_] for id_ in ports.ids], np.int64)


def _moved(values: Floats, place: Integers, size: int) -> Floats:
    moved = np.zeros(size)
    moved[place[place >= 0]] = values[place >= 0]
    return moved
