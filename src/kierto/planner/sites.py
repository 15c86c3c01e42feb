"""Which processors are candidate sites, and the network in which a choice of them is made.

Pure bookkeeping: the certificate, the totals and :mod:`kierto.planner.siting` share it, so that
none of them can know another opening cost or another range of levels than the others.

In a problem of several periods a candidate is one site: it opens for all of them or stays closed,
its opening cost counts in each, and its minimum holds in each (or the capacity, where a period's
is smaller).
"""

from __future__ import annotations

import copy
from collections.abc import Collection

import numpy as np

from kierto.planner.model import Problem, Processor
from kierto.planner.network import Floats, Network
from kierto.planner.periods import has_time, split_id


def is_candidate(processor: Processor) -> bool:
    """Whether it has to be opened before it can run."""
    return processor.opening_cost > 0 or processor.minimum > 0


def candidates(problem: Problem) -> tuple[Processor, ...]:
    """All candidate sites, by id."""
    return tuple(each for each in problem.processors if is_candidate(each))


def site_names(problem: Problem, network: Network) -> tuple[str, ...]:
    """By row of the (unfolded) network, the id of its candidate; empty for other recipes."""
    known = {each.id for each in candidates(problem)}
    names = network.recipe_ids
    if has_time(problem):
        names = tuple(split_id(name)[0] for name in names)
    return tuple(name if name in known else "" for name in names)


def opening_cost(problem: Problem, opened: Collection[str]) -> float:
    """EUR that these sites cost in all periods of the problem, without what they do."""
    sites = set(opened)
    return float(
        sum(each.opening_cost for each in candidates(problem) if each.id in sites)
        * max(problem.periods, 1)
    )


def least_levels(network: Network) -> Floats:
    """By recipe, the level below which an open one may not run."""
    minimum = np.array([each.minimum for each in network.problem.processors], np.float64)
    return np.minimum(minimum, network.capacity)


def with_sites(problem: Problem, network: Network, opened: Collection[str]) -> Network:
    """The network in which exactly these candidates are open: closed ones have no capacity, open
    ones keep to their minimum."""
    names = site_names(problem, network)
    if not any(names):
        return network
    sites = set(opened)
    is_site = np.array([bool(name) for name in names], np.bool_)
    is_open = np.array([name in sites for name in names], np.bool_)
    fixed = copy.copy(network)
    fixed.capacity = np.where(is_site & ~is_open, 0.0, network.capacity)
    fixed.least = np.where(is_open, least_levels(network), 0.0)
    return fixed
