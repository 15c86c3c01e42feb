"""The face as it is searched: outer bounds, what can matter within them, and what sleeps.

Between pairs alone the face is a system of difference constraints: the extremes of one offset are
the lengths of shortest paths from and to the ground. They are exact where no recipe interferes,
and valid outer bounds everywhere.

Ports of a recipe at a standstill charge nobody. They only have to find *some* prices at which
running it would not pay, and mostly the highest prices beside the others' do. So their offsets
*sleep*: they are completed when all others are known, and a recipe wakes for good, with its own
offsets, once that fails. Nothing is lost: an answer is final when its completion is a point of
the whole face.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, csgraph_from_dense, dijkstra

from kierto.planner.fair.face import Face
from kierto.planner.network import Floats, Integers

FAR = 1e6
"""Where an offset has no end at all, it is held this many units away."""

EXACT = 1e-11
"""Tolerance of a completed recipe, in units."""


class Corridor:
    """The searchable face.

    Attributes:
        low, high: shape (K,), outer bounds of every offset; infinite where open.
        first, second, slack: offset[first] − offset[second] ≤ slack, the pairs not implied by
            the bounds.
        block: number of each offset's block: offsets of different blocks never depend on each
            other; ``touched``: whether a recipe row touches the block.
        awake: shape (K,), offsets that are searched; ``held``: shape (R,), recipe rows that hold.
        unit: EUR a unit, a typical width, for scaling.
    """

    def __init__(self, face: Face) -> None:
        self.face = face
        count = face.count
        self.graph = csgraph_from_dense(face.slack.T, null_value=np.inf)
        self.high: Floats = dijkstra(self.graph, indices=count)[:count]
        self.low: Floats = -dijkstra(self.graph.T, indices=count)[:count]
        inner = face.slack[:count, :count]
        with np.errstate(invalid="ignore"):
            matters = np.isfinite(inner) & (inner < self.high[:, None] - self.low[None, :])
        first, second = np.nonzero(matters)
        self.first: Integers = first.astype(np.int64)
        self.second: Integers = second.astype(np.int64)
        self.slack: Floats = inner[first, second]
        self.block, self.touched = self._blocks()
        widths = self.high - self.low
        widths = widths[np.isfinite(widths) & (widths > 0)]
        self.unit = float(np.median(widths)) if len(widths) else 1.0
        self.held: NDArray[np.bool_] = ~face.asleep
        self.awake: NDArray[np.bool_] = np.ones(count, dtype=np.bool_)
        self.awake[face.rows[face.asleep].indices] = False

    def push(self, offset: int, bound: float, *, up: bool) -> None:
        """An offset's exact bound, and what it bounds in others."""
        graph = self.graph if up else self.graph.T
        reach = dijkstra(graph, indices=offset, limit=float(np.max(self.high - self.low)))[:-1]
        if up:
            self.high = np.minimum(self.high, bound + reach)
        else:
            self.low = np.maximum(self.low, bound - reach)

    def completed(self, point: Floats) -> tuple[Floats, Integers]:
        """The point with its sleepers at the highest prices beside the others', and the recipes
        (rows) that this leaves worth running."""
        face, count = self.face, self.face.count
        sleepers = np.flatnonzero(~self.awake)
        if not len(sleepers):
            return point, np.empty(0, np.int64)
        full = np.append(point, 0.0)
        known = np.append(np.flatnonzero(self.awake), count)
        giving = sleepers[face.giving[sleepers]]
        taking = sleepers[~face.giving[sleepers]]
        full[taking] = np.max(full[known, None] - face.slack[np.ix_(known, taking)], axis=0)
        full[taking] = np.maximum(full[taking], -FAR * self.unit)
        others = np.concatenate([known, taking])
        full[giving] = np.min(full[None, others] + face.slack[np.ix_(giving, others)], axis=1)
        full = full[:count]
        rows = np.flatnonzero(~self.held)
        value = face.rows[rows] @ full
        return full, rows[value < face.least[rows] - EXACT * self.unit * face.sizes[rows]]

    def wake(self, rows: Integers) -> None:
        """From now on these recipes and their ports are searched like all others."""
        self.held[rows] = True
        self.awake[self.face.rows[rows].indices] = True

    def _blocks(self) -> tuple[Integers, NDArray[np.bool_]]:
        count, rows = self.face.count, self.face.rows.tocoo()
        ends = np.concatenate([self.first, rows.row + count])
        others = np.concatenate([self.second, rows.col])
        size = count + self.face.rows.shape[0]
        graph = csr_matrix((np.ones(len(ends)), (ends, others)), (size, size))
        found, label = connected_components(graph, directed=False)
        touched = np.bincount(label[count:], minlength=found) > 0
        return label[:count].astype(np.int64), touched
