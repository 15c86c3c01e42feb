"""The circulation as a linear program for HiGHS.

With sources *s*, sinks *t*, possible pairs *(s, t)* at price *c*, fallback prices *d* (sources)
and *v* (sinks), recipes *p* at level *z* ≤ capacity with price *q* and yields *a*, the plan is ::

    min  Σ c·x + Σ d·(given − Σ x) + Σ v·(wanted − Σ x) + Σ q·z
         Σ_t x_st ≤ given_s        amount of an offer, or a·z of an output
         Σ_s x_st ≤ wanted_t       amount of a need, or a·z of an input; "=" without a fallback
         Σ_s x_st · burden_s ≤ 0   for each end of each blend of t
         x ≥ 0, 0 ≤ z ≤ capacity

Fallbacks are the slacks of the rows, so they are no columns. Rows are sources, sinks, blends;
columns recipes, then pairs, so that pairs can be added. Amounts are scaled by the largest and
prices by a typical one before HiGHS sees them, so that its absolute tolerances mean the same for
grams and for kilotonnes.
"""

from __future__ import annotations

import highspy
import numpy as np

from kierto.planner.blending import blends_of, burden
from kierto.planner.certificate.bound import lower_bound
from kierto.planner.engines import Solution
from kierto.planner.network import Floats, Integers, Network

NOISE = 1e-11
"""Scaled amounts and prices below this are the solver's rounding, not trade."""

Matrix = tuple[Integers, Integers, Floats]
"""Starts of the columns, row numbers, values."""


class Program:
    """One network's rows and scales; columns are described as they come."""

    def __init__(self, network: Network, source: Integers, sink: Integers, price: Floats) -> None:
        sources, sinks = network.sources, network.sinks
        self.network = network
        self.source, self.sink, self.price = source, sink, price
        self.bought = np.isfinite(sinks.price)
        self.buying = np.where(self.bought, sinks.price, 0.0)
        self.blends = blends_of(network)
        self.blend_number, self.blend_end = np.nonzero(self.blends.closed)
        self.blend_scale = np.array([self._size(row) for row in range(len(self.blend_number))])
        self.recipe_price = (
            network.recipe_price
            + sources.by_recipe(sources.price, len(network.capacity))
            + sinks.by_recipe(self.buying, len(network.capacity))
        )
        self.amount_scale = network.scale
        self.price_scale = typical(np.concatenate([self.saved(), self.recipe_price]))

    @property
    def recipes(self) -> int:
        """How many columns come before those of the pairs."""
        return len(self.network.capacity)

    def saved(self) -> Floats:
        """What one unit carried adds to the cost of both fallbacks; below zero it saves."""
        sources = self.network.sources
        return self.price - sources.price[self.source] - self.buying[self.sink]

    def model(self) -> highspy.HighsLp:
        """The whole program."""
        network = self.network
        sources, sinks = network.sources, network.sinks
        pairs, rows = len(self.source), len(sources) + len(sinks)
        lp = highspy.HighsLp()
        lp.num_col_ = self.recipes + pairs
        lp.num_row_ = rows + len(self.blend_number)
        lp.col_cost_ = self.costs()
        lp.col_lower_ = np.zeros(lp.num_col_)
        lp.col_upper_ = np.concatenate(
            [network.capacity / self.amount_scale, np.full(pairs, highspy.kHighsInf)]
        )
        amounts = np.concatenate([sources.amount, sinks.amount]) / self.amount_scale
        equal = np.concatenate([np.zeros(len(sources), np.bool_), ~self.bought])
        open_ = np.full(len(self.blend_number), -highspy.kHighsInf)
        lp.row_upper_ = np.concatenate([amounts, np.zeros(len(open_))])
        lp.row_lower_ = np.concatenate([np.where(equal, amounts, -highspy.kHighsInf), open_])
        starts, index, values = self._recipe_columns()
        more = self.pair_columns(self.source, self.sink)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.concatenate([starts[:-1], more[0] + starts[-1]])
        lp.a_matrix_.index_ = np.concatenate([index, more[1]])
        lp.a_matrix_.value_ = np.concatenate([values, more[2]])
        return lp

    def costs(self) -> Floats:
        """Scaled cost of every column."""
        scaled: Floats = np.concatenate([self.recipe_price, self.saved()]) / self.price_scale
        return scaled

    def pair_columns(self, source: Integers, sink: Integers) -> Matrix:
        """A one in the rows of both ends, and the burdens on the sink's blends."""
        count, sinks = len(source), len(self.network.sinks)
        number = np.arange(count)
        columns, ones = [number, number], np.ones(count)
        rows = [source, sink + len(self.network.sources)]
        values = [ones, ones]
        for row, place in self._blend_places():
            mine = np.flatnonzero(place[sink] >= 0) if sinks else number[:0]
            which = place[sink[mine]]
            columns.append(mine)
            rows.append(len(self.network.sources) + sinks + which)
            blends, end = self.blend_number[which], row
            values.append(burden(self.blends, blends, end, source[mine]) / self.blend_scale[which])
        column = np.concatenate(columns)
        order = np.argsort(column, kind="stable")
        starts = np.searchsorted(column[order], np.arange(count + 1))
        return starts, np.concatenate(rows)[order], np.concatenate(values)[order]

    def read(self, solution: highspy.HighsSolution) -> Solution:
        """The answer in real units."""
        values = np.array(solution.col_value, dtype=np.float64)
        values[np.abs(values) < NOISE] = 0.0
        values *= self.amount_scale
        network, recipes = self.network, self.recipes
        amounts = values[recipes:]
        used = np.flatnonzero(amounts > 0)
        sources, sinks = len(network.sources), len(network.sinks)
        duals = np.array(solution.row_dual, dtype=np.float64)
        if len(duals) != sources + sinks + len(self.blend_number):
            duals = np.zeros(sources + sinks + len(self.blend_number))
        duals[np.abs(duals) < NOISE] = 0.0
        duals *= self.price_scale
        blend_duals = np.zeros((len(self.blends), 2))
        blend_duals[self.blend_number, self.blend_end] = (
            np.maximum(-duals[sources + sinks :], 0.0) / self.blend_scale
        )
        source_duals = network.sources.price + duals[:sources]
        sink_duals = self.buying + duals[sources : sources + sinks]
        return Solution(
            self.source[used],
            self.sink[used],
            amounts[used],
            np.clip(values[:recipes], 0.0, network.capacity),
            source_duals,
            sink_duals,
            blend_duals,
            lower_bound(network, source_duals, sink_duals)[0],
        )

    def _recipe_columns(self) -> Matrix:
        """Minus its yields in the rows of a recipe's own ports."""
        sources, sinks = self.network.sources, self.network.sinks
        recipe = np.concatenate([sources.recipe, sinks.recipe])
        rows = np.flatnonzero(recipe >= 0)
        rows = rows[np.argsort(recipe[rows], kind="stable")]
        yields = np.concatenate([sources.yield_, sinks.yield_])[rows]
        counts = np.bincount(recipe[rows], minlength=self.recipes)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), rows, -yields

    def _blend_places(self) -> list[tuple[int, Integers]]:
        """For each slot and end of the sinks' blends: the end, and by sink the number among the
        blend rows, −1 where it has none."""
        row_of = np.full((len(self.blends) + 1, 2), -1, np.int64)
        row_of[self.blend_number, self.blend_end] = np.arange(len(self.blend_number))
        return [(end, row_of[slot, end]) for slot in self.blends.slots for end in (0, 1)]

    def _size(self, row: int) -> float:
        """A typical burden of the row, so that qualities of any unit weigh alike."""
        number, end = self.blend_number[row], self.blend_end[row]
        quality = np.abs(self.blends.values[self.blends.quality[number]])
        due = np.abs(self.blends.limit[number, end] * self.blends.values[self.blends.per[number]])
        return max(float(np.max(quality + due, initial=0.0)), 1e-30)


def typical(prices: Floats) -> float:
    """The median size of what is not zero, so that a price that means "never" does not set the
    scale; at least a hundred-thousandth of the largest, which is as far as doubles carry."""
    sizes = np.abs(prices[prices != 0])
    return max(float(np.median(sizes)), float(np.max(sizes)) * 1e-5) if len(sizes) else 1.0
