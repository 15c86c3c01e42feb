"""Runs of processors as rows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from kierto.exchange.models import ProcessingRun
from kierto.indicators.kinds import KindTree
from kierto.indicators.privacy import Reader
from kierto.indicators.rows import Run
from kierto.indicators.scope import Scope, month_of
from kierto.ledger.models import Action, EconomicEvent

_PROCESSOR = "processing_run__processor__"


def read_runs(scope: Scope, kinds: KindTree, reader: Reader) -> list[Run]:
    """Runs whose inputs were consumed within the period. A kind narrows nothing here: a run
    belongs to its processor, and a scope of one kind has no runs."""
    if scope.kind is not None:
        return []
    events = EconomicEvent.objects.filter(has_end__gte=scope.start, has_end__lt=scope.end)
    events = reader.countable_events(events)
    inputs = events.filter(action=Action.CONSUME, input_of__processing_run__isnull=False)
    outputs = events.filter(action=Action.PRODUCE, output_of__processing_run__isnull=False)
    lost: dict[UUID, float] = defaultdict(float)
    taken: dict[UUID, float] = defaultdict(float)
    months: dict[UUID, Any] = {}
    for side, sign, rows in (("input_of", 1, inputs), ("output_of", -1, outputs)):
        columns = (side, "conforms_to", "resource_quantity", "has_end")
        for process, kind, amount, ended in rows.order_by("number").values_list(*columns):
            lost[process] += sign * kinds.material(kind, float(amount or 0))
            if side == "input_of":
                taken[process] += float(amount or 0)
                months[process] = month_of(ended)
    # What was reversed took nothing in the end, and so did not run.
    found = _facts(scope, [process for process in months if taken[process] > 0])
    return [
        Run(months[process], agent, cost, emissions, max(lost[process], 0.0))
        for process, agent, cost, emissions in found
    ]


def _facts(scope: Scope, processes: list[UUID]) -> list[tuple[UUID, UUID, float, float]]:
    """Process, agent, euros and kg CO2e of each run."""
    runs = ProcessingRun.objects.filter(process__in=processes)
    if scope.district is not None:
        runs = runs.filter(processor__place__district=scope.district)
    if scope.organization is not None:
        runs = runs.filter(processor__agent=scope.organization.agent_id)
    rows = runs.order_by("process").values_list(
        "process", "processor__agent", "level", "processor__cost", "processor__emissions",
        "processor__recipe__cost", "processor__recipe__emissions",
    )  # fmt: skip
    return [
        (
            process,
            agent,
            level * (recipe_cost if cost is None else cost),
            level * (recipe_emissions if emissions is None else emissions),
        )
        for process, agent, level, cost, emissions, recipe_cost, recipe_emissions in rows
    ]
