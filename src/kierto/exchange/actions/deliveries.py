"""Deliveries: one side records, the other confirms, and then they are events of the ledger.

What a confirmed delivery writes is one event, the promise's: a ``transfer``, or a ``move`` between
two places of one agent (see :func:`kierto.exchange.actions.proposals.carrying_action`).
A side stream arises in work that the ledger does not see; so where the delivery comes from an
offer, whatever the provider's stock lacks is raised first, in the same transaction. What comes
from a processor must have been produced by a recorded run. The receiver keeps it as stock: a run
of a processor consumes it, and what a need's owner does with it is theirs to record.

The event keeps the promise of the period in which it happened, then what is still owed of earlier
periods, oldest first; whatever is left over is surplus.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import formats, timezone

from kierto.core.announce import announce
from kierto.core.photos import clean_photo, photo_name
from kierto.core.quantity import Quantity
from kierto.core.transitions import move
from kierto.exchange import permissions, topics
from kierto.exchange.agreements import open_promises
from kierto.exchange.changes import DeliveryConfirmed
from kierto.exchange.errors import (
    AgreementEnded,
    AmountTooSmall,
    DeliveryOutOfTime,
    NotAParty,
    ReasonMissing,
)
from kierto.exchange.models import Delivery, Proposal
from kierto.exchange.queries import with_ends
from kierto.exchange.states import DELIVERY_STEPS, DeliveryState
from kierto.ledger.actions import record_events
from kierto.ledger.drafts import EventDraft
from kierto.ledger.models import Action, Agreement, Commitment, Provenance
from kierto.notices.actions import notify
from kierto.parties.models import Agent


@transaction.atomic
def record_delivery(
    agreement: Agreement,
    *,
    quantity: Quantity,
    happened_at: datetime,
    agent: Agent,
    note: str = "",
    photo: IO[bytes] | None = None,
    by: Agent,
) -> Delivery:
    """Say what was delivered, in the name of one side (``agent``). It waits for the other side.

    Raises:
        NotAParty, NotAllowed, AgreementEnded, AmountTooSmall, WrongDimension,
        DeliveryOutOfTime, NotAPhoto, PhotoTooLarge.
    """
    proposal = _proposal_of(agreement)
    agreement.proposal = proposal
    if agent.pk not in {party.pk for party in proposal.parties}:
        raise NotAParty(agent=agent.name)
    permissions.can_record_delivery(by, agreement, agent).require()
    amount = quantity.amount_in(proposal.kind.unit)
    if amount <= 0:
        raise AmountTooSmall
    check_time(proposal, happened_at)
    delivery = Delivery(
        agreement=agreement,
        commitment=_commitment_at(agreement, happened_at),
        resource_quantity=amount,
        entered_value=f"{quantity.value.normalize():f}",
        entered_unit=quantity.unit,
        happened_at=happened_at,
        note=note.strip(),
        recorded_by=by,
        recorded_for=agent,
    )
    if photo is not None:
        delivery.photo.save(photo_name(), ContentFile(clean_photo(photo)), save=False)
    delivery.save()
    _tell(delivery, topics.DELIVERY_RECORDED, _others(delivery), who=agent)
    return delivery


@transaction.atomic
def confirm_delivery(delivery: Delivery, *, by: Agent) -> Delivery:
    """Say that it is right. Writes the transfer to the ledger, with the promises that it keeps.

    Raises:
        IllegalTransition, NotAllowed; InsufficientStock when a processor delivers what no
        recorded run has made.
    """
    delivery = _stepped(delivery, DeliveryState.CONFIRMED, by)
    delivery.event = record_events([event_of(delivery, kept_promises(delivery))], by=by)[0]
    delivery.save(update_fields=["state", "event", "decided_by", "decided_at"])
    _tell(delivery, topics.DELIVERY_CONFIRMED, [delivery.recorded_for])
    announce(DeliveryConfirmed(delivery))
    return delivery


@transaction.atomic
def dispute_delivery(delivery: Delivery, *, reason: str, by: Agent) -> Delivery:
    """Say that it is not right, and why. It stays out of the ledger.

    Raises:
        IllegalTransition, NotAllowed, ReasonMissing.
    """
    delivery = _stepped(delivery, DeliveryState.DISPUTED, by)
    if not reason.strip():
        raise ReasonMissing
    delivery.reason = reason.strip()
    delivery.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    who = next(iter(_others(delivery)), delivery.recorded_for)
    _tell(
        delivery,
        topics.DELIVERY_DISPUTED,
        [delivery.recorded_for],
        who=who,
        reason=delivery.reason,
    )
    return delivery


@transaction.atomic
def withdraw_delivery(delivery: Delivery, *, by: Agent) -> Delivery:
    """Take back what one's own side recorded, as long as it is not confirmed.

    Raises:
        IllegalTransition, NotAllowed.
    """
    delivery = _stepped(delivery, DeliveryState.WITHDRAWN, by)
    delivery.save(update_fields=["state", "decided_by", "decided_at"])
    return delivery


def _stepped(delivery: Delivery, wanted: str, by: Agent) -> Delivery:
    """The row, locked, with the step judged and set but not saved."""
    Delivery.objects.select_for_update().get(pk=delivery.pk)
    delivery = Delivery.objects.select_related(
        "agreement",
        "commitment",
        "recorded_for__organization",
        "recorded_for__person",
    ).get(pk=delivery.pk)
    delivery.agreement.proposal = _proposal_of(delivery.agreement)
    roles = permissions.delivery_roles(by, delivery)
    if (delivery.state, wanted) in DELIVERY_STEPS:
        permissions.can_move_delivery(by, delivery, wanted).require()
    delivery.state = move(DELIVERY_STEPS, delivery.state, wanted, roles)
    delivery.decided_by = by
    delivery.decided_at = timezone.now()
    return delivery


def _proposal_of(agreement: Agreement) -> Proposal:
    return with_ends(Proposal.objects.all()).get(agreement=agreement)


def _commitment_at(agreement: Agreement, happened_at: datetime) -> Commitment:
    """The promise of the period in which it happened, or of the last one before it."""
    day = timezone.localdate(happened_at)
    promises = Commitment.objects.filter(agreement=agreement, cancelled_at__isnull=True)
    found = promises.filter(has_beginning__lte=day).order_by("-has_beginning").first()
    found = found or promises.order_by("has_beginning").first()
    if found is None:
        raise AgreementEnded
    return found


def check_time(proposal: Proposal, happened_at: datetime) -> None:
    """A delivery happens within the term of its agreement, and not in the future."""
    early = timezone.localdate(happened_at) < proposal.starts_on
    if early or happened_at > timezone.now():
        raise DeliveryOutOfTime(start=formats.date_format(proposal.starts_on))


def event_of(
    delivery: Delivery,
    kept: list[tuple[Commitment, Decimal]],
    provenance: str = Provenance.FORM,
    reference: str = "",
) -> EventDraft:
    """The event of the delivery, with the promises that it keeps; its action is the promise's."""
    proposal = delivery.agreement.proposal
    assert delivery.commitment is not None  # noqa: S101 (set when it was recorded)
    action = delivery.commitment.action
    carried = action in (Action.TRANSFER, Action.MOVE)
    return EventDraft(
        action=action,
        provider=proposal.provider,
        receiver=proposal.receiver,
        conforms_to=proposal.kind,
        quantity=_as_entered(delivery),
        location=proposal.source_place,
        to_location=proposal.target_place if carried else None,
        realization_of=delivery.agreement,
        fulfills=kept,
        happened_at=delivery.happened_at,
        note=delivery.note,
        provenance=provenance,
        provenance_reference=reference or f"delivery:{delivery.pk}",
        find_stock=True,
        arises=carried and proposal.offer_id is not None,
    )


def _as_entered(delivery: Delivery) -> Quantity:
    return Quantity(Decimal(delivery.entered_value), delivery.entered_unit)


def kept_promises(delivery: Delivery) -> list[tuple[Commitment, Decimal]]:
    """Which promises a delivery keeps, and how much of each."""
    return shared_out(delivery, open_promises(delivery.agreement))


def shared_out(
    delivery: Delivery, open_: list[tuple[Commitment, Decimal]]
) -> list[tuple[Commitment, Decimal]]:
    """Its amount over what is owed: its own period's promise first, then older ones."""
    day = timezone.localdate(delivery.happened_at)
    due = [each for each in open_ if each[0].has_beginning <= day]
    left = delivery.resource_quantity
    kept = []
    for promise, owed in sorted(due, key=lambda each: each[0].pk != delivery.commitment_id):
        part = min(left, owed)
        if part > 0:
            kept.append((promise, part))
            left -= part
    return kept


def _others(delivery: Delivery) -> list[Agent]:
    parties = delivery.agreement.proposal.parties
    return [party for party in parties if party.pk != delivery.recorded_for_id]


def _tell(delivery: Delivery, topic: str, to: list[Agent], **more: object) -> None:
    for agent in to:
        notify(
            agent,
            topic,
            path=reverse("exchange:agreement", args=[delivery.agreement_id]),
            what=delivery.agreement.name,
            quantity=Decimal(delivery.entered_value),
            unit=delivery.entered_unit,
            day=timezone.localdate(delivery.happened_at),
            **more,
        )
