"""The verbs of the ledger: its only writers.

``by`` is who records; sums, stocks and chain follow from the events. See
``docs/explanation/ledger.md`` for the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from kierto.catalogue.models import Recipe, ResourceSpecification
from kierto.core.announce import announce
from kierto.core.quantity import Quantity, rounded
from kierto.ledger import errors, rules
from kierto.ledger.chain import Progress, verify
from kierto.ledger.changes import AgreementMade, CommitmentCancelled
from kierto.ledger.drafts import CommitmentDraft, EventDraft, Fulfills
from kierto.ledger.hashing import amount_text
from kierto.ledger.models import (
    Action,
    Agreement,
    ChainCheck,
    Commitment,
    EconomicEvent,
    EconomicResource,
    Process,
    Visibility,
)
from kierto.ledger.permissions import can_cancel, can_check, can_promise, can_reverse
from kierto.ledger.queries import fulfilled
from kierto.ledger.recording import Recorder, lock_head, record
from kierto.parties.models import Agent, Place


def record_event(
    *,
    action: str,
    provider: Agent,
    receiver: Agent,
    conforms_to: ResourceSpecification,
    quantity: Quantity | Decimal | None = None,
    effort: Decimal | None = None,
    resource: EconomicResource | None = None,
    to_resource: EconomicResource | None = None,
    location: Place | None = None,
    to_location: Place | None = None,
    input_of: Process | None = None,
    output_of: Process | None = None,
    realization_of: Agreement | None = None,
    fulfills: Fulfills = None,
    happened_at: datetime | None = None,
    has_beginning: datetime | None = None,
    has_end: datetime | None = None,
    state: str = "",
    note: str = "",
    triggered_by: EconomicEvent | None = None,
    visibility: str | None = None,
    provenance: str,
    provenance_reference: str = "",
    find_stock: bool = False,
    arises: bool = False,
    by: Agent,
) -> EconomicEvent:
    """Write down what happened. See :class:`~kierto.ledger.drafts.EventDraft` for the fields.

    Raises:
        DomainError: one of :mod:`kierto.ledger.errors`, or
            :class:`~kierto.core.errors.NotAllowed`; then nothing was written.
    """
    fields: dict[str, Any] = {name: value for name, value in locals().items() if name != "by"}
    return record([EventDraft(**fields)], by)[0]


def record_events(batch: Iterable[EventDraft], *, by: Agent) -> list[EconomicEvent]:
    """Write a stream of events: one lock, one stretch of the chain, all or nothing.

    Returns the events of the drafts, in their order (not those raised on the way).
    """
    return record(batch, by)


def record_transfer(
    *,
    provider: Agent,
    receiver: Agent,
    conforms_to: ResourceSpecification,
    quantity: Quantity | Decimal,
    arises: bool = True,
    provenance: str,
    by: Agent,
    **fields: Any,
) -> EconomicEvent:
    """A transfer between the parties' own stocks of the kind, found or opened.

    What the provider's stock lacks is raised first, because side streams arise in work that the
    ledger does not see; with ``arises=False`` it must be there.
    """
    return record_event(
        action=Action.TRANSFER,
        provider=provider,
        receiver=receiver,
        conforms_to=conforms_to,
        quantity=quantity,
        find_stock=True,
        arises=arises,
        provenance=provenance,
        by=by,
        **fields,
    )


@transaction.atomic
def reverse_event(event: EconomicEvent, *, reason: str, by: Agent) -> EconomicEvent:
    """Put a mistake right: record the mirror of an event, which stays as it is.

    Stocks, and what was counted towards promises, are again as if it had not happened.

    Raises:
        AlreadyReversed: once is enough.
        ReversalIsFinal: the event is itself a reversal; record what happened anew.
        ReversalUsedUp: what it gave has been passed on since.
    """
    recorder = Recorder(by)
    original = _event_now(event)
    can_reverse(by, original).require()
    if not reason.strip():
        raise errors.ReasonMissing()
    if original.corrects_id is not None:
        raise errors.ReversalIsFinal(number=original.number)
    if hasattr(original, "corrected_by"):
        raise errors.AlreadyReversed(number=original.number, by=original.corrected_by.number)
    mirror = recorder.enter_reversal(original, reason.strip())
    recorder.write()
    return mirror


@transaction.atomic
def start_process(
    *,
    name: str,
    based_on: Recipe | None = None,
    place: Place | None = None,
    note: str = "",
    by: Agent,
) -> Process:
    """Begin something that turns inputs into outputs; who may fill it, the events decide."""
    return Process.objects.create(
        name=name[:200], based_on=based_on, place=place, note=note, created_by=by
    )


@transaction.atomic
def create_agreement(
    *,
    name: str,
    commitments: Sequence[CommitmentDraft],
    note: str = "",
    visibility: str = Visibility.PARTIES,
    by: Agent,
) -> Agreement:
    """Write down what parties have promised one another.

    Raises:
        BadPromise: a promise without an amount, or that ends before it starts.
        NotAllowed: ``by`` speaks for neither side of one of the promises.
    """
    for pair in {(draft.provider.pk, draft.receiver.pk): draft for draft in commitments}.values():
        can_promise(by, pair.provider, pair.receiver).require()
    agreement = Agreement.objects.create(
        name=name[:200],
        note=note,
        visibility=rules.known(visibility, Visibility),
        created_by=by,
    )
    Commitment.objects.bulk_create(_promise(agreement, draft) for draft in commitments)
    announce(AgreementMade(agreement))
    return agreement


@transaction.atomic
def cancel_commitment(commitment: Commitment, *, by: Agent) -> Commitment:
    """Take back a promise of which nothing has been kept yet. Cancelling twice changes nothing.

    Raises:
        PromiseAlreadyKept: part of it has happened.
    """
    lock_head()  # nobody keeps the promise while it is being taken back
    stored = Commitment.objects.select_related(
        "provider", "receiver", "from_place", "to_place"
    ).get(pk=commitment.pk)
    can_cancel(by, stored).require()
    kept = fulfilled(stored)
    if kept:
        raise errors.PromiseAlreadyKept(fulfilled=amount_text(kept))
    if stored.cancelled_at is None:
        stored.cancelled_at = timezone.now()
        stored.save(update_fields=["cancelled_at"])
        announce(CommitmentCancelled(stored))
    return stored


def check_chain(*, by: Agent, progress: Progress | None = None) -> ChainCheck:
    """Verify the whole chain and remember the result, which the next check has to meet."""
    can_check(by).require()
    result = verify(progress)
    return ChainCheck.objects.create(
        checked_by=by,
        ok=result.ok,
        events=result.events,
        last_hash=result.last_hash,
        broken_at=result.broken_at,
        reason=result.reason,
        expected=result.expected[:200],
        found=result.found[:200],
    )


def _promise(agreement: Agreement, draft: CommitmentDraft) -> Commitment:
    amount = rules.amount_of(draft.quantity, draft.conforms_to)
    if amount is None or amount <= 0 or draft.has_end < draft.has_beginning:
        raise errors.BadPromise()
    return Commitment(
        agreement=agreement,
        action=rules.known(draft.action, Action),
        provider=draft.provider,
        receiver=draft.receiver,
        conforms_to=draft.conforms_to,
        resource=draft.resource,
        resource_quantity=amount,
        effort_quantity=None if draft.effort is None else rounded(draft.effort),
        has_beginning=draft.has_beginning,
        has_end=draft.has_end,
        input_of=draft.input_of,
        output_of=draft.output_of,
        from_place=draft.from_place,
        to_place=draft.to_place,
    )


def _event_now(event: EconomicEvent) -> EconomicEvent:
    return (
        EconomicEvent.objects.select_related(
            "provider", "receiver", "location", "to_location", "conforms_to", "corrected_by"
        )
        .prefetch_related("fulfills__commitment")
        .get(pk=event.pk)
    )
