"""Every possible pair, looked at in blocks: there may be millions, and none may be forgotten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kierto.planner.blending import blends_of, no_duals
from kierto.planner.certificate.bound import prove
from kierto.planner.network import Network
from kierto.planner.pairs import Verdict, pairs_at
from kierto.planner.plan import Plan
from kierto.planner.survey import Prices, bargains

DEAR = 4.0
"""What cannot be bought is given a price this many times the largest of all, where it must have
one: at ports that give or take nothing."""


def prices_of(network: Network, plan: Plan) -> Prices:
    """A plan's own prices as columns; a missing one counts as its fallback's."""
    columns = []
    for ports in (network.sources, network.sinks):
        stated = np.array([plan.duals.get(id_, np.nan) for id_ in ports.ids], dtype=np.float64)
        columns.append(np.where(np.isfinite(stated), stated, np.nan_to_num(ports.price)))
    blends, duals = blends_of(network), no_duals(network)
    for id_, stated_ends in plan.blend_duals.items():
        rows = np.flatnonzero(blends.sink == network.sinks.index.get(id_, -1))
        duals[rows] = np.array(stated_ends, dtype=np.float64).reshape(-1, 2)[: len(rows)]
    return Prices(columns[0], columns[1], duals)


def lowered(network: Network, prices: Prices) -> Prices:
    """The nearest prices below these at which no pair and no fallback is a bargain: they prove a
    bound for every group of participants, with nothing left to rounding."""
    proof = prove(network, prices.sources, prices.sinks, prices.blends)
    return Prices(proof.sources, proof.sinks, prices.blends)


def with_idle(
    network: Network,
    prices: Prices,
    idle_sources: NDArray[np.bool_],
    idle_sinks: NDArray[np.bool_],
) -> Prices:
    """The marked ports, on which nothing depends, at the highest prices beside the others'."""
    if not np.any(idle_sources) and not np.any(idle_sinks):
        return prices
    dear = DEAR * network.price_scale
    sinks = np.where(idle_sinks, np.nan_to_num(network.sinks.price, nan=dear), prices.sinks)
    sources = np.where(idle_sources, network.sources.price, prices.sources)
    highest = sinks.copy()
    for found in bargains(network, Prices(sources, sinks, prices.blends)):
        np.minimum.at(highest, found.sink, found.price - sources[found.source])
    sinks = np.where(idle_sinks, highest, prices.sinks)
    return Prices(sources, sinks, prices.blends)


def barred_by_lots(network: Network) -> frozenset[tuple[str, str]]:
    """Pairs (by port id) that only a minimum lot forbids: dividing the lot must not allow them."""
    barred: set[tuple[str, str]] = set()
    for givers, takers in network.kind_blocks:
        some = givers[network.sources.lot[givers] > 0]
        if not len(some):
            continue
        pairs = pairs_at(network, np.repeat(some, len(takers)), np.tile(takers, len(some)))
        short = pairs.where(pairs.verdict == Verdict.LOT)
        ends = zip(short.source.tolist(), short.sink.tolist(), strict=True)
        barred.update((network.sources.ids[s], network.sinks.ids[t]) for s, t in ends)
    return frozenset(barred)
