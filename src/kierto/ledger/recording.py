"""The one place where events are written: in line, checked, applied, chained, all or nothing.

A recorder first locks the chain head, so that recorders stand in line and nothing that a rule
looked at can change before the event is written (on SQLite the transaction itself is the lock).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from kierto.core.announce import announce
from kierto.core.quantity import Quantity, rounded
from kierto.ledger import errors, rules
from kierto.ledger.books import Books
from kierto.ledger.changes import EventRecorded
from kierto.ledger.drafts import EventDraft
from kierto.ledger.effects import ACTIONS, CLOSERS, OPENERS, Creation
from kierto.ledger.fulfilment import Kept, kept_promises, promises_of
from kierto.ledger.hashing import COLUMNS, GENESIS, amount_text, event_hash
from kierto.ledger.models import (
    Action,
    ChainHead,
    Commitment,
    EconomicEvent,
    EconomicResource,
    Fulfillment,
    Provenance,
    Visibility,
)
from kierto.ledger.permissions import can_record
from kierto.ledger.reversals import mirror_of, standing_on
from kierto.parties.models import Agent, Place
from kierto.parties.queries import operates


class Recorder:
    """One recording of one or many events; ``by`` is who records."""

    def __init__(self, by: Agent) -> None:
        self._by = by
        self._head = lock_head()
        self._books = Books()
        self._allowed: set[tuple[Any, ...]] = set()
        self._districts: dict[int | None, bool] = {}
        self._promises: dict[UUID, Commitment] = {}
        self._events: list[EconomicEvent] = []
        self._fulfillments: list[Fulfillment] = []

    def foresee(self, drafts: list[EventDraft]) -> None:
        """Read at once what a stream of drafts will ask for one by one."""
        found = [draft for draft in drafts if draft.find_stock]
        self._books.foresee(
            {(d.provider.pk, d.conforms_to.pk) for d in found}
            | {(d.receiver.pk, d.conforms_to.pk) for d in found}
        )
        promised = [pk for draft in drafts for pk in promises_of(draft)]
        promises = Commitment.objects.select_related("conforms_to")
        self._promises = promises.in_bulk(promised) if promised else {}

    def enter(self, draft: EventDraft) -> EconomicEvent:
        """Check a draft and take it in; a stock that arises is raised first."""
        self._require(draft)
        return self._enter(draft)

    def _enter(self, draft: EventDraft) -> EconomicEvent:
        draft = self._with_stocks(draft)
        event = self._event_of(draft)
        books = self._books
        opens = event.resource is not None and not books.is_open(event.resource)
        opens_to = event.to_resource is not None and not books.is_open(event.to_resource)
        if opens and ACTIONS[event.action].creates is not Creation.OPTIONAL:
            raise errors.ResourceMissing(action=Action(event.action).label)
        rules.check_hands(event, opens=opens, opens_to=opens_to)
        if event.action in CLOSERS:
            self._check_pair(event, event.output_of_id, event.resource_quantity or Decimal(0))
        books.apply(event)
        self._chain(event, kept_promises(draft, event, self._promises))
        return event

    def enter_reversal(self, original: EconomicEvent, reason: str) -> EconomicEvent:
        """The mirror of an event: everything alike but the amounts, which have the other sign."""
        mirror = mirror_of(original, reason, self._by)
        mirror.resource = self._held(original.resource)
        mirror.to_resource = self._held(original.to_resource)
        if mirror.action in OPENERS:
            self._check_pair(mirror, mirror.input_of_id, -(mirror.resource_quantity or Decimal(0)))
        self._books.apply(mirror)
        for resource in filter(None, (mirror.resource, mirror.to_resource)):
            self._books.undo(resource, standing_on(resource, without=original))
        kept = [(f.commitment, -f.resource_quantity) for f in original.fulfills.all()]
        self._chain(mirror, kept)
        return mirror

    def write(self) -> list[EconomicEvent]:
        """Store everything that was taken in, and tell the higher floors."""
        self._books.write()
        EconomicEvent.objects.bulk_create(self._events, batch_size=500)
        Fulfillment.objects.bulk_create(self._fulfillments, batch_size=1000)
        self._head.save(update_fields=["number", "hash"])
        for event in self._events:
            announce(EventRecorded(event))
        return self._events

    def _require(self, draft: EventDraft) -> None:
        places = (draft.location, draft.to_location)
        asked = (draft.provider.pk, draft.receiver.pk, *(place and place.pk for place in places))
        if asked in self._allowed or any(self._runs(place) for place in places if place):
            return
        can_record(self._by, draft.provider, draft.receiver, places).require()
        self._allowed.add(asked)

    def _runs(self, place: Place) -> bool:
        """Whether the recorder runs the place's district: one answer serves a whole stream."""
        district = place.district_id
        if district not in self._districts:
            self._districts[district] = operates(self._by, district)
        return self._districts[district]

    def _held(self, resource: EconomicResource | None) -> EconomicResource | None:
        return None if resource is None else self._books.held(resource)

    def _with_stocks(self, draft: EventDraft) -> EventDraft:
        """Name the stocks: the given ones as they are now, else those found or opened."""
        rules.known(draft.action, Action)
        resource, target = self._held(draft.resource), self._held(draft.to_resource)
        amount = rules.amount_of(draft.quantity, draft.conforms_to)
        creates = ACTIONS[draft.action].creates
        if resource is None and draft.find_stock:
            owner = draft.receiver if creates is Creation.OPTIONAL else draft.provider
            resource = self._find(owner, draft, draft.location, amount)
        elif resource is None and creates is Creation.OPTIONAL:
            resource = self._books.open(_new(draft), draft.receiver)
        if draft.arises and resource is not None and amount is not None:
            self._raise_shortage(draft, resource, amount)
        if target is None and creates is Creation.OPTIONAL_TO:
            if draft.find_stock:
                target = self._find(draft.receiver, draft, draft.to_location, Decimal(0))
            else:
                target = self._books.open(_new(draft), draft.receiver)
        return replace(draft, resource=resource, to_resource=target)

    def _find(
        self, agent: Agent, draft: EventDraft, place: Place | None, amount: Decimal | None
    ) -> EconomicResource:
        found = self._books.find(agent, draft.conforms_to, place, amount or Decimal(0))
        return found or self._books.open(_new(draft), agent)

    def _raise_shortage(
        self, draft: EventDraft, resource: EconomicResource, amount: Decimal
    ) -> None:
        there = min(resource.accounting_quantity, resource.onhand_quantity)
        if there < amount:
            self._enter(draft.raised(resource, amount - there))

    def _event_of(self, draft: EventDraft) -> EconomicEvent:
        quantity = rules.amount_of(draft.quantity, draft.conforms_to)
        effort = None if draft.effort is None else rounded(Decimal(draft.effort))
        rules.check_amounts(draft, quantity, effort)
        rules.check_texts(draft)
        rules.check_sides(draft)
        rules.check_resources(draft, draft.resource, draft.to_resource)
        start, end = rules.times_of(draft)
        entered = draft.quantity if isinstance(draft.quantity, Quantity) else None
        return EconomicEvent(
            action=draft.action,
            provider=draft.provider,
            receiver=draft.receiver,
            conforms_to=draft.conforms_to,
            resource=draft.resource,
            to_resource=draft.to_resource,
            resource_quantity=quantity,
            entered_value=amount_text(entered.value) if entered else "",
            entered_unit=entered.unit if entered else "",
            effort_quantity=effort,
            has_beginning=start,
            has_end=end,
            location=draft.location,
            to_location=draft.to_location,
            input_of=draft.input_of,
            output_of=draft.output_of,
            realization_of=draft.agreement,
            state=draft.state,
            note=draft.note,
            triggered_by=draft.triggered_by,
            visibility=rules.known(draft.shown_to, Visibility),
            recorded_by=self._by,
            provenance=rules.known(draft.provenance, Provenance),
            provenance_reference=draft.provenance_reference,
        )

    def _check_pair(self, event: EconomicEvent, process: UUID | None, returning: Decimal) -> None:
        """No more comes back than went out; no less stays out than came back."""
        mates = {event.action, ACTIONS[event.action].pairs}
        there = Q(resource=event.resource_id, action__in=mates)
        stored = EconomicEvent.objects.filter(there, Q(input_of=process) | Q(output_of=process))
        sums = dict(stored.values_list("action").annotate(Sum("resource_quantity")).order_by())
        pending = [
            e for e in self._events
            if e.action in mates and e.resource_id == event.resource_id
            and process in {e.input_of_id, e.output_of_id}
        ]  # fmt: skip
        for other in pending:
            sums[other.action] = sums.get(other.action, 0) + other.resource_quantity
        out = sum((amount if action in OPENERS else -amount) for action, amount in sums.items())
        if returning > out:
            raise errors.NothingToReturn(
                outstanding=amount_text(rounded(Decimal(out))), wanted=amount_text(returning)
            )

    def _chain(self, event: EconomicEvent, kept: Kept) -> None:
        event.number = self._head.number + 1
        event.previous_hash = self._head.hash or GENESIS
        event.recorded_at = timezone.now()
        values = {column: getattr(event, column) for column in COLUMNS}
        event.hash = event_hash(values, [(promise.pk, amount) for promise, amount in kept])
        self._head.number, self._head.hash = event.number, event.hash
        self._events.append(event)
        self._fulfillments += [
            Fulfillment(event=event, commitment=promise, resource_quantity=amount)
            for promise, amount in kept
        ]


def record(drafts: Iterable[EventDraft], by: Agent) -> list[EconomicEvent]:
    """Write all drafts, in order, or none; with whatever was raised on the way."""
    with transaction.atomic():
        recorder = Recorder(by)
        drafts = list(drafts)
        recorder.foresee(drafts)
        entered = [recorder.enter(draft) for draft in drafts]
        recorder.write()
    return entered


def _new(draft: EventDraft) -> EconomicResource:
    return EconomicResource(
        conforms_to=draft.conforms_to,
        accounting_quantity=Decimal(0),
        onhand_quantity=Decimal(0),
    )


def lock_head() -> ChainHead:
    """Stand in line: nobody else records or cancels until this transaction ends."""
    return ChainHead.objects.select_for_update().get_or_create(pk=1)[0]
