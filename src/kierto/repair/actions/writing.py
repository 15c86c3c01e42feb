"""What the actions of repair have in common: locking, moments, telling people.

Who works at an event need not act for the workshop elsewhere; since :mod:`permissions` let them,
the ledger then has the workshop itself as recorder.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from kierto.ledger.recording import lock_head
from kierto.notices.actions import notify
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for, is_system
from kierto.repair.errors.tickets import AmountImplausible, StillToCome
from kierto.repair.models import Ticket, Workshop
from kierto.repair.visitors import is_unnamed

MOST_EUROS = Decimal(1_000_000)


def locked(ticket: Ticket, *, for_ledger: bool = False) -> Ticket:
    """The ticket as it is now, held until the end of the transaction.

    Whoever will write into the ledger as well stands in its line first: listeners come to a
    ticket with the head of the chain in their hands, and two that lock in opposite order would
    wait for each other.
    """
    if for_ledger:
        lock_head()
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related(
            "workshop__agent__organization",
            "workshop__agent__person",
            "workshop__place",
            "owner__organization",
            "owner__person",
            "category__kind",
            "event__place",
            "process",
            "resource__conforms_to",
            "resource__current_location",
        )
        .get(pk=ticket.pk)
    )


def moment(at: datetime | None) -> datetime:
    """Now, or the time given, which must have come.

    Raises:
        StillToCome: it has not.
    """
    now = timezone.now()
    if at is None:
        return now
    if at > now:
        raise StillToCome(time=timezone.localtime(at).isoformat(sep=" ", timespec="minutes"))
    return at


def recorder_for(by: Agent, workshop: Workshop) -> Agent:
    """Who records in the ledger what ``by`` was allowed to do for the workshop."""
    return by if is_system(by) or acts_for(by, workshop.agent) else workshop.agent


def euros(amount: Any, field: str) -> Decimal:
    """Euros to the cent, from nothing to a million.

    Raises:
        AmountImplausible: less or more.
    """
    value = Decimal(amount).quantize(Decimal("0.01"))
    if not 0 <= value <= MOST_EUROS:
        raise AmountImplausible(amount=value, least=0, most=MOST_EUROS, field=field)
    return value


def tell_owner(ticket: Ticket, topic: str, *, by: Agent, **fields: Any) -> None:
    """A notice to the owner, unless they did it themselves or left no name."""
    if is_unnamed(ticket.owner) or acts_for(by, ticket.owner):
        return
    notify(ticket.owner, topic, path=page_of(ticket), **_words(ticket), **fields)


def tell_workshop(ticket: Ticket, topic: str, *, by: Agent, **fields: Any) -> None:
    """A notice to whoever repairs it, or to all of the workshop while nobody does."""
    if acts_for(by, ticket.workshop.agent):
        return
    reader = ticket.repairer.agent if ticket.repairer is not None else ticket.workshop.agent
    notify(reader, topic, path=page_of(ticket), **_words(ticket), **fields)


def _words(ticket: Ticket) -> dict[str, Any]:
    return {"code": ticket.code, "workshop": ticket.workshop.name, "category": ticket.category.name}


def page_of(ticket: Ticket) -> str:
    """The address of its page."""
    return reverse("repair:ticket", args=[ticket.pk])
