"""A solved circulation that can change: each change starts from the tree that is there.

*Amounts and capacities.* A changed supply is one more side column (:mod:`.recipes`) that touches the
nodes concerned and is forced up to the size of the change: its price is so low that it pays to run
it fully, whatever it costs. Then the column is dropped and what it did is counted as supply.

*Prices* of fallbacks change in place: the tree stays feasible, and the next pivots mend what is no
longer optimal.

Afterwards all arcs whose ends have other prices than before are priced (:mod:`.resurvey`): the answer
is as exact as a cold one, with its own lower bound.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.instance import Instance
from kierto.planner.simplex.master import MASTER_TOLERANCE, Master
from kierto.planner.simplex.reading import Reading
from kierto.planner.simplex.recipes import (
    AT_CAPACITY,
    AT_ZERO,
    BETWEEN,
    Levels,
    Recipes,
    supply_at,
)
from kierto.planner.simplex.resurvey import Resurvey
from kierto.planner.simplex.side_phase import run_side_phase
from kierto.planner.simplex.tree import NONE, Arcs, refresh_flows, refresh_potentials

FORCE = 1e4
"""A forced change pays so many times the highest price of all."""

BLOCK = 4.0
"""Arcs in a block of the search, times the square root of all. Searching all arcs in each pivot makes
hardly fewer pivots, and each costs twenty times as much."""

FIRST_PIVOTS = 200_000
"""More pivots than this for one change, and a cold start is the better way."""


class NotWarm(Exception):
    """The state does not lead to the new optimum; a cold start does."""


class Force(NamedTuple):
    """``amount`` units (scaled) of a column of supply that must be taken in."""

    nodes: Integers
    coefficients: Floats
    amount: float


class Stand(NamedTuple):
    """Flows and levels at one time, to compare with another."""

    keys: Integers
    flow: Floats
    level: Floats


class WarmState:
    """Reading and master of a solved network, and what is waiting to be changed in them.

    Amounts and prices come in the network's units and are scaled here.
    """

    def __init__(self, reading: Reading, master: Master) -> None:
        self.reading = reading
        self.master = master
        self._waiting: list[Force] = []
        self._surveys = Resurvey(master.instance)
        self._few_arcs = len(master.arcs.cost)

    @property
    def instance(self) -> Instance:
        return self.master.instance

    @property
    def money_scale(self) -> float:
        """EUR for one scaled unit of money."""
        return self.reading.amount_scale * self.reading.price_scale

    def change_amount(self, node: int, amount: float) -> None:
        """An offer (source) or need (sink) has another amount from now on."""
        gives = node < len(self.instance.sources)
        side = self.instance.sources if gives else self.instance.sinks
        row = node if gives else node - len(self.instance.sources)
        scaled = amount / self.reading.amount_scale
        change = scaled - float(side.amount[row])
        side.amount[row] = scaled
        self.instance.supply[node] = scaled if gives else -scaled
        if change != 0.0:
            more_supply = (change > 0) == gives
            self._waiting.append(
                Force(np.array([node]), np.array([1.0 if more_supply else -1.0]), abs(change))
            )

    def change_fallback(self, node: int, price: float) -> None:
        """Disposing at a source, or buying at a sink, has another price from now on."""
        instance, tree = self.instance, self.master.tree
        scaled = price / self.reading.price_scale
        first = len(instance.sources)
        if node < first:
            instance.sources.fallback[node] = scaled
        else:
            instance.sinks.fallback[node - first] = scaled
        instance.fallback[node] = scaled
        self._surveys.forget(node)
        # The fallback arcs stand first among all, in the order of the nodes.
        self.master.arcs.cost[node] = scaled
        if tree.parent[node] == instance.size and tree.loose[node] == NONE:
            tree.cost[node] = scaled

    def change_capacity(self, recipe: int, capacity: float) -> None:
        """A processor can run up to another level from now on.

        What it now runs beyond that becomes supply of its own, which has to be taken back.
        """
        recipes, levels = self.instance.recipes, self.master.levels
        scaled = capacity / self.reading.amount_scale
        recipes.capacity[recipe] = scaled
        beyond = float(levels.level[recipe]) - scaled
        if beyond > 0.0:
            levels.level[recipe] = scaled
            span = slice(recipes.starts[recipe], recipes.starts[recipe + 1])
            back = Force(recipes.nodes[span].copy(), -recipes.coefficients[span], beyond)
            self._waiting.append(back)
        elif levels.status[recipe] == AT_CAPACITY and beyond < 0.0:
            levels.status[recipe] = BETWEEN
        if scaled <= 0.0 and levels.status[recipe] in {AT_CAPACITY, BETWEEN}:
            levels.status[recipe] = AT_ZERO

    def stand(self) -> Stand:
        """What flows now between ports."""
        source, sink, flow = self.master.basic_arcs()
        keys = (source.astype(np.int64) << 32) | sink
        order = np.argsort(keys)
        return Stand(keys[order], flow[order], self.master.levels.level.copy())

    def settle(self, gap: float) -> int:
        """Take in all changes, pivot and price until nothing is missing or the gap will do.

        Returns the number of surveys.

        Raises:
            NotWarm: a cold start is needed.
            NotSolved: a recipe of boundless capacity makes money from nothing.
        """
        master, instance = self.master, self.instance
        master.bound = -math.inf
        refresh_potentials(master.tree)
        settled = self._force()
        rounds = 0
        while True:
            rounds += 1
            seen = self._surveys.survey(master.tree.potential, master.crew)
            missing = master.learn(seen, self._surveys.potential)
            if (settled and not missing) or (gap > 0 and master.gap <= gap):
                break
            near = self._arcs_of(self._surveys.moved)
            self._pivot(near, instance.recipes, master.levels, instance.is_port)
            settled = master.run_side()
        if master.buys_what_is_not_for_sale:
            raise NotWarm
        refresh_flows(
            master.tree, supply_at(instance.supply, instance.recipes, master.levels.level)
        )
        self._forget_arcs()
        return rounds

    def _arcs_of(self, groups: NDArray[np.bool_]) -> Arcs:
        """The arcs of some groups of kinds; to search only those first saves most of the search."""
        arcs = self.master.arcs
        wide = np.append(groups[self.instance.node_group], False)
        near = np.flatnonzero(wide[arcs.tail] | wide[arcs.head])
        return Arcs(arcs.tail[near], arcs.head[near], arcs.cost[near])

    def _pivot(
        self, arcs: Arcs, recipes: Recipes, levels: Levels, is_port: NDArray[np.bool_]
    ) -> None:
        """The side phase on these arcs, to its end."""
        pivots, unbounded = run_side_phase(
            *(self.master.tree, arcs, recipes, levels, is_port),
            block=max(64, int(BLOCK * math.sqrt(len(arcs.cost)))),
            tolerance=self.instance.tolerance * MASTER_TOLERANCE,
            most_pivots=FIRST_PIVOTS,
        )
        if unbounded or pivots >= FIRST_PIVOTS:
            raise NotWarm

    def _forget_arcs(self) -> None:
        """Many changes bring in many arcs; the dearer half goes when there are twice as many."""
        arcs, potential = self.master.arcs, self.master.tree.potential
        if len(arcs.cost) < 2 * self._few_arcs:
            return
        reduced = arcs.cost - potential[arcs.tail] + potential[arcs.head]
        kept = reduced <= max(float(np.median(reduced)), self.instance.tolerance)
        kept[: self.instance.size + len(self.instance.explicit)] = True
        self.master.arcs = Arcs(arcs.tail[kept], arcs.head[kept], arcs.cost[kept])

    def _force(self) -> bool:
        """Run the side phase with the waiting changes as columns, until all are taken in.

        Returns whether the master is settled then: no arc at hand lowers the cost.
        """
        if not self._waiting:
            return False
        waiting, self._waiting = self._waiting, []
        master, instance = self.master, self.instance
        columns = _with_columns(instance, waiting)
        levels = _with_levels(master.levels, len(waiting))
        is_port = instance.is_port.copy()
        is_port[columns.nodes] = True
        groups = np.zeros(instance.groups, np.bool_)
        for force in waiting:
            groups[instance.node_group[force.nodes]] = True
        own = len(instance.recipes.price)
        for arcs in (self._arcs_of(groups), master.arcs):
            self._pivot(arcs, columns, levels, is_port)
        if np.any(levels.status[own:] != AT_CAPACITY):
            raise NotWarm
        master.levels.level[:] = levels.level[:own]
        master.levels.status[:] = levels.status[:own]
        count = int(levels.basic_count[0])
        master.levels.basic[:count] = levels.basic[:count]
        master.levels.loose_nodes[:count] = levels.loose_nodes[:count]
        master.levels.basic_count[0] = count
        return True


def _with_columns(instance: Instance, waiting: list[Force]) -> Recipes:
    """The recipes, and after them the forced columns."""
    recipes = instance.recipes
    top = max(
        float(np.max(np.abs(prices), initial=0.0))
        for prices in (instance.fallback, recipes.price, instance.explicit.price, np.ones(1))
    )
    sizes = np.cumsum([len(force.nodes) for force in waiting])
    return Recipes(
        np.concatenate([recipes.starts, recipes.starts[-1] + sizes]).astype(np.int64),
        np.concatenate([recipes.nodes, *(force.nodes for force in waiting)]).astype(np.int64),
        np.concatenate([recipes.coefficients, *(force.coefficients for force in waiting)]),
        np.append(recipes.price, np.full(len(waiting), -FORCE * top)),
        np.append(recipes.capacity, [force.amount for force in waiting]),
    )


def _with_levels(levels: Levels, more: int) -> Levels:
    """The same levels, with room for more columns that stand at zero."""
    return Levels(
        np.append(levels.level, np.zeros(more)),
        np.append(levels.status, np.full(more, AT_ZERO, np.int8)),
        np.append(levels.basic, np.zeros(more, np.int64)),
        np.append(levels.loose_nodes, np.zeros(more, np.int32)),
        levels.basic_count.copy(),
    )
