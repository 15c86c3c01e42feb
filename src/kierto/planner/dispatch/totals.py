"""What an operation costs and emits, and what it would be if nobody shared and nothing was stored."""

from __future__ import annotations

import math

import numpy as np

from kierto.planner.dispatch.district import District, Floats, Operation
from kierto.planner.dispatch.plan import DispatchFigures
from kierto.planner.plan import Totals


def operation_totals(district: District, operation: Operation) -> Totals:
    """All hours added up: euros, kg CO2e, and euros with carbon at its price."""
    costs, emissions = _terms(district, operation)
    cost, kilograms = math.fsum(costs.tolist()), math.fsum(emissions.tolist())
    return Totals(cost, kilograms, cost + district.problem.carbon_price * kilograms)


def money_moved(district: District, operation: Operation) -> float:
    """Euros (with carbon) that change hands either way; at least one, to divide by."""
    costs, emissions = _terms(district, operation)
    carbon = district.problem.carbon_price * emissions
    return max(float(np.abs(costs).sum() + np.abs(carbon).sum()), 1.0)


def _terms(district: District, operation: Operation) -> tuple[Floats, Floats]:
    problem = district.problem
    waste, boilers = problem.waste_heat, problem.boilers
    taken = np.zeros(len(waste))
    np.add.at(taken, district.pipe_source, operation.pipes.sum(axis=1))
    burnt = operation.boilers.sum(axis=1)
    unserved = operation.shortage + operation.heat_shortage.sum(axis=0)
    costs = np.concatenate(
        [
            district.import_cost * operation.imports,
            -district.export_price * operation.exports,
            problem.shortage_price * unserved,
            district.battery_cost * operation.discharge.sum(axis=1),
            np.array([each.cost for each in waste]) * taken,
            np.array([each.cost for each in boilers]) * burnt,
        ]
    )
    emissions = np.concatenate(
        [
            district.carbon * operation.imports,
            np.array([each.emissions for each in waste]) * taken,
            np.array([each.emissions for each in boilers]) * burnt,
        ]
    )
    return costs, emissions


def operation_figures(district: District, operation: Operation) -> DispatchFigures:
    """Sums, shares and peaks of an operation."""
    offered, used = float(district.total_solar.sum()), float(operation.solar.sum())
    sold = float(np.minimum(operation.exports, operation.solar).sum())
    imported = float(operation.imports.sum())
    stored = operation.charge.sum() - operation.discharge.sum()
    consumed = float(district.total_demand.sum() + operation.pumps.sum() + stored)
    return DispatchFigures(
        demand=float(district.total_demand.sum()),
        heat_demand=float(district.heat.sum()),
        solar_offered=offered,
        solar_used=used,
        self_consumption=(used - sold) / offered if offered > 0 else 0.0,
        self_sufficiency=max(1.0 - imported / consumed, 0.0) if consumed > 0 else 0.0,
        imported=imported,
        exported=float(operation.exports.sum()),
        peak_import=float(operation.imports.max(initial=0.0)),
        peak_export=float(operation.exports.max(initial=0.0)),
        waste_heat_used=float(operation.pipes.sum()),
        unserved=float(operation.shortage.sum() + operation.heat_shortage.sum()),
    )


def baseline_totals(district: District) -> Totals:
    """Every building alone at the grid, at the same prices and without its limits: its own sun,
    heat pumps and boilers, no batteries, tanks or waste heat.

    Each hour of each building stands alone, so the cheapest sources fill its heat in the order of
    their price: heat pumps on its own surplus of sun (worth what selling it earns), heat pumps
    on bought electricity, boilers, and shortage last.
    """
    parts = [_alone(district, row) for row in range(len(district.heat))]
    cost = math.fsum(part.cost for part in parts)
    emissions = math.fsum(part.emissions for part in parts)
    return Totals(cost, emissions, cost + district.problem.carbon_price * emissions)


def _alone(district: District, building: int) -> Totals:
    """One building's cost and emissions over all hours."""
    problem = district.problem
    buying, selling = district.import_price, np.maximum(district.export_price, 0.0)
    sun = district.solar[district.solar_building == building].sum(axis=0)
    sun = np.where(buying < 0, 0.0, sun)
    lacking = district.demand[building] - sun
    surplus, bought = np.maximum(-lacking, 0.0), np.maximum(lacking, 0.0)
    pumps = np.flatnonzero(district.pump_building == building)
    boilers = np.flatnonzero(district.boiler_building == building)
    cop = district.cop[pumps]
    never = np.full_like(cop, np.inf)
    price = np.concatenate(
        [
            np.divide(selling, cop, out=never.copy(), where=cop > 0),
            np.divide(buying, cop, out=never.copy(), where=cop > 0),
            np.repeat(district.boiler_price[boilers][:, None], district.hours, axis=1),
            np.full((1, district.hours), problem.shortage_price),
        ]
    )
    room = np.repeat(district.pump_power[pumps][:, None], district.hours, axis=1)
    missing = district.heat[building].copy()
    burnt = np.zeros((len(boilers), district.hours))
    short = np.zeros(district.hours)
    hours, count = np.arange(district.hours), len(pumps)
    for source in np.argsort(price, axis=0, kind="stable"):
        for each in np.unique(source).tolist():
            at = hours[source == each]
            if each < 2 * count:
                pump = each % count
                most = np.minimum(room[pump, at], surplus[at]) if each < count else room[pump, at]
                used = np.minimum(most, missing[at] / np.maximum(cop[pump, at], 1e-12))
                room[pump, at] -= used
                if each < count:
                    surplus[at] -= used
                else:
                    bought[at] += used
                missing[at] = np.maximum(missing[at] - used * cop[pump, at], 0.0)
            elif each < 2 * count + len(boilers):
                row = each - 2 * count
                given = np.minimum(missing[at], district.boiler_power[boilers[row]])
                burnt[row, at] = given
                missing[at] -= given
            else:
                short[at] = missing[at]
                missing[at] = 0.0
    sold = np.where(selling > 0, surplus, 0.0)
    own = [problem.boilers[row] for row in boilers.tolist()]
    heat = burnt.sum(axis=1)
    cost = float(
        (district.import_cost * bought - selling * sold).sum()
        + problem.shortage_price * short.sum()
        + sum(each.cost * float(amount) for each, amount in zip(own, heat, strict=True))
    )
    emissions = float((district.carbon * bought).sum()) + sum(
        each.emissions * float(amount) for each, amount in zip(own, heat, strict=True)
    )
    return Totals(cost, emissions, 0.0)
