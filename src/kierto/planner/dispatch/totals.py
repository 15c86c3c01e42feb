"""What an operation costs and emits, and the figures that people ask for first."""

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
