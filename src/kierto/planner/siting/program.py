"""The circulation with candidates as a linear program over the arcs found so far.

With *o_p* the share to which candidate *p* is open ::

    min  Σ c·x + Σ fallbacks + Σ q·z + Σ opening·o
         the balances of all ports                       as in the planner's own program
         minimum·o ≤ z ≤ capacity·o                      at candidates
         Σ burden·x ≤ 0                                  limits on blends
         x_e ≤ limit_e · o_p                             strong rows, where they were violated
         Σ weight·o + κ·(amount − through) ≥ count       covers, likewise
         0 ≤ o ≤ 1, or fixed

Arcs are columns only once they price below zero. An input without a fallback gets one at a price
that nobody would pay, so that every choice of sites has an answer; what it buys says whether the
choice can work at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from kierto.planner.errors import NotSolved
from kierto.planner.highs.program import typical
from kierto.planner.highs.solver import quiet_solver
from kierto.planner.network import Floats, Integers
from kierto.planner.siting.case import CLOSED, OPEN, Case, Flags, States
from kierto.planner.siting.covers import Cover, broken_covers
from kierto.planner.siting.lagrangian import Lagrangian, Multipliers

TOLERANCE = 1e-9
NOISE = 1e-11
NEAREST = 4
"""So many of the cheapest arcs of every port are columns from the beginning."""
NEWCOMERS = 3
"""So many arcs of every port may enter in one round."""

DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4

Listen = Callable[[highspy.Highs], None]


@dataclass(frozen=True)
class Point:
    """An optimum over the present arcs.

    Attributes:
        value: its cost, EUR with carbon.
        prices: dual price by port; ``mixes`` by limit on a blend, ``rents`` by cover.
        levels: by recipe; open_share: by site.
        carried: by arc (missing arcs carry nothing).
        through: by group of offers or needs, what goes to it through candidates.
        strong: by arc and end (tail, head), the price (≤ 0) of its strong row.
        bought: units bought where nothing can be bought.
        scale: the amount that is one unit to the solver.
    """

    value: float
    prices: Floats
    mixes: Floats
    rents: tuple[float, ...]
    levels: Floats
    open_share: Floats
    carried: Floats
    through: Floats
    strong: Floats
    bought: float
    scale: float

    @property
    def feasible(self) -> bool:
        """Whether nothing is bought that cannot be bought."""
        return self.bought <= 1e-8 * self.scale


class Program:
    """The program of one case, growing by arcs and rows while it is asked."""

    def __init__(self, case: Case, lagrangian: Lagrangian) -> None:
        self.case = case
        self._lagrangian = lagrangian
        self._amount = case.network.scale
        finite = np.isfinite(case.fallback)
        self._lacks = np.flatnonzero(~finite)
        self.buys = np.where(finite, case.fallback, prohibitive(case))
        self._saved = case.cost - self.buys[case.tail] - self.buys[case.head]
        self._recipe_price = case.price + case.by_recipe(self.buys)
        self._price = typical(np.concatenate([case.cost, case.price, case.fallback[finite]]))
        self._constant = float(np.sum(case.amount * self.buys))
        self.present: Integers = np.empty(0, np.int64)
        self._missing = np.ones(case.arc_count, np.bool_)
        self._strong: list[tuple[int, int, int]] = []
        self._covers: dict[Cover, int] = {}
        self._row_count = 0
        self._has_row = np.zeros((case.arc_count, 2), np.bool_)
        self._states: States | None = None
        self._solver = quiet_solver(TOLERANCE, presolve=False)
        self._strategy = DUAL_SIMPLEX
        self._begin()
        self.add_arcs(_nearest(case, NEAREST))

    # ------------------------------------------------------------------ growing

    def add_arcs(self, arcs: Integers) -> None:
        """Make these arcs columns."""
        arcs = np.unique(arcs[self._missing[arcs]])
        if not len(arcs):
            return
        count = len(arcs)
        starts, rows, values = self._arc_columns(arcs)
        self._solver.addCols(
            count,
            self._saved[arcs] / self._price,
            np.zeros(count),
            np.full(count, highspy.kHighsInf),
            len(rows),
            starts.astype(np.int32),
            rows.astype(np.int32),
            values,
        )
        self._missing[arcs] = False
        self.present = np.concatenate([self.present, arcs])
        self._strategy = PRIMAL_SIMPLEX

    def _arc_columns(self, arcs: Integers) -> tuple[Integers, Integers, Floats]:
        """A one in the rows of both ends, and the burdens on the head's blends."""
        case, mixes, count = self.case, self.case.mixes, len(arcs)
        place = np.full(case.arc_count, -1, np.int64)
        place[arcs] = np.arange(count)
        mine = np.flatnonzero(place[mixes.arc] >= 0)
        group = case.group_of_arc[arcs]
        tallied = np.flatnonzero(group >= 0)
        number = np.arange(count)
        column = np.concatenate([number, number, place[mixes.arc[mine]], tallied])
        limits = mixes.row[mine] + self._first_mix
        tallies = group[tallied] + self._first_tally
        rows = np.concatenate([case.tail[arcs], case.head[arcs], limits, tallies])
        burdens = mixes.burden[mine] / self._mix_scale[mixes.row[mine]]
        values = np.concatenate([np.ones(2 * count), burdens, np.full(len(tallied), -1.0)])
        order = np.lexsort((rows, column))
        return np.searchsorted(column[order], np.arange(count)), rows[order], values[order]

    def add_violated_rows(self, point: Point) -> int:
        """Add the strong rows that a point breaks; how many."""
        case = self.case
        found: list[tuple[int, int]] = []
        columns = []
        carried = point.carried[self.present]
        for end, ports in enumerate((case.tail, case.head)):
            recipe = case.recipe[ports[self.present]]
            over = np.zeros(len(self.present), np.bool_)
            mine = np.flatnonzero(case.is_candidate(recipe))
            arcs = self.present[mine]
            most = case.limit[arcs] * point.open_share[case.site[recipe[mine]]]
            over[mine] = carried[mine] > most + 1e-6 * case.limit[arcs]
            over &= ~self._has_row[self.present, end]
            rows = np.flatnonzero(over)
            columns += rows.tolist()
            found += [(arc, end) for arc in self.present[rows].tolist()]
        if found:
            self._append_rows(found, np.array(columns, np.int64))
        return len(found)

    def add_rows_of(self, arcs: Integers) -> None:
        """Add the strong rows of these arcs, broken or not."""
        place = np.full(self.case.arc_count, -1, np.int64)
        place[self.present] = np.arange(len(self.present))
        for end, ports in enumerate((self.case.tail, self.case.head)):
            mine = arcs[self.case.at_candidate[ports[arcs]] & ~self._has_row[arcs, end]]
            mine = mine[place[mine] >= 0]
            if len(mine):
                self._append_rows([(arc, end) for arc in mine.tolist()], place[mine])

    def _append_rows(self, found: list[tuple[int, int]], columns: Integers) -> None:
        case, count = self.case, len(found)
        arcs = np.array([arc for arc, _ in found], np.int64)
        ends = np.array([end for _, end in found], np.int64)
        recipe = case.recipe[np.where(ends == 0, case.tail[arcs], case.head[arcs])]
        shares = self._first_share + case.site[recipe]
        index = np.stack([columns + self._first_arc, shares], axis=1).ravel()
        value = np.stack([np.ones(count), -case.limit[arcs] / self._amount], axis=1).ravel()
        self._solver.addRows(
            count,
            np.full(count, -highspy.kHighsInf),
            np.zeros(count),
            2 * count,
            np.arange(count, dtype=np.int32) * 2,
            index.astype(np.int32),
            value,
        )
        self._has_row[arcs, ends] = True
        numbers = range(self._row_count, self._row_count + count)
        self._strong += [(*each, row) for each, row in zip(found, numbers, strict=True)]
        self._row_count += count
        self._strategy = DUAL_SIMPLEX

    def add_broken_covers(self, point: Point) -> int:
        """Add the covers that a point breaks; how many."""
        case = self.case
        added = 0
        for cover in broken_covers(case.groups, point.open_share, point.through):
            if cover in self._covers:
                continue
            row = self._lagrangian.row(cover)
            sites = np.flatnonzero(row.weights)
            index = np.append(self._first_share + sites, self._first_through + cover.group)
            value = np.append(row.weights[sites], -row.kappa * self._amount)
            least = row.count - row.kappa * case.groups[cover.group].amount
            self._solver.addRows(
                1,
                np.array([least]),
                np.array([highspy.kHighsInf]),
                len(index),
                np.zeros(1, np.int32),
                index.astype(np.int32),
                value,
            )
            self._covers[cover] = self._row_count
            self._row_count += 1
            added += 1
            self._strategy = DUAL_SIMPLEX
        return added

    # ------------------------------------------------------------------ solving

    def solve(self, states: States) -> Point:
        """The optimum over the present arcs and rows with candidates fixed by ``states``."""
        self._fix(states)
        solver = self._solver
        solver.setOptionValue("simplex_strategy", self._strategy)
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kUnknown:
            solver.clearSolver()
            solver.run()
            status = solver.getModelStatus()
        if status not in {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty}:
            raise NotSolved(reason=solver.modelStatusToString(status))
        return self._read()

    def optimum(self, states: States) -> Point:
        """The optimum over all arcs: missing ones enter until none prices below zero."""
        while True:
            point = self.solve(states)
            found = self.missing_arcs(point, states)
            if not len(found):
                return point
            self.add_arcs(found)

    def missing_arcs(self, point: Point, states: States) -> Integers:
        """The best missing arcs of every port at this point's prices; none at its optimum."""
        case = self.case
        costs = self._lagrangian.costs(self.multipliers(point))
        cost = costs - point.prices[case.tail] - point.prices[case.head]
        wanted = self._missing & (cost < -10 * TOLERANCE * self._price)
        shut = self._shut(states)
        wanted &= ~shut[case.tail] & ~shut[case.head]
        arcs = np.flatnonzero(wanted)
        return best_of_each(case, arcs, cost[arcs], NEWCOMERS)

    def multipliers(self, point: Point) -> Multipliers:
        """The prices of a point in the form of the Lagrangian bound."""
        case, shared = self.case, self.case.shared
        gives = point.prices[case.tail[shared]] + point.strong[shared, 0]
        takes = point.prices[case.head[shared]] + point.strong[shared, 1]
        cost = case.cost[shared]
        if len(case.mixes):
            cost = cost + case.mixes.surcharge(point.mixes, case.arc_count)[shared]
        split = gives + (cost - gives - takes) / 2
        covers = tuple(self._covers)[: len(point.rents)]
        return Multipliers(point.prices, split, point.mixes, covers, point.rents)

    def _shut(self, states: States) -> Flags:
        """By port, whether it is a closed candidate's."""
        case = self.case
        closed = np.zeros(case.port_count, np.bool_)
        mine = case.at_candidate
        closed[mine] = states[case.site[case.recipe[mine]]] == CLOSED
        return closed

    def _fix(self, states: States) -> None:
        if self._states is not None and np.array_equal(states, self._states):
            return
        lower = (states == OPEN).astype(np.float64)
        upper = (states != CLOSED).astype(np.float64)
        columns = (self._first_share + np.arange(len(states))).astype(np.int32)
        self._solver.changeColsBounds(len(states), columns, lower, upper)
        self._states = states.copy()
        self._strategy = DUAL_SIMPLEX

    def _begin(self) -> None:
        """Ports' rows, candidates' rows, blends' rows; columns of levels and of openings."""
        case, mixes = self.case, self.case.mixes
        self._first_share = len(case.capacity)
        self._first_through = self._first_share + len(case.site_ids)
        self._first_arc = self._first_through + len(case.groups)
        self._demanding = case.recipes[case.minimum[case.recipes] > 0]
        self._first_mix = case.port_count + len(case.recipes) + len(self._demanding)
        self._first_tally = self._first_mix + len(mixes)
        self._row_count = self._first_tally + len(case.groups)
        self._mix_scale = np.zeros(len(mixes))
        np.maximum.at(self._mix_scale, mixes.row, np.abs(mixes.burden))
        self._mix_scale[self._mix_scale == 0] = 1.0
        self._solver.passModel(self._frame())

    def _frame(self) -> highspy.HighsLp:
        case, held, demanding = self.case, self.case.recipes, self._demanding
        infinite, ports = highspy.kHighsInf, case.port_count
        counts = len(held), len(demanding), len(case.mixes), len(case.groups)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self._first_arc, ports + sum(counts)
        opening = np.append(case.opening, np.zeros(counts[3])) / self._amount
        lp.col_cost_ = np.concatenate([self._recipe_price, opening]) / self._price
        lp.col_lower_ = np.zeros(lp.num_col_)
        plain = np.where(case.candidate, infinite, case.capacity / self._amount)
        lp.col_upper_ = np.concatenate(
            [plain, np.ones(len(case.site_ids)), np.full(counts[3], infinite)]
        )
        lower = [(ports + counts[0], -infinite), (counts[1], 0.0)]
        lower += [(counts[2], -infinite), (counts[3], 0.0)]
        lp.row_lower_ = np.concatenate([np.full(count, value) for count, value in lower])
        upper = [(counts[0], 0.0), (counts[1], infinite), (counts[2], 0.0), (counts[3], 0.0)]
        lp.row_upper_ = np.concatenate(
            [case.amount / self._amount, *(np.full(count, value) for count, value in upper)]
        )
        mine = np.flatnonzero(case.recipe >= 0)
        first, second = ports + np.arange(counts[0]), ports + counts[0] + np.arange(counts[1])
        share = self._first_share + case.site
        group = np.arange(counts[3])
        entries = [
            (mine, case.recipe[mine], -case.yield_[mine]),
            (first, held, np.ones(counts[0])),
            (first, share[held], -case.capacity[held] / self._amount),
            (second, demanding, np.ones(counts[1])),
            (second, share[demanding], -case.minimum[demanding] / self._amount),
            (self._first_tally + group, self._first_through + group, np.ones(counts[3])),
        ]
        rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
        order = np.lexsort((rows, columns))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.searchsorted(columns[order], np.arange(lp.num_col_ + 1))
        lp.a_matrix_.index_ = rows[order]
        lp.a_matrix_.value_ = values[order]
        return lp

    def _read(self) -> Point:
        case, solution = self.case, self._solver.getSolution()
        values = np.array(solution.col_value, np.float64)
        values[np.abs(values) < NOISE] = 0.0
        duals = np.array(solution.row_dual, np.float64) * self._price
        recipes, ports = self._first_share, case.port_count
        levels = np.clip(values[:recipes] * self._amount, 0.0, case.capacity)
        carried = np.zeros(case.arc_count)
        carried[self.present] = np.maximum(values[self._first_arc :], 0.0) * self._amount
        strong = np.zeros((case.arc_count, 2))
        if self._strong:
            held = np.array(self._strong)
            strong[held[:, 0], held[:, 1]] = np.minimum(duals[held[:, 2]], 0.0)
        rents = np.maximum(duals[list(self._covers.values())], 0.0) * self._amount
        relief = np.zeros(len(case.groups))
        for cover, rent in zip(self._covers, rents.tolist(), strict=True):
            relief[cover.group] += rent * self._lagrangian.row(cover).kappa
        prices = self.buys + np.minimum(duals[:ports], 0.0)
        prices -= np.append(relief, 0.0)[case.group_of_port]
        return Point(
            value=self._solver.getInfo().objective_function_value * self._amount * self._price
            + self._constant,
            prices=prices,
            rents=tuple(rents.tolist()),
            mixes=np.maximum(-duals[self._first_mix :][: len(case.mixes)], 0.0) / self._mix_scale,
            levels=levels,
            open_share=np.clip(values[recipes : self._first_through], 0.0, 1.0),
            through=values[self._first_through : self._first_arc] * self._amount,
            carried=carried,
            strong=strong,
            bought=self._bought(levels, carried),
            scale=self._amount,
        )

    def _bought(self, levels: Floats, carried: Floats) -> float:
        if not len(self._lacks):
            return 0.0
        case = self.case
        moved = np.bincount(case.head, carried, case.port_count)[self._lacks]
        wanted = case.yield_[self._lacks] * levels[case.recipe[self._lacks]]
        return float(np.max(wanted - moved, initial=0.0))


def prohibitive(case: Case) -> float:
    """A price per unit that no circulation can be worth."""
    finite = case.fallback[np.isfinite(case.fallback)]
    sizes = [np.abs(finite), np.abs(case.cost), np.abs(case.price)]
    largest = float(np.max(np.concatenate(sizes), initial=1.0))
    yields = case.yield_[case.yield_ > 0]
    spread = float(yields.max() / yields.min()) if len(yields) else 1.0
    return 100.0 * largest * min(spread, 1e3)


def best_of_each(case: Case, arcs: Integers, cost: Floats, count: int) -> Integers:
    """Of these arcs, the ``count`` cheapest of every tail and of every head."""
    chosen = np.zeros(len(arcs), np.bool_)
    for ports in (case.tail[arcs], case.head[arcs]):
        order = np.lexsort((cost, ports))
        first = np.searchsorted(ports[order], ports[order])
        chosen[order] |= np.arange(len(arcs)) - first < count
    return arcs[chosen]


def _nearest(case: Case, count: int) -> Integers:
    return best_of_each(case, np.arange(case.arc_count), case.cost, count)
