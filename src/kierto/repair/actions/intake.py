"""Intake at the table: each thing gets the next number of the line."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from kierto.parties.models import Agent
from kierto.repair import event_queries
from kierto.repair.actions.at_event import (
    at_event,
    event_time,
    number,
    open_event,
)
from kierto.repair.actions.tickets import open_ticket
from kierto.repair.errors import events as errors
from kierto.repair.models import Category, Event, Station, Ticket
from kierto.repair.permissions import is_staff
from kierto.repair.visitors import unnamed_visitor


@transaction.atomic
def take_in(
    event: Event,
    *,
    category: Category,
    problem: str,
    thing: str = "",
    owner: Agent | None = None,
    brand: str = "",
    model: str = "",
    age: Decimal | None = None,
    made_year: int | None = None,
    station: Station | None = None,
    shares_data: bool = True,
    at: datetime | None = None,
    by: Agent,
) -> Ticket:
    """Take a thing in at the table and give it the next number.

    Without ``owner`` it is a visitor of whom nothing is written down. ``thing`` may be empty: it
    is then called what its category is. ``at`` is for paper slips, entered later.

    Raises:
        NotAllowed, EventNotOpen, WalkInsRefused (the staff may), OutsideTheEvent,
        and what :func:`open_ticket` refuses.
    """
    event = open_event(event, by)
    if not event.takes_walk_ins and not is_staff(by, event.workshop):
        raise errors.WalkInsRefused
    ticket = open_ticket(
        workshop=event.workshop,
        owner=owner or unnamed_visitor(),
        category=category,
        thing=thing.strip() or str(category),
        problem=problem,
        brand=brand,
        model=model,
        age=age,
        made_year=made_year,
        event=event,
        station=station,
        shares_data=shares_data,
        at=event_time(event, at),
        by=by,
    )
    return number(ticket, event)


@transaction.atomic
def check_in(ticket: Ticket, *, by: Agent) -> Ticket:
    """Who signed up is here: give the thing its number.

    Raises:
        NotAllowed, EventNotOpen, NotASignUp, NumberedAlready.
    """
    event, ticket = at_event(ticket, by, otherwise=errors.NotASignUp)
    if ticket.queue_number is not None:
        raise errors.NumberedAlready(number=ticket.queue_number)
    if ticket.state not in event_queries.WAITING_STATES:
        raise errors.NotASignUp
    return number(ticket, event)
