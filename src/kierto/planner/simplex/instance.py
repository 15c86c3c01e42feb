"""One circulation as the kernels read it: sorted nodes, links between kinds, recipes, scaled.

Nodes are a network's ports in another order: by kind, then by box (:mod:`.boxes`), the ports
without a place last. Amounts are scaled by a typical amount and prices by a typical price, so that
tolerances mean the same for grams and for kilotonnes, for cents and for millions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kierto.planner.network import Floats, Integers
from kierto.planner.simplex.boxes import LEAF, Boxes, Small, boxes_of, cut
from kierto.planner.simplex.fares import Fare
from kierto.planner.simplex.recipes import Recipes
from kierto.planner.simplex.rules import Rules
from kierto.planner.simplex.tree import Arcs


@dataclass(frozen=True)
class Side:
    """The sources or the sinks.

    Attributes:
        place: f64[n, 3] on the sphere of radius ½; NaN without a place.
        kind: number of the kind; ``amount`` and ``fallback`` price, scaled.
        is_port: whether the node belongs to a recipe (those are never merged).
        boxes: around all nodes with a place; those of kind k are
            ``box_starts[k]:box_starts[k + 1]``.
    """

    place: Floats
    kind: Small
    amount: Floats
    fallback: Floats
    is_port: NDArray[np.bool_]
    boxes: Boxes
    box_starts: Integers

    def __len__(self) -> int:
        return len(self.amount)

    def boxes_of_kind(self, kind: int) -> tuple[int, int]:
        """First and last-plus-one box of a kind."""
        return int(self.box_starts[kind]), int(self.box_starts[kind + 1])

    def nodes_of_kind(self, kind: int) -> slice:
        """The nodes of a kind that have a place."""
        first, last = self.boxes_of_kind(kind)
        return slice(int(self.boxes.starts[first]), int(self.boxes.starts[last]))


@dataclass(frozen=True)
class Link:
    """Sources of one kind may feed sinks of another (or the same), at this fare."""

    source_kind: int
    sink_kind: int
    fare: Fare


@dataclass(frozen=True)
class Explicit:
    """Pairs of nodes with a price of their own."""

    source: Small
    sink: Small
    price: Floats

    def __len__(self) -> int:
        return len(self.price)


@dataclass(frozen=True)
class Instance:
    """One circulation at one level of detail.

    Attributes:
        links: which kinds feed which, at what fare.
        group: of each kind, the number of its group: kinds that links join, directly or not.
        artificial: which sinks cannot be bought for; their fallback price is
            only a very high one.
        tolerance: reduced costs above minus this are none, in scaled prices.
    """

    sources: Side
    sinks: Side
    links: tuple[Link, ...]
    group: Integers
    recipes: Recipes
    explicit: Explicit
    rules: Rules
    artificial: NDArray[np.bool_]
    tolerance: float

    @property
    def size(self) -> int:
        """Number of nodes without the root, which is the next number."""
        return len(self.sources) + len(self.sinks)

    @cached_property
    def groups(self) -> int:
        return int(np.max(self.group, initial=-1)) + 1

    @cached_property
    def node_group(self) -> Integers:
        """Group of every node."""
        kinds = np.concatenate([self.sources.kind, self.sinks.kind])
        numbers: Integers = self.group[kinds]
        return numbers

    @cached_property
    def supply(self) -> Floats:
        """Of every node while all recipes stand still."""
        return np.concatenate([self.sources.amount, -self.sinks.amount])

    @cached_property
    def fallback(self) -> Floats:
        """Price of every node's fallback."""
        return np.concatenate([self.sources.fallback, self.sinks.fallback])

    @cached_property
    def is_port(self) -> NDArray[np.bool_]:
        return np.concatenate([self.sources.is_port, self.sinks.is_port])

    @cached_property
    def placeless(self) -> NDArray[np.bool_]:
        """Nodes that only explicit pairs reach."""
        places = np.concatenate([self.sources.place, self.sinks.place])
        missing: NDArray[np.bool_] = ~np.isfinite(places).all(axis=1)
        return missing

    def fallback_arcs(self, nodes: Integers) -> Arcs:
        """Source → root and root → sink of these nodes."""
        gives = nodes < len(self.sources)
        return Arcs(
            np.where(gives, nodes, self.size).astype(np.int32),
            np.where(gives, self.size, nodes).astype(np.int32),
            self.fallback[nodes],
        )


def sort_side(
    place: Floats, kind: Integers, kinds: int, leaf: int = LEAF
) -> tuple[Integers, Integers, Integers]:
    """The order in which a side's nodes stand: by kind, by box, those without a place last.

    Returns:
        order i64[n] (which one comes first, second …), starts of the boxes, first box of each kind.
    """
    placed = np.isfinite(place).all(axis=1)
    order, starts, box_starts = [], [np.zeros(1, np.int64)], [0]
    for each in range(kinds):
        members = np.flatnonzero(placed & (kind == each))
        if len(members):
            parts = -(-len(members) // leaf)
            inner, cuts = cut(np.ascontiguousarray(place[members]), parts)
            order.append(members[inner])
            starts.append(starts[-1][-1] + cuts[1:])
        box_starts.append(sum(map(len, starts)) - 1)
    order.append(np.flatnonzero(~placed))
    return np.concatenate(order), np.concatenate(starts), np.array(box_starts, np.int64)


def side_of(
    order: tuple[Integers, Integers, Integers],
    place: Floats,
    kind: Integers,
    amount: Floats,
    fallback: Floats,
    is_port: NDArray[np.bool_],
) -> Side:
    """A side from columns in any order, sorted by :func:`sort_side`."""
    rows, starts, box_starts = order
    sorted_place = np.ascontiguousarray(place[rows])
    return Side(
        sorted_place,
        np.ascontiguousarray(kind[rows], np.int32),
        np.ascontiguousarray(amount[rows]),
        np.ascontiguousarray(fallback[rows]),
        np.ascontiguousarray(is_port[rows]),
        boxes_of(sorted_place, starts),
        box_starts,
    )


def no_explicit() -> Explicit:
    """No pair has a price of its own."""
    return Explicit(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))
