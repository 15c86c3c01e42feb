"""From a folder of tables to a folder of results: all of them, or none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kierto.core.tables import write_csv
from kierto.planner.dispatch.district import District
from kierto.planner.dispatch.folder.hours import told_hours
from kierto.planner.dispatch.folder.reading import DispatchInputs, read_dispatch_folder
from kierto.planner.dispatch.model import Hours
from kierto.planner.dispatch.plan import DispatchPlan
from kierto.planner.dispatch.report import render_dispatch
from kierto.planner.dispatch.series import read_operation
from kierto.planner.dispatch.solving import dispatch
from kierto.planner.folder.whole import write_whole
from kierto.planner.plan import ReportProgress

FORMAT = "kierto-dispatch/1"
HOUR_COLUMNS = (
    *("time", "demand", "heat_demand", "solar_offered", "solar_used", "imported", "exported"),
    *("charged", "discharged", "heat_pumps", "waste_heat", "boilers", "unserved"),
    *("electricity_price", "import_price", "export_price", "carbon"),
)


def dispatch_folder(
    folder: Path,
    out: Path,
    *,
    carbon_price: float | None = None,
    window: int | None = None,
    gap: float = 1e-4,
    progress: ReportProgress | None = None,
) -> DispatchPlan:
    """Read, solve, and write ``dispatch.json``, ``hours.csv``, ``operation.csv`` and
    ``report.html`` into ``out``.

    The same folder gives the same bytes. Nothing is written unless everything is.

    Raises:
        FaultyFile: with every fault of every file.
        Otherwise as :func:`kierto.planner.dispatch.dispatch`; OSError if ``out`` cannot be written.
    """
    inputs = read_dispatch_folder(folder, carbon_price=carbon_price)
    plan = dispatch(inputs.problem, window=window, gap=gap, progress=progress)
    write_dispatch(inputs, plan, out)
    return plan


def write_dispatch(inputs: DispatchInputs, plan: DispatchPlan, out: Path) -> None:
    """Write what is told of a dispatch into ``out``: all of it, or nothing."""
    times = told_hours(inputs.problem.start, inputs.problem.hours, inputs.zone)
    files = {
        "dispatch.json": _json(inputs, plan),
        "hours.csv": write_csv(HOUR_COLUMNS, _hours(inputs, plan, times)),
        "operation.csv": _operation(plan, times),
        "report.html": render_dispatch(
            inputs.problem, plan, times=times, title=inputs.title, note=inputs.note
        ),
    }
    write_whole(out, files)


def dispatch_summary(plan: DispatchPlan) -> dict[str, Any]:
    """The headline figures: euros, kg CO2e, kWh and shares for all hours together."""
    return {
        "status": plan.status.value,
        "certified": plan.certificate.valid,
        "total_cost": plan.totals.cost,
        "baseline_cost": plan.baseline.cost,
        "emissions_kg": plan.totals.emissions,
        "baseline_emissions_kg": plan.baseline.emissions,
        "gap": max(plan.certificate.gap, 0.0),
        "self_consumption": plan.figures.self_consumption,
        "peak_import_kw": plan.figures.peak_import,
        "unserved_kwh": plan.figures.unserved,
        "hours": len(plan.imports),
        "windows": plan.windows,
    }


def _json(inputs: DispatchInputs, plan: DispatchPlan) -> str:
    content = {
        "format": FORMAT,
        **dispatch_summary(plan),
        "plan": plan.to_dict(timed=False),
        "problem": inputs.problem.to_dict(),
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def _hours(inputs: DispatchInputs, plan: DispatchPlan, times: list[str]) -> Iterator[list[str]]:
    district = District(inputs.problem)
    operation, _roofs = read_operation(district, plan)
    columns = [
        district.total_demand,
        district.heat.sum(axis=0),
        district.total_solar,
        operation.solar,
        operation.imports,
        operation.exports,
        operation.charge.sum(axis=0),
        operation.discharge.sum(axis=0),
        operation.pumps.sum(axis=0),
        operation.pipes.sum(axis=0),
        operation.boilers.sum(axis=0),
        operation.shortage + operation.heat_shortage.sum(axis=0),
        plan.electricity_price,
        inputs.problem.grid.import_price,
        inputs.problem.grid.export_price,
        inputs.problem.grid.carbon,
    ]
    for time, *numbers in zip(times, *columns, strict=True):
        yield [time, *(_cell(float(number)) for number in numbers)]


def _operation(plan: DispatchPlan, times: list[str]) -> str:
    """One column for each thing that an asset does, in the order of the plan's fields."""
    columns: dict[str, Hours] = {}
    for what in ("solar", "charge", "discharge", "stored", "heat_pumps", "tanks", "boilers"):
        series: Mapping[str, Hours] = getattr(plan, what)
        columns |= {f"{id_}: {what}": values for id_, values in sorted(series.items())}
    for source, buildings in sorted(plan.waste_heat.items()):
        for building, values in sorted(buildings.items()):
            columns[f"{source}: waste_heat to {building}"] = values
    for building, values in sorted(plan.heat_shortage.items()):
        if any(values):
            columns[f"{building}: heat_shortage"] = values
    rows = zip(times, *(map(_cell, values) for values in columns.values()), strict=True)
    return write_csv(("time", *columns), rows)


def _cell(value: float) -> str:
    """Six digits after the point: a thousandth of a watt-hour, and no noise of rounding."""
    return f"{round(value, 6) + 0.0:g}" if abs(value) < 1e-4 else repr(round(value, 6))
