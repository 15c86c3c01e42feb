"""The price of a repair: promised when it is ready, paid at the counter, both in the ledger."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from kierto.ledger.actions import cancel_commitment, create_agreement, record_transfer
from kierto.ledger.drafts import CommitmentDraft
from kierto.ledger.models import Action, EconomicEvent, Provenance
from kierto.parties.models import Agent
from kierto.repair import billing, permissions
from kierto.repair.actions.writing import euros, locked, recorder_for
from kierto.repair.errors.tickets import NothingDue, PaidAlready, PaidTooMuch
from kierto.repair.models import Ticket

DAYS_TO_PAY = 14


def send_bill(ticket: Ticket, *, by: Agent) -> None:
    """Promise the price: `transfer` of euros from the owner to the workshop. Sets ``bill``.

    Nothing is promised for a repair free of charge, of the workshop's own things, and where the
    catalogue has no money.
    """
    kind, shop = billing.euro(), ticket.workshop.agent
    if not ticket.price or kind is None or ticket.owner_id == shop.pk:
        return
    today = timezone.localdate()
    ticket.bill = create_agreement(
        name=ticket.code,
        commitments=[
            CommitmentDraft(
                action=Action.TRANSFER,
                provider=ticket.owner,
                receiver=shop,
                conforms_to=kind,
                quantity=ticket.price,
                has_beginning=today,
                has_end=today + timedelta(days=DAYS_TO_PAY),
            )
        ],
        by=recorder_for(by, ticket.workshop),
    )


def withdraw_bill(ticket: Ticket, *, by: Agent) -> None:
    """Take the promise back, because work goes on. Clears ``bill``.

    Raises:
        PaidAlready: some of it was paid.
    """
    promise = billing.promise_of(ticket)
    if promise is None:
        return
    if billing.paid(ticket):
        raise PaidAlready
    cancel_commitment(promise, by=recorder_for(by, ticket.workshop))
    ticket.bill = None


@transaction.atomic
def pay(ticket: Ticket, *, amount: Decimal | int | None = None, by: Agent) -> EconomicEvent:
    """Record that euros were paid: all that is due, or some of it.

    Raises:
        NotAllowed, NothingDue, PaidTooMuch, AmountImplausible.
    """
    ticket = locked(ticket, for_ledger=True)
    permissions.can_take_money(by, ticket).require()
    promise, rest = billing.promise_of(ticket), billing.due(ticket)
    if promise is None or not rest:
        raise NothingDue
    given = rest if amount is None else euros(amount, "amount")
    if not 0 < given <= rest:
        raise PaidTooMuch(given=f"{given:.2f}", due=f"{rest:.2f}")
    return record_transfer(
        provider=ticket.owner,
        receiver=ticket.workshop.agent,
        conforms_to=promise.conforms_to,
        quantity=given,
        fulfills=promise,
        provenance=Provenance.FORM,
        provenance_reference=ticket.code,
        by=recorder_for(by, ticket.workshop),
    )
