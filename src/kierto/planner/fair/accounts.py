"""Columns of numbers become one account for each participant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kierto.planner.fair.alone import Alone
from kierto.planner.fair.coalition import Owners
from kierto.planner.fair.money import Paid
from kierto.planner.fair.prices import rents_at
from kierto.planner.fair.ranges import Ranges
from kierto.planner.fair.result import CapacityRent, Participant, PortPrice, Stability, Standing
from kierto.planner.model import Problem
from kierto.planner.network import Floats, Network, Ports
from kierto.planner.plan import Plan
from kierto.planner.survey import Prices

NO_GAIN = 1e-7
"""A gain below this share of what is paid alone and here is none."""


@dataclass(frozen=True)
class Priced:
    """Prices that overcharge no group, and what is known about their ranges.

    Attributes:
        network: of the linear problem whose prices they are.
        own, prices: the solver's own prices, and those of the split.
        base: by agent, EUR charged at the solver's own prices.
        limit: by recipe, how high it can usefully run.
        ranges: ``None`` where they were not searched.
        idle_sources, idle_sinks: ports on which nothing depends.
    """

    network: Network
    own: Prices
    prices: Prices
    base: Floats
    limit: Floats
    ranges: Ranges | None
    idle_sources: NDArray[np.bool_]
    idle_sinks: NDArray[np.bool_]


@dataclass(frozen=True)
class Sums:
    """By agent, in EUR with carbon: what it bears beside the prices, its share and its transfer."""

    alone: Alone
    borne: Floats
    share: Floats
    paid: Paid
    transfer: Floats


def participants_of(
    problem: Problem, owners: Owners, plan: Plan, priced: Priced, sums: Sums, stability: Stability
) -> tuple[Participant, ...]:
    """Everybody's account, sorted by agent."""
    count = len(owners)
    ports = _port_prices(owners, plan, priced)
    rents = _rents(owners, plan, priced)
    ends = np.zeros((count, 2)) if priced.ranges is None else priced.ranges.payments
    shift = priced.base + sums.borne
    known = priced.ranges is not None
    lowest = np.minimum(shift + ends[:, 0], sums.share) if known else sums.share
    highest = np.maximum(shift + ends[:, 1], sums.share) if known else sums.share
    gain = sums.alone.objective - sums.share
    least = NO_GAIN * np.maximum(np.abs(sums.alone.objective), np.abs(sums.share))
    carbon = problem.carbon_price
    return tuple(
        Participant(
            agent=owners.agents[number],
            alone=float(sums.alone.objective[number]),
            share=float(sums.share[number]),
            gain=float(gain[number]),
            lowest=float(lowest[number]),
            highest=float(highest[number]),
            extra=float(sums.borne[number]),
            paid=float(sums.paid.objective[number]),
            paid_carbon=float(carbon * sums.paid.emissions[number]),
            transfer=float(sums.transfer[number]),
            alone_carbon=float(carbon * sums.alone.emissions[number]),
            standing=_standing(float(gain[number]), float(least[number])),
            ports=tuple(ports[number]),
            rents=tuple(rents[number]),
            period=problem.period,
            periods=problem.periods,
            stability=stability,
        )
        for number in range(count)
    )


def _standing(gain: float, least: float) -> Standing:
    if gain > least:
        return Standing.GAINS
    return Standing.NOTHING if gain >= -least else Standing.LOSES


def _port_prices(owners: Owners, plan: Plan, priced: Priced) -> list[list[PortPrice]]:
    """By agent, its source ports and then its sink ports."""
    found: list[list[PortPrice]] = [[] for _ in owners.agents]
    network, ranges = priced.network, priced.ranges
    level = np.array([plan.levels.get(id_, 0.0) for id_ in network.recipe_ids])
    for side, ports, owner, price, idle, offsets, sign in (
        (
            *("source", network.sources, owners.sources, priced.prices.sources),
            *(priced.idle_sources, None if ranges is None else ranges.source_offsets, 1),
        ),
        (
            *("sink", network.sinks, owners.sinks, priced.prices.sinks),
            *(priced.idle_sinks, None if ranges is None else ranges.sink_offsets, -1),
        ),
    ):
        low, high = price.copy(), price.copy()
        if ranges is not None and offsets is not None:
            room = sign * (ranges.offsets[offsets] - ranges.middle[offsets, None])
            low, high = price + np.min(room, axis=1), price + np.max(room, axis=1)
        turnover = ports.turnover(level)
        low = np.where(idle | (turnover <= 0), -np.inf, low)
        high = np.where(turnover <= 0, price, high)
        rows = _rows(side, network, ports, turnover, price, low, high)
        for number, row in zip(owner.tolist(), rows, strict=True):
            found[number].append(row)
    return found


def _rows(
    side: str,
    network: Network,
    ports: Ports,
    turnover: Floats,
    price: Floats,
    low: Floats,
    high: Floats,
) -> list[PortPrice]:
    kinds = network.problem.kinds
    columns = (ports.kind, turnover, price, low, high, ports.price)
    return [
        PortPrice(
            port=id_,
            side=side,
            kind=kinds[kind].code,
            unit=kinds[kind].unit,
            amount=amount,
            price=each,
            lowest=lowest if np.isfinite(lowest) else None,
            highest=highest if np.isfinite(highest) else None,
            fallback=fallback if np.isfinite(fallback) else None,
        )
        for id_, kind, amount, each, lowest, highest, fallback in zip(
            ports.ids, *(column.tolist() for column in columns), strict=True
        )
    ]


def _rents(owners: Owners, plan: Plan, priced: Priced) -> list[list[CapacityRent]]:
    """By agent, its processors that run or earn something."""
    network, ranges = priced.network, priced.ranges
    rent = rents_at(network, priced.prices.sources, priced.prices.sinks)
    own = rents_at(network, priced.own.sources, priced.own.sinks)
    low, high = rent.copy(), rent.copy()
    if ranges is not None:
        change = -network.capacity[:, None] * ranges.rents
        low = np.minimum(own + np.min(change, axis=1), rent)
        high = np.maximum(own + np.max(change, axis=1), rent)
    found: list[list[CapacityRent]] = [[] for _ in owners.agents]
    for number, id_ in enumerate(network.recipe_ids):
        level = plan.levels.get(id_, 0.0)
        if level > 0 or rent[number] > 0:
            found[owners.recipes[number]].append(
                CapacityRent(
                    id_, level, float(rent[number]), float(low[number]), float(high[number])
                )
            )
    return found
