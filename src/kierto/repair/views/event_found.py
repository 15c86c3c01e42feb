"""Finding an event, or a ticket of one: unknown and hidden look the same."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from kierto.parties.models import Agent
from kierto.repair import event_queries
from kierto.repair.models import Category, Event, Ticket
from kierto.repair.queries import visible_tickets, with_facts


def find_event(by: Agent | None, pk: UUID) -> Event:
    """The event, if ``by`` may know of it.

    Raises:
        Http404: it is not there, or not for them: the two look the same.
    """
    found = event_queries.with_facts(event_queries.visible_events(by)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def find_ticket(by: Agent, pk: UUID) -> tuple[Event, Ticket]:
    """A ticket of an event with its event.

    Raises:
        Http404: as :func:`find_event`.
    """
    ticket = with_facts(visible_tickets(by)).filter(pk=pk, event__isnull=False).first()
    if ticket is None or ticket.event_id is None:
        raise Http404
    event = find_event(by, ticket.event_id)
    ticket.event = event
    return event, ticket


def all_categories() -> list[Category]:
    """Every category, by its name in the reader's language."""
    return sorted(Category.objects.all(), key=lambda each: str(each).casefold())
