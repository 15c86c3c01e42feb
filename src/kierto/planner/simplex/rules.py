"""Which pairs of fitting kinds may not be joined: limits, lots, exclusions. As compiled code.

The same rules as in :mod:`kierto.planner.pairs`, pair by pair, on columns. An explicit pair is
barred here too, because it is an arc of its own and not to be priced by distance.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.pairs import ON_THE_LIMIT
from kierto.planner.simplex.compiled import compiled, inner

Small = NDArray[np.int32]
Flags = NDArray[np.bool_]
LimitSet = tuple[tuple[str, tuple[float | None, float | None]], ...]


class Rules(NamedTuple):
    """By source and sink node of the finest level.

    Attributes:
        any: whether there is any rule at all.
        lot: f64[S], the least that may leave a source; ``most``: f64[T], what a sink can take.
        stated: i32[S], a row of ``values`` f64[·, qualities] (NaN: not stated).
        limits: i32[T], number of a set of limits; set k is rows ``starts[k]:starts[k + 1]`` of
            quality, low, high and slack (what still counts as met).
        barred_starts, barred: the sinks that each source must not feed, sorted.
    """

    any: bool
    lot: Floats
    most: Floats
    stated: Small
    values: Floats
    limits: Small
    starts: Integers
    quality: Small
    low: Floats
    high: Floats
    slack: Floats
    barred_starts: Integers
    barred: Small


@compiled
def permitted_pairs(rules: Rules, source: Small, sink: Small) -> Flags:
    """Of each pair, whether no rule is against it."""
    allowed = np.empty(len(source), np.bool_)
    for pair in range(len(source)):
        allowed[pair] = permitted(rules, source[pair], sink[pair])
    return allowed


@inner
def permitted(rules: Rules, source: int, sink: int) -> bool:
    """Whether no rule is against the pair."""
    if not rules.any:
        return True
    if rules.lot[source] > rules.most[sink] or not meets_limits(rules, source, sink):
        return False
    first, last = rules.barred_starts[source], rules.barred_starts[source + 1]
    while first < last:
        middle = (first + last) // 2
        if rules.barred[middle] < sink:
            first = middle + 1
        else:
            last = middle
    return not (first < rules.barred_starts[source + 1] and rules.barred[first] == sink)


@inner
def meets_limits(rules: Rules, source: int, sink: int) -> bool:
    """Whether the source states every quality that the sink limits, within its range."""
    chosen = rules.limits[sink]
    row = rules.stated[source]
    for k in range(rules.starts[chosen], rules.starts[chosen + 1]):
        value = rules.values[row, rules.quality[k]]
        if not (rules.low[k] - value <= rules.slack[k] and value - rules.high[k] <= rules.slack[k]):
            return False
    return True


def no_rules() -> Rules:
    """Everything goes; what coarse levels use."""
    none, nobody, start = np.zeros(0), np.zeros(0, np.int32), np.zeros(1, np.int64)
    return Rules(
        any=False,
        lot=none,
        most=none,
        stated=nobody,
        values=np.zeros((0, 0)),
        limits=nobody,
        starts=start,
        quality=nobody,
        low=none,
        high=none,
        slack=none,
        barred_starts=start,
        barred=nobody,
    )


def rules_of(
    network: Network, source_rows: Integers, sink_rows: Integers, barred: Iterable[tuple[int, int]]
) -> Rules:
    """The rules by node; ``*_rows[node]`` is the node's row in the network, ``barred`` are pairs
    of rows that must not be priced."""
    of_sink, sets = _limit_sets(network.sinks)
    lot = np.where(network.sources.lot > network.sources.largest, np.inf, network.sources.lot)
    starts, sinks = _barred(list(barred), source_rows, sink_rows)
    names = _limited_names(network.sinks)
    missing = np.full(len(network.sources), np.nan)
    columns = [network.qualities.get(name, missing) for name in names]
    each = [(names.index(name), *ends) for chosen in sets for name, ends in chosen]
    size = [max(abs(low or 0.0), abs(high or 0.0), 1.0) for _, low, high in each]
    return Rules(
        any=bool(len(sinks) or names or np.any(lot > 0)),
        lot=np.ascontiguousarray(lot[source_rows]),
        most=np.ascontiguousarray(network.sinks.largest[sink_rows]),
        stated=source_rows.astype(np.int32),
        values=np.array(columns).reshape(len(names), len(missing)).T.copy(),
        limits=of_sink[sink_rows],
        starts=np.cumsum([0, *map(len, sets)], dtype=np.int64),
        quality=np.array([number for number, _, _ in each], np.int32),
        low=np.array([-np.inf if low is None else low for _, low, _ in each], np.float64),
        high=np.array([np.inf if high is None else high for _, _, high in each], np.float64),
        slack=ON_THE_LIMIT * np.array(size, np.float64),
        barred_starts=starts,
        barred=sinks,
    )


def _limited_names(sinks: Ports) -> list[str]:
    return sorted({name for port in sinks.rows if port.limits for name in port.limits})


def _limit_sets(sinks: Ports) -> tuple[Small, list[LimitSet]]:
    """Number of each sink row's set of limits, and the sets; number 0 has none."""
    sets: dict[LimitSet, int] = {(): 0}
    of_sink = np.zeros(len(sinks), np.int32)
    for row, port in enumerate(sinks.rows):
        if port.limits:
            of_sink[row] = sets.setdefault(tuple(sorted(port.limits.items())), len(sets))
    return of_sink, list(sets)


def _barred(
    pairs: list[tuple[int, int]], source_rows: Integers, sink_rows: Integers
) -> tuple[Integers, Small]:
    """Pairs of network rows as sorted sinks by source node."""
    rows = np.array(pairs, np.int64).reshape(-1, 2)
    source_node, sink_node = inverse(source_rows), inverse(sink_rows)
    sources, sinks = source_node[rows[:, 0]], sink_node[rows[:, 1]]
    order = np.lexsort((sinks, sources))
    counts = np.bincount(sources, minlength=len(source_rows))
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return starts, sinks[order].astype(np.int32)


def inverse(rows: Integers) -> Integers:
    """Where each row went: ``inverse(rows)[rows[i]] == i``."""
    places = np.empty(len(rows), np.int64)
    places[rows] = np.arange(len(rows))
    return places
