"""What all that happens at an event begins with: its lock, its doors, its number and its time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.repair import event_permissions, programme
from kierto.repair.actions.events import locked_event
from kierto.repair.actions.tickets import move_ticket
from kierto.repair.errors import events as errors
from kierto.repair.models import Event, Ticket
from kierto.repair.states import EventState, TicketState


def open_event(event: Event, by: Agent) -> Event:
    """The event, locked and open, at which ``by`` may take things in.

    Raises:
        NotAllowed, EventNotOpen.
    """
    event = locked_event(event)
    refuse_unless_open(event)
    event_permissions.can_take_in(by, event).require()
    return event


def at_event(ticket: Ticket, by: Agent, *, otherwise: type[DomainError]) -> tuple[Event, Ticket]:
    """The open event of a ticket, and the ticket as it is now.

    Raises:
        NotAllowed, EventNotOpen, and ``otherwise`` if the ticket is of no event.
    """
    if ticket.event is None:
        raise otherwise
    event = open_event(ticket.event, by)
    return event, fresh(ticket)


def event_time(event: Event, at: datetime | None) -> datetime:
    """When it happened, which must be while the event was on and not still to come."""
    now = timezone.now()
    moment = at or programme.usual_time(event, now)
    first, last = event.begins - programme.EARLY, min(event.ends + programme.LATE, now)
    if not first <= moment <= last:
        zone = programme.zone_of(event)
        raise errors.OutsideTheEvent(
            time=f"{timezone.localtime(moment, zone):%Y-%m-%d %H:%M}",
            first=f"{timezone.localtime(first, zone):%Y-%m-%d %H:%M}",
            last=f"{timezone.localtime(max(first, last), zone):%Y-%m-%d %H:%M}",
        )
    return moment


def refuse_unless_open(event: Event) -> None:
    """Things are taken in, repaired and given back while an event is open."""
    if event.state != EventState.OPEN:
        raise errors.EventNotOpen(state=EventState(event.state).label)


def fresh(ticket: Ticket) -> Ticket:
    """The ticket as it is now; the event's lock keeps its place in the line."""
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("owner", "category", "event__workshop__agent", "workshop__agent", "slot")
        .get(pk=ticket.pk)
    )


def number(ticket: Ticket, event: Event) -> Ticket:
    """The next number of the line; the event's lock keeps it from being given twice."""
    highest = event.tickets.aggregate(highest=Max("queue_number"))["highest"] or 0
    ticket.queue_number = highest + 1
    ticket.save(update_fields=["queue_number"])
    return ticket


def start(ticket: Ticket, at: datetime | None, by: Agent) -> Ticket:
    """Work on it begins, unless its owner has still to say yes to an estimate."""
    if ticket.state == TicketState.ESTIMATED:
        raise errors.EstimateUnanswered(thing=ticket.thing)
    return move_ticket(ticket, TicketState.IN_WORK, at=at, by=by)
