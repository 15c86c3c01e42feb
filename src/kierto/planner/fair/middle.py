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
from scipy.linalg import solve_triangular
from scipy.optimize import nnls
from scipy.sparse import csr_matrix

from kierto.planner.fair.corridor import Corridor
from kierto.planner.fair.inequalities import Inequalities
from kierto.planner.network import Floats, Integers

PULL = 1e-3
"""Weight of each offset towards the middle of its own corridor; it decides only what no
payment depends on."""

BROKEN = 1e-12
"""Tolerance of the inequalities, in units of the corridor."""

NARROW = 1e-8
"""An offset with less room, in units, stays where it is."""

MOST_ROUNDS = 400


class NoMiddle(Exception):
    """The least-distance problem was numerically too hard."""


@dataclass(frozen=True)
class Wishes:
    """Payments wanted: rows of payments (n, K), the change wanted in each, and their widths."""

    rows: csr_matrix
    wanted: Floats
    width: Floats


def middle_of(corridor: Corridor, wishes: Wishes) -> Floats:
    """Offsets, shape (K,), of the middle; takes a corridor whose bounds are settled.

    Raises:
        NoMiddle: the arithmetic gave no answer; any other point of the face will do instead.
    """
    while True:
        offsets = np.zeros(corridor.face.count)
        # An offset without room stays at zero; what it bars others from is in their bounds.
        wide = corridor.awake & (corridor.high - corridor.low > NARROW * corridor.unit)
        for block in np.unique(corridor.block[wide]).tolist():
            columns = np.flatnonzero(wide & (corridor.block == block))
            offsets[columns] = _block(corridor, wishes, columns)
        full, woken = corridor.completed(offsets)
        if not len(woken):
            return full
        corridor.wake(woken)


def _block(corridor: Corridor, wishes: Wishes, columns: Integers) -> Floats:
    low, high = corridor.low[columns], corridor.high[columns]
    width = np.where(np.isfinite(high - low), high - low, corridor.unit)
    ends = np.where(np.isfinite([low, high]), [low, high], np.nan)
    ends = np.where(np.isnan(ends), ends[::-1], ends)
    middles = np.nan_to_num(np.sum(ends, axis=0) / 2) / width
    matrix, target = _squares(wishes, columns, width, middles)
    return width * _nearest(matrix, target, Inequalities(corridor, columns, width))


def _squares(
    wishes: Wishes, columns: Integers, width: Floats, middles: Floats
) -> tuple[Floats, Floats]:
    """The least squares in u = offset / width. Wishes that concern one offset only, and its pull
    to its own middle, are one row together: so the first rows are a diagonal."""
    payments = wishes.rows[:, columns]
    terms = np.diff(payments.indptr)
    alone, together = np.flatnonzero(terms == 1), np.flatnonzero(terms > 1)
    single = payments[alone]
    weight = single.data * width[single.indices] / wishes.width[alone]
    aim = wishes.wanted[alone] / wishes.width[alone]
    size = PULL**2 + np.bincount(single.indices, weight**2, len(columns))
    pulled = PULL**2 * middles + np.bincount(single.indices, weight * aim, len(columns))
    diagonal = np.sqrt(size)
    goals = payments[together].toarray() * width / wishes.width[together, None]
    aims = wishes.wanted[together] / wishes.width[together]
    return np.vstack([np.diag(diagonal), goals]), np.concatenate([pulled / diagonal, aims])


def _nearest(matrix: Floats, target: Floats, limits: Inequalities) -> Floats:
    """min ‖matrix · u − target‖ under the inequalities, taken in as they are broken."""
    count = matrix.shape[1]
    if len(matrix) == count:
        r, free = matrix, target  # a diagonal
    else:
        q, r = np.linalg.qr(matrix)
        free = q.T @ target
    rows, ends = np.zeros((0, count)), np.zeros(0)
    moved = np.zeros(len(free))
    for _ in range(MOST_ROUNDS):
        point: Floats = solve_triangular(r, moved + free)
        more, slack = limits.broken(point)
        if not len(more):
            return point
        rows, ends = np.vstack([rows, more]), np.concatenate([ends, slack])
        shaped = solve_triangular(r, rows.T, trans="T").T
        moved = _least_distance(-shaped, shaped @ free - ends)
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
