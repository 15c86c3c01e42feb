"""What the hours would cost if nobody shared and nothing was stored.

Every building is alone at the grid, at the same prices and without its limits: its own sun, heat
pumps and boilers, no batteries, tanks or waste heat. Each hour of each building then stands by
itself, and the cheapest sources fill its heat in the order of their price: heat pumps on its own
surplus of sun (worth what selling it earns), heat pumps on bought electricity, boilers, and
shortage last. That order is optimal, because one kWh of electricity is worth the same in any pump.
"""

from __future__ import annotations

import math

import numpy as np

from kierto.planner.dispatch.district import District, Floats, Integers
from kierto.planner.plan import Totals


def baseline_totals(district: District) -> Totals:
    """All buildings and hours added up: euros, kg CO2e, and euros with carbon at its price."""
    houses = [_Alone(district, building) for building in range(len(district.heat))]
    cost = math.fsum(house.cost() for house in houses)
    emissions = math.fsum(house.emissions() for house in houses)
    return Totals(cost, emissions, cost + district.problem.carbon_price * emissions)


class _Alone:
    """One building by itself: what it buys, sells and burns in each hour."""

    def __init__(self, district: District, building: int) -> None:
        self.district = district
        self.pumps = np.flatnonzero(district.pump_building == building)
        self.boilers = np.flatnonzero(district.boiler_building == building)
        self.selling = np.maximum(district.export_price, 0.0)
        sun = district.solar[district.solar_building == building].sum(axis=0)
        # Where buying is paid for, the sun is better left unused.
        lacking = district.demand[building] - np.where(district.import_price < 0, 0.0, sun)
        self.surplus, self.bought = np.maximum(-lacking, 0.0), np.maximum(lacking, 0.0)
        self.missing: Floats = district.heat[building].copy()
        self.room = np.repeat(district.pump_power[self.pumps][:, None], district.hours, axis=1)
        self.burnt = np.zeros((len(self.boilers), district.hours))
        self._fill()

    def cost(self) -> float:
        """EUR of all hours."""
        district, problem = self.district, self.district.problem
        electricity = district.import_cost * self.bought - self.selling * self.surplus
        short = problem.shortage_price * self.missing
        burnt = [
            problem.boilers[row].cost * float(heat.sum())
            for row, heat in zip(self.boilers.tolist(), self.burnt, strict=True)
        ]
        return float(electricity.sum() + short.sum()) + sum(burnt)

    def emissions(self) -> float:
        """kg CO2e of all hours."""
        boilers = self.district.problem.boilers
        burnt = [
            boilers[row].emissions * float(heat.sum())
            for row, heat in zip(self.boilers.tolist(), self.burnt, strict=True)
        ]
        return float((self.district.carbon * self.bought).sum()) + sum(burnt)

    def _fill(self) -> None:
        """Take the sources in the order of their price, hour by hour; what none cheaper than
        shortage brings stays short."""
        prices, count = self._prices(), len(self.pumps)
        pays = prices < self.district.shortage_price
        for source in np.argsort(prices, axis=0, kind="stable"):
            for each in np.unique(source).tolist():
                at = np.flatnonzero((source == each) & pays[each])
                if each < count:
                    self._pump(each, at, on_surplus=True)
                elif each < 2 * count:
                    self._pump(each - count, at, on_surplus=False)
                else:
                    self._burn(each - 2 * count, at)

    def _prices(self) -> Floats:
        """EUR (with carbon) per kWh of heat: pumps on surplus, pumps on the grid, boilers."""
        district = self.district
        cop = district.cop[self.pumps]
        boilers = np.repeat(district.boiler_price[self.boilers][:, None], district.hours, axis=1)
        never = np.full_like(cop, np.inf)
        return np.concatenate(
            [
                np.divide(self.selling, cop, out=never.copy(), where=cop > 0),
                np.divide(district.import_price, cop, out=never.copy(), where=cop > 0),
                boilers,
            ]
        )

    def _pump(self, pump: int, at: Integers, *, on_surplus: bool) -> None:
        cop = self.district.cop[self.pumps[pump], at]
        most = np.minimum(self.room[pump, at], self.surplus[at] if on_surplus else np.inf)
        used = np.where(cop > 0, np.minimum(most, self.missing[at] / np.maximum(cop, 1e-12)), 0.0)
        self.room[pump, at] -= used
        if on_surplus:
            self.surplus[at] -= used
        else:
            self.bought[at] += used
        self.missing[at] = np.maximum(self.missing[at] - used * cop, 0.0)

    def _burn(self, boiler: int, at: Integers) -> None:
        row = self.boilers[boiler]
        given = np.minimum(self.missing[at], self.district.boiler_power[row])
        self.burnt[boiler, at] += given
        self.missing[at] -= given
