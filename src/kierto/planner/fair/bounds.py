"""How far a linear function of the free offsets can go within the face.

Where recipes interfere, shortest paths are not enough: a small linear program in the free offsets
(HiGHS, warm from one objective to the next) decides. Of the many inequalities between pairs it
only ever holds those that were once broken. Most outer bounds turn out to be attained, many by
one and the same point: so first the sum of all offsets whose bound is in doubt is driven up (or
down), and only offsets for which that does not help are driven alone (the filtering of Gleixner,
Berthold, Müller and Weltge 2017, "Three enhancements for optimization-based bound tightening",
Journal of Global Optimization 67).
"""

from __future__ import annotations

import highspy
import numpy as np

from kierto.planner.errors import NotSolved
from kierto.planner.fair.corridor import FAR, Corridor
from kierto.planner.highs.solver import quiet_solver
from kierto.planner.network import Floats, Integers

TOLERANCE = 1e-9
"""Of the linear programs, in units of the corridor."""

ATTAINED = 1e-8
"""A bound missed by less, in units, is attained."""


class Search:
    """Extremes of linear functions over the face."""

    def __init__(self, corridor: Corridor) -> None:
        self.corridor = corridor
        self.programs = 0
        self._corners = np.zeros(corridor.face.count)
        self._in = np.zeros(len(corridor.first), dtype=np.bool_)
        self._solver = _program(corridor)
        self._rows_in = np.zeros(corridor.face.rows.shape[0], dtype=np.bool_)
        self._take_recipes()

    @property
    def mean(self) -> Floats:
        """The mean of all corners seen (the plan's own prices, if none was)."""
        mean: Floats = self._corners / max(self.programs, 1)
        return self.corridor.completed(mean)[0]

    def settle(self) -> None:
        """Make the bounds of every searched offset exact, in the corridor itself."""
        corridor = self.corridor
        for up in (True, False):
            doubtful = corridor.touched[corridor.block] & corridor.awake
            self._settle(np.flatnonzero(doubtful), up)

    def extremes(self, columns: Integers, values: Floats) -> tuple[float, float]:
        """Least and greatest value of Σ values · offsets[columns] over the face, once the bounds
        are settled."""
        corridor = self.corridor
        if not len(columns):
            return 0.0, 0.0
        if len(columns) == 1:
            ends = values[0] * np.array([corridor.low[columns[0]], corridor.high[columns[0]]])
            return float(np.min(ends)), float(np.max(ends))
        least, most = self.drive(columns, values), self.drive(columns, -values)
        return float(values @ least[columns]), float(values @ most[columns])

    def drive(self, columns: Integers, values: Floats) -> Floats:
        """A point of the face at which Σ values · offsets[columns] is least."""
        solver, none = self._solver, np.zeros(len(columns))
        places = columns.astype(np.int32)
        solver.changeColsCost(len(columns), places, values / np.max(np.abs(values)))
        try:
            return self._run()
        finally:
            solver.changeColsCost(len(columns), places, none)

    def _settle(self, doubtful: Integers, up: bool) -> None:
        corridor, sign = self.corridor, -1.0 if up else 1.0
        near = ATTAINED * corridor.unit
        together = True
        while len(doubtful):
            some = doubtful if together else doubtful[:1]
            point = self.drive(some, np.full(len(some), sign))
            if not together:
                corridor.push(int(some[0]), float(point[some[0]]), up=up)
            bound = corridor.high if up else corridor.low
            open_ = np.abs(bound[doubtful] - point[doubtful]) > near
            if not together:
                open_[0] = False
            together = together and not np.all(open_)
            doubtful = doubtful[open_]

    def _run(self) -> Floats:
        """The optimal offsets, once no inequality is broken and no sleeper wakes."""
        corridor, solver = self.corridor, self._solver
        while True:
            solver.run()
            status = solver.getModelStatus()
            if status != highspy.HighsModelStatus.kOptimal:
                raise NotSolved(reason=solver.modelStatusToString(status))
            point = np.array(solver.getSolution().col_value, dtype=np.float64) * corridor.unit
            if self._hold_broken(point):
                continue
            full, woken = corridor.completed(point)
            if not len(woken):
                self.programs += 1
                self._corners += full
                return full
            corridor.wake(woken)
            self._take_recipes()

    def _hold_broken(self, point: Floats) -> bool:
        """Add, for every offset, the inequality it breaks most; whether there was one."""
        corridor = self.corridor
        broken = point[corridor.first] - point[corridor.second] - corridor.slack
        searched = corridor.awake[corridor.first] & corridor.awake[corridor.second]
        rows = np.flatnonzero((broken > 10 * TOLERANCE * corridor.unit) & ~self._in & searched)
        if not len(rows):
            return False
        order = rows[np.argsort(-broken[rows], kind="stable")]
        ends = [np.unique(end[order], return_index=True)[1] for end in self._ends()]
        self._hold(np.unique(order[np.concatenate(ends)]))
        return True

    def _ends(self) -> tuple[Integers, Integers]:
        return self.corridor.first, self.corridor.second

    def _hold(self, rows: Integers) -> None:
        corridor, count = self.corridor, len(rows)
        ends = np.stack([corridor.first[rows], corridor.second[rows]], axis=1)
        self._solver.addRows(
            count,
            np.full(count, -highspy.kHighsInf),
            corridor.slack[rows] / corridor.unit,
            2 * count,
            (np.arange(count) * 2).astype(np.int32),
            ends.ravel().astype(np.int32),
            np.tile([1.0, -1.0], count),
        )
        self._in[rows] = True

    def _take_recipes(self) -> None:
        """Recipe rows that hold and are not in the program yet."""
        corridor, face = self.corridor, self.corridor.face
        new = np.flatnonzero(corridor.held & ~self._rows_in)
        if not len(new):
            return
        rows, scale = face.rows[new], face.sizes[new] * corridor.unit
        self._solver.addRows(
            len(new),
            face.least[new] / scale,
            face.most[new] / scale,
            rows.nnz,
            rows.indptr[:-1].astype(np.int32),
            rows.indices.astype(np.int32),
            rows.data / np.repeat(face.sizes[new], np.diff(rows.indptr)),
        )
        self._rows_in[new] = True


def _program(corridor: Corridor) -> highspy.Highs:
    """The program of bounds alone."""
    solver = quiet_solver(TOLERANCE, presolve=False)
    count = corridor.face.count
    low = np.maximum(corridor.low / corridor.unit, -FAR)
    high = np.minimum(corridor.high / corridor.unit, FAR)
    none = np.zeros(0, dtype=np.int32)
    solver.addCols(count, np.zeros(count), low, high, 0, none, none, np.zeros(0))
    return solver
