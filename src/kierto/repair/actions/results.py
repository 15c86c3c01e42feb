"""What became of each thing, and its way back to its owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import IO, Any

from django.db import transaction

from kierto.parties.models import Agent
from kierto.repair.actions.at_event import (
    at_event,
    event_time,
    number,
    start,
)
from kierto.repair.actions.photos import add_photo
from kierto.repair.actions.tickets import finish, give_back
from kierto.repair.actions.work import log_work
from kierto.repair.errors import events as errors
from kierto.repair.models import Ticket, Volunteer
from kierto.repair.permissions import repairs_on
from kierto.repair.queries import ENDED_STATES
from kierto.repair.states import TicketState

MINUTES_IN_HOUR = 60


@transaction.atomic
def record_result(
    ticket: Ticket,
    *,
    outcome: str,
    barrier: str = "",
    advice: str = "",
    minutes: int | None = None,
    worker: Agent | None = None,
    at: datetime | None = None,
    photo: Mapping[str, Any] | None = None,
    by: Agent,
) -> Ticket:
    """Say what became of a thing, and give it back: `accept`, `work` and `modify` in the ledger.

    ``at`` is when it was finished, by default now, or the end of the event if that is long over;
    work began ``minutes`` before. ``worker`` is who repaired, by default whoever says so if they
    help here. Without ``minutes`` they are counted from when it was taken, or not at all.
    ``photo`` holds ``image``, ``description`` and ``is_public`` (the owner's consent).

    Raises:
        NotAllowed, EventNotOpen, OutsideTheEvent, NotASignUp, and what finishing refuses.
    """
    event, ticket = at_event(ticket, by, otherwise=errors.NotASignUp)
    if ticket.queue_number is None and ticket.state not in ENDED_STATES:
        ticket = number(ticket, event)  # came, and nobody took it in
    ended = event_time(event, at)
    if ticket.state != TicketState.IN_WORK:
        began = ended - timedelta(minutes=minutes or 0)
        ticket = start(ticket, began, by)
    elif minutes is None:
        minutes = _minutes_since(ticket, ended)
    _log(ticket, minutes, worker, ended, by)
    ticket = finish(ticket, outcome=outcome, barrier=barrier, advice=advice, at=ended, by=by)
    if photo is not None:
        image: IO[bytes] = photo["image"]
        add_photo(
            ticket,
            image=image,
            description=photo["description"],
            is_public=photo["is_public"],
            by=by,
        )
    ticket = give_back(ticket, at=ended, by=by)
    Volunteer.objects.filter(ticket=ticket).update(ticket=None)
    return ticket


def _log(
    ticket: Ticket, minutes: int | None, worker: Agent | None, ended: datetime, by: Agent
) -> None:
    """The hours, if anybody is known to have worked them."""
    if worker is None and repairs_on(by, ticket):
        worker = by
    if worker is None or not minutes:
        return
    hours = (Decimal(minutes) / MINUTES_IN_HOUR).quantize(Decimal("0.01"))
    log_work(ticket, worker=worker, hours=hours, happened_at=ended, by=by)


def _minutes_since(ticket: Ticket, ended: datetime) -> int | None:
    if ticket.began_at is None:
        return None
    return max(round((ended - ticket.began_at).total_seconds() / 60), 0)
