"""Groups of participants: who owns what, and the problem that a group has by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from itertools import chain

import numpy as np

from kierto.planner.model import Need, Offer, Problem, Processor, Storage
from kierto.planner.network import Integers, Network, Ports


def agents_of(problem: Problem) -> tuple[str, ...]:
    """Everybody who has an offer, a need, a processor or a store; sorted."""
    named = (problem.offers, problem.needs, problem.processors, problem.storages)
    parts: Iterable[Offer | Need | Processor | Storage] = chain.from_iterable(named)
    return tuple(sorted({each.agent for each in parts}))


def part_of(problem: Problem, agents: Collection[str]) -> Problem:
    """The problem that a group has with its own resources only: the game's v(S) is what its
    cheapest plan costs."""
    group = set(agents)
    values = {each.name: getattr(problem, each.name) for each in fields(problem)}
    for name in ("offers", "needs", "processors", "storages"):
        values[name] = tuple(each for each in values[name] if each.agent in group)
    inner = Problem(**{**values, "arcs": None, "excluded": frozenset()})
    ports = set(inner.port_ids())
    kept = [arc for arc in problem.arcs or () if arc.source in ports and arc.sink in ports]
    refused = [pair for pair in problem.excluded if ports.issuperset(pair)]
    values.update(arcs=tuple(kept) or None, excluded=frozenset(refused))
    return Problem(**values)


class Owners:
    """Numbers of the agents behind the rows of a network.

    Attributes:
        agents: their names, sorted.
        sources, sinks, recipes: the number of each row's agent.
    """

    def __init__(self, network: Network) -> None:
        problem = network.problem
        self.agents = agents_of(problem)
        number = {agent: i for i, agent in enumerate(self.agents)}
        self.recipes: Integers = np.array(
            [number[each.agent] for each in problem.processors], dtype=np.int64
        )
        offers = [number[each.agent] for each in problem.offers]
        needs = [number[each.agent] for each in problem.needs]
        self.sources = self._of_ports(network.sources, offers)
        self.sinks = self._of_ports(network.sinks, needs)

    def __len__(self) -> int:
        return len(self.agents)

    def _of_ports(self, ports: Ports, outer: list[int]) -> Integers:
        """Offers (or needs) come first among the rows, then the processors' ports."""
        inner = self.recipes[ports.recipe[len(outer) :]]
        return np.concatenate([np.array(outer, dtype=np.int64), inner])
