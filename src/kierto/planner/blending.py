"""Blends as numbers: limits on what arrives at a sink taken together.

A blend with ends *low* and *high* on quality *q* per *p* (1 where no ``per`` is named) makes, with
amounts *x* into the sink, up to two rows that are linear in *x* ::

    Σ x · (q − high · p) ≤ 0        Σ x · (low · p − q) ≤ 0

With prices *μ* ≥ 0 of the rows, carrying from *s* to *t* costs as if it were dearer by
``μ_high · (q − high · p) + μ_low · (low · p − q)``: a source that spoils the blend pays, one that
mends it is paid. The right-hand sides are zero, so a lower bound has no term for blends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kierto.planner.network import Floats, Integers, Network
from kierto.planner.plan import Plan

LOW, HIGH = 0, 1
"""Columns of what is kept per blend: its low and its high end."""


class Blends(NamedTuple):
    """All blends of a network, by sink and then in the sink's own order; B of them.

    Attributes:
        sink: i64[B], row of the sink.
        quality, per: i64[B], rows of ``values``.
        limit: f64[B, 2], low and high; 0 where an end is open.
        closed: bool[B, 2], which ends there are.
        values: f64[·, S] by source; 0 where not stated (such a pair is not possible anyway);
            the last row is all ones.
        slots: i64[k, T], number of each sink's first, second … blend; B where it has none.
    """

    sink: Integers
    quality: Integers
    per: Integers
    limit: Floats
    closed: np.typing.NDArray[np.bool_]
    values: Floats
    slots: Integers

    def __len__(self) -> int:
        return len(self.sink)


def blends_of(network: Network) -> Blends:
    """The blends of this network, looked up once."""
    known: Blends | None = network.__dict__.get("_blends")
    if known is None:
        known = network.__dict__["_blends"] = _read(network)
    return known


def _read(network: Network) -> Blends:
    rows = [(t, blend) for t, blends in enumerate(network.blends) for blend in blends]
    names = sorted({name for _, each in rows for name in (each.quality, each.per) if name})
    number = {name: i for i, name in enumerate(names)} | {"": len(names)}
    unknown = np.zeros(len(network.sources))
    values = [np.nan_to_num(network.qualities.get(name, unknown)) for name in names]
    sink = np.array([t for t, _ in rows], np.int64)
    ends = [(each.low, each.high) for _, each in rows]
    place = np.arange(len(rows)) - np.searchsorted(sink, sink)
    slots = np.full((int(np.max(place, initial=-1)) + 1, len(network.sinks)), len(rows), np.int64)
    slots[place, sink] = np.arange(len(rows))
    return Blends(
        sink,
        np.array([number[each.quality] for _, each in rows], np.int64),
        np.array([number[each.per] for _, each in rows], np.int64),
        np.array([[end or 0.0 for end in pair] for pair in ends], np.float64).reshape(-1, 2),
        np.array([[end is not None for end in pair] for pair in ends], np.bool_).reshape(-1, 2),
        np.stack([*values, np.ones(len(network.sources))]),
        slots,
    )


def burden(blends: Blends, number: Integers, end: int, sources: Integers) -> Floats:
    """How much one unit of each source strains that end of each blend; above zero it spoils."""
    quality = blends.values[blends.quality[number], sources]
    due: Floats = blends.limit[number, end] * blends.values[blends.per[number], sources]
    return quality - due if end == HIGH else due - quality


def surcharge(blends: Blends, duals: Floats, sources: Integers, sinks: Integers) -> Floats:
    """What the blends' prices ``duals`` (f64[B, 2]) add to carrying one unit."""
    added = np.zeros(np.broadcast_shapes(sources.shape, sinks.shape))
    if not len(blends):
        return added
    priced = np.concatenate([duals, np.zeros((1, 2))])
    for slot in blends.slots:
        mine = slot[sinks]
        safe = np.minimum(mine, len(blends) - 1)
        for end in (LOW, HIGH):
            if np.any(priced[mine, end]):
                added = added + priced[mine, end] * burden(blends, safe, end, sources)
    return added


def priced_sinks(blends: Blends, duals: Floats, count: int) -> np.typing.NDArray[np.bool_]:
    """Which of ``count`` sinks have a blend with a price."""
    marked = np.zeros(count, np.bool_)
    marked[blends.sink[np.any(duals != 0, axis=1)]] = True
    return marked


def strain(blends: Blends, sources: Integers, sinks: Integers, amounts: Floats) -> Floats:
    """f64[B, 2]: Σ x · burden of each end, as a share of Σ x · |terms|; above zero it is broken."""
    found = np.zeros((len(blends) + 1, 2))
    size = np.zeros((len(blends) + 1, 2))
    for slot in blends.slots:
        mine = slot[sinks]
        safe = np.minimum(mine, len(blends) - 1)
        for end in (LOW, HIGH):
            quality = blends.values[blends.quality[safe], sources]
            due = blends.limit[safe, end] * blends.values[blends.per[safe], sources]
            each = quality - due if end == HIGH else due - quality
            np.add.at(found[:, end], mine, amounts * each)
            np.add.at(size[:, end], mine, amounts * (np.abs(quality) + np.abs(due)))
    shares: Floats = np.where(blends.closed, found[:-1] / np.maximum(size[:-1], 1e-300), 0.0)
    return shares


def no_duals(network: Network) -> Floats:
    """A price of zero for every end of every blend."""
    return np.zeros((len(blends_of(network)), 2))


def blend_duals_of(network: Network, plan: Plan) -> Floats:
    """f64[B, 2]: a plan's prices of each blend's ends; a missing or unreal one counts as zero."""
    blends = blends_of(network)
    duals = no_duals(network)
    place = np.arange(len(blends)) - np.searchsorted(blends.sink, blends.sink)
    for number, (sink, slot) in enumerate(zip(blends.sink.tolist(), place.tolist(), strict=True)):
        stated = plan.blend_duals.get(network.sinks.ids[sink], ())
        if slot < len(stated):
            duals[number] = stated[slot]
    return np.nan_to_num(duals, nan=0.0, posinf=0.0, neginf=0.0)
