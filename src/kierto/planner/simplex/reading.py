"""From a network to the finest instance, and back from its nodes to the network's rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kierto.planner.network import Floats, Integers, Network
from kierto.planner.simplex.fares import fare_of, on_sphere, unit_vectors
from kierto.planner.simplex.instance import (
    Explicit,
    Instance,
    Link,
    no_explicit,
    side_of,
    sort_side,
)
from kierto.planner.simplex.recipes import Recipes
from kierto.planner.simplex.rules import Rules, inverse, permitted_pairs, rules_of

TOLERANCE = 1e-9
"""Of reduced costs, as a share of a typical price."""

DIGITS = 1e-13
"""What a sum of the highest prices cannot tell from zero, as a share of them."""

FORBIDDING = 10.0
"""An input that cannot be bought costs this many times the highest price, to begin with."""


@dataclass(frozen=True)
class Reading:
    """An instance and what leads back to the network.

    Attributes:
        source_rows, sink_rows: the network row of each node of the side.
        amount_scale, price_scale: what one scaled unit stands for.
    """

    instance: Instance
    source_rows: Integers
    sink_rows: Integers
    amount_scale: float
    price_scale: float


def read(network: Network, *, forbidding: float = FORBIDDING) -> Reading:
    """The finest instance of a network; ``forbidding`` sets the price of what is not for sale."""
    amount_scale, price_scale = _amount_scale(network), _price_scale(network)
    forbidden = forbidding * max(_top_price(network), price_scale)
    kinds = len(network.kind_codes)
    places = _places(network)
    sides, rows = [], []
    for ports, place in zip((network.sources, network.sinks), places, strict=True):
        order = sort_side(place, ports.kind, kinds)
        price = np.where(np.isfinite(ports.price), ports.price, forbidden) / price_scale
        amount = ports.amount / amount_scale
        sides.append(side_of(order, place, ports.kind, amount, price, ports.recipe >= 0))
        rows.append(order[0])
    arcs = _known_arcs(network)
    barred = {*arcs, *_known(network, network.problem.excluded)}
    rules = rules_of(network, rows[0], rows[1], barred)
    links = _links(network, price_scale)
    top = max(_top_price(network), forbidden if _artificial(network).any() else 0.0)
    instance = Instance(
        sources=sides[0],
        sinks=sides[1],
        links=links,
        group=_groups(kinds, links),
        recipes=_recipes(network, rows, amount_scale, price_scale),
        explicit=_explicit(network, arcs, rules, rows, price_scale),
        rules=rules,
        artificial=_artificial(network)[rows[1]],
        tolerance=max(TOLERANCE, DIGITS * top / price_scale),
    )
    return Reading(instance, rows[0], rows[1], amount_scale, price_scale)


def _amount_scale(network: Network) -> float:
    """The mean of what is offered and needed; else of what may pass at all."""
    for name in ("amount", "largest"):
        each = [getattr(ports, name) for ports in (network.sources, network.sinks)]
        amounts = np.concatenate(each)
        if np.any(amounts > 0):
            return float(np.mean(amounts[amounts > 0]))
    return 1.0


def _prices(network: Network) -> Floats:
    explicit = [
        arc.cost + network.carbon_price * arc.emissions for arc in network.problem.arcs or ()
    ]
    ends = [network.sources.price, network.sinks.price, network.recipe_price, np.array(explicit)]
    sizes = np.abs(np.concatenate(ends))
    known: Floats = sizes[np.isfinite(sizes)]
    return known


def _price_scale(network: Network) -> float:
    """The median price of those that are not zero; 1 if all are."""
    sizes = _prices(network)
    return float(np.median(sizes[sizes > 0])) if np.any(sizes > 0) else 1.0


def _top_price(network: Network) -> float:
    return float(np.max(_prices(network), initial=0.0))


def _artificial(network: Network) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Sinks that cannot be bought for."""
    return ~np.isfinite(network.sinks.price)


def _places(network: Network) -> tuple[Floats, Floats]:
    both = network.sources, network.sinks
    vectors = np.concatenate([unit_vectors(each.latitude, each.longitude) for each in both])
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    middle = vectors.mean(axis=0) if len(vectors) else np.zeros(3)
    first, second = (on_sphere(each.latitude, each.longitude, middle) for each in both)
    return first, second


def _links(network: Network, price_scale: float) -> tuple[Link, ...]:
    """Every pair of kinds, one offered and one wanted, that the tree of kinds lets meet."""
    number = {code: i for i, code in enumerate(network.kind_codes)}
    rates, carbon = network.problem.rates, network.carbon_price
    found = []
    for source in np.unique(network.sources.kind).tolist():
        code = network.kind_codes[source]
        rate = network.tree.inherited(rates.by_kind, code, rates.default)
        fare = fare_of(
            (rate.handling_cost + carbon * rate.handling_emissions) / price_scale,
            (rate.cost_per_km + carbon * rate.emissions_per_km) / price_scale,
            rate.max_km,
            rates.road_factor,
        )
        wanted = set(np.unique(network.sinks.kind).tolist())
        for broader in network.tree.lineage(code):
            if number[broader] in wanted and network.tree.accepts(broader, code):
                found.append(Link(source, number[broader], fare))
    return tuple(found)


def _groups(kinds: int, links: tuple[Link, ...]) -> Integers:
    """Connected kinds share a number, by their smallest member's order."""
    label = list(range(kinds))
    for link in links:
        old, new = sorted((label[link.source_kind], label[link.sink_kind]), reverse=True)
        label = [new if each == old else each for each in label]
    return np.unique(np.array(label, np.int64), return_inverse=True)[1].astype(np.int64)


def _recipes(
    network: Network, rows: list[Integers], amount_scale: float, price_scale: float
) -> Recipes:
    count = len(network.capacity)
    recipe, nodes, coefficients = [], [], []
    for ports, order, first, sign in (
        (network.sources, rows[0], 0, 1.0),
        (network.sinks, rows[1], len(rows[0]), -1.0),
    ):
        mine = np.flatnonzero(ports.recipe[order] >= 0)
        recipe.append(ports.recipe[order[mine]])
        nodes.append(mine + first)
        coefficients.append(sign * ports.yield_[order[mine]])
    owner = np.concatenate(recipe)
    order = np.argsort(owner, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))])
    return Recipes(
        starts.astype(np.int64),
        np.concatenate(nodes)[order].astype(np.int64),
        np.concatenate(coefficients)[order],
        np.array(network.recipe_price, np.float64) / price_scale,
        np.array(network.capacity, np.float64) / amount_scale,
    )


def _known(network: Network, pairs: frozenset[tuple[str, str]]) -> list[tuple[int, int]]:
    """Rows of pairs of port ids, without those of ports that are not here."""
    sources, sinks = network.sources.index, network.sinks.index
    return [(sources[s], sinks[t]) for s, t in sorted(pairs) if s in sources and t in sinks]


def _known_arcs(network: Network) -> dict[tuple[int, int], float]:
    """Generalised price of each explicit pair of rows."""
    sources, sinks = network.sources.index, network.sinks.index
    return {
        (sources[arc.source], sinks[arc.sink]): arc.cost + network.carbon_price * arc.emissions
        for arc in network.problem.arcs or ()
        if arc.source in sources and arc.sink in sinks
    }


def _explicit(
    network: Network,
    arcs: dict[tuple[int, int], float],
    rules: Rules,
    rows: list[Integers],
    price_scale: float,
) -> Explicit:
    """The explicit pairs that kinds, limits, lots and exclusions allow."""
    refused = set(_known(network, network.problem.excluded))
    source_kind, sink_kind = _kind_codes(network)
    found = [
        (s, t, price / price_scale)
        for (s, t), price in sorted(arcs.items())
        if (s, t) not in refused and network.tree.accepts(sink_kind[t], source_kind[s])
    ]
    if not found:
        return no_explicit()
    source_rows, sink_rows, prices = zip(*found, strict=True)
    source = inverse(rows[0])[list(source_rows)].astype(np.int32)
    sink = inverse(rows[1])[list(sink_rows)].astype(np.int32)
    open_rules = rules._replace(
        barred_starts=np.zeros(len(rows[0]) + 1, np.int64), barred=np.zeros(0, np.int32)
    )
    allowed = permitted_pairs(open_rules, source, sink)
    return Explicit(source[allowed], sink[allowed], np.array(prices)[allowed])


def _kind_codes(network: Network) -> tuple[list[str], list[str]]:
    """Code of every source's and of every sink's kind, by row."""
    both = (network.sources.kind.tolist(), network.sinks.kind.tolist())
    first, second = ([network.kind_codes[kind] for kind in kinds] for kinds in both)
    return first, second
