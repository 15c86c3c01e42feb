"""What the report shows of a plan: flows by agent, with names, units, groups and numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kierto.core.geography import Point
from kierto.planner.explanation import Explanation, figure
from kierto.planner.kinds import KindTree
from kierto.planner.model import Problem
from kierto.planner.network import Network, Port
from kierto.planner.plan import Flow, Plan


@dataclass(frozen=True, slots=True)
class Line:
    """One flow as a row: its number in every picture and table, its ends, its broadest kind."""

    number: int
    flow: Flow
    source: Port
    sink: Port
    kind: str
    group: str
    unit: str


class View:
    """One plan, looked at by the report's parts."""

    def __init__(
        self,
        problem: Problem,
        plan: Plan,
        explanations: Mapping[str, Explanation],
        *,
        mirrored: bool = False,
    ) -> None:
        self.problem, self.plan, self.explanations = problem, plan, explanations
        self.mirrored = mirrored
        self.kinds = {kind.code: kind for kind in problem.kinds}
        self.tree = KindTree(problem.kinds)
        self.network = Network(problem)

    @cached_property
    def lines(self) -> list[Line]:
        """All flows, the largest first within each unit."""
        ports = {port.id: port for port in self.network.sources.rows}
        ports |= {port.id: port for port in self.network.sinks.rows}
        ordered = sorted(
            self.plan.flows,
            key=lambda flow: (
                list(self.moved).index(self.kinds[flow.kind].unit),
                -flow.amount,
                (flow.source, flow.sink),
            ),
        )
        return [
            Line(
                number,
                flow,
                ports[flow.source],
                ports[flow.sink],
                self.kinds[flow.kind].name,
                self.group_of(flow.kind),
                self.kinds[flow.kind].unit,
            )
            for number, flow in enumerate(ordered, start=1)
        ]

    @cached_property
    def groups(self) -> list[str]:
        """The broadest kinds that flow, the largest first: they share colours and letters."""
        total: dict[str, float] = defaultdict(float)
        for line in self.lines:
            total[line.group] += line.flow.amount / self.moved[line.unit]
        return sorted(total, key=lambda name: (-total[name], name))

    @cached_property
    def moved(self) -> dict[str, float]:
        """Units that circulate, by unit; the unit of most flows first."""
        total: dict[str, float] = defaultdict(float)
        flows: dict[str, int] = defaultdict(int)
        for flow in self.plan.flows:
            unit = self.kinds[flow.kind].unit
            total[unit] += flow.amount
            flows[unit] += 1
        return {unit: total[unit] for unit in sorted(total, key=lambda u: (-flows[u], u))}

    @cached_property
    def places(self) -> dict[str, tuple[str, Point]]:
        """Map places by id (agent and point): an agent may be at several places."""
        found = {}
        for port in (*self.network.sources.rows, *self.network.sinks.rows):
            if port.place is not None:
                found[place_id(port)] = (port.agent, port.place)
        return found

    def group_of(self, kind: str) -> str:
        """Name of the broadest kind of the same unit."""
        unit = self.kinds[kind].unit
        same = [code for code in self.tree.lineage(kind) if self.kinds[code].unit == unit]
        return self.kinds[same[-1]].name


def place_id(port: Port) -> str:
    """One id per agent and point."""
    if port.place is None:
        return port.agent
    return f"{port.agent} {port.place.latitude:.5f} {port.place.longitude:.5f}"


def measure(value: float, unit: str) -> str:
    """An amount with its unit; tonnes from ten thousand kilograms on."""
    if unit == "kg" and abs(value) >= 10_000:
        return f"{figure(value / 1000)} t"
    shown = {"m3": "m³", "m2": "m²", "item": "×"}.get(unit, unit)
    return f"{figure(value)} {shown}"
