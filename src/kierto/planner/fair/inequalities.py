"""The inequalities of one block of offsets, handed out as a point breaks them."""

from __future__ import annotations

import numpy as np

from kierto.planner.fair.corridor import Corridor
from kierto.planner.network import Floats, Integers

BROKEN = 1e-12
"""Share of its own scale by which an inequality may be missed."""


class Inequalities:
    """Bounds, recipe rows and pairs of the chosen offsets, in u = offset / scale.

    Every row is scaled to size one. A row is handed out once: whoever took it keeps it.
    """

    def __init__(self, corridor: Corridor, columns: Integers, scale: Floats) -> None:
        self.count = len(columns)
        self.scale = scale
        place = np.full(corridor.face.count, -1)
        place[columns] = np.arange(self.count)
        inside = (place[corridor.first] >= 0) & (place[corridor.second] >= 0)
        self.first = place[corridor.first[inside]]
        self.second = place[corridor.second[inside]]
        self.size = np.maximum(scale[self.first], scale[self.second])
        self.slack = corridor.slack[inside] / self.size
        self.low, self.high = corridor.low[columns] / scale, corridor.high[columns] / scale
        self.rows, self.ends = self._recipes(corridor, columns)
        self._taken = np.zeros(len(self.first), dtype=np.bool_)
        self._rows_taken = np.zeros(len(self.ends), dtype=np.bool_)
        self._bounds_taken = np.zeros((2, self.count), dtype=np.bool_)

    def broken(self, point: Floats) -> tuple[Floats, Floats]:
        """Rows G and ends h of inequalities G·u ≤ h that the point breaks and nobody has yet:
        all bounds and recipes, and of the pairs the worst at each end."""
        parts, ends = [np.zeros((0, self.count))], [np.zeros(0)]
        for side, sign, bound in ((0, 1.0, self.high), (1, -1.0, self.low)):
            out = (sign * (point - bound) > BROKEN) & ~self._bounds_taken[side]
            self._bounds_taken[side] |= out
            parts.append(sign * np.eye(self.count)[out])
            ends.append(sign * bound[out])
        out = (self.rows @ point - self.ends > BROKEN) & ~self._rows_taken
        self._rows_taken |= out
        parts.append(self.rows[out])
        ends.append(self.ends[out])
        numbers = self._broken_pairs(point)
        parts.append(self._pair_rows(numbers))
        ends.append(self.slack[numbers])
        return np.vstack(parts), np.concatenate(ends)

    def _broken_pairs(self, point: Floats) -> Integers:
        moved = point * self.scale
        excess = (moved[self.first] - moved[self.second]) / self.size - self.slack
        rows = np.flatnonzero((excess > BROKEN) & ~self._taken)
        order = rows[np.argsort(-excess[rows], kind="stable")]
        ends = [np.unique(end[order], return_index=True)[1] for end in (self.first, self.second)]
        worst: Integers = np.unique(order[np.concatenate(ends)])
        self._taken[worst] = True
        return worst

    def _pair_rows(self, numbers: Integers) -> Floats:
        rows = np.zeros((len(numbers), self.count))
        at = np.arange(len(numbers))
        first, second = self.first[numbers], self.second[numbers]
        rows[at, first] = self.scale[first] / self.size[numbers]
        rows[at, second] = -self.scale[second] / self.size[numbers]
        return rows

    def _recipes(self, corridor: Corridor, columns: Integers) -> tuple[Floats, Floats]:
        face = corridor.face
        chosen = face.rows[:, columns]
        touched = np.flatnonzero((np.diff(chosen.indptr) > 0) & corridor.held)
        dense = chosen[touched].toarray() * self.scale
        sizes = np.max(np.abs(dense), axis=1, initial=0.0)
        parts, bounds = [np.zeros((0, self.count))], [np.zeros(0)]
        for sign, ends in ((1.0, face.most), (-1.0, face.least)):
            limit = sign * ends[touched]
            known = np.isfinite(limit)
            parts.append(sign * dense[known] / sizes[known, None])
            bounds.append(limit[known] / sizes[known])
        return np.vstack(parts), np.concatenate(bounds)
