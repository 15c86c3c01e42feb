"""The stocks that one recording touches: read under the lock, changed in memory, written at the end.

Whatever goes wrong on the way leaves the database as it was.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import SYMBOLS, Unit
from kierto.ledger.effects import ACTIONS, CLOSERS, SIGNS, Change
from kierto.ledger.errors import InsufficientStock, ReversalUsedUp, StockTooLarge
from kierto.ledger.hashing import amount_text
from kierto.ledger.models import EconomicEvent, EconomicResource
from kierto.parties.models import Agent, Place

LARGEST = Decimal(10) ** 9
"""SQLite keeps fifteen digits of a decimal; six of them are behind the point."""

WRITTEN = (
    "accounting_quantity",
    "onhand_quantity",
    "primary_accountable",
    "custodian",
    "current_location",
    "stage",
    "state",
)


_WORTH_FORESEEING = 3


def _own_stocks() -> QuerySet[EconomicResource]:
    """Stocks that lie with their owner, oldest first."""
    return EconomicResource.objects.filter(
        primary_accountable=F("custodian"), contained_in__isnull=True
    ).order_by("created_at", "pk")


class Books:
    """A working set of stocks. Only inside a transaction that holds the chain head."""

    def __init__(self) -> None:
        self._held: dict[UUID, EconomicResource] = {}
        self._opened: set[UUID] = set()
        self._changed: set[UUID] = set()
        self._own: dict[tuple[UUID, int], list[EconomicResource]] = {}
        self._newly: dict[tuple[UUID, int], list[EconomicResource]] = defaultdict(list)

    def held(self, resource: EconomicResource) -> EconomicResource:
        """The stock as it is now, whatever the caller's copy says; opened if it is not stored."""
        if resource.pk not in self._held:
            stored = self._take(EconomicResource.objects.filter(pk=resource.pk))
            if not stored:
                self._held[resource.pk] = copy.copy(resource)
        return self._held[resource.pk]

    def is_open(self, resource: EconomicResource) -> bool:
        """Whether an event has opened the stock already."""
        return resource.pk in self._opened or not resource._state.adding

    def find(
        self, agent: Agent, kind: ResourceSpecification, place: Place | None, wanted: Decimal
    ) -> EconomicResource | None:
        """The agent's own stock of a kind: at the place, at no place, or elsewhere with enough."""
        stocks = self._stocks_of(agent, kind)
        own = [r for r in stocks if {r.primary_accountable_id, r.custodian_id} <= {agent.pk, None}]
        place_id = place.pk if place else None
        here = [r for r in own if r.current_location_id == place_id]
        nowhere = [r for r in own if r.current_location_id is None]
        anywhere = own if place is None else [r for r in own if r.onhand_quantity >= wanted > 0]
        return next(iter([*here, *nowhere, *anywhere]), None)

    def open(self, resource: EconomicResource, agent: Agent) -> EconomicResource:
        """Hold a stock that is not stored yet, so that later drafts find it."""
        held = self.held(resource)
        self._stocks_of(agent, held.conforms_to)
        self._remember(held, agent.pk)
        return held

    def apply(self, event: EconomicEvent) -> None:
        """Let the event act on its stocks, in memory.

        Raises:
            InsufficientStock: a stock would fall below zero.
            StockTooLarge: a stock would grow beyond what is kept exactly.
        """
        signs = SIGNS[event.action]
        amount = event.resource_quantity or Decimal(0)
        source = event.resource
        if source is not None:
            created = not self.is_open(source)
            self._set(source, attributes_after(event, created=created))
            self._change(source, signs.accounting * amount, signs.onhand * amount, event)
        if event.to_resource is not None:
            target = event.to_resource
            created = not self.is_open(target)
            self._set(target, attributes_to_after(event, source, created=created))
            self._change(target, signs.to_accounting * amount, signs.to_onhand * amount, event)

    def undo(
        self, resource: EconomicResource, standing: Iterable[tuple[EconomicEvent, bool]]
    ) -> None:
        """Make the stock's attributes again what the standing events made them.

        Each event comes with whether it opened the stock. Who owns and holds it stays if no
        standing event says otherwise.
        """
        self._set(resource, {"current_location_id": None, "stage": "", "state": ""})
        for event, created in standing:
            if event.resource_id == resource.pk:
                self._set(resource, attributes_after(event, created=created))
            if event.to_resource_id == resource.pk:
                self._set(resource, attributes_to_after(event, event.resource, created=created))

    def write(self) -> None:
        """Store what was opened and what was changed."""
        touched = [r for pk, r in self._held.items() if pk in self._opened | self._changed]
        # One upsert: an update of many rows at once costs Django far more than the database.
        EconomicResource.objects.bulk_create(
            touched, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN
        )

    def foresee(self, pairs: set[tuple[UUID, int]]) -> None:
        """Read the stocks of many agents and kinds at once, before a stream asks for each."""
        missing = pairs - self._own.keys()
        if len(missing) < _WORTH_FORESEEING:
            return
        stocks = self._take(
            _own_stocks().filter(
                custodian__in={agent for agent, _kind in missing},
                conforms_to__in={kind for _agent, kind in missing},
            )
        )
        of_key: dict[tuple[UUID, int], list[EconomicResource]] = defaultdict(list)
        for stock in stocks:
            of_key[stock.custodian_id, stock.conforms_to_id].append(stock)
        self._own |= {key: of_key[key] + self._newly.get(key, []) for key in missing}

    def _stocks_of(self, agent: Agent, kind: ResourceSpecification) -> list[EconomicResource]:
        key = (agent.pk, kind.pk)
        if key not in self._own:
            found = self._take(_own_stocks().filter(custodian=agent, conforms_to=kind))
            self._own[key] = found + self._newly.get(key, [])
        return self._own[key]

    def _remember(self, resource: EconomicResource, agent_id: UUID) -> None:
        key = (agent_id, resource.conforms_to_id)
        for stocks in (self._newly[key], self._own.get(key, self._newly[key])):
            if all(resource is not other for other in stocks):
                stocks.append(resource)

    def _take(self, stocks: Any) -> list[EconomicResource]:
        return [self._held.setdefault(r.pk, r) for r in stocks.select_for_update()]

    def _set(self, resource: EconomicResource, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(resource, name, value)
        self._changed.add(resource.pk)
        if resource._state.adding and resource.pk not in self._opened:
            self._opened.add(resource.pk)
            if resource.primary_accountable_id == resource.custodian_id:
                self._remember(resource, resource.custodian_id)

    def _change(
        self, resource: EconomicResource, accounting: Decimal, onhand: Decimal, event: EconomicEvent
    ) -> None:
        for name, delta in (("accounting_quantity", accounting), ("onhand_quantity", onhand)):
            before = Decimal(getattr(resource, name))
            after = before + delta
            if delta < 0 and after < 0:
                raise _shortage(resource, event, available=before, wanted=-delta)
            if after >= LARGEST:
                raise StockTooLarge(limit=f"{LARGEST:,}", unit=_unit(resource.conforms_to))
            setattr(resource, name, after)


def attributes_after(event: EconomicEvent, *, created: bool) -> dict[str, Any]:
    """What the event makes of its resource besides quantities; fields by attribute name."""
    facts = ACTIONS[event.action]
    values: dict[str, Any] = {}
    if created:
        values["primary_accountable_id"] = event.receiver_id
        values["custodian_id"] = event.receiver_id
        values["current_location_id"] = event.to_location_id or event.location_id
    if event.action in CLOSERS:
        values["custodian_id"] = event.receiver_id
    if facts.location is Change.UPDATE and event.to_location_id:
        values["current_location_id"] = event.to_location_id
    if facts.stage is Change.UPDATE and event.output_of and event.output_of.based_on:
        values["stage"] = event.output_of.based_on.code
    if facts.state is Change.UPDATE and event.state:
        values["state"] = event.state
    return values


def attributes_to_after(
    event: EconomicEvent, source: EconomicResource | None, *, created: bool
) -> dict[str, Any]:
    """What the event makes of its to-resource besides quantities."""
    facts, signs = ACTIONS[event.action], SIGNS[event.action]
    values: dict[str, Any] = {}
    rights_pass = facts.accountable in {Change.NEW, Change.UPDATE_TO}
    if rights_pass:
        values["primary_accountable_id"] = event.receiver_id
    elif created and source is not None:
        values["primary_accountable_id"] = source.primary_accountable_id
    if signs.to_onhand:
        values["custodian_id"] = event.receiver_id
    elif created and source is not None:
        values["custodian_id"] = source.custodian_id
    if event.to_location_id and (created or facts.location is Change.UPDATE_TO):
        values["current_location_id"] = event.to_location_id
    if facts.state is Change.UPDATE_TO and event.state:
        values["state"] = event.state
    return values


def _shortage(
    resource: EconomicResource, event: EconomicEvent, *, available: Decimal, wanted: Decimal
) -> InsufficientStock:
    error = ReversalUsedUp if event.corrects_id else InsufficientStock
    return error(
        available=amount_text(available),
        wanted=amount_text(wanted),
        unit=_unit(resource.conforms_to),
        kind=resource.conforms_to.label,
        resource=resource.pk,
    )


def _unit(kind: ResourceSpecification) -> str:
    return SYMBOLS[Unit(kind.unit)]
