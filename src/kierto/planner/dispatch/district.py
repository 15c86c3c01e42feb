"""A problem as arrays: assets in rows, hours in columns, prices with carbon in them.

**Selling dearer than buying.** Where an hour's export price is above what buying costs (carbon
included), buying and selling the same kilowatt-hour would earn money from nothing, as much as the
connection lets through. A meter nets the two, so no such trade exists. The export price of that
hour is therefore taken to be what buying costs; :attr:`District.capped` says at which hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kierto.planner.dispatch.model import DispatchProblem

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]


class District:
    """Arrays over the problem's parts. T hours, B buildings, K batteries, H heat pumps, M tanks,
    J boilers, S sources of waste heat, L pipes from a source to a building."""

    def __init__(self, problem: DispatchProblem) -> None:
        self.problem = problem
        self.hours = problem.hours
        index = {building.id: row for row, building in enumerate(problem.buildings)}
        self._read_buildings(problem, index)
        self._read_grid(problem)
        self._read_stores(problem, index)
        self._read_heat(problem, index)

    def _read_buildings(self, problem: DispatchProblem, index: dict[str, int]) -> None:
        self.demand = _rows((each.electricity for each in problem.buildings), self.hours)
        self.heat = _rows((each.heat for each in problem.buildings), self.hours)
        self.solar = _rows((each.available for each in problem.solar), self.hours)
        self.solar_building = _ids((each.building for each in problem.solar), index)
        self.total_demand: Floats = self.demand.sum(axis=0)
        self.total_solar: Floats = self.solar.sum(axis=0)

    def _read_grid(self, problem: DispatchProblem) -> None:
        grid = problem.grid
        self.carbon = np.array(grid.carbon, dtype=np.float64)
        self.import_cost = np.array(grid.import_price, dtype=np.float64)
        self.import_price: Floats = self.import_cost + problem.carbon_price * self.carbon
        offered = np.array(grid.export_price, dtype=np.float64)
        self.capped: Truths = offered > self.import_price
        self.export_price: Floats = np.minimum(offered, self.import_price)
        self.import_limit = np.inf if grid.import_limit is None else grid.import_limit
        self.export_limit = np.inf if grid.export_limit is None else grid.export_limit
        self.shortage_price = problem.shortage_price

    def _read_stores(self, problem: DispatchProblem, index: dict[str, int]) -> None:
        batteries, tanks = problem.batteries, problem.tanks
        self.battery_capacity = _numbers(each.capacity for each in batteries)
        self.battery_charge = _numbers(each.charge for each in batteries)
        self.battery_discharge = _numbers(each.discharge for each in batteries)
        self.battery_in = _numbers(each.charge_efficiency for each in batteries)
        self.battery_out = _numbers(each.discharge_efficiency for each in batteries)
        self.battery_keep: Floats = 1.0 - _numbers(each.loss for each in batteries)
        self.battery_cost = _numbers(each.cost for each in batteries)
        self.battery_initial = _numbers(each.initial for each in batteries)
        self.tank_building = _ids((each.building for each in tanks), index)
        self.tank_capacity = _numbers(each.capacity for each in tanks)
        self.tank_keep: Floats = 1.0 - _numbers(each.loss for each in tanks)
        self.tank_initial = _numbers(each.initial for each in tanks)

    def _read_heat(self, problem: DispatchProblem, index: dict[str, int]) -> None:
        pumps, boilers, sources = problem.heat_pumps, problem.boilers, problem.waste_heat
        carbon = problem.carbon_price
        self.pump_building = _ids((each.building for each in pumps), index)
        self.pump_power = _numbers(each.power for each in pumps)
        self.cop = _rows((each.cop for each in pumps), self.hours)
        self.boiler_building = _ids((each.building for each in boilers), index)
        self.boiler_price = _numbers(each.cost + carbon * each.emissions for each in boilers)
        self.boiler_power = _numbers(
            np.inf if each.power is None else each.power for each in boilers
        )
        self.waste = _rows((each.available for each in sources), self.hours)
        self.waste_price = _numbers(each.cost + carbon * each.emissions for each in sources)
        pipes = [
            (row, index[building])
            for row, source in enumerate(sources)
            for building in (sorted(source.buildings) or index)
        ]
        self.pipe_source = np.array([source for source, _ in pipes], dtype=np.int64)
        self.pipe_building = np.array([building for _, building in pipes], dtype=np.int64)
        self.waste_keep: Floats = 1.0 - _numbers(each.loss for each in sources)
        self.pipe_keep: Floats = self.waste_keep[self.pipe_source]

    @cached_property
    def digest(self) -> str:
        """The problem's digest, computed once."""
        return self.problem.digest()

    def heat_ceiling(self) -> Floats:
        """The most that a kWh of heat can be worth, by building (B): the cheapest boiler without
        limit, or the shortage price."""
        ceiling = np.full(len(self.heat), self.shortage_price)
        free = np.isinf(self.boiler_power)
        np.minimum.at(ceiling, self.boiler_building[free], self.boiler_price[free])
        return ceiling

    def stores(self, which: str) -> tuple[Floats, Floats, Floats]:
        """Capacity, the share kept from hour to hour, and the initial level, of one sort."""
        if which == "batteries":
            return self.battery_capacity, self.battery_keep, self.battery_initial
        return self.tank_capacity, self.tank_keep, self.tank_initial

    def by_building(self, rows: Integers, values: Floats) -> Floats:
        """Rows of assets added up by building: (assets, T) to (B, T)."""
        total = np.zeros((len(self.heat), values.shape[1]))
        np.add.at(total, rows, values)
        return total


@dataclass
class Decisions:
    """What is free to decide; :func:`~kierto.planner.dispatch.operation.settle` fills in the rest.

    ``stored`` (K, T) and ``tanks`` (M, T) are levels when the hour ends, ``pumps`` (H, T)
    electricity, ``pipes`` (L, T) heat at the source, ``boilers`` (J, T) heat.
    """

    stored: Floats
    tanks: Floats
    pumps: Floats
    pipes: Floats
    boilers: Floats


@dataclass
class Operation:
    """Who runs what: arrays as in :class:`District`, kWh. Solar is that of all roofs together."""

    imports: Floats
    exports: Floats
    shortage: Floats
    solar: Floats
    charge: Floats
    discharge: Floats
    stored: Floats
    pumps: Floats
    tanks: Floats
    pipes: Floats
    boilers: Floats
    heat_shortage: Floats


@dataclass
class Prices:
    """Dual prices: electricity (T), heat (B, T), stored electricity (K, T). EUR per kWh."""

    electricity: Floats
    heat: Floats
    stored: Floats


def _rows(series: Iterable[tuple[float, ...]], hours: int) -> Floats:
    """One row per series; a matrix of no rows keeps its number of columns."""
    rows = [np.array(each, dtype=np.float64) for each in series]
    return np.stack(rows) if rows else np.zeros((0, hours))


def _numbers(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _ids(ids: Iterable[str], index: dict[str, int]) -> Integers:
    return np.array([index[each] for each in ids], dtype=np.int64)
