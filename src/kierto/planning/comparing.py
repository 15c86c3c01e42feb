"""What changed between two plans, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.planner import Flow, Plan

NEGLIGIBLE = 1e-9
"""A change smaller than this share of the larger amount is rounding."""


@dataclass(frozen=True, slots=True)
class FlowChange:
    """One flow before and after, in units a week; 0 where a plan does not have it."""

    source: str
    sink: str
    kind: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before

    @property
    def sort(self) -> str:
        """``"new"``, ``"gone"``, ``"more"``, ``"less"`` or ``"same"``."""
        if self.before == 0:
            return "new"
        if self.after == 0:
            return "gone"
        if abs(self.change) <= NEGLIGIBLE * max(self.before, self.after):
            return "same"
        return "more" if self.change > 0 else "less"


@dataclass(frozen=True, slots=True)
class TotalChange:
    """One total before and after: euros or kg CO2e a week."""

    name: str
    unit: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes from an earlier plan to a later one; flows sorted by size of the change."""

    totals: tuple[TotalChange, ...]
    flows: tuple[FlowChange, ...]

    def of_sort(self, sort: str) -> list[FlowChange]:
        """The flows that changed in this way."""
        return [flow for flow in self.flows if flow.sort == sort]

    @property
    def is_same(self) -> bool:
        """Whether no flow differs."""
        return all(flow.sort == "same" for flow in self.flows)


def compare(earlier: Plan, later: Plan) -> Comparison:
    """Every flow of either plan, matched by its ends, and the totals."""
    before, after = _by_ends(earlier), _by_ends(later)
    flows = [
        FlowChange(
            *ends,
            before[ends].amount if ends in before else 0.0,
            after[ends].amount if ends in after else 0.0,
        )
        for ends in before.keys() | after.keys()
    ]
    flows.sort(key=lambda flow: (-abs(flow.change), flow.source, flow.sink))
    return Comparison(tuple(_totals(earlier, later)), tuple(flows))


def _by_ends(plan: Plan) -> dict[tuple[str, str, str], Flow]:
    return {(flow.source, flow.sink, flow.kind): flow for flow in plan.flows}


def _totals(earlier: Plan, later: Plan) -> list[TotalChange]:
    old, new = earlier.savings, later.savings
    return [
        TotalChange("cost", "EUR", earlier.totals.cost, later.totals.cost),
        TotalChange("emissions", "kg CO2e", earlier.totals.emissions, later.totals.emissions),
        TotalChange("saved_cost", "EUR", old.cost, new.cost),
        TotalChange("saved_emissions", "kg CO2e", old.emissions, new.emissions),
    ]
