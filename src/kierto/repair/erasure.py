"""What repair does for a person who takes their data out, or asks to be forgotten.

What came of a repair stays: outcomes, hours and masses belong to nobody. The words go: what the
thing was, what was wrong with it, serial numbers and pictures.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kierto.core.announce import listen
from kierto.parties.changes import PersonErased
from kierto.parties.models import Agent, Person
from kierto.parties.queries import system_agent
from kierto.parties.records import contribute_to_export
from kierto.repair.actions.photos import erase
from kierto.repair.actions.tickets import move_ticket
from kierto.repair.models import Repairer, Ticket, TicketPhoto, Volunteer, Work
from kierto.repair.states import EventState, TicketState, VolunteerState

_NOT_BEGUN = (TicketState.NEW, TicketState.ESTIMATED, TicketState.ACCEPTED)


def register() -> None:
    """Listen to erasures, and add repairs to a person's download."""
    listen(PersonErased, _forget)
    contribute_to_export("repairs", _repairs_of)
    contribute_to_export("repair_work", _work_of)


def _forget(change: PersonErased) -> None:
    agent = change.agent
    for photo in TicketPhoto.objects.filter(ticket__owner=agent):
        erase(photo)
    for ticket in Ticket.objects.filter(owner=agent):
        _forget_ticket(ticket)
    _forget_helper(agent)


def _forget_ticket(ticket: Ticket) -> None:
    """Call off what has not begun; what lies in the workshop is still given back."""
    if ticket.state in _NOT_BEGUN and ticket.process_id is None:
        ticket = move_ticket(ticket, TicketState.CANCELLED, by=system_agent())
    ticket.thing, ticket.problem = ticket.category.name, "–"
    ticket.brand, ticket.model, ticket.serial_number = "", "", ""
    ticket.estimate_note, ticket.advice, ticket.reason, ticket.warranty_note = "", "", "", ""
    # Their consent to open data was theirs to give.
    ticket.shares_data = False
    ticket.save()


def _forget_helper(agent: Agent) -> None:
    """They repair and help no more; the hours they gave stay in the ledger."""
    Repairer.objects.filter(agent=agent).update(is_active=False, note="")
    Work.objects.filter(worker=agent).update(note="")
    Volunteer.objects.filter(
        agent=agent,
        event__state__in=(EventState.DRAFT, EventState.OPEN),
        event__ends__gte=timezone.now(),
    ).update(state=VolunteerState.DECLINED)


def _repairs_of(person: Person) -> list[dict[str, Any]]:
    tickets = Ticket.objects.filter(owner=person.pk).select_related("workshop", "category")
    return [_as_record(ticket) for ticket in tickets.order_by("created_at")]


def _as_record(ticket: Ticket) -> dict[str, Any]:
    return {
        "code": ticket.code,
        "asked": ticket.created_at.isoformat(),
        "workshop": ticket.workshop.name,
        "category": ticket.category.name,
        "thing": ticket.thing,
        "brand": ticket.brand,
        "model": ticket.model,
        "serial_number": ticket.serial_number,
        "problem": ticket.problem,
        "state": ticket.state,
        "outcome": ticket.outcome,
        "barrier": ticket.barrier,
        "advice": ticket.advice,
        "price": None if ticket.price is None else f"{ticket.price:.2f}",
        "warranty_until": ticket.warranty_until and ticket.warranty_until.isoformat(),
        "photos": [photo.description for photo in ticket.photos.all()],
    }


def _work_of(person: Person) -> list[dict[str, Any]]:
    work = Work.objects.filter(worker=person.pk).select_related("ticket", "event")
    return [
        {
            "ticket": one.ticket.code,
            "day": one.event.has_end.date().isoformat(),
            "hours": f"{one.event.effort_quantity}",
            "note": one.note,
        }
        for one in work
    ]
