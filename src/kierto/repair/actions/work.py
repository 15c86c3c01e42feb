"""Hours worked on a repair: an event of the ledger, and a line of words beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kierto.ledger.actions import record_event, reverse_event
from kierto.ledger.models import Action, Provenance
from kierto.parties.models import Agent
from kierto.repair import permissions
from kierto.repair.actions.custody import place_of
from kierto.repair.actions.writing import locked, moment, recorder_for
from kierto.repair.errors.tickets import AmountImplausible, NotAWorker, NotBegun
from kierto.repair.models import Ticket, Work

MOST_HOURS = Decimal(1000)


@transaction.atomic
def log_work(
    ticket: Ticket,
    *,
    worker: Agent,
    hours: Decimal,
    note: str = "",
    happened_at: datetime | None = None,
    by: Agent,
) -> Work:
    """Record `work`: the worker gives hours to the workshop, for this repair.

    ``happened_at`` is when the work ended.

    Raises:
        NotAllowed, NotBegun, NotAWorker, AmountImplausible, StillToCome.
    """
    ticket = locked(ticket, for_ledger=True)
    permissions.can_work_on(by, ticket).require()
    if ticket.process is None:
        raise NotBegun
    if not permissions.repairs_on(worker, ticket):
        raise NotAWorker
    hours = Decimal(hours)
    if not 0 < hours <= MOST_HOURS:
        raise AmountImplausible(amount=hours, least="0.01", most=MOST_HOURS, field="hours")
    ended = moment(happened_at)
    event = record_event(
        action=Action.WORK,
        provider=worker,
        receiver=ticket.workshop.agent,
        conforms_to=ticket.category.kind,
        effort=hours,
        input_of=ticket.process,
        location=place_of(ticket),
        has_beginning=ended - timedelta(hours=float(hours)),
        has_end=ended,
        provenance=Provenance.FORM,
        provenance_reference=ticket.code,
        by=recorder_for(by, ticket.workshop),
    )
    return Work.objects.create(ticket=ticket, worker=worker, event=event, note=note.strip()[:300])


@transaction.atomic
def take_back_work(work: Work, *, reason: str, by: Agent) -> None:
    """Put a mistake right: the ledger keeps the hours and their reversal.

    Raises:
        NotAllowed, and what :func:`kierto.ledger.actions.reverse_event` refuses.
    """
    ticket = locked(work.ticket, for_ledger=True)
    permissions.can_work_on(by, ticket).require()
    reverse_event(work.event, reason=reason, by=recorder_for(by, ticket.workshop))
