"""What no dispatch can cost less than, from prices alone. Knows no solver.

Every variable lies in a range, so *any* prices λ of electricity, μ of heat and ν of stored
electricity prove a lower bound: pay for all demand at these prices, then let every asset earn
what it can against them ::

    Σ λ·demand + Σ μ·heat + Σ ω·available − stored at the start, at its price
      + Σ over assets of  (the most it can do in the hour) × min(0, its reduced cost)

Where a source is unlimited (an import, a boiler, shortage) its reduced cost must not be negative,
so the price is first lowered to the source's own. The price ω of waste heat follows from the
others: the best that any pipe could make of it. Nothing here depends on where the prices come
from: those of windows that were solved one by one, laid end to end, bound the whole year.
"""

from __future__ import annotations

import math

import numpy as np

from kierto.planner.dispatch.district import District, Floats, Prices


def possible_prices(district: District, prices: Prices) -> tuple[Prices, float]:
    """The nearest prices that no unlimited source undercuts, and the largest change made."""
    ceiling = np.full(district.hours, district.shortage_price)
    if np.isinf(district.import_limit):
        ceiling = np.minimum(ceiling, district.import_price)
    electricity = np.minimum(_real(prices.electricity), ceiling)
    if np.isinf(district.export_limit):
        electricity = np.maximum(electricity, district.export_price)
    heat = np.minimum(_real(prices.heat), district.heat_ceiling()[:, None])
    moved = max(
        float(np.max(np.abs(electricity - prices.electricity), initial=0.0)),
        float(np.max(np.abs(heat - prices.heat), initial=0.0)),
    )
    return Prices(electricity, heat, _real(prices.stored)), moved


def waste_prices(district: District, heat: Floats) -> Floats:
    """What one more kWh of waste heat would save, by source (S, T), negative: ω above."""
    pipes = district.waste_price[district.pipe_source][:, None]
    reduced = pipes - district.pipe_keep[:, None] * heat[district.pipe_building]
    worth = np.zeros_like(district.waste)
    np.minimum.at(worth, district.pipe_source, reduced)
    return worth


def lower_bound(district: District, prices: Prices) -> float:
    """The bound (EUR with carbon) that possible prices prove for all hours."""
    return math.fsum(
        float(term.sum())
        for term in (
            district.total_demand * prices.electricity,
            district.heat * prices.heat,
            district.waste * waste_prices(district, prices.heat),
            *_exchange(district, prices.electricity),
            *_heat_assets(district, prices),
            *_batteries(district, prices),
            *_levels(district, "batteries", prices.stored),
            *_levels(district, "tanks", prices.heat[district.tank_building]),
        )
    )


def _exchange(district: District, price: Floats) -> list[Floats]:
    """Sun and connection. A source without limit has no negative reduced cost left."""
    terms = [district.total_solar * np.minimum(-price, 0.0)]
    if np.isfinite(district.import_limit):
        terms.append(district.import_limit * np.minimum(district.import_price - price, 0.0))
    if np.isfinite(district.export_limit):
        terms.append(district.export_limit * np.minimum(price - district.export_price, 0.0))
    return terms


def _heat_assets(district: District, prices: Prices) -> list[Floats]:
    pumps = prices.electricity - district.cop * prices.heat[district.pump_building]
    limited = np.flatnonzero(np.isfinite(district.boiler_power))
    heat = prices.heat[district.boiler_building[limited]]
    boilers = district.boiler_price[limited][:, None] - heat
    return [
        district.pump_power[:, None] * np.minimum(pumps, 0.0),
        district.boiler_power[limited][:, None] * np.minimum(boilers, 0.0),
    ]


def _batteries(district: District, prices: Prices) -> list[Floats]:
    charging = prices.electricity - district.battery_in[:, None] * prices.stored
    worth = prices.stored / district.battery_out[:, None]
    discharging = district.battery_cost[:, None] - prices.electricity + worth
    return [
        district.battery_charge[:, None] * np.minimum(charging, 0.0),
        district.battery_discharge[:, None] * np.minimum(discharging, 0.0),
    ]


def _levels(district: District, which: str, price: Floats) -> list[Floats]:
    """Stores: what is kept earns the price of the next hour and costs that of its own; the last
    level is at least the initial one; and what was stored at the start comes for nothing."""
    capacity, keep, initial = district.stores(which)
    if not len(capacity):
        return []
    reduced = price.copy()
    reduced[:, :-1] -= keep[:, None] * price[:, 1:]
    return [
        capacity[:, None] * np.minimum(reduced, 0.0),
        initial * np.maximum(reduced[:, -1], 0.0),
        -keep * initial * price[:, 0],
    ]


def _real(values: Floats) -> Floats:
    """A price that is no number counts as zero, which is always possible."""
    return np.where(np.isfinite(values), values, 0.0)
