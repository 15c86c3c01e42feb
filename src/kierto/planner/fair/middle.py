"""The one split in the middle: as near as can be to the middle of everybody's range.

A solver's own prices are an arbitrary corner of the face, and so is the average of corners: where
an extreme for one participant leaves the others free, the solver picks. So the split is the point
of the face whose payments lie nearest to the middles of all ranges, each measured in its own
range's width (least squares). It is unique, so equals are treated alike, whatever they are called
and in whatever order they come; it lies on the face, so it is as stable as any corner.

Each block of offsets is a least-distance problem (Lawson and Hanson 1974, *Solving Least Squares
Problems*, chapter 23), solved by non-negative least squares with the inequalities generated as
they are broken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.sparse import csr_matrix

from kierto.planner.fair.bounds import Corridor
from kierto.planner.network import Floats, Integers

PULL = 1e-3
"""Weight of each offset towards the middle of its own corridor; it decides only what no
payment depends on."""

BROKEN = 1e-9
"""Tolerance of the inequalities, in units of the corridor."""

MOST_ROUNDS = 200


class NoMiddle(Exception):
    """The least-distance problem was numerically too hard."""


@dataclass(frozen=True)
class Wishes:
    """Payments wanted: rows of payments (n, K), the change wanted in each, and their widths."""

    rows: csr_matrix
    wanted: Floats
    width: Floats


def middle_of(corridor: Corridor, wishes: Wishes) -> Floats:
    """Offsets, shape (K,), of the middle.

    Raises:
        NoMiddle: the arithmetic gave no answer; any other point of the face will do instead.
    """
    offsets = np.zeros(corridor.face.count)
    # An offset without room stays at zero; what it bars others from is in their bounds.
    wide = corridor.high - corridor.low > 10 * BROKEN * corridor.unit
    for block in np.unique(corridor.block[wide]).tolist():
        columns = np.flatnonzero(wide & (corridor.block == block))
        offsets[columns] = _block(corridor, wishes, columns)
    return offsets


def _block(corridor: Corridor, wishes: Wishes, columns: Integers) -> Floats:
    low, high = corridor.low[columns], corridor.high[columns]
    width = np.where(np.isfinite(high - low), high - low, corridor.unit)
    payments = wishes.rows[:, columns]
    asked = np.flatnonzero(np.diff(payments.indptr))
    goals = payments[asked].toarray() * width / wishes.width[asked, None]
    aims = wishes.wanted[asked] / wishes.width[asked]
    ends = np.where(np.isfinite([low, high]), [low, high], np.nan)
    ends = np.where(np.isnan(ends), ends[::-1], ends)
    pulled = np.nan_to_num(np.sum(ends, axis=0) / 2)
    matrix = np.vstack([goals, PULL * np.eye(len(columns))])
    target = np.concatenate([aims, PULL * pulled / width])
    return width * _nearest(matrix, target, _Inequalities(corridor, columns, width))


class _Inequalities:
    """G·u ≤ h for one block, with u the offsets over their scale; rows are scaled to size one."""

    def __init__(self, corridor: Corridor, columns: Integers, scale: Floats) -> None:
        count = len(columns)
        place = np.full(corridor.face.count, -1)
        place[columns] = np.arange(count)
        inside = (place[corridor.first] >= 0) & (place[corridor.second] >= 0)
        self.first = place[corridor.first[inside]]
        self.second = place[corridor.second[inside]]
        self.scale = scale
        size = np.maximum(scale[self.first], scale[self.second])
        self.size, self.slack = size, corridor.slack[inside] / size
        eye = np.eye(count)
        high, low = corridor.high[columns] / scale, corridor.low[columns] / scale
        top, bottom = np.isfinite(high), np.isfinite(low)
        parts, bounds = [eye[top], -eye[bottom]], [high[top], -low[bottom]]
        rows = corridor.face.rows[:, columns]
        touched = np.flatnonzero(np.diff(rows.indptr))
        dense = rows[touched].toarray() * scale
        sizes = np.max(np.abs(dense), axis=1, initial=0.0)
        for sign, ends in ((1.0, corridor.face.most), (-1.0, corridor.face.least)):
            limit = sign * ends[touched]
            known = np.isfinite(limit)
            parts.append(sign * dense[known] / sizes[known, None])
            bounds.append(limit[known] / sizes[known])
        self.fixed, self.limits = np.vstack(parts), np.concatenate(bounds)

    def broken(self, point: Floats) -> Integers:
        """Numbers of the pair inequalities that are broken most, one for each end."""
        moved = point * self.scale
        excess = (moved[self.first] - moved[self.second]) / self.size - self.slack
        rows = np.flatnonzero(excess > BROKEN)
        order = rows[np.argsort(-excess[rows], kind="stable")]
        ends = [np.unique(end[order], return_index=True)[1] for end in (self.first, self.second)]
        return np.unique(order[np.concatenate(ends)])

    def pair_rows(self, numbers: Integers, count: int) -> tuple[Floats, Floats]:
        rows = np.zeros((len(numbers), count))
        at = np.arange(len(numbers))
        first, second = self.first[numbers], self.second[numbers]
        rows[at, first] = self.scale[first] / self.size[numbers]
        rows[at, second] = -self.scale[second] / self.size[numbers]
        return rows, self.slack[numbers]


def _nearest(matrix: Floats, target: Floats, limits: _Inequalities) -> Floats:
    """min ‖matrix · u − target‖ under the inequalities, added as they are broken."""
    count = matrix.shape[1]
    q, r = np.linalg.qr(matrix)
    free = q.T @ target
    rows, ends = limits.fixed, limits.limits
    held = np.zeros(len(limits.first), dtype=np.bool_)
    for _ in range(MOST_ROUNDS):
        shaped = np.linalg.solve(r.T, rows.T).T
        moved = _least_distance(-shaped, shaped @ free - ends)
        point: Floats = np.linalg.solve(r, moved + free)
        new = limits.broken(point)
        new = new[~held[new]]
        if not len(new):
            return point
        held[new] = True
        more, slack = limits.pair_rows(new, count)
        rows, ends = np.vstack([rows, more]), np.concatenate([ends, slack])
    raise NoMiddle


def _least_distance(rows: Floats, least: Floats) -> Floats:
    """The shortest z with rows · z ≥ least, by the dual non-negative least squares."""
    stacked = np.vstack([rows.T, least])
    goal = np.zeros(len(stacked))
    goal[-1] = 1.0
    try:
        weights, _ = nnls(stacked, goal)
    except (RuntimeError, ValueError, np.linalg.LinAlgError) as error:
        raise NoMiddle from error
    rest = stacked @ weights - goal
    if not -rest[-1] > 1e-14:
        raise NoMiddle
    shortest: Floats = -rest[:-1] / rest[-1]
    return shortest
