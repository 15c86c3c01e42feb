"""How far a linear function of the free offsets can go within the face.

Between pairs alone the face is a system of difference constraints: the extremes of one offset are
the lengths of shortest paths from and to the ground. They are exact where no recipe interferes,
and valid outer bounds everywhere. What is not a single offset, or depends on a recipe, is a small
linear program in the free offsets (HiGHS, warm from one objective to the next); of the many
inequalities between pairs it only ever holds those that were once broken.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, csgraph_from_dense, dijkstra

from kierto.planner.errors import NotSolved
from kierto.planner.fair.face import Face
from kierto.planner.network import Floats, Integers

TOLERANCE = 1e-9
"""Of the linear programs, in units of :attr:`Corridor.unit`."""


class Corridor:
    """The outer bounds of every offset, and the inequalities that can still matter within them.

    Attributes:
        low, high: shape (K,); infinite where open.
        first, second, slack: offset[first] − offset[second] ≤ slack, the pairs not implied by
            the bounds.
        block: number of each offset's block: offsets of different blocks never depend on each
            other; ``recipes``: whether a recipe row touches the block.
        unit: EUR a unit, a typical width, for scaling.
    """

    def __init__(self, face: Face) -> None:
        self.face = face
        count = face.count
        graph = csgraph_from_dense(face.slack.T, null_value=np.inf)
        self.high: Floats = dijkstra(graph, indices=count)[:count]
        self.low: Floats = -dijkstra(graph.T, indices=count)[:count]
        inner = face.slack[:count, :count]
        with np.errstate(invalid="ignore"):
            matters = np.isfinite(inner) & (inner < self.high[:, None] - self.low[None, :])
        first, second = np.nonzero(matters)
        self.first: Integers = first.astype(np.int64)
        self.second: Integers = second.astype(np.int64)
        self.slack: Floats = inner[first, second]
        self.block, self.recipes = self._blocks()
        widths = self.high - self.low
        widths = widths[np.isfinite(widths) & (widths > 0)]
        self.unit = float(np.median(widths)) if len(widths) else 1.0

    def _blocks(self) -> tuple[Integers, Integers]:
        """Blocks of offsets, and how many recipe rows touch each."""
        count, rows = self.face.count, self.face.rows.tocoo()
        ends = np.concatenate([self.first, rows.row + count])
        others = np.concatenate([self.second, rows.col])
        size = count + self.face.rows.shape[0]
        graph = csr_matrix((np.ones(len(ends)), (ends, others)), (size, size))
        found, label = connected_components(graph, directed=False)
        touched = np.bincount(label[count:], minlength=found)
        return label[:count].astype(np.int64), touched.astype(np.int64)


class Search:
    """Extremes of linear functions over the face."""

    def __init__(self, corridor: Corridor) -> None:
        self.corridor = corridor
        self.programs = 0
        self._corners = np.zeros(corridor.face.count)
        self._seen = 0
        self._solver: highspy.Highs | None = None
        self._held = np.zeros(len(corridor.first), dtype=np.bool_)

    def extremes(self, function: csr_matrix) -> tuple[float, float]:
        """Least and greatest value of one row over the face; infinite where open."""
        columns, values = function.indices, function.data
        if not len(columns):
            return 0.0, 0.0
        corridor = self.corridor
        if len(columns) == 1 and not corridor.recipes[corridor.block[columns[0]]]:
            ends = values[0] * np.array([corridor.low[columns[0]], corridor.high[columns[0]]])
            return float(np.min(ends)), float(np.max(ends))
        return self._least(columns, values), -self._least(columns, -values)

    def _least(self, columns: Integers, values: Floats) -> float:
        solver = self._solver or self._start()
        size = float(np.max(np.abs(values)))
        solver.changeColsCost(len(columns), columns.astype(np.int32), values / size)
        try:
            point = self._run(solver)
        finally:
            solver.changeColsCost(len(columns), columns.astype(np.int32), np.zeros(len(columns)))
        if point is None:
            return -np.inf
        self._corners += point
        self._seen += 1
        return float(values @ point[columns])

    @property
    def mean(self) -> Floats:
        """The mean of all corners seen (the plan's own prices, if none was)."""
        mean: Floats = self._corners / max(self._seen, 1)
        return mean

    def _run(self, solver: highspy.Highs) -> Floats | None:
        """The optimal offsets, once no inequality is broken; ``None`` if there is no end."""
        while True:
            self.programs += 1
            solver.run()
            status = solver.getModelStatus()
            if status in _OPEN:
                if self._hold_all(solver):
                    continue
                return None
            if status != highspy.HighsModelStatus.kOptimal:
                raise NotSolved(reason=solver.modelStatusToString(status))
            point = np.array(solver.getSolution().col_value, dtype=np.float64)
            if not self._hold_broken(solver, point):
                return point * self.corridor.unit

    def _hold_broken(self, solver: highspy.Highs, point: Floats) -> bool:
        """Add, for every offset, the inequality it breaks most; whether there was one."""
        corridor = self.corridor
        broken = point[corridor.first] - point[corridor.second] - corridor.slack / corridor.unit
        rows = np.flatnonzero((broken > 10 * TOLERANCE) & ~self._held)
        if not len(rows):
            return False
        order = rows[np.argsort(-broken[rows], kind="stable")]
        most = np.zeros(len(broken), dtype=np.bool_)
        for end in (corridor.first, corridor.second):
            _, place = np.unique(end[order], return_index=True)
            most[order[place]] = True
        self._hold(solver, np.flatnonzero(most))
        return True

    def _hold_all(self, solver: highspy.Highs) -> bool:
        """An open end may be closed by inequalities not yet held."""
        rows = np.flatnonzero(~self._held)
        if len(rows):
            self._hold(solver, rows)
        return bool(len(rows))

    def _hold(self, solver: highspy.Highs, rows: Integers) -> None:
        corridor, count = self.corridor, len(rows)
        ends = np.stack([corridor.first[rows], corridor.second[rows]], axis=1)
        solver.addRows(
            count,
            np.full(count, -highspy.kHighsInf),
            corridor.slack[rows] / corridor.unit,
            2 * count,
            (np.arange(count) * 2).astype(np.int32),
            ends.ravel().astype(np.int32),
            np.tile([1.0, -1.0], count),
        )
        self._held[rows] = True

    def _start(self) -> highspy.Highs:
        """The program of bounds and recipe rows, which are few."""
        corridor, face = self.corridor, self.corridor.face
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in _OPTIONS.items():
            solver.setOptionValue(name, value)
        count = face.count
        low, high = corridor.low / corridor.unit, corridor.high / corridor.unit
        none = np.zeros(0, dtype=np.int32)
        solver.addCols(count, np.zeros(count), low, high, 0, none, none, np.zeros(0))
        rows = face.rows
        if rows.shape[0]:
            size = np.maximum.reduceat(np.abs(rows.data), rows.indptr[:-1])
            scale = size * corridor.unit
            solver.addRows(
                rows.shape[0],
                face.least / scale,
                face.most / scale,
                rows.nnz,
                rows.indptr[:-1].astype(np.int32),
                rows.indices.astype(np.int32),
                rows.data / np.repeat(size, np.diff(rows.indptr)),
            )
        self._solver = solver
        return solver


_OPEN = {
    highspy.HighsModelStatus.kUnbounded,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
}

_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "solver": "simplex",
    "presolve": "off",
    "primal_feasibility_tolerance": TOLERANCE,
    "dual_feasibility_tolerance": TOLERANCE,
}
