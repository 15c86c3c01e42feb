"""A country cut into cells, so that most pivots happen in small trees and many at once.

A pivot moves a subtree, and in a tree that spans a country subtrees are large. So the arcs within
a cell are used first, cell by cell; then cells unite, four at a time, until each group of kinds is
one. Trees of different cells share no node but the root, so their pivots may run at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kierto.planner.network import Integers
from kierto.planner.simplex.boxes import cut
from kierto.planner.simplex.instance import Instance
from kierto.planner.simplex.tree import Arcs

CELL = 1500
"""Nodes in a smallest cell."""

UNITE = 2
"""Cells unite four (2²) at a time."""


class Cells:
    """By node, the number of its cell; the cells of one group follow each other."""

    def __init__(self, instance: Instance, *, size: int = CELL) -> None:
        group = instance.node_group
        largest = int(np.max(np.bincount(group), initial=1))
        steps = 0
        while largest > size << (UNITE * steps):
            steps += 1
        self.steps = steps
        self.number = group << (UNITE * steps)
        if steps:
            self._divide(instance, UNITE * steps)

    def _divide(self, instance: Instance, halvings: int) -> None:
        place = np.concatenate([instance.sources.place, instance.sinks.place])
        group = np.where(instance.placeless, -1, instance.node_group)
        for each in range(instance.groups):
            members = np.flatnonzero(group == each)
            order, starts = cut(np.ascontiguousarray(place[members]), 1 << halvings)
            parts = np.repeat(np.arange(1 << halvings), np.diff(starts))
            self.number[members[order]] += parts

    def __iter__(self) -> Iterator[Integers]:
        """The numbers as the cells unite; by group at last."""
        for step in range(self.steps + 1):
            yield self.number >> (UNITE * step)


def arcs_by_cell(arcs: Arcs, number: Integers) -> list[Arcs]:
    """The arcs that stay within a cell, a bundle for each cell. Fallback arcs belong to their
    node's cell."""
    root = len(number)
    wide = np.append(number, -1)
    tail, head = wide[arcs.tail], wide[arcs.head]
    cell = np.where(arcs.tail == root, head, tail)
    within = np.flatnonzero((tail == head) | (arcs.tail == root) | (arcs.head == root))
    order = within[np.argsort(cell[within], kind="stable")]
    columns = [np.ascontiguousarray(column[order]) for column in arcs]
    cuts = np.flatnonzero(np.diff(cell[order], prepend=-1, append=-1))
    return [
        Arcs(*(column[first:last] for column in columns))
        for first, last in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
    ]
