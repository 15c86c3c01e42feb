"""What each participant would pay by itself, with its own resources only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kierto.planner.certificate.bound import recipe_reduced_costs
from kierto.planner.fair.coalition import Owners, part_of
from kierto.planner.model import Problem
from kierto.planner.network import Floats, Integers, Network, Ports
from kierto.planner.pairs import Verdict, pairs_at
from kierto.planner.solving import solve

MOST_OWN_PAIRS = 200_000
"""Whoever has more pairs of its own than this is simply planned for."""

SAVING = 1e-12
"""Share of a price below which an own deal saves nothing."""


@dataclass(frozen=True)
class Alone:
    """By agent: EUR with carbon, kg CO2e, and whether it took a plan to find out."""

    objective: Floats
    emissions: Floats
    planned: NDArray[np.bool_]


def alone(
    problem: Problem, network: Network, owners: Owners, *, said: Callable[[float], None]
) -> Alone:
    """v({i}) of every agent; ``network`` is of the unfolded problem, ``said`` hears the share done.

    Most can do nothing by themselves, which the prices of their fallbacks prove at once: no own
    pair and no own recipe saves anything. The others get a small plan of their own.
    """
    ports = ((network.sources, owners.sources), (network.sinks, owners.sinks))
    objective, emissions = np.zeros(len(owners)), np.zeros(len(owners))
    for side, owner in ports:
        for total, each in ((objective, side.price), (emissions, side.emissions)):
            total += np.bincount(owner, side.amount * np.nan_to_num(each), len(owners))
    planned = _may_save(network, owners)
    waiting = np.flatnonzero(planned).tolist()
    for done, number in enumerate(waiting):
        said(done / len(waiting))
        plan = solve(part_of(problem, [owners.agents[number]]))
        objective[number] = plan.totals.objective
        emissions[number] = plan.totals.emissions
    return Alone(objective, emissions, planned)


def _may_save(network: Network, owners: Owners) -> NDArray[np.bool_]:
    """Agents for whom the prices of their fallbacks do not prove that they can save nothing."""
    saves = np.zeros(len(owners), dtype=np.bool_)
    sources, sinks, many = _own_pairs(network, owners)
    saves[many] = True
    pairs = pairs_at(network, sources, sinks)
    pairs = pairs.where(pairs.verdict == Verdict.POSSIBLE)
    spare = pairs.price - network.sources.price[pairs.source]
    buying = network.sinks.price.copy()
    missing = np.isnan(buying)
    buying[missing] = np.inf
    for_missing = missing[pairs.sink]
    np.minimum.at(buying, pairs.sink[for_missing], spare[for_missing])
    size = np.abs(pairs.price) + np.abs(spare) + np.abs(np.nan_to_num(buying[pairs.sink]))
    deal = spare - buying[pairs.sink] < -SAVING * size
    saves[owners.sources[pairs.source[deal]]] = True
    with np.errstate(invalid="ignore"):
        pays = recipe_reduced_costs(network, network.sources.price, buying) < 0
    saves[owners.recipes[pays]] = True
    return saves


def _own_pairs(network: Network, owners: Owners) -> tuple[Integers, Integers, list[int]]:
    """All pairs within one agent; agents with too many are named instead."""
    by_source = _rows_of(network.sources, owners.sources, len(owners))
    by_sink = _rows_of(network.sinks, owners.sinks, len(owners))
    sources, sinks, many = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], []
    for number, (givers, takers) in enumerate(zip(by_source, by_sink, strict=True)):
        if len(givers) * len(takers) > MOST_OWN_PAIRS:
            many.append(number)
        elif len(givers) and len(takers):
            sources.append(np.repeat(givers, len(takers)))
            sinks.append(np.tile(takers, len(givers)))
    return np.concatenate(sources), np.concatenate(sinks), many


def _rows_of(ports: Ports, owner: Integers, count: int) -> list[Integers]:
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(1, count))
    return np.split(np.arange(len(ports))[order], ends)
