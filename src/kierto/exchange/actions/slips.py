"""Deliveries that both sides have signed on paper, such as a year of weighing slips.

The operator of the district takes them over in one go: no side has to confirm again, and the
events form one stretch of the chain. Everything else is as for a delivery recorded in a form:
the same checks, the same order of promises, the same event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kierto.core.announce import announce
from kierto.core.quantity import Quantity
from kierto.exchange import permissions
from kierto.exchange.actions.deliveries import check_time, event_of, shared_out
from kierto.exchange.agreements import open_promises_of
from kierto.exchange.changes import DeliveryConfirmed
from kierto.exchange.errors import AgreementEnded, AmountTooSmall
from kierto.exchange.models import Delivery, Proposal
from kierto.exchange.queries import with_ends
from kierto.exchange.states import DeliveryState
from kierto.ledger.actions import record_events
from kierto.ledger.models import Agreement, Commitment, Provenance
from kierto.parties.models import Agent


@dataclass(frozen=True, slots=True)
class Slip:
    """One signed delivery; ``reference`` names the file and row, or the slip's number."""

    agreement: Agreement
    quantity: Quantity
    happened_at: datetime
    reference: str
    note: str = ""


@transaction.atomic
def record_slips(slips: Sequence[Slip], *, by: Agent) -> list[Delivery]:
    """Take over signed deliveries, in their order, all or none.

    Raises:
        NotAllowed, AgreementEnded, AmountTooSmall, WrongDimension, DeliveryOutOfTime;
        InsufficientStock when a processor delivers what no recorded run has made.
    """
    book = _Book({slip.agreement.pk for slip in slips}, by)
    drafts, deliveries = [], []
    for slip in slips:
        delivery = book.delivery_of(slip)
        drafts.append(event_of(delivery, book.keep(delivery), Provenance.FILE, slip.reference))
        deliveries.append(delivery)
    events = record_events(drafts, by=by)
    for delivery, event in zip(deliveries, events, strict=True):
        delivery.event = event
    Delivery.objects.bulk_create(deliveries)
    for delivery in deliveries:
        announce(DeliveryConfirmed(delivery))
    return deliveries


class _Book:
    """The agreements of a batch and what is still owed under each, read once."""

    def __init__(self, agreements: set[UUID], by: Agent) -> None:
        self._by = by
        proposals = with_ends(Proposal.objects.filter(agreement__in=agreements))
        self._proposals = {each.agreement_id: each for each in proposals}
        # The decision depends on the two districts only, so one of each pair is asked about.
        by_districts = {
            (each.source_place.district_id, each.target_place.district_id): each
            for each in self._proposals.values()
        }
        for proposal in by_districts.values():
            permissions.can_record_slips(by, proposal).require()
        self._owed: dict[UUID, list[tuple[Commitment, Decimal]]] = open_promises_of(agreements)
        self._promises: dict[UUID, list[Commitment]] = defaultdict(list)
        promises = Commitment.objects.filter(
            agreement__in=agreements, cancelled_at__isnull=True
        ).order_by("has_beginning")
        for promise in promises:
            if promise.agreement_id is not None:
                self._promises[promise.agreement_id].append(promise)

    def delivery_of(self, slip: Slip) -> Delivery:
        """The confirmed delivery, checked and not yet saved."""
        proposal = self._proposals[slip.agreement.pk]
        amount = slip.quantity.amount_in(proposal.kind.unit)
        if amount <= 0:
            raise AmountTooSmall
        check_time(proposal, slip.happened_at)
        slip.agreement.proposal = proposal
        now = timezone.now()
        return Delivery(
            agreement=slip.agreement,
            commitment=self._commitment_at(slip),
            resource_quantity=amount,
            entered_value=f"{slip.quantity.value.normalize():f}",
            entered_unit=slip.quantity.unit,
            happened_at=slip.happened_at,
            note=slip.note.strip(),
            recorded_by=self._by,
            recorded_for=proposal.provider,
            recorded_at=now,
            state=DeliveryState.CONFIRMED,
            decided_by=self._by,
            decided_at=now,
        )

    def keep(self, delivery: Delivery) -> list[tuple[Commitment, Decimal]]:
        """The promises that this delivery keeps, taken off what is owed."""
        owed = self._owed.get(delivery.agreement_id, [])
        kept = shared_out(delivery, owed)
        off = {promise.pk: amount for promise, amount in kept}
        self._owed[delivery.agreement_id] = [
            (promise, amount - off.get(promise.pk, Decimal(0)))
            for promise, amount in owed
            if amount > off.get(promise.pk, Decimal(0))
        ]
        return kept

    def _commitment_at(self, slip: Slip) -> Commitment:
        day = timezone.localdate(slip.happened_at)
        promises = self._promises[slip.agreement.pk]
        if not promises:
            raise AgreementEnded
        begun = [each for each in promises if each.has_beginning <= day]
        return begun[-1] if begun else promises[0]
