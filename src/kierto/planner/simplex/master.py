"""The master problem of one level: the arcs found so far, and the best tree on them."""

from __future__ import annotations

import math

import numpy as np

from kierto.planner.errors import NotSolved
from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.boxes import Small
from kierto.planner.simplex.crew import Crew
from kierto.planner.simplex.instance import Instance
from kierto.planner.simplex.network_phase import run_network_phase
from kierto.planner.simplex.recipes import start_levels, supply_at
from kierto.planner.simplex.side_phase import run_side_phase
from kierto.planner.simplex.strand import run_strand
from kierto.planner.simplex.survey import Survey, survey
from kierto.planner.simplex.tree import NONE, Arcs, start_tree

MASTER_TOLERANCE = 0.1
"""Of reduced costs, as a share of the pricing's: the master must be the sharper of the two."""

NETWORK_BLOCK = 0.7
SIDE_BLOCK = 4.0
"""Arcs in a block of the search, times the square root of all: small ones suit the network phase,
large ones the side phase."""

BOUGHT = 1e-9
"""A flow (in typical amounts) up to this is rounding."""

NETWORK_PIVOTS = 100_000
NEAR_PIVOTS = 20_000
SIDE_PIVOTS = 30_000
"""Pivots between two looks at the caller's wishes (more often where a gap will do), or at the
prices of all arcs."""


class Master:
    """Tree, levels and arcs of an instance; they only ever get better.

    Attributes:
        bound: the best lower bound so far (scaled), −inf before the first pricing.
        proof: the potentials that prove it.
        goal: the gap at which pivots on arcs may stop; 0 for the optimum.
    """

    def __init__(self, instance: Instance, arcs: Arcs, level: Floats, crew: Crew) -> None:
        self.instance = instance
        self.crew = crew
        self.levels = start_levels(instance.recipes, level)
        supply = supply_at(instance.supply, instance.recipes, self.levels.level)
        self.tree = start_tree(supply, len(instance.sources), instance.fallback)
        nodes = np.arange(instance.size)
        first = len(instance.sources)
        explicit = instance.explicit
        given = Arcs(explicit.source, (explicit.sink + first).astype(np.int32), explicit.price)
        self.arcs = joined_arcs([instance.fallback_arcs(nodes), given, arcs])
        self.bound = -math.inf
        self.goal = 0.0
        self.proof = self.tree.potential

    @property
    def objective(self) -> float:
        """What the tree costs (scaled)."""
        tree, recipes = self.tree, self.instance.recipes
        return float(tree.cost @ tree.flow + recipes.price @ self.levels.level)

    @property
    def money(self) -> float:
        """All that is spent and earned, each counted positive (scaled)."""
        tree, recipes = self.tree, self.instance.recipes
        return float(np.abs(tree.cost) @ tree.flow + np.abs(recipes.price) @ self.levels.level)

    @property
    def gap(self) -> float:
        """(objective − bound) as a share of the money that moves."""
        return (self.objective - self.bound) / max(self.money, 1e-300)

    @property
    def is_near(self) -> bool:
        """Whether the goal is reached; while other groups pivot, an estimate on the safe side."""
        return self.goal > 0 and self.gap <= self.goal

    @property
    def buys_what_is_not_for_sale(self) -> bool:
        """Whether recipes get inputs that nobody gives, which makes the tree no plan."""
        first = len(self.instance.sources)
        bought = (self.tree.parent[first:] == self.instance.size) & ~self.tree.upward[first:]
        flow = self.tree.flow[first:]
        return bool(np.any(flow[bought & self.instance.artificial] > BOUGHT))

    def run_network(self) -> None:
        """Pivot until no arc at hand helps, all groups at once; the levels stay."""
        self.crew.map(self._run_group, arcs_by_group(self.arcs, self.instance.node_group))

    def _run_group(self, arcs: Arcs) -> None:
        block = _block(NETWORK_BLOCK, len(arcs.cost))
        tolerance = self.instance.tolerance * MASTER_TOLERANCE
        members = self._ends_of_fallbacks(arcs)
        most = NEAR_PIVOTS if self.goal > 0 else NETWORK_PIVOTS
        position, pivots, idle = 0, most, False
        while pivots == most and not idle and self.crew.pause() and not self.is_near:
            pivots, position, idle = run_strand(
                self.tree, arcs, members, block, tolerance, most, position
            )
        pivots = most if idle else 0
        while pivots == most and self.crew.pause() and not self.is_near:
            pivots, position = run_network_phase(
                self.tree,
                arcs,
                block=block,
                tolerance=tolerance,
                most_pivots=most,
                position=position,
            )

    def _ends_of_fallbacks(self, arcs: Arcs) -> Integers:
        """All nodes of a group, for each has its fallback arc there."""
        root = self.instance.size
        ends = (arcs.tail[arcs.head == root], arcs.head[arcs.tail == root])
        return np.sort(np.concatenate(ends)).astype(np.int64)

    def run_side(self) -> bool:
        """Pivot on all arcs and recipes for a while; whether the master is settled.

        Raises:
            NotSolved: a recipe of boundless capacity makes money from nothing.
        """
        pivots, unbounded = run_side_phase(
            self.tree,
            self.arcs,
            self.instance.recipes,
            self.levels,
            self.instance.is_port,
            block=_block(SIDE_BLOCK, len(self.arcs.cost)),
            tolerance=self.instance.tolerance * MASTER_TOLERANCE,
            most_pivots=SIDE_PIVOTS,
        )
        if unbounded:
            raise NotSolved(reason="unbounded")
        return pivots < SIDE_PIVOTS

    def price(self) -> int:
        """Survey all arcs, take in those that are missing, and raise the bound.

        Returns how many were missing.
        """
        potential = self.tree.potential
        return self.learn(survey(self.instance, potential, self.crew), potential)

    def prove(self, potential: Floats) -> None:
        """Raise the bound by prices from elsewhere, such as a coarser level's."""
        seen = survey(self.instance, potential, self.crew, most=1)
        if seen.bound > self.bound:
            self.bound, self.proof = seen.bound, potential

    def learn(self, seen: Survey, potential: Floats) -> int:
        """Take in the arcs that a survey at these prices found missing, and its bound."""
        if seen.bound > self.bound:
            self.bound, self.proof = seen.bound, potential.copy()
        missing = self._without_known(seen.arcs)
        self.arcs = joined_arcs([self.arcs, missing])
        return len(missing.cost)

    def _without_known(self, arcs: Arcs) -> Arcs:
        """An unsettled master may have arcs that still price out: they aren't missing."""
        potential = self.tree.potential
        reduced = self.arcs.cost - potential[self.arcs.tail] + potential[self.arcs.head]
        open_ = reduced < -self.instance.tolerance / 2
        known = _keys(self.arcs.tail[open_], self.arcs.head[open_])
        new = ~np.isin(_keys(arcs.tail, arcs.head), known)
        return Arcs(arcs.tail[new], arcs.head[new], arcs.cost[new])

    def basic_arcs(self) -> tuple[Integers, Integers, Floats]:
        """Source, sink (numbers on their sides) and flow of the tree's arcs between ports."""
        tree, first = self.tree, len(self.instance.sources)
        node = np.flatnonzero((tree.parent < self.instance.size) & (tree.loose == NONE))
        parent = tree.parent[node].astype(np.int64)
        tail = np.where(tree.upward[node], node, parent)
        head = np.where(tree.upward[node], parent, node)
        return tail, head - first, tree.flow[node]


def joined_arcs(bundles: list[Arcs]) -> Arcs:
    """All arcs of several bundles."""
    return Arcs(*(np.concatenate(columns) for columns in zip(*bundles, strict=True)))


def arcs_by_group(arcs: Arcs, group: Integers) -> list[Arcs]:
    """A bundle for each group of nodes; fallback arcs belong to their node's."""
    wide = np.append(group, np.int64(-1))
    mine = np.maximum(wide[arcs.tail], wide[arcs.head])
    order = np.argsort(mine, kind="stable")
    chosen = Arcs(arcs.tail[order], arcs.head[order], arcs.cost[order])
    cuts = np.flatnonzero(np.diff(mine[order], prepend=-1, append=-1))
    return [
        Arcs(chosen.tail[first:last], chosen.head[first:last], chosen.cost[first:last])
        for first, last in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
    ]


def _keys(tail: Small, head: Small) -> Integers:
    return (tail.astype(np.int64) << 32) | head


def _block(factor: float, arcs: int) -> int:
    return max(64, int(factor * math.sqrt(arcs)))
