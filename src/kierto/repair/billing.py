"""What a repair costs, as promises and payments of the ledger: never a balance of our own."""

from __future__ import annotations

from decimal import Decimal

from kierto.catalogue.models import ResourceSpecification
from kierto.ledger.models import Commitment
from kierto.ledger.queries import fulfilled, remaining
from kierto.repair.models import Ticket

EURO = "euro"


def euro() -> ResourceSpecification | None:
    """Money as a kind of the catalogue; None where no catalogue was imported."""
    return ResourceSpecification.objects.filter(code=EURO).first()


def promise_of(ticket: Ticket) -> Commitment | None:
    """The owner's promise of the price; None where nothing is to be paid."""
    if ticket.bill_id is None:
        return None
    return Commitment.objects.select_related("conforms_to").get(agreement=ticket.bill_id)


def due(ticket: Ticket) -> Decimal:
    """Euros still to be paid."""
    promise = promise_of(ticket)
    return remaining(promise) if promise is not None else Decimal(0)


def paid(ticket: Ticket) -> Decimal:
    """Euros that were paid."""
    promise = promise_of(ticket)
    return fulfilled(promise) if promise is not None else Decimal(0)
