"""From decisions to the whole operation: what follows from them, hour by hour.

Levels tell what batteries take or give; heat that nothing else brings comes from the cheapest
unlimited source; and what electricity is then lacking or left goes over the connection. All of it
is the cheapest there is once the decisions stand, and no battery takes and gives, nor does the
connection, in one hour.
"""

from __future__ import annotations

import numpy as np

from kierto.planner.dispatch.district import Decisions, District, Floats, Operation

ROUNDING = 1e-9
"""Amounts below this share of the largest of their hour came about by rounding."""


def settle(district: District, decided: Decisions) -> Operation:
    """The operation that the decisions imply."""
    stored = np.clip(decided.stored, 0.0, district.battery_capacity[:, None])
    tanks = np.clip(decided.tanks, 0.0, district.tank_capacity[:, None])
    change = changes(stored, district.battery_keep, district.battery_initial)
    charge = np.maximum(change, 0.0) / district.battery_in[:, None]
    discharge = np.maximum(-change, 0.0) * district.battery_out[:, None]
    pumps = np.clip(decided.pumps, 0.0, district.pump_power[:, None])
    pipes = _within_waste(district, np.maximum(decided.pipes, 0.0))
    boilers = np.clip(decided.boilers, 0.0, district.boiler_power[:, None])
    missing = heat_needed(district, tanks) - heat_made(district, pumps, pipes, boilers)
    heat_shortage = _fall_back(district, missing, boilers)
    operation = Operation(
        imports=np.zeros(district.hours),
        exports=np.zeros(district.hours),
        shortage=np.zeros(district.hours),
        solar=np.zeros(district.hours),
        charge=charge,
        discharge=discharge,
        stored=stored,
        pumps=pumps,
        tanks=tanks,
        pipes=pipes,
        boilers=boilers,
        heat_shortage=heat_shortage,
    )
    _connect(district, operation)
    return operation


def changes(levels: Floats, keep: Floats, initial: Floats) -> Floats:
    """What is put in (or, negative, taken out) each hour, from levels at the end of each."""
    before = np.concatenate([initial[:, None], levels[:, :-1]], axis=1)
    change: Floats = levels - keep[:, None] * before
    return change


def heat_needed(district: District, tanks: Floats) -> Floats:
    """Heat demand and what fills the tanks (less what is drawn), by building."""
    change = changes(tanks, district.tank_keep, district.tank_initial)
    return district.heat + district.by_building(district.tank_building, change)


def heat_made(district: District, pumps: Floats, pipes: Floats, boilers: Floats) -> Floats:
    """Heat that arrives, by building."""
    return (
        district.by_building(district.pump_building, district.cop * pumps)
        + district.by_building(district.pipe_building, district.pipe_keep[:, None] * pipes)
        + district.by_building(district.boiler_building, boilers)
    )


def electricity_needed(district: District, operation: Operation) -> Floats:
    """What the district's own electricity and the connection must bring (T); may be negative."""
    needed: Floats = (
        district.total_demand
        + operation.charge.sum(axis=0)
        - operation.discharge.sum(axis=0)
        + operation.pumps.sum(axis=0)
    )
    return needed


def _within_waste(district: District, pipes: Floats) -> Floats:
    taken = np.zeros_like(district.waste)
    np.add.at(taken, district.pipe_source, pipes)
    over = taken > district.waste
    share = np.where(over, district.waste / np.where(over, taken, 1.0), 1.0)
    scaled: Floats = pipes * share[district.pipe_source]
    return scaled


def _fall_back(district: District, missing: Floats, boilers: Floats) -> Floats:
    """Add what is missing to the cheapest unlimited boiler, in place; returns the shortage."""
    scale = np.maximum(np.max(district.heat, axis=1, initial=0.0), 1.0)[:, None]
    missing = np.where(missing > ROUNDING * scale, missing, 0.0)
    ceiling = district.heat_ceiling()
    for row in np.argsort(district.boiler_price, kind="stable").tolist():
        building = district.boiler_building[row]
        unlimited = np.isinf(district.boiler_power[row])
        if unlimited and district.boiler_price[row] <= ceiling[building]:
            boilers[row] += missing[building]
            missing[building] = 0.0
    return missing


def _connect(district: District, operation: Operation) -> None:
    """Use the sun first, or buying first where one is paid for it; sell what is left and pays."""
    needed = electricity_needed(district, operation)
    scale = np.maximum(district.total_demand, 1.0)
    needed = np.where(np.abs(needed) > ROUNDING * scale, needed, 0.0)
    offered, want = district.total_solar, np.maximum(needed, 0.0)
    paid = district.import_price < 0
    first = np.where(paid, 0.0, np.minimum(offered, want))
    operation.imports = np.minimum(want - first, district.import_limit)
    second = np.minimum(offered - first, want - first - operation.imports)
    short = want - first - operation.imports - second
    operation.shortage = np.where(short > ROUNDING * scale, short, 0.0)
    must_sell = np.maximum(-needed, 0.0)
    room = np.maximum(district.export_limit - must_sell, 0.0)
    may_sell = (district.export_price > 0) & (operation.imports == 0)
    left = offered - first - second
    left = np.where(left > ROUNDING * scale, left, 0.0)
    sold = np.where(may_sell, np.minimum(left, room), 0.0)
    operation.solar = first + second + sold
    operation.exports = must_sell + sold
