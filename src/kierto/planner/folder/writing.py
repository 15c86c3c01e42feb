"""From a folder of tables to a folder of results: all of them, or none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kierto.core.tables import write_csv
from kierto.planner.explain import explain
from kierto.planner.explanation import Explanation
from kierto.planner.folder.reading import Inputs, read_inputs
from kierto.planner.folder.whole import write_whole
from kierto.planner.model import Problem
from kierto.planner.network import Network
from kierto.planner.periods import by_period, has_time, is_waiting, split_id, stocks, unfold
from kierto.planner.plain import to_plain
from kierto.planner.plan import Flow, Plan, ReportProgress
from kierto.planner.report import render
from kierto.planner.solving import solve
from kierto.planner.validation import notes_of

FORMAT = "kierto-plan/1"
FLOW_COLUMNS = (
    *("source", "sink", "from", "to", "kind", "amount", "unit", "km"),
    *("cost_eur", "emissions_kg", "period"),
)
STOCK_COLUMNS = ("storage", "agent", "kind", "period", "amount", "unit")


def plan_folder(
    folder: Path,
    out: Path,
    *,
    carbon_price: float | None = None,
    gap: float = 0.0,
    engine: str = "auto",
    progress: ReportProgress | None = None,
) -> Plan:
    """Read, solve, and write ``plan.json``, ``flows.csv``, ``report.html`` (and ``stocks.csv``
    where something is stored) into ``out``.

    The same folder gives the same bytes. Nothing is written unless everything is. ``gap`` and
    ``engine`` are those of :func:`kierto.planner.solve`.

    Raises:
        FaultyFile: with every fault of every file.
        Otherwise as :func:`kierto.planner.solve`; OSError if ``out`` cannot be written.
    """
    inputs = read_inputs(folder, carbon_price=carbon_price)
    return plan_inputs(inputs, out, gap=gap, engine=engine, progress=progress)


def plan_inputs(
    inputs: Inputs,
    out: Path,
    *,
    gap: float = 0.0,
    engine: str = "auto",
    progress: ReportProgress | None = None,
) -> Plan:
    """:func:`plan_folder` for a folder that is read already."""
    plan = solve(inputs.problem, gap=gap, engine=engine, progress=progress)
    write_plan(inputs, plan, out)
    return plan


def write_plan(inputs: Inputs, plan: Plan, out: Path) -> None:
    """Write what is told of a plan into ``out``: all of it, or nothing."""
    problem = inputs.problem
    explanations = explain(problem, plan)
    files = {
        "plan.json": _json(problem, plan, explanations),
        "flows.csv": _flows(problem, plan),
        "report.html": render(problem, plan, explanations, title=inputs.title, note=inputs.note),
    }
    if has_time(problem) and problem.storages:
        files["stocks.csv"] = _stocks(problem, plan)
    write_whole(out, files, stale=() if "stocks.csv" in files else ("stocks.csv",))


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
        "flows": sum(not is_waiting(flow) for flow in plan.flows),
        "opened_sites": [] if plan.siting is None else list(plan.siting.opened),
        "site_gap": None if plan.siting is None else max(plan.siting.gap, 0.0),
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
        "notes": [str(note) for note in notes_of(problem)],
        "plan": plan.to_dict(timed=False),
        "explanations": told,
        "problem": to_plain(problem),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _flows(problem: Problem, plan: Plan) -> str:
    """Every flow, by period and then by its ends; what waits in a store is not carried."""
    agents = _agents(problem)
    units = {kind.code: kind.unit for kind in problem.kinds}
    rows = [
        (
            flow.source,
            flow.sink,
            agents[flow.source],
            agents[flow.sink],
            flow.kind,
            repr(flow.amount),
            units[flow.kind],
            "" if flow.km is None else repr(flow.km),
            repr(flow.cost),
            repr(flow.emissions),
            period,
        )
        for period, flow in _in_order(problem, plan)
    ]
    return write_csv(FLOW_COLUMNS, rows)


def _in_order(problem: Problem, plan: Plan) -> Iterator[tuple[int, Flow]]:
    """Each flow that is carried, under the ids of the folder, and its period."""
    if not has_time(problem):
        yield from ((1, flow) for flow in plan.flows)
        return
    for each in by_period(problem, plan):
        yield from ((each.period, flow) for flow in each.flows)


def _agents(problem: Problem) -> dict[str, str]:
    """The agent of each port, by the port's id in the folder."""
    network = Network(unfold(problem))
    timed = has_time(problem)
    return {
        split_id(port.id)[0] if timed else port.id: port.agent
        for ports in (network.sources, network.sinks)
        for port in ports.rows
    }


def _stocks(problem: Problem, plan: Plan) -> str:
    """What lies in each storage at the end of each period."""
    units = {kind.code: kind.unit for kind in problem.kinds}
    levels = stocks(problem, plan)
    rows = [
        (store.id, store.agent, store.kind, period, repr(level), units[store.kind])
        for store in problem.storages
        for period, level in enumerate(levels[store.id], start=1)
    ]
    return write_csv(STOCK_COLUMNS, rows)
