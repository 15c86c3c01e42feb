"""Which source may feed which sink, and what one unit carried costs: the one rule of arcs.

The solver, the certificate, the explanations and the possibilities all ask here, so that none
of them can know another distance, cost or refusal than the others.

The cost of carrying one unit of kind *k* from *s* to *t* is ::

    handling(k) + road_km(s, t) · per_km(k)        road_km = great circle · road factor

in euros and, with its own two numbers, in kg CO2e; *k* is the source's kind. An explicit pair
of the problem replaces both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from kierto.core.geography import EARTH_RADIUS_KM
from kierto.planner.network import Floats, Integers, Network

ON_THE_LIMIT = 1e-9
"""A stated quality this close to a limit (relative) meets it."""


class Verdict(IntEnum):
    """Whether a pair of fitting kinds may be joined; if not, the first reason against it."""

    POSSIBLE = 0
    QUALITY = 1
    LOT = 2
    EXCLUDED = 3
    NO_ROUTE = 4
    TOO_FAR = 5


@dataclass(frozen=True)
class Pairs:
    """Pairs of ports, one per row, by source and then sink.

    Attributes:
        source, sink: row numbers in the network's ports.
        km: road distance; NaN where an explicit pair states none, or no place is known.
        cost, emissions: per unit carried, EUR and kg CO2e.
        price: cost + carbon price · emissions.
        verdict: a :class:`Verdict` each.
    """

    source: Integers
    sink: Integers
    km: Floats
    cost: Floats
    emissions: Floats
    price: Floats
    verdict: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.source)

    def where(self, chosen: NDArray[np.bool_] | Integers) -> Pairs:
        """The chosen rows."""
        return Pairs(
            self.source[chosen],
            self.sink[chosen],
            self.km[chosen],
            self.cost[chosen],
            self.emissions[chosen],
            self.price[chosen],
            self.verdict[chosen],
        )


def possible_pairs(network: Network) -> Pairs:
    """All pairs that may be joined."""
    pairs = fitting_pairs(network)
    return pairs.where(pairs.verdict == Verdict.POSSIBLE)


def fitting_pairs(network: Network, *, source: int | None = None, sink: int | None = None) -> Pairs:
    """All pairs whose kinds fit, with their verdicts; of one source or one sink if given."""
    sources, sinks = _kind_pairs(network, source, sink)
    order = np.lexsort((sinks, sources))
    sources, sinks = sources[order], sinks[order]
    km = road_km(network, sources, sinks)
    kinds = network.sources.kind[sources]
    rates = _rate_columns(network)
    cost = rates[0][kinds] + km * rates[1][kinds]
    emissions = rates[2][kinds] + km * rates[3][kinds]
    too_far = km > rates[4][kinds]
    explicit = _explicit(network, sources, sinks)
    row, number = explicit
    arcs = network.problem.arcs or ()
    km[row] = [_or_nan(arcs[i].km) for i in number]
    cost[row] = [arcs[i].cost for i in number]
    emissions[row] = [arcs[i].emissions for i in number]
    too_far[row] = False
    verdict = np.zeros(len(sources), dtype=np.int8)
    verdict[too_far] = Verdict.TOO_FAR
    verdict[np.isnan(cost)] = Verdict.NO_ROUTE
    verdict[_excluded(network, sources, sinks)] = Verdict.EXCLUDED
    most = np.minimum(network.sources.largest[sources], network.sinks.largest[sinks])
    verdict[network.sources.lot[sources] > most] = Verdict.LOT
    verdict[_unfit(network, sources, sinks)] = Verdict.QUALITY
    price = cost + network.carbon_price * emissions
    return Pairs(sources, sinks, km, cost, emissions, price, verdict)


def road_km(network: Network, sources: Integers, sinks: Integers) -> Floats:
    """Road kilometres of each pair; the same formula as :func:`kierto.core.geography.road_km`."""
    lat_a = np.radians(network.sources.latitude[sources])
    lat_b = np.radians(network.sinks.latitude[sinks])
    lon = np.radians(network.sinks.longitude[sinks] - network.sources.longitude[sources])
    chord = np.sin((lat_b - lat_a) / 2) ** 2
    chord += np.cos(lat_a) * np.cos(lat_b) * np.sin(lon / 2) ** 2
    straight = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    distance: Floats = straight * network.problem.rates.road_factor
    return distance


def quality_miss(value: float | None, low: float | None, high: float | None) -> float | None:
    """By how much a value lies outside its range (0 inside); ``None`` when it is not stated."""
    if value is None or np.isnan(value):
        return None
    below = 0.0 if low is None else low - value
    above = 0.0 if high is None else value - high
    miss = max(below, above, 0.0)
    scale = max(abs(low or 0.0), abs(high or 0.0), 1.0)
    return 0.0 if miss <= ON_THE_LIMIT * scale else miss


def _kind_pairs(
    network: Network, source: int | None, sink: int | None
) -> tuple[Integers, Integers]:
    """Row numbers of all pairs of fitting kinds, by blocks of one sink kind each."""
    number = {code: i for i, code in enumerate(network.kind_codes)}
    wanted = np.arange(len(network.sinks)) if sink is None else np.array([sink])
    having = np.arange(len(network.sources)) if source is None else np.array([source])
    blocks = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for kind in np.unique(network.sinks.kind[wanted]):
        accepted = network.tree.accepted(network.kind_codes[kind])
        fits = np.isin(network.sources.kind[having], [number[code] for code in accepted])
        givers, takers = having[fits], wanted[network.sinks.kind[wanted] == kind]
        blocks.append((np.repeat(givers, len(takers)), np.tile(takers, len(givers))))
    return np.concatenate([b[0] for b in blocks]), np.concatenate([b[1] for b in blocks])


def _rate_columns(network: Network) -> Sequence[Floats]:
    """Handling cost, cost per km, handling emissions, emissions per km, reach: by kind number."""
    rates = network.problem.rates
    each = [
        network.tree.inherited(rates.by_kind, code, rates.default) for code in network.kind_codes
    ]
    names = ("handling_cost", "cost_per_km", "handling_emissions", "emissions_per_km")
    columns = [np.array([getattr(rate, name) for rate in each], np.float64) for name in names]
    reach = [np.inf if rate.max_km is None else rate.max_km for rate in each]
    return [*columns, np.array(reach, np.float64)]


def _keys(network: Network, sources: Integers, sinks: Integers) -> Integers:
    return sources * np.int64(len(network.sinks)) + sinks


def _key_of(network: Network, source: str, sink: str) -> int:
    """The key of a pair of port ids, −1 when one of them is not in this problem."""
    s, t = network.sources.index.get(source, -1), network.sinks.index.get(sink, -1)
    return s * len(network.sinks) + t if s >= 0 and t >= 0 else -1


def _explicit(network: Network, sources: Integers, sinks: Integers) -> tuple[Integers, list[int]]:
    """Rows that an explicit pair overrides, and the number of that pair for each."""
    arcs = network.problem.arcs or ()
    by_key = {_key_of(network, arc.source, arc.sink): i for i, arc in enumerate(arcs)}
    keys = _keys(network, sources, sinks)
    rows = np.flatnonzero(np.isin(keys, list(by_key)))
    return rows, [by_key[key] for key in keys[rows].tolist()]


def _excluded(network: Network, sources: Integers, sinks: Integers) -> NDArray[np.bool_]:
    refused = [_key_of(network, *pair) for pair in sorted(network.problem.excluded)]
    return np.isin(_keys(network, sources, sinks), refused)


def _unfit(network: Network, sources: Integers, sinks: Integers) -> NDArray[np.bool_]:
    """Pairs in which the source misses one of the sink's limits, or does not state it."""
    unfit = np.zeros(len(sources), dtype=np.bool_)
    missing = np.full(len(network.sources), np.nan)
    order = np.argsort(sinks, kind="stable")
    starts = np.searchsorted(sinks[order], np.arange(len(network.sinks) + 1))
    for t, port in enumerate(network.sinks.rows):
        rows = order[starts[t] : starts[t + 1]]
        for name, (low, high) in sorted(port.limits.items()):
            values = network.qualities.get(name, missing)[sources[rows]]
            misses = [quality_miss(value, low, high) for value in values.tolist()]
            unfit[rows] |= np.array([miss != 0.0 for miss in misses], dtype=np.bool_)
    return unfit


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
