"""Consecutive hours as a linear program, assembled in arrays and solved by HiGHS.

Per hour, with the effective prices of :mod:`kierto.planner.dispatch.district` ::

    electricity   solar + imports + shortage + Σ discharge = demand + exports + Σ charge + Σ pumps
    heat          Σ cop·pumps + Σ keep·pipes + Σ boilers + shortage + Σ (keep·tank′ − tank) = heat
    waste heat    Σ pipes ≤ available
    battery       stored = keep·stored′ + in·charge − discharge/out

where ′ marks the hour before. What structure allows to leave out is left out: all roofs are one
column an hour, because inside the connection electricity is shared freely; a tank has no columns
for filling and drawing, because nothing is lost in either; and the cheapest unlimited source of
heat of a building is the slack of its row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from kierto.planner.dispatch.district import District, Floats, Integers

INFINITE = highspy.kHighsInf

Interrupt = Callable[[], bool]
"""Asked now and then by the solver; ``True`` stops it."""


@dataclass(frozen=True)
class Stores:
    """A number for each battery (K) and each tank (M): levels in kWh, or what a kWh is worth."""

    batteries: Floats
    tanks: Floats

    def of(self, which: str) -> Floats:
        """``"batteries"`` or ``"tanks"``."""
        return self.batteries if which == "batteries" else self.tanks


@dataclass(frozen=True)
class Window:
    """Hours ``first`` to ``last`` (excluded), and what holds at their two ends.

    Attributes:
        levels: stored when the window begins; ``None`` leaves that open, and each kWh then costs
            its ``entry`` value.
        target: stored when the window ends, exactly.
        exit: without a target, what each kWh stored at the end is worth. With neither, every
            store ends with its initial level or more.
    """

    first: int
    last: int
    levels: Stores | None
    entry: Stores | None = None
    target: Stores | None = None
    exit: Stores | None = None


class _Blocks:
    """Collects columns block by block, and the matrix as triplets."""

    def __init__(self) -> None:
        self.cost: list[Floats] = []
        self.lower: list[Floats] = []
        self.upper: list[Floats] = []
        self.size = 0
        self.rows: list[Integers] = []
        self.columns: list[Integers] = []
        self.values: list[Floats] = []

    def add(self, cost: Floats, upper: Floats | float, lower: Floats | float = 0.0) -> Integers:
        """Add a block shaped like ``cost``; returns the numbers of its columns in that shape."""
        numbers = self.size + np.arange(cost.size, dtype=np.int64).reshape(cost.shape)
        self.cost.append(cost.ravel())
        self.lower.append(np.broadcast_to(lower, cost.shape).ravel())
        self.upper.append(np.broadcast_to(upper, cost.shape).ravel())
        self.size += cost.size
        return numbers

    def put(self, rows: Integers, columns: Integers, values: Floats | float) -> None:
        """Entries of the matrix; the three are broadcast to one shape."""
        rows, columns, filled = np.broadcast_arrays(rows, columns, np.float64(values))
        self.rows.append(rows.ravel())
        self.columns.append(columns.ravel())
        self.values.append(filled.ravel())


class Program:
    """The linear program of one window."""

    def __init__(self, district: District, window: Window) -> None:
        self.district, self.window = district, window
        self.span = slice(window.first, window.last)
        self.hours = window.last - window.first
        self.blocks = _Blocks()
        self._lay_out_rows()
        self._electricity()
        self._batteries()
        self._heat()

    def _lay_out_rows(self) -> None:
        district, hours = self.district, self.hours
        counts = [1, len(district.heat), len(district.waste), len(district.battery_capacity)]
        starts = np.cumsum([0, *counts]) * hours
        numbered = [
            start + np.arange(count * hours, dtype=np.int64).reshape(count, hours)
            for start, count in zip(starts, counts, strict=False)
        ]
        self.balance = numbered[0][0]
        self.heat_rows, self.waste_rows, self.battery_rows = numbered[1:]
        self.ceiling = district.heat_ceiling()
        self.slacks = self.ceiling < district.shortage_price
        self.upper = np.zeros(int(starts[-1]))
        self.lower = np.zeros(int(starts[-1]))
        for rows, values in (
            (self.balance, district.total_demand),
            (self.heat_rows, district.heat),
            (self.waste_rows, district.waste),
        ):
            self.upper[rows] = self.lower[rows] = values[..., self.span]
        self.lower[self.waste_rows] = -INFINITE
        self.lower[self.heat_rows[self.slacks]] = -INFINITE

    def _electricity(self) -> None:
        district, blocks, span = self.district, self.blocks, self.span
        nothing = np.zeros(self.hours)
        self.solar = blocks.add(nothing, district.total_solar[span])
        self.imports = blocks.add(district.import_price[span], district.import_limit)
        self.exports = blocks.add(-district.export_price[span], district.export_limit)
        limit = np.inf if np.isfinite(district.import_limit) else 0.0
        self.shortage = blocks.add(nothing + district.shortage_price, limit)
        for columns, sign in (
            (self.solar, 1.0),
            (self.imports, 1.0),
            (self.exports, -1.0),
            (self.shortage, 1.0),
        ):
            blocks.put(self.balance, columns, sign)

    def _batteries(self) -> None:
        district, blocks = self.district, self.blocks
        shape = (len(district.battery_capacity), self.hours)
        self.charge = blocks.add(np.zeros(shape), district.battery_charge[:, None])
        wear = np.broadcast_to(district.battery_cost[:, None], shape)
        self.discharge = blocks.add(wear, district.battery_discharge[:, None])
        blocks.put(self.balance, self.charge, -1.0)
        blocks.put(self.balance, self.discharge, 1.0)
        blocks.put(self.battery_rows, self.charge, district.battery_in[:, None])
        blocks.put(self.battery_rows, self.discharge, -1.0 / district.battery_out[:, None])
        self.stored, _ = self._stores("batteries", self.battery_rows, np.zeros(shape[0]))

    def _heat(self) -> None:
        district, blocks, span = self.district, self.blocks, self.span
        worth = np.where(self.slacks, self.ceiling, 0.0)
        pumps = district.pump_building
        cop = district.cop[:, span]
        self.pumps = blocks.add(-worth[pumps][:, None] * cop, district.pump_power[:, None])
        blocks.put(self.balance, self.pumps, -1.0)
        blocks.put(self.heat_rows[pumps], self.pumps, cop)
        keep, to = district.pipe_keep[:, None], district.pipe_building
        price = district.waste_price[district.pipe_source][:, None] - worth[to][:, None] * keep
        shape = (len(to), self.hours)
        self.pipes = blocks.add(np.broadcast_to(price, shape), np.inf)
        blocks.put(self.heat_rows[to], self.pipes, keep)
        blocks.put(self.waste_rows[district.pipe_source], self.pipes, 1.0)
        rows = district.boiler_building
        self.burning = np.flatnonzero(np.isfinite(district.boiler_power) | ~self.slacks[rows])
        rows = rows[self.burning]
        price = (district.boiler_price[self.burning] - worth[rows])[:, None]
        self.boilers = blocks.add(
            np.broadcast_to(price, (len(rows), self.hours)),
            district.boiler_power[self.burning][:, None],
        )
        blocks.put(self.heat_rows[rows], self.boilers, 1.0)
        self.unheated = np.flatnonzero(self.ceiling >= district.shortage_price)
        self.heat_shortage = blocks.add(
            np.full((len(self.unheated), self.hours), district.shortage_price), np.inf
        )
        blocks.put(self.heat_rows[self.unheated], self.heat_shortage, 1.0)
        building = district.tank_building
        self.tanks, _ = self._stores("tanks", self.heat_rows[building], worth[building])

    def _stores(self, which: str, rows: Integers, worth: Floats) -> tuple[Integers, Integers]:
        """Columns of levels, −1 in the row of their hour and ``keep`` in that of the next; and
        those of the levels before the first hour, if they are open."""
        district, blocks, window = self.district, self.blocks, self.window
        capacity, keep, initial = district.stores(which)
        cost = np.zeros((len(capacity), self.hours)) + (worth * (1 - keep))[:, None]
        lower = np.zeros(cost.shape)
        upper = np.repeat(capacity[:, None], self.hours, axis=1)
        cost[:, -1] = worth
        if window.target is not None:
            lower[:, -1] = upper[:, -1] = window.target.of(which)
        elif window.exit is not None:
            cost[:, -1] -= window.exit.of(which)
        else:
            lower[:, -1] = initial
        columns = blocks.add(cost, upper, lower)
        blocks.put(rows, columns, -1.0)
        blocks.put(rows[:, 1:], columns[:, :-1], keep[:, None])
        if window.levels is not None:
            given = keep * window.levels.of(which)
            np.subtract.at(self.upper, rows[:, 0], given)
            np.subtract.at(self.lower, rows[:, 0], given)
            return columns, np.zeros(0, dtype=np.int64)
        value = np.zeros(len(capacity)) if window.entry is None else window.entry.of(which)
        before = blocks.add(value - worth * keep, capacity)
        blocks.put(rows[:, 0], before, keep)
        return columns, before

    def lp(self) -> highspy.HighsLp:
        blocks = self.blocks
        shape = (len(self.upper), blocks.size)
        triplets = (np.concatenate(blocks.rows), np.concatenate(blocks.columns))
        matrix = sparse.csc_matrix((np.concatenate(blocks.values), triplets), shape=shape)
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = shape
        lp.col_cost_ = np.concatenate(blocks.cost)
        lp.col_lower_ = np.concatenate(blocks.lower)
        lp.col_upper_ = np.concatenate(blocks.upper)
        lp.row_lower_, lp.row_upper_ = self.lower, self.upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        return lp
