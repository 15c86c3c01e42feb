"""What given prices prove: that nothing cheaper was overlooked, and what no plan can undercut.

Any prices *y* at which no pair and no fallback is a bargain prove that no plan costs less than ::

    Σ amount · y  +  Σ capacity · min(0, r),     r = q + Σ_outputs a·y + Σ_inputs a·y

where a capacity need be no larger than what an input that cannot be bought lets it be (and, of a
site that is open and has a least level, least · max(0, r) more). Prices that fall short of that
are lowered until they do not, so the bound holds whatever they were.

It also holds in floating point: products are summed without loss (:func:`math.fsum`), and an error
term, the most that rounding can have done to every price, product and reduced cost, is taken off.
One convention is left: the reduced cost of a recipe that is mere rounding (``ROUNDING`` of the terms
it is summed from) counts as zero, for times a capacity of a trillion, meant as "as much as you
like", the last digit would blur any bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kierto.core.geography import EARTH_RADIUS_KM
from kierto.planner.blending import blends_of, no_duals
from kierto.planner.network import Floats, Network
from kierto.planner.pairs import carrying, rules_of
from kierto.planner.survey import Bargains, Prices, bargains

ROUNDING = 1e-11
"""A recipe's reduced cost smaller than this share of the terms it is summed from is rounding."""

PASSES = 200
"""At most so often it is followed how a scarce input limits recipes, and they limit each other."""

UNIT = 2.0**-53
"""Half the distance from 1 to the next double: the relative error of one operation."""


@dataclass(frozen=True)
class Proof:
    """What prices prove.

    Attributes:
        least: the lowest reduced cost of all pairs and fallbacks at the prices as given, or 0.
        bound: no plan costs less (EUR with carbon); ``error`` is what was taken off for rounding.
        checked: pairs looked at, or passed over with their box.
        sources, sinks, blends: the prices, lowered until nothing is a bargain any more.
    """

    least: float
    bound: float
    error: float
    checked: int
    sources: Floats
    sinks: Floats
    blends: Floats


def prove(
    network: Network,
    sources: Floats,
    sinks: Floats,
    blends: Floats | None = None,
    *,
    hear: Callable[[Bargains], None] | None = None,
) -> Proof:
    """Hold prices by source row, sink row and blend (f64[B, 2], below 0 counts as 0) against
    every possible pair; ``hear`` is told of all bargains, block by block."""
    blends = no_duals(network) if blends is None else np.maximum(blends, 0.0)
    blends = np.where(blends_of(network).closed, blends, 0.0)
    ends = np.concatenate([network.sources.price - sources, network.sinks.price - sinks])
    least = float(np.min(ends[np.isfinite(ends)], initial=0.0))
    capped = np.fmin(sinks, network.sinks.price)
    lowered = np.fmin(sources, network.sources.price)
    checked = 0
    for found in bargains(network, Prices(sources, sinks, blends)):
        checked += found.checked
        if hear is not None:
            hear(found)
        if len(found.source):
            least = min(least, float(np.min(found.reduced)))
            np.minimum.at(lowered, found.source, found.price - capped[found.sink])
    bound, error = lower_bound(network, lowered, capped)
    return Proof(least, bound, error, checked, lowered, capped, blends)


def lower_bound(network: Network, sources: Floats, sinks: Floats) -> tuple[float, float]:
    """The bound of prices at which nothing is a bargain, and the error term that it contains."""
    recipes = recipe_reduced_costs(network, sources, sinks)
    size = recipe_reduced_costs(network, np.abs(sources), np.abs(sinks), absolute=True)
    gains = recipes < -ROUNDING * size
    most = reachable_levels(network) if np.any(gains) else network.capacity
    level = np.maximum(np.where(gains, most, 0.0), network.least)
    terms = np.concatenate(
        [
            network.sources.amount * sources,
            network.sinks.amount * sinks,
            np.where(gains, most * recipes, 0.0),
            network.least * np.maximum(recipes, 0.0),
        ]
    )
    error = 2 * math.fsum(
        [
            float(np.sum(network.sources.turnover(level) * _blur(network, sources))),
            float(np.sum(level * size * _operations(network))) * UNIT,
            float(np.sum(np.abs(terms))) * UNIT,
        ]
    )
    exact = math.fsum(terms.tolist())
    return math.nextafter(exact - error, -math.inf), error


def recipe_reduced_costs(
    network: Network, source_duals: Floats, sink_duals: Floats, *, absolute: bool = False
) -> Floats:
    """What one more unit of level would add to the cost, per processor; with ``absolute`` the
    prices of the processors themselves count positive (to size the terms of the sum)."""
    recipes = len(network.capacity)
    return (
        (np.abs(network.recipe_price) if absolute else network.recipe_price)
        + network.sources.by_recipe(source_duals, recipes)
        + network.sinks.by_recipe(sink_duals, recipes)
    )


def _blur(network: Network, sources: Floats) -> Floats:
    """By how much rounding may have left a source's price above ``c − y_t``, for each source.

    Only pairs count whose reduced cost is near zero. There ``y_t`` is at most what carrying costs
    and the source is worth together, so neither it nor the sum can be off by more than the last
    digits of these two; the price *c* itself comes from some ten operations.
    """
    dearest = np.zeros(len(network.kind_codes))
    rates = rules_of(network).rates
    spread = _spread(network)
    for kind in np.unique(network.sources.kind).tolist():
        cost, emissions = carrying(rates, np.array([kind]), np.array([spread]))
        dearest[kind] = abs(rates.handling_cost[kind]) + abs(float(cost[0]))
        carbon = abs(rates.handling_emissions[kind]) + abs(float(emissions[0]))
        dearest[kind] += network.carbon_price * carbon
    explicit = rules_of(network).explicit
    stated = np.abs(explicit.cost) + network.carbon_price * np.abs(explicit.emissions)
    dearest += float(np.max(stated, initial=0.0))
    return 16 * UNIT * 2 * (np.abs(sources) + dearest[network.sources.kind])


def _spread(network: Network) -> float:
    """Road kilometres that no two ports are apart by more than: an arc is no longer than π/2
    times its chord."""
    sides = []
    for axis in ("x", "y", "z"):
        spots = np.concatenate([getattr(network.sources, axis), getattr(network.sinks, axis)])
        spots = spots[np.isfinite(spots)]
        sides.append(float(np.ptp(spots)) if len(spots) else 0.0)
    chord = min(math.hypot(*sides), 2.0)
    return chord * math.pi / 2 * EARTH_RADIUS_KM * network.problem.rates.road_factor


def reachable_levels(network: Network) -> Floats:
    """How high each recipe can run at most: to its capacity, and as far as an input that cannot
    be bought may be supplied by all offers and by all recipes that run as high as they can."""
    sources, sinks, most = network.sources, network.sinks, network.capacity
    blocks = [(givers[0], takers[0]) for givers, takers in network.kind_blocks]
    gives = sources.kind[np.array([each[0] for each in blocks], np.int64)]
    takes = sinks.kind[np.array([each[1] for each in blocks], np.int64)]
    scarce = (sinks.recipe >= 0) & ~np.isfinite(sinks.price)
    kinds = len(network.kind_codes)
    for _ in range(PASSES):
        given = np.bincount(sources.kind, sources.turnover(most), kinds)
        supply = np.bincount(takes, given[gives], kinds) * (1 + 1e-9)
        lower = most.copy()
        limit = supply[sinks.kind[scarce]] / sinks.yield_[scarce]
        np.minimum.at(lower, sinks.recipe[scarce], limit)
        if np.all(lower >= 0.99 * most):
            break
        most = lower
    return most


def _operations(network: Network) -> Floats:
    """How many operations a recipe's reduced cost takes, and a few to spare."""
    recipe = np.concatenate([network.sources.recipe, network.sinks.recipe])
    counts = np.bincount(recipe[recipe >= 0], minlength=len(network.capacity))
    return 4.0 + counts.astype(np.float64)
