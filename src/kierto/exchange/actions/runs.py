"""Processing runs: what a processor took in and gave out, as one process of the ledger.

Inputs are consumed from the owner's stocks of the kind or any narrower one, oldest first, so that
track and trace follow the very deliveries. What the recipe buys new (see
:func:`kierto.exchange.recipes.bought_kinds`) and the stock lacks is raised first; any other
shortage is refused, because it would come from nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from kierto.catalogue.models import RecipeFlow, ResourceSpecification
from kierto.core.announce import announce
from kierto.core.quantity import SYMBOLS, Quantity, Unit, rounded
from kierto.exchange import permissions
from kierto.exchange.changes import ProcessingRunRecorded
from kierto.exchange.errors import (
    AmountTooSmall,
    NotOfThisRecipe,
    RunOfNothing,
    StockShort,
)
from kierto.exchange.models import ProcessingRun, Processor
from kierto.exchange.recipes import bought_kinds
from kierto.ledger.actions import record_events, start_process
from kierto.ledger.drafts import EventDraft
from kierto.ledger.models import Action, EconomicResource, Process, Provenance, Visibility
from kierto.ledger.recording import lock_head
from kierto.parties.models import Agent


@dataclass(frozen=True, slots=True)
class RunFlow:
    """So much of one of the recipe's kinds, or of a narrower kind for an input."""

    kind: ResourceSpecification
    quantity: Quantity | Decimal

    @property
    def amount(self) -> Decimal:
        """In the kind's canonical unit."""
        if isinstance(self.quantity, Quantity):
            return self.quantity.amount_in(self.kind.unit)
        return rounded(self.quantity)


def proposed_flows(processor: Processor, level: float) -> tuple[list[RunFlow], list[RunFlow]]:
    """Inputs and outputs that the recipe says for this level: a start for the form."""
    flows = list(processor.recipe.flows.select_related("kind"))
    inputs = [f for f in flows if f.direction == RecipeFlow.Direction.INPUT]
    outputs = [f for f in flows if f.direction == RecipeFlow.Direction.OUTPUT]
    return _at(inputs, level), _at(outputs, level)


def _at(flows: Iterable[RecipeFlow], level: float) -> list[RunFlow]:
    return [RunFlow(each.kind, rounded(Decimal(str(each.amount * level)))) for each in flows]


@transaction.atomic
def record_processing_run(
    processor: Processor,
    *,
    level: float,
    inputs: Sequence[RunFlow],
    outputs: Sequence[RunFlow],
    happened_at: datetime,
    note: str = "",
    visibility: str = Visibility.PARTIES,
    by: Agent,
) -> ProcessingRun:
    """Record one run: a process with its consumed inputs and produced outputs.

    ``visibility`` says who may see its events; shown to everybody, a trace goes on through it.

    Raises:
        NotAllowed, RunOfNothing, AmountTooSmall, NotOfThisRecipe, WrongDimension,
        StockShort; NotYetHappened from the ledger.
    """
    processor = (
        Processor.objects.select_for_update(of=("self",))
        .select_related("agent__organization", "agent__person", "place", "recipe")
        .get(pk=processor.pk)
    )
    permissions.can_record_run(by, processor).require()
    inputs = [flow for flow in inputs if flow.amount != 0]
    outputs = [flow for flow in outputs if flow.amount != 0]
    _check(processor, level, inputs, outputs)
    lock_head()  # before any stock, as every recorder does: otherwise two could wait for each other
    process = start_process(
        name=processor.name, based_on=processor.recipe, place=processor.place, by=by
    )
    what = _What(processor, process, happened_at, note, visibility)
    drafts = [draft for flow in inputs for draft in what.consumed(flow)]
    drafts += [what.produced(flow) for flow in outputs]
    record_events(drafts, by=by)
    run = ProcessingRun.objects.create(process=process, processor=processor, level=level)
    announce(ProcessingRunRecorded(run))
    return run


def _check(
    processor: Processor,
    level: float,
    inputs: Sequence[RunFlow],
    outputs: Sequence[RunFlow],
) -> None:
    if not level > 0:
        raise AmountTooSmall(field="level")
    if not inputs and not outputs:
        raise RunOfNothing
    if any(flow.amount < 0 for flow in [*inputs, *outputs]):
        raise AmountTooSmall
    flows = list(processor.recipe.flows.select_related("kind"))
    wanted = [f.kind for f in flows if f.direction == RecipeFlow.Direction.INPUT]
    made = {f.kind_id for f in flows if f.direction == RecipeFlow.Direction.OUTPUT}
    for flow in inputs:
        if not any(flow.kind.is_within(kind) for kind in wanted):
            raise NotOfThisRecipe(kind=flow.kind.label)
    for flow in outputs:
        if flow.kind.pk not in made:
            raise NotOfThisRecipe(kind=flow.kind.label)


@dataclass(frozen=True, slots=True)
class _What:
    """One run, turned into drafts of events."""

    processor: Processor
    process: Process
    happened_at: datetime
    note: str
    visibility: str
    taken: dict[UUID, Decimal] = field(default_factory=dict)

    def consumed(self, flow: RunFlow) -> list[EventDraft]:
        """From the oldest stocks first; what is bought new is raised for the rest."""
        drafts, left = [], flow.amount
        for stock in stocks_for(self.processor.agent, flow.kind):
            there = min(stock.onhand_quantity, stock.accounting_quantity)
            part = min(left, there - self.taken.get(stock.pk, Decimal(0)))
            if part > 0:
                # Two inputs may draw on one stock.
                self.taken[stock.pk] = self.taken.get(stock.pk, Decimal(0)) + part
                drafts.append(self._draft(Action.CONSUME, stock.conforms_to, part, stock))
                left -= part
        if left > 0:
            drafts.append(self._bought(flow, left))
        return drafts

    def _bought(self, flow: RunFlow, left: Decimal) -> EventDraft:
        if flow.kind.code not in bought_kinds(self.processor.recipe):
            raise StockShort(
                agent=self.processor.agent.name,
                kind=flow.kind.label,
                unit=SYMBOLS[Unit(flow.kind.unit)],
                there=f"{float(flow.amount - left):g}",
                wanted=f"{float(flow.amount):g}",
            )
        return self._draft(Action.CONSUME, flow.kind, left, None)

    def produced(self, flow: RunFlow) -> EventDraft:
        """Into the owner's stock at the processor."""
        return self._draft(Action.PRODUCE, flow.kind, flow.amount, None)

    def _draft(
        self,
        action: Action,
        kind: ResourceSpecification,
        amount: Decimal,
        stock: EconomicResource | None,
    ) -> EventDraft:
        goes_in = action == Action.CONSUME
        return EventDraft(
            action=action,
            provider=self.processor.agent,
            receiver=self.processor.agent,
            conforms_to=kind,
            quantity=amount,
            resource=stock,
            location=self.processor.place,
            input_of=self.process if goes_in else None,
            output_of=None if goes_in else self.process,
            happened_at=self.happened_at,
            note=self.note,
            visibility=self.visibility,
            provenance=Provenance.FORM,
            provenance_reference=f"processor:{self.processor.pk}",
            find_stock=stock is None,
            arises=goes_in and stock is None,
        )


def stocks_for(agent: Agent, kind: ResourceSpecification) -> list[EconomicResource]:
    """The agent's own stocks that can serve an input of this kind, oldest first."""
    return list(
        EconomicResource.objects.select_for_update(of=("self",))
        .filter(
            primary_accountable=agent,
            custodian=agent,
            conforms_to__path__startswith=kind.path,
            conforms_to__unit=kind.unit,
            onhand_quantity__gt=0,
        )
        .select_related("conforms_to")
        .order_by("created_at", "pk")
    )
