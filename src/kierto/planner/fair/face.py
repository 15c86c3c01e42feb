"""The optimal dual face: all prices that fit an optimal plan, in the few numbers that are free.

A pair that carries something, and a fallback in use, fix the difference of two potentials (a
source's price, a sink's price with its sign turned, and the ground at 0). Ports so joined move
together: one *offset* for each component, none for those that hang on the ground. Everything else
is an inequality between offsets,

    offset[A] − offset[B] ≤ slack[A, B],

the least reduced cost of all pairs from A to B; recipes add rows of their own: reduced cost zero
between the bounds, not negative at a standstill, not positive at capacity. Offsets of zero are the
plan's own prices, so every slack is ≥ 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from kierto.planner.certificate.bound import recipe_reduced_costs
from kierto.planner.fair.coalition import Owners
from kierto.planner.fair.prices import Marks, Use
from kierto.planner.network import Floats, Integers, Network
from kierto.planner.survey import Prices, bargains

MOST_OFFSETS = 4_000
"""Beyond this many free offsets the bounds are not searched: their table would not fit."""


class TooWide(Exception):
    """The face has more free offsets than can be searched."""


@dataclass(frozen=True)
class Face:
    """The face in its free offsets.

    Attributes:
        count: number of offsets, K; the number K itself stands for the ground.
        sources, sinks: the offset of each port's component (K: fixed, or idle).
        slack: shape (K + 1, K + 1), EUR a unit; infinite where nothing joins the two.
        rows: shape (R, K): change of a recipe's reduced cost with the offsets.
        recipes: which recipe each row is of; ``least`` and ``most`` bound the row's value;
            ``sizes``: its largest coefficient; ``asleep``: rows of recipes at a standstill.
        giving: shape (K,), whether the component has a source.
    """

    count: int
    sources: Integers
    sinks: Integers
    slack: Floats
    rows: csr_matrix
    recipes: Integers
    least: Floats
    most: Floats
    sizes: Floats
    asleep: Marks
    giving: Marks


def face_of(network: Network, use: Use, prices: Prices) -> Face:
    """The face around an optimal plan's own prices.

    Raises:
        TooWide: too many offsets are free.
    """
    sources, sinks, count = _components(network, use)
    if count > MOST_OFFSETS:
        raise TooWide
    sources = np.where(use.idle_sources, count, sources)
    sinks = np.where(use.idle_sinks, count, sinks)
    slack = _slack(network, use, prices, (sources, sinks), count)
    every = _recipe_rows(network, sources, sinks, count)
    touched = np.flatnonzero(np.diff(every.indptr))
    reduced = recipe_reduced_costs(network, prices.sources, prices.sinks)
    least = np.where(use.still, -np.maximum(reduced, 0.0), np.where(use.full, -np.inf, 0.0))
    most = np.where(use.full, np.maximum(-reduced, 0.0), np.where(use.still, np.inf, 0.0))
    rows = every[touched]
    return Face(
        count=count,
        sources=sources,
        sinks=sinks,
        slack=slack,
        rows=rows,
        recipes=touched,
        least=least[touched],
        most=most[touched],
        sizes=np.maximum.reduceat(np.abs(rows.data), rows.indptr[:-1]) if rows.nnz else least[:0],
        asleep=use.still[touched] & _private(network, use, sources, sinks, touched, count),
        giving=np.isin(np.arange(count), sources),
    )


def _private(
    network: Network, use: Use, sources: Integers, sinks: Integers, rows: Integers, count: int
) -> Marks:
    """Recipes whose free offsets belong to single ports of their own."""
    ports = np.bincount(np.concatenate([sources, sinks]), minlength=count + 1)
    ports[count] = 0
    shared = np.zeros(len(network.capacity), dtype=np.bool_)
    for side, offset in ((network.sources, sources), (network.sinks, sinks)):
        shared[side.recipe[(side.recipe >= 0) & (ports[offset] > 1)]] = True
    own: Marks = ~shared[rows]
    return own


def payment_rows(network: Network, owners: Owners, use: Use, face: Face) -> csr_matrix:
    """How each agent's payment changes with the offsets; shape (agents, K)."""
    parts = [
        (owners.sources, face.sources, network.sources.amount),
        (owners.sinks, face.sinks, -network.sinks.amount),
    ]
    agent, offset, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    free = (offset < face.count) & (value != 0)
    shape = (len(owners), face.count)
    ports = coo_matrix((value[free], (agent[free], offset[free])), shape)
    full = use.full[face.recipes]
    weights = np.where(full, network.capacity[face.recipes], 0.0)
    owner = (owners.recipes[face.recipes], np.arange(len(face.recipes)))
    rents = coo_matrix((weights, owner), (len(owners), len(face.recipes)))
    return _without_rounding(csr_matrix(ports.tocsr() + rents.tocsr() @ face.rows))


def _components(network: Network, use: Use) -> tuple[Integers, Integers, int]:
    """Number of each port's component; the ground's is the count of all others."""
    first = len(network.sources)
    ground = first + len(network.sinks)
    disposed, bought = np.flatnonzero(use.disposed), np.flatnonzero(use.bought) + first
    tails = np.concatenate([use.source, disposed, bought])
    heads = np.concatenate([use.sink + first, np.full(len(disposed) + len(bought), ground)])
    idle = np.concatenate([use.idle_sources, use.idle_sinks])
    tails = np.concatenate([tails, np.flatnonzero(idle)])
    heads = np.concatenate([heads, np.full(int(np.sum(idle)), ground)])
    joined = coo_matrix((np.ones(len(tails)), (tails, heads)), (ground + 1, ground + 1))
    found, label = connected_components(joined, directed=False)
    number = np.cumsum(np.arange(found) != label[ground]) - 1
    number[label[ground]] = found - 1
    component = number[label].astype(np.int64)
    return component[:first], component[first:ground], int(found) - 1


def _slack(
    network: Network, use: Use, prices: Prices, offsets: tuple[Integers, Integers], count: int
) -> Floats:
    width = count + 1
    least = np.full(width * width, np.inf)
    sources, sinks = offsets
    for spare, key in (
        (network.sources.price - prices.sources, sources * width + count),
        (network.sinks.price - prices.sinks, count * width + sinks),
    ):
        known = np.isfinite(spare)
        np.minimum.at(least, key[known], spare[known])
    least[-1] = np.inf
    if count:
        below = _widest(least.reshape(width, width), sinks)
        for found in bargains(network, prices, below=below):
            busy = ~use.idle_sources[found.source] & ~use.idle_sinks[found.sink]
            key = sources[found.source] * width + sinks[found.sink]
            np.minimum.at(least, key[busy], found.reduced[busy])
    table: Floats = np.maximum(least.reshape(width, width), 0.0)
    np.fill_diagonal(table, np.inf)
    return table


def _widest(table: Floats, sinks: Integers) -> float:
    """No pair with more slack than this can bind: how far two offsets can be apart by what the
    fallbacks alone allow; infinite where a sink has none. Every source has one."""
    high, low = table[:-1, -1], table[-1, :-1]
    taking = np.isin(np.arange(len(low)), sinks)
    most = np.max(high[np.isfinite(high)], initial=0.0) + np.max(low[taking], initial=0.0)
    return float(max(most, 0.0)) * (1 + 1e-9) + 1e-300


def _recipe_rows(network: Network, sources: Integers, sinks: Integers, count: int) -> csr_matrix:
    recipe = np.concatenate([network.sources.recipe, network.sinks.recipe])
    offset = np.concatenate([sources, sinks])
    value = np.concatenate([network.sources.yield_, -network.sinks.yield_])
    free = (recipe >= 0) & (offset < count)
    shape = (len(network.capacity), count)
    rows = coo_matrix((value[free], (recipe[free], offset[free])), shape).tocsr()
    return _without_rounding(rows)


def _without_rounding(rows: csr_matrix) -> csr_matrix:
    """What remains of numbers that cancel is no dependence."""
    if rows.nnz:
        rows.data[np.abs(rows.data) <= 1e-12 * np.max(np.abs(rows.data))] = 0.0
    rows.eliminate_zeros()
    return rows
