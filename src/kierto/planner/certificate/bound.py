"""What given prices prove: that nothing cheaper was overlooked, and what no plan can undercut.

Any prices *y* at which no pair and no fallback is a bargain prove that no plan costs less than ::

    Σ amount · y  +  Σ capacity · min(0, r),     r = q + Σ_outputs a·y + Σ_inputs a·y

(and, of a site that is open and has a least level, least · max(0, r) more). Prices that fall
short of that are lowered until they do not, so the bound holds whatever they were.

It also holds in floating point: products are summed without loss (:func:`math.fsum`), and an error
term, the most that rounding can have done to every price, product and reduced cost, is taken off.
One convention is left: a recipe whose reduced cost is rounding (``ROUNDING`` of the
terms it is summed from) is held to run at most as high as everything offered and needed together
would let it, for a capacity of a trillion, meant as "as much as you like", would blur any bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kierto.planner.blending import blends_of, no_duals
from kierto.planner.network import Floats, Network
from kierto.planner.survey import Bargains, Prices, bargains

ROUNDING = 1e-11
"""A recipe's reduced cost smaller than this share of the terms it is summed from is rounding."""

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
    useful = np.minimum(network.capacity, _useful_levels(network))
    level = np.maximum(np.where(gains, network.capacity, useful), network.least)
    terms = np.concatenate(
        [
            network.sources.amount * sources,
            network.sinks.amount * sinks,
            level * np.minimum(recipes, 0.0),
            network.least * np.maximum(recipes, 0.0),
        ]
    )
    blur = _blur(network, sources, sinks)
    through = network.sources.amount + np.where(
        network.sources.recipe >= 0,
        network.sources.yield_ * np.append(level, 0.0)[network.sources.recipe],
        0.0,
    )
    ports = (
        4
        + np.bincount(
            np.concatenate([network.sources.recipe, network.sinks.recipe]).clip(min=-1) + 1,
            minlength=len(recipes) + 1,
        )[1:]
    )
    error = 2 * math.fsum(
        [
            float(np.sum(through * blur)),
            float(np.sum(level * size * ports)) * UNIT,
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


def _blur(network: Network, sources: Floats, sinks: Floats) -> Floats:
    """By how much rounding may have left a source's price above ``c − y_t``, for each source.

    ``c − y_s − y_t`` is one sum of three, and a pair of which it is near zero costs no more than
    its ends are worth; the price *c* itself comes from some ten operations.
    """
    highest = np.zeros(len(network.kind_codes))
    np.maximum.at(highest, network.sinks.kind, np.abs(sinks))
    worth = np.zeros(len(network.kind_codes))
    for givers, takers in network.kind_blocks:
        kind = network.sources.kind[givers[0]]
        worth[kind] = max(worth[kind], highest[network.sinks.kind[takers[0]]])
    return 16 * UNIT * (np.abs(sources) + worth[network.sources.kind])


def _useful_levels(network: Network) -> Floats:
    """How high each recipe can run on all that is offered and needed together."""
    everything = float(np.sum(network.sources.amount) + np.sum(network.sinks.amount))
    least = np.full(len(network.capacity), np.inf)
    for ports in (network.sources, network.sinks):
        mine = ports.recipe >= 0
        np.minimum.at(least, ports.recipe[mine], ports.yield_[mine])
    levels: Floats = everything / np.where(np.isfinite(least), least, 1.0)
    return levels
