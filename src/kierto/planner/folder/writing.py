"""From a folder of tables to a folder of results: all of them, or none."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kierto.core.tables import write_csv
from kierto.planner.explain import explain
from kierto.planner.explanation import Explanation
from kierto.planner.folder.reading import Inputs, read_inputs
from kierto.planner.model import Problem
from kierto.planner.network import Network
from kierto.planner.plain import to_plain
from kierto.planner.plan import Plan, ReportProgress
from kierto.planner.report import render
from kierto.planner.solving import solve

FORMAT = "kierto-plan/1"
FLOW_COLUMNS = (
    *("source", "sink", "from", "to", "kind", "amount", "unit", "km"),
    *("cost_eur", "emissions_kg"),
)


def plan_folder(
    folder: Path,
    out: Path,
    *,
    carbon_price: float | None = None,
    progress: ReportProgress | None = None,
) -> Plan:
    """Read, solve, and write ``plan.json``, ``flows.csv`` and ``report.html`` into ``out``.

    The same folder gives the same bytes. Nothing is written unless everything is.

    Raises:
        FaultyFile: with every fault of every file.
        Otherwise as :func:`kierto.planner.solve`; OSError if ``out`` cannot be written.
    """
    inputs = read_inputs(folder, carbon_price=carbon_price)
    plan = solve(inputs.problem, progress=progress)
    write_plan(inputs, plan, out)
    return plan


def write_plan(inputs: Inputs, plan: Plan, out: Path) -> None:
    """Write the three files beside ``out`` first and move them in once all are complete."""
    problem = inputs.problem
    explanations = explain(problem, plan)
    files = {
        "plan.json": _json(problem, plan, explanations),
        "flows.csv": _flows(problem, plan),
        "report.html": render(problem, plan, explanations, title=inputs.title, note=inputs.note),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    waiting = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for name, text in files.items():
            (waiting / name).write_bytes(text.encode())
        out.mkdir(exist_ok=True)
        for name in files:
            (waiting / name).replace(out / name)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def summary(plan: Plan) -> dict[str, Any]:
    """The headline figures, in euros and kg CO2e per period."""
    return {
        "status": plan.status.value,
        "certified": plan.certificate.valid,
        "total_cost": plan.totals.cost,
        "baseline_cost": plan.baseline.cost,
        "emissions_kg": plan.totals.emissions,
        "baseline_emissions_kg": plan.baseline.emissions,
        "duality_gap": max(plan.certificate.gap, 0.0),
        "flows": len(plan.flows),
    }


def _json(problem: Problem, plan: Plan, explanations: Mapping[str, Explanation]) -> str:
    told = {
        port: {
            "match": each.match.value,
            "reason": None if each.reason is None else each.reason.value,
            "moved": each.moved,
            "left": each.left,
            "nearest": each.nearest,
            "km": each.km,
            "break_even_km": each.break_even_km,
            "worth": each.worth,
            "quality": each.quality,
            "miss": each.miss,
            "text": each.text(),
        }
        for port, each in sorted(explanations.items())
    }
    content = {
        "format": FORMAT,
        **summary(plan),
        "plan": plan.to_dict(timed=False),
        "explanations": told,
        "problem": to_plain(problem),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _flows(problem: Problem, plan: Plan) -> str:
    network = Network(problem)
    sources, sinks = network.sources, network.sinks
    units = {kind.code: kind.unit for kind in problem.kinds}
    rows = [
        (
            flow.source,
            flow.sink,
            sources.rows[sources.index[flow.source]].agent,
            sinks.rows[sinks.index[flow.sink]].agent,
            flow.kind,
            repr(flow.amount),
            units[flow.kind],
            "" if flow.km is None else repr(flow.km),
            repr(flow.cost),
            repr(flow.emissions),
        )
        for flow in plan.flows
    ]
    return write_csv(FLOW_COLUMNS, rows)
