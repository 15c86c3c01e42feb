"""The line: who takes which thing onto their table."""

from __future__ import annotations

from django.db import transaction

from kierto.parties.models import Agent
from kierto.repair import event_queries, programme
from kierto.repair.actions.at_event import (
    at_event,
    open_event,
    start,
)
from kierto.repair.errors import events as errors
from kierto.repair.models import Event, Ticket, Volunteer
from kierto.repair.states import TicketState


@transaction.atomic
def take_next(event: Event, *, by: Agent) -> Ticket:
    """Take the first thing of the line that fits one's skills and table, and begin.

    Raises:
        NotAllowed, EventNotOpen, NotAHelper, HandsFull, NothingWaits.
    """
    event = open_event(event, by)
    volunteer = _helper(by, event)
    _refuse_full_hands(volunteer, None)
    tickets = event_queries.live_tickets(event).select_related("slot", "category")
    found = programme.next_for(tickets, volunteer)
    if found is None:
        raise errors.NothingWaits
    return _begin(found, volunteer, by)


@transaction.atomic
def take(ticket: Ticket, *, volunteer: Volunteer | None = None, by: Agent) -> Ticket:
    """Take a very thing of the line, or join those who have it on their table.

    ``volunteer`` is whose table it goes to, if not one's own: the staff and hosts send things.

    Raises:
        NotAllowed, EventNotOpen, NotAHelper, HandsFull, NotWaiting.
    """
    event, ticket = at_event(ticket, by, otherwise=errors.NotWaiting)
    helper = _helper(volunteer.agent if volunteer is not None else by, event)
    _refuse_full_hands(helper, ticket)
    takeable = (*event_queries.WAITING_STATES, TicketState.IN_WORK)
    if ticket.queue_number is None or ticket.state not in takeable:
        raise errors.NotWaiting
    return _begin(ticket, helper, by)


def _helper(agent: Agent, event: Event) -> Volunteer:
    found = event_queries.coming_volunteers(event).filter(agent=agent).first()
    if found is None:
        raise errors.NotAHelper
    return found


def _refuse_full_hands(volunteer: Volunteer, ticket: Ticket | None) -> None:
    at_hand = volunteer.ticket
    if at_hand is None or (ticket is not None and at_hand.pk == ticket.pk):
        return
    if at_hand.state == TicketState.IN_WORK:
        raise errors.HandsFull(number=at_hand.queue_number)


def _begin(ticket: Ticket, volunteer: Volunteer, by: Agent) -> Ticket:
    if ticket.state != TicketState.IN_WORK:
        ticket = start(ticket, None, by)
    if volunteer.station_id is not None:
        ticket.station_id = volunteer.station_id
    elif ticket.station_id is None:
        ticket.station = programme.station_for(volunteer.event, ticket.category)
    ticket.save(update_fields=["station"])
    volunteer.ticket = ticket
    volunteer.save(update_fields=["ticket"])
    return ticket
