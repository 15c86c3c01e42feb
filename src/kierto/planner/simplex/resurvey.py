"""Survey again, but only the groups of kinds whose prices have moved.

A change to one offer moves the prices of its kind and of what recipes tie to it. Under unmoved
prices all arcs leave what they left before. So the last survey stands there, at the very prices at
which it was made, and the lower bound is as valid as that of a full one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kierto.planner.network import Floats
from kierto.planner.simplex.crew import Crew
from kierto.planner.simplex.instance import Instance
from kierto.planner.simplex.survey import BEST, Market, Survey, lower_bound, once, seek_all

UNMOVED = 1e-3
"""Prices that differ by less than this share of the tolerance are the same."""


class Resurvey:
    """The last survey of an instance.

    Attributes:
        potential: the prices at which each group was last surveyed; NaN before that.
        moved: the groups that the last survey looked at.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.potential: Floats = np.append(np.full(instance.size, np.nan), 0.0)
        self.moved = np.zeros(instance.groups, np.bool_)
        self._least: Floats = np.full(len(instance.sources), np.nan)

    def forget(self, node: int) -> None:
        """Something else about a node has changed: its group is surveyed anew."""
        self.potential[node] = np.nan

    def survey(self, potential: Floats, crew: Crew) -> Survey:
        """All arcs under the potentials of a tree, as :func:`.survey.survey` does it."""
        instance = self._instance
        first = len(instance.sources)
        self.moved = moved = self._moved_groups(potential)
        fresh = moved[instance.node_group]
        self.potential[:-1][fresh] = potential[:-1][fresh]
        price, worth = self.potential[:first].copy(), -self.potential[first:-1]
        least = np.where(fresh[:first], np.minimum(price, instance.sources.fallback), self._least)
        market = Market(instance.sources, instance.sinks, price, worth, instance.rules)
        found = []
        for link in instance.links:
            if not moved[instance.group[link.source_kind]]:
                continue
            cheapest, arcs = seek_all(market, link, crew, instance.tolerance, BEST)
            chosen = instance.sources.nodes_of_kind(link.source_kind)
            least[chosen] = np.minimum(least[chosen], cheapest)
            found.append(arcs)
            if len(arcs.price):
                found.append(seek_all(market, link, crew, instance.tolerance, BEST, back=True)[1])
        explicit = instance.explicit
        np.minimum.at(least, explicit.source, explicit.price - worth[explicit.sink])
        self._least = least
        return Survey(once(instance, found), lower_bound(instance, least, worth))

    def _moved_groups(self, potential: Floats) -> NDArray[np.bool_]:
        instance = self._instance
        apart = np.abs(potential[:-1] - self.potential[:-1])
        moved = ~(apart <= UNMOVED * instance.tolerance)
        counts = np.bincount(instance.node_group, moved, instance.groups)
        answer: NDArray[np.bool_] = counts > 0
        return answer
