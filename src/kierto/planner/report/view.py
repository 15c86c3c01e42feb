"""What the report shows of a plan: flows by agent, with names, units, groups and numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kierto.core.geography import Point
from kierto.planner.explanation import Explanation, figure
from kierto.planner.kinds import KindTree
from kierto.planner.model import Problem
from kierto.planner.network import Network, Port
from kierto.planner.periods import PeriodPlan, by_period, has_time, split_id, unfold
from kierto.planner.plan import Flow, Plan


@dataclass(frozen=True, slots=True)
class Line:
    """One flow as a row: its number in every picture and table, its ends, its broadest kind.

    Over several periods, what goes between the same two ends is one flow; ``periods`` says when.
    """

    number: int
    flow: Flow
    source: Port
    sink: Port
    kind: str
    group: str
    unit: str
    periods: tuple[int, ...] = ()


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
        self.timed = has_time(problem)
        self.network = Network(unfold(problem))

    def say(self, once: Any, over_time: Any) -> Any:
        """The sentence for one period, or the one for several."""
        return over_time if self.timed else once

    @property
    def span(self) -> dict[str, Any]:
        """What sentences say of time: the name of a period, and how many there are."""
        return {"period": self.problem.period_name, "periods": self.problem.periods}

    @cached_property
    def ports(self) -> dict[str, Port]:
        """Ports by the ids of the problem, without their period."""
        rows = (*self.network.sources.rows, *self.network.sinks.rows)
        return {split_id(port.id)[0] if self.timed else port.id: port for port in rows}

    @cached_property
    def periods(self) -> tuple[PeriodPlan, ...]:
        """The plan period by period, where there are several."""
        return by_period(self.problem, self.plan) if self.timed else ()

    @cached_property
    def carried(self) -> dict[tuple[str, str, str], tuple[Flow, tuple[int, ...]]]:
        """By ends and kind, the flow summed over the periods, and those periods."""
        found: dict[tuple[str, str, str], tuple[Flow, tuple[int, ...]]] = {}
        if not self.timed:
            return {(each.source, each.sink, each.kind): (each, ()) for each in self.plan.flows}
        for each in self.periods:
            for flow in each.flows:
                key = (flow.source, flow.sink, flow.kind)
                before, when = found.get(key, (None, ()))
                found[key] = (_sum(before, flow), (*when, each.period))
        return found

    @cached_property
    def lines(self) -> list[Line]:
        """All flows, the largest first within each unit."""
        units = list(self.moved)
        ordered = sorted(
            self.carried.values(),
            key=lambda each: (
                units.index(self.kinds[each[0].kind].unit),
                -each[0].amount,
                (each[0].source, each[0].sink),
            ),
        )
        return [
            Line(
                number,
                flow,
                self.ports[flow.source],
                self.ports[flow.sink],
                self.kinds[flow.kind].name,
                self.group_of(flow.kind),
                self.kinds[flow.kind].unit,
                when,
            )
            for number, (flow, when) in enumerate(ordered, start=1)
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
        """What circulates, by unit; the unit of most flows first. What has waited counts once."""
        stores = {f"{store.id}:out:{store.kind}" for store in self.problem.storages}
        total: dict[str, float] = defaultdict(float)
        flows: dict[str, int] = defaultdict(int)
        for flow, _when in self.carried.values():
            unit = self.kinds[flow.kind].unit
            total[unit] += 0.0 if flow.source in stores else flow.amount
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


def _sum(before: Flow | None, flow: Flow) -> Flow:
    if before is None:
        return flow
    return replace(
        before,
        amount=before.amount + flow.amount,
        cost=before.cost + flow.cost,
        emissions=before.emissions + flow.emissions,
    )


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
