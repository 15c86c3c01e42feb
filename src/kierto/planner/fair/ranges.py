"""The ranges of payments, prices and rents over the face, and the split in their middle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, vstack

from kierto.planner.fair.bounds import Search
from kierto.planner.fair.coalition import Owners
from kierto.planner.fair.corridor import Corridor
from kierto.planner.fair.face import Face, face_of, payment_rows
from kierto.planner.fair.middle import NoMiddle, Wishes, middle_of
from kierto.planner.fair.prices import Use
from kierto.planner.network import Floats, Integers, Network
from kierto.planner.survey import Prices

FLAT = 1e-9
"""A range narrower than this share of the widest is none."""

TALK = 25
"""A word of progress after so many functions."""


@dataclass(frozen=True)
class Ranges:
    """Everything as changes from the plan's own prices.

    Attributes:
        payments: shape (agents, 2), least and greatest change of each agent's payment.
        offsets: shape (K + 1, 2), of each offset; the last is the ground's, zero.
        rents: shape (recipes, 2), of each recipe's reduced cost where it runs at capacity.
        middle: shape (K + 1), the offsets of the split.
        source_offsets, sink_offsets: the offset of each row.
        programs: linear programs solved.
    """

    payments: Floats
    offsets: Floats
    rents: Floats
    middle: Floats
    source_offsets: Integers
    sink_offsets: Integers
    programs: int

    def moved(self, prices: Prices) -> Prices:
        """The prices of the split."""
        return Prices(
            prices.sources + self.middle[self.source_offsets],
            prices.sinks - self.middle[self.sink_offsets],
            prices.blends,
        )


def ranges_of(
    network: Network,
    owners: Owners,
    use: Use,
    prices: Prices,
    *,
    said: Callable[[float], None],
) -> Ranges:
    """Search the face of an optimal plan; ``said`` hears the share done.

    Raises:
        TooWide: too many offsets are free.
    """
    face = face_of(network, use, prices)
    rows = payment_rows(network, owners, use, face)
    count = face.count
    if not count:
        return _nothing_free(network, owners, face)
    full = np.flatnonzero(use.full[face.recipes])
    corridor = Corridor(face)
    search = Search(corridor)
    search.settle()
    wanted = vstack([rows, face.rows[full]]).tocsr()
    ends = np.zeros((wanted.shape[0], 2))
    for number in range(len(ends)):
        if number % TALK == 0:
            said(number / len(ends))
        part = slice(wanted.indptr[number], wanted.indptr[number + 1])
        ends[number] = search.extremes(wanted.indices[part], wanted.data[part])
    payments = ends[: len(owners)]
    rents = np.zeros((len(network.capacity), 2))
    rents[face.recipes[full]] = ends[len(owners) :]
    return Ranges(
        payments,
        np.append(np.stack([corridor.low, corridor.high], axis=1), np.zeros((1, 2)), axis=0),
        rents,
        np.append(_middle(corridor, search, rows, payments), 0.0),
        face.sources,
        face.sinks,
        search.programs,
    )


def _nothing_free(network: Network, owners: Owners, face: Face) -> Ranges:
    payments, rents = np.zeros((len(owners), 2)), np.zeros((len(network.capacity), 2))
    return Ranges(
        payments, np.zeros((1, 2)), rents, np.zeros(1), face.sources, face.sinks, programs=0
    )


def _middle(corridor: Corridor, search: Search, rows: csr_matrix, payments: Floats) -> Floats:
    """The middle; should its arithmetic fail, the mean of the corners seen, which is as stable."""
    width = payments[:, 1] - payments[:, 0]
    open_ = np.flatnonzero(width > FLAT * np.max(width, initial=0.0))
    if not len(open_):
        return np.zeros(corridor.face.count)
    wanted = np.mean(payments[open_], axis=1)
    try:
        return middle_of(corridor, Wishes(rows[open_], wanted, width[open_]))
    except NoMiddle:
        return search.mean
