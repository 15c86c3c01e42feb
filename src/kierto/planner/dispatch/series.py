"""From arrays to what a plan states by id, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from kierto.planner.dispatch.district import District, Floats, Operation, Prices
from kierto.planner.dispatch.model import Hours
from kierto.planner.dispatch.plan import DispatchPlan


class Mismatch(Exception):
    """A plan states too few or too many hours, or lacks an asset; the text says which."""


def stated_operation(district: District, operation: Operation) -> dict[str, Any]:
    """The fields of a plan that tell the operation. Roofs share unused sun in proportion."""
    problem = district.problem
    share = np.divide(
        operation.solar,
        district.total_solar,
        out=np.zeros(district.hours),
        where=district.total_solar > 0,
    )
    return {
        "imports": _hours(operation.imports),
        "exports": _hours(operation.exports),
        "shortage": _hours(operation.shortage),
        "solar": _named(problem.solar, district.solar * share),
        "charge": _named(problem.batteries, operation.charge),
        "discharge": _named(problem.batteries, operation.discharge),
        "stored": _named(problem.batteries, operation.stored),
        "heat_pumps": _named(problem.heat_pumps, operation.pumps),
        "tanks": _named(problem.tanks, operation.tanks),
        "waste_heat": _pipes(district, operation.pipes),
        "boilers": _named(problem.boilers, operation.boilers),
        "heat_shortage": _named(problem.buildings, operation.heat_shortage),
    }


def stated_prices(district: District, prices: Prices) -> dict[str, Any]:
    """The fields of a plan that tell the dual prices."""
    return {
        "electricity_price": _hours(prices.electricity),
        "heat_prices": _named(district.problem.buildings, prices.heat),
        "battery_values": _named(district.problem.batteries, prices.stored),
    }


def read_operation(district: District, plan: DispatchPlan) -> tuple[Operation, Floats]:
    """The operation that a plan states, and the sun used by roof.

    Raises:
        Mismatch: the plan does not have a number for every hour of every asset.
    """
    problem, hours = district.problem, district.hours
    solar = _rows("solar", problem.solar, plan.solar, hours)
    operation = Operation(
        imports=_row("imports", plan.imports, hours),
        exports=_row("exports", plan.exports, hours),
        shortage=_row("shortage", plan.shortage, hours),
        solar=solar.sum(axis=0),
        charge=_rows("charge", problem.batteries, plan.charge, hours),
        discharge=_rows("discharge", problem.batteries, plan.discharge, hours),
        stored=_rows("stored", problem.batteries, plan.stored, hours),
        pumps=_rows("heat_pumps", problem.heat_pumps, plan.heat_pumps, hours),
        tanks=_rows("tanks", problem.tanks, plan.tanks, hours),
        pipes=_read_pipes(district, plan.waste_heat),
        boilers=_rows("boilers", problem.boilers, plan.boilers, hours),
        heat_shortage=_rows("heat_shortage", problem.buildings, plan.heat_shortage, hours),
    )
    return operation, solar


def read_prices(district: District, plan: DispatchPlan) -> Prices:
    """The dual prices that a plan states.

    Raises:
        Mismatch: as :func:`read_operation`.
    """
    problem, hours = district.problem, district.hours
    return Prices(
        electricity=_row("electricity_price", plan.electricity_price, hours),
        heat=_rows("heat_prices", problem.buildings, plan.heat_prices, hours),
        stored=_rows("battery_values", problem.batteries, plan.battery_values, hours),
    )


def _hours(values: Floats) -> Hours:
    return tuple((values + 0.0).tolist())


def _named(parts: Iterable[Any], rows: Floats) -> dict[str, Hours]:
    return {part.id: _hours(row) for part, row in zip(parts, rows, strict=True)}


def _pipes(district: District, rows: Floats) -> dict[str, dict[str, Hours]]:
    problem = district.problem
    told: dict[str, dict[str, Hours]] = {source.id: {} for source in problem.waste_heat}
    ends = zip(district.pipe_source.tolist(), district.pipe_building.tolist(), rows, strict=True)
    for source, building, row in ends:
        told[problem.waste_heat[source].id][problem.buildings[building].id] = _hours(row)
    return told


def _read_pipes(district: District, stated: Mapping[str, Mapping[str, Hours]]) -> Floats:
    problem = district.problem
    found = np.zeros((len(district.pipe_source), district.hours))
    ends = zip(district.pipe_source.tolist(), district.pipe_building.tolist(), strict=True)
    named = [(problem.waste_heat[s].id, problem.buildings[b].id) for s, b in ends]
    extra = {(s, b) for s, buildings in stated.items() for b in buildings} - set(named)
    if extra:
        raise Mismatch(f"waste_heat goes where no pipe leads: {sorted(extra)[0]}")
    for row, (source, building) in enumerate(named):
        found[row] = _row("waste_heat", stated.get(source, {}).get(building, ()), district.hours)
    return found


def _row(name: str, values: Hours, hours: int) -> Floats:
    if len(values) != hours:
        raise Mismatch(f"{name} has {len(values)} of {hours} hours")
    return np.array(values, dtype=np.float64)


def _rows(name: str, parts: Iterable[Any], stated: Mapping[str, Hours], hours: int) -> Floats:
    ids = [part.id for part in parts]
    if extra := sorted(set(stated) - set(ids)):
        raise Mismatch(f"{name} names {extra[0]}, which the problem does not have")
    rows = [_row(f"{name} of {id_}", stated.get(id_, ()), hours) for id_ in ids]
    return np.stack(rows) if rows else np.zeros((0, hours))
