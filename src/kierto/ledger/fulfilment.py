"""Which promises an event keeps."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from kierto.core.quantity import rounded
from kierto.ledger import errors
from kierto.ledger.drafts import EventDraft
from kierto.ledger.hashing import amount_text
from kierto.ledger.models import Commitment, EconomicEvent

Kept = list[tuple[Commitment, Decimal]]
"""Promises, and how much of each is kept; less than nothing where it is taken back."""


def promises_of(draft: EventDraft) -> list[UUID]:
    """Ids of the promises that a draft names."""
    match draft.fulfills:
        case None:
            return []
        case Commitment() as promise:
            return [promise.pk]
        case several:
            return [promise.pk for promise, _amount in several]


def kept_promises(draft: EventDraft, event: EconomicEvent, stored: dict[UUID, Commitment]) -> Kept:
    """Which promises the event keeps, and how much of each; ``stored`` is how they stand now.

    Raises:
        PromiseCancelled, PromiseDoesNotFit, PromiseOverdrawn: as they say.
    """
    brought = event.effort_quantity if event.resource_quantity is None else event.resource_quantity
    match draft.fulfills:
        case None:
            return []
        case Commitment() as promise:
            kept = [(promise, brought or Decimal(0))]
        case several:
            kept = [(promise, rounded(amount)) for promise, amount in several]
    for promise, amount in kept:
        _check_promise(stored[promise.pk], event)
        if amount <= 0:
            raise errors.AmountNotPositive(amount=amount_text(amount))
    counted = sum((amount for _, amount in kept), Decimal(0))
    if counted > (brought or 0):
        raise errors.PromiseOverdrawn(
            counted=amount_text(counted), brought=amount_text(brought or Decimal(0))
        )
    return kept


def _check_promise(stored: Commitment, event: EconomicEvent) -> None:
    if stored.cancelled_at is not None:
        raise errors.PromiseCancelled()
    if (
        stored.action != event.action
        or stored.provider_id != event.provider_id
        or stored.receiver_id != event.receiver_id
        or not event.conforms_to.is_within(stored.conforms_to)
    ):
        raise errors.PromiseDoesNotFit()
