"""Which source may feed which sink, and what one unit carried costs: the one rule of arcs.

The engines, the certificate, the explanations and the possibilities all ask here, so that none
of them can know another distance, cost or refusal than the others, to the last bit.

The cost of carrying one unit of kind *k* from *s* to *t* is ::

    handling(k) + road_km(s, t) · per_km(k)        road_km = great circle · road factor

in euros and, with its own two numbers, in kg CO2e; *k* is the source's kind. An explicit pair
of the problem replaces both. The great circle is taken from the chord between the two places on
the sphere, R · 2 arcsin(chord / 2): no shorter than the chord itself, which is what lets whole
boxes of far ports be passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kierto.core.geography import EARTH_RADIUS_KM
from kierto.planner.network import Floats, Integers, Network

ON_THE_LIMIT = 1e-9
"""A stated quality this close to a limit (relative) meets it."""


class Verdict(IntEnum):
    """Whether a pair of ports may be joined; if not, the first reason against it."""

    POSSIBLE = 0
    QUALITY = 1
    LOT = 2
    EXCLUDED = 3
    NO_ROUTE = 4
    TOO_FAR = 5
    KIND = 6


@dataclass(frozen=True)
class Pairs:
    """Pairs of ports, one per row; in lists of all pairs, by source and then sink.

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


class KindRates(NamedTuple):
    """Columns by kind number: what carrying one unit costs, and how far it is carried."""

    handling_cost: Floats
    cost_per_km: Floats
    handling_emissions: Floats
    emissions_per_km: Floats
    reach: Floats


class Explicit(NamedTuple):
    """The problem's explicit pairs, by ascending key; and the keys of the excluded ones."""

    keys: Integers
    km: Floats
    cost: Floats
    emissions: Floats
    excluded: Integers


class Asked(NamedTuple):
    """What each sink asks of one quality. A blend asks that it be stated, within no limits."""

    asks: NDArray[np.bool_]
    low: Floats
    high: Floats
    slack: Floats


def possible_pairs(network: Network) -> Pairs:
    """All pairs that may be joined. For small problems: there may be billions."""
    pairs = fitting_pairs(network)
    return pairs.where(pairs.verdict == Verdict.POSSIBLE)


def fitting_pairs(network: Network, *, source: int | None = None, sink: int | None = None) -> Pairs:
    """All pairs whose kinds fit, with their verdicts; of one source or one sink if given."""
    if source is None and sink is None:
        sources, sinks = _kind_pairs(network)
        order = np.lexsort((sinks, sources))
        sources, sinks = sources[order], sinks[order]
    elif source is not None:
        sinks = _rows(network.takers_of, int(network.sources.kind[source]))
        sinks = sinks if sink is None else sinks[sinks == sink]
        sources = np.full(len(sinks), source)
    else:
        sources = _rows(network.givers_to, int(network.sinks.kind[sink]))
        sinks = np.full(len(sources), sink)
    return _evaluated(network, sources, sinks)


def pairs_at(network: Network, sources: Integers, sinks: Integers) -> Pairs:
    """The given pairs, in the given order; ``KIND`` where the sink does not take the source's."""
    pairs = _evaluated(network, sources, sinks)
    pairs.verdict[~kinds_fit(network, sources, sinks)] = Verdict.KIND
    return pairs


def kinds_fit(network: Network, sources: Integers, sinks: Integers) -> NDArray[np.bool_]:
    """Whether each sink takes the kind of its source."""
    count = np.int64(len(network.kind_codes))
    asked = network.sources.kind[sources] * count + network.sinks.kind[sinks]
    different, place = np.unique(asked, return_inverse=True)
    codes = network.kind_codes
    fits = [
        network.tree.accepts(codes[key % count], codes[key // count]) for key in different.tolist()
    ]
    return np.array(fits, np.bool_)[place] if fits else np.zeros(0, np.bool_)


def _evaluated(network: Network, sources: Integers, sinks: Integers) -> Pairs:
    rules = rules_of(network)
    kinds = network.sources.kind[sources]
    km = road_km(network, sources, sinks)
    cost, emissions = carrying(rules.rates, kinds, km)
    too_far = km > rules.rates.reach[kinds]
    keys = sources * np.int64(max(len(network.sinks), 1)) + sinks
    row, number = _found(rules.explicit.keys, keys)
    km[row] = rules.explicit.km[number]
    cost[row] = rules.explicit.cost[number]
    emissions[row] = rules.explicit.emissions[number]
    too_far[row] = False
    verdict = np.zeros(len(sources), dtype=np.int8)
    verdict[too_far] = Verdict.TOO_FAR
    verdict[np.isnan(cost)] = Verdict.NO_ROUTE
    verdict[_found(rules.explicit.excluded, keys)[0]] = Verdict.EXCLUDED
    if rules.lots:
        most = np.minimum(network.sources.largest[sources], network.sinks.largest[sinks])
        verdict[network.sources.lot[sources] > most] = Verdict.LOT
    verdict[_unfit(network, rules, sources, sinks)] = Verdict.QUALITY
    price = cost + network.carbon_price * emissions
    return Pairs(sources, sinks, km, cost, emissions, price, verdict)


def carrying(rates: KindRates, kinds: Integers, km: Floats) -> tuple[Floats, Floats]:
    """Cost and emissions of one unit over these distances; arrays of any shapes that fit."""
    cost: Floats = rates.handling_cost[kinds] + km * rates.cost_per_km[kinds]
    emissions: Floats = rates.handling_emissions[kinds] + km * rates.emissions_per_km[kinds]
    return cost, emissions


def road_km(network: Network, sources: Integers, sinks: Integers) -> Floats:
    """Road kilometres between rows of ports; arrays of any shapes that fit together.

    The same distance as :func:`kierto.core.geography.road_km`, to about a nanometre.
    """
    a, b = network.sources, network.sinks
    chord = (a.x[sources] - b.x[sinks]) ** 2
    chord += (a.y[sources] - b.y[sinks]) ** 2
    chord += (a.z[sources] - b.z[sinks]) ** 2
    np.sqrt(chord, out=chord)
    chord *= 0.5
    np.minimum(chord, 1.0, out=chord)
    np.arcsin(chord, out=chord)
    chord *= 2 * EARTH_RADIUS_KM * network.problem.rates.road_factor
    return chord


def quality_miss(value: float | None, low: float | None, high: float | None) -> float | None:
    """By how much a value lies outside its range (0 inside); ``None`` when it is not stated."""
    if value is None or np.isnan(value):
        return None
    below = 0.0 if low is None else low - value
    above = 0.0 if high is None else value - high
    miss = max(below, above, 0.0)
    return 0.0 if miss <= _slack(low, high) else miss


def _slack(low: float | None, high: float | None) -> float:
    return ON_THE_LIMIT * max(abs(low or 0.0), abs(high or 0.0), 1.0)


class Rules(NamedTuple):
    """What does not depend on the pair asked about, looked up once per network."""

    rates: KindRates
    explicit: Explicit
    asked: dict[str, Asked]
    lots: bool


def rules_of(network: Network) -> Rules:
    """The rules of this network's pairs."""
    known: Rules | None = network.__dict__.get("_pair_rules")
    if known is None:
        known = Rules(
            _rates(network),
            _explicit(network),
            _asked(network),
            bool(np.any(network.sources.lot > 0)),
        )
        network.__dict__["_pair_rules"] = known
    return known


def _kind_pairs(network: Network) -> tuple[Integers, Integers]:
    """Row numbers of all pairs of fitting kinds, by blocks of kinds."""
    blocks = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for givers, takers in network.kind_blocks:
        blocks.append((np.repeat(givers, len(takers)), np.tile(takers, len(givers))))
    return np.concatenate([b[0] for b in blocks]), np.concatenate([b[1] for b in blocks])


def _rows(found: dict[int, list[Integers]], kind: int) -> Integers:
    """The rows on the other side that a kind goes with, ascending."""
    return np.sort(np.concatenate([np.empty(0, np.int64), *found.get(kind, [])]))


def _rates(network: Network) -> KindRates:
    rates = network.problem.rates
    each = [
        network.tree.inherited(rates.by_kind, code, rates.default) for code in network.kind_codes
    ]
    return KindRates(
        np.array([rate.handling_cost for rate in each], np.float64),
        np.array([rate.cost_per_km for rate in each], np.float64),
        np.array([rate.handling_emissions for rate in each], np.float64),
        np.array([rate.emissions_per_km for rate in each], np.float64),
        np.array([np.inf if rate.max_km is None else rate.max_km for rate in each], np.float64),
    )


def _explicit(network: Network) -> Explicit:
    arcs = network.problem.arcs or ()
    keys = _keys(network, [(arc.source, arc.sink) for arc in arcs])
    order = np.argsort(keys, kind="stable")
    order = order[keys[order] >= 0]
    excluded = _keys(network, sorted(network.problem.excluded))
    return Explicit(
        keys[order],
        np.array([np.nan if arc.km is None else arc.km for arc in arcs], np.float64)[order],
        np.array([arc.cost for arc in arcs], np.float64)[order],
        np.array([arc.emissions for arc in arcs], np.float64)[order],
        np.sort(excluded[excluded >= 0]),
    )


def _keys(network: Network, pairs: list[tuple[str, str]]) -> Integers:
    """One number per pair of port ids, −1 when one of them is not in this problem."""
    s = network.sources.find(source for source, _sink in pairs)
    t = network.sinks.find(sink for _source, sink in pairs)
    return np.where((s >= 0) & (t >= 0), s * np.int64(max(len(network.sinks), 1)) + t, -1)


def _found(known: Integers, keys: Integers) -> tuple[Integers, Integers]:
    """Rows of ``keys`` that occur in the ascending ``known``, and where."""
    if not len(known):
        nothing = np.empty(0, np.int64)
        return nothing, nothing
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    rows = np.flatnonzero(known[place] == keys)
    return rows, place[rows]


def _asked(network: Network) -> dict[str, Asked]:
    count = len(network.sinks)
    found: dict[str, Asked] = {}

    def asked(name: str) -> Asked:
        if name not in found:
            columns = np.full(count, -np.inf), np.full(count, np.inf), np.zeros(count)
            found[name] = Asked(np.zeros(count, np.bool_), *columns)
        return found[name]

    for row, (limits, blends) in enumerate(zip(network.limits, network.blends, strict=True)):
        for blend in blends:
            for name in filter(None, (blend.quality, blend.per)):
                asked(name).asks[row] = True
        for name, (low, high) in limits.items():
            each = asked(name)
            each.asks[row] = True
            each.low[row] = -np.inf if low is None else low
            each.high[row] = np.inf if high is None else high
            each.slack[row] = _slack(low, high)
    return dict(sorted(found.items()))


def _unfit(network: Network, rules: Rules, sources: Integers, sinks: Integers) -> NDArray[np.bool_]:
    """Pairs in which the source misses one of the sink's limits, or does not state it."""
    unfit = np.zeros(len(sources), dtype=np.bool_)
    missing = np.full(len(network.sources), np.nan)
    for name, asked in rules.asked.items():
        rows = np.flatnonzero(asked.asks[sinks])
        value, sink = network.qualities.get(name, missing)[sources[rows]], sinks[rows]
        slack = asked.slack[sink]
        meets = (asked.low[sink] - value <= slack) & (value - asked.high[sink] <= slack)
        unfit[rows] |= ~meets
    return unfit
