"""Spare parts: wanted, on their way, fitted from the workshop's stock, or not needed."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import Unit
from kierto.ledger.actions import record_event
from kierto.ledger.models import Action, Provenance
from kierto.parties.models import Agent
from kierto.repair import permissions
from kierto.repair.actions.custody import place_of
from kierto.repair.actions.writing import euros, locked, recorder_for
from kierto.repair.errors.tickets import (
    AmountImplausible,
    NotBegun,
    PartNotCounted,
    PartSettled,
    WordsMissing,
)
from kierto.repair.models import Ticket, TicketPart
from kierto.repair.states import PartState, TicketState

MOST_PIECES = 10_000
_SETTLED = (PartState.FITTED, PartState.DROPPED)


@transaction.atomic
def add_part(
    ticket: Ticket,
    *,
    name: str,
    kind: ResourceSpecification | None = None,
    quantity: int = 1,
    price: Decimal | None = None,
    by: Agent,
) -> TicketPart:
    """Note that a part is wanted. With a kind it can be looked for in the exchange.

    Raises:
        NotAllowed, WordsMissing, PartNotCounted, AmountImplausible.
    """
    ticket = locked(ticket)
    permissions.can_work_on(by, ticket).require()
    if not name.strip():
        raise WordsMissing(field="name")
    if kind is not None and kind.unit != Unit.ITEM:
        raise PartNotCounted(kind=kind.label)
    if not 1 <= quantity <= MOST_PIECES:
        raise AmountImplausible(amount=quantity, least=1, most=MOST_PIECES, field="quantity")
    return TicketPart.objects.create(
        ticket=ticket,
        name=name.strip()[:160],
        kind=kind,
        quantity=quantity,
        price=None if price is None else euros(price, "price"),
    )


@transaction.atomic
def order_part(part: TicketPart, *, by: Agent) -> TicketPart:
    """Note that it is on its way.

    Raises:
        NotAllowed, PartSettled.
    """
    _ticket, part = _held(part, by)
    return _settle(part, PartState.ORDERED)


@transaction.atomic
def fit_part(part: TicketPart, *, by: Agent) -> TicketPart:
    """Fit it: one of a kind is consumed from the workshop's stock, which arises if bought.

    Raises:
        NotAllowed, PartSettled, NotBegun.
    """
    ticket, part = _held(part, by)
    if ticket.process is None or ticket.state != TicketState.IN_WORK:
        raise NotBegun
    if part.kind is not None:
        workshop = ticket.workshop
        part.event = record_event(
            action=Action.CONSUME,
            provider=workshop.agent,
            receiver=workshop.agent,
            conforms_to=part.kind,
            quantity=Decimal(part.quantity),
            input_of=ticket.process,
            location=place_of(ticket),
            find_stock=True,
            arises=True,
            provenance=Provenance.FORM,
            provenance_reference=ticket.code,
            by=recorder_for(by, workshop),
        )
    return _settle(part, PartState.FITTED)


@transaction.atomic
def drop_part(part: TicketPart, *, by: Agent) -> TicketPart:
    """It is not needed after all.

    Raises:
        NotAllowed, PartSettled.
    """
    _ticket, part = _held(part, by)
    return _settle(part, PartState.DROPPED)


def _held(part: TicketPart, by: Agent) -> tuple[Ticket, TicketPart]:
    ticket = locked(part.ticket, for_ledger=True)
    permissions.can_work_on(by, ticket).require()
    part = TicketPart.objects.select_for_update(of=("self",)).select_related("kind").get(pk=part.pk)
    if part.state in _SETTLED:
        raise PartSettled(state=part.get_state_display())
    return ticket, part


def _settle(part: TicketPart, state: str) -> TicketPart:
    part.state = state
    part.save(update_fields=["state", "event"])
    return part
