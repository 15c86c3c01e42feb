"""Signing up for a time at an event: taking it, another one, or none after all."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kierto.notices.actions import notify
from kierto.parties.models import Agent
from kierto.repair import event_permissions, event_queries, programme, topics
from kierto.repair.actions.at_event import (
    fresh,
    refuse_unless_open,
)
from kierto.repair.actions.events import locked_event
from kierto.repair.actions.tickets import move_ticket, open_ticket
from kierto.repair.errors import events as errors
from kierto.repair.errors.tickets import SlotElsewhere, SlotTaken
from kierto.repair.models import Category, Event, Slot, Ticket
from kierto.repair.permissions import is_staff
from kierto.repair.states import TicketState

MOST_SIGN_UPS = 4


@transaction.atomic
def sign_up(
    slot: Slot,
    *,
    owner: Agent,
    category: Category,
    thing: str,
    problem: str,
    brand: str = "",
    age: Decimal | None = None,
    shares_data: bool = True,
    at: datetime | None = None,
    by: Agent,
) -> Ticket:
    """Take a slot for one thing; ``at`` is when that was asked, if it was earlier.

    The event's row is locked first and a ticket's slot is unique, so nobody takes it twice.

    Raises:
        NotAllowed, EventNotOpen, SlotTaken, SlotPast (the staff may still), TableElsewhere,
        TooManySignUps, and what :func:`open_ticket` refuses.
    """
    event = locked_event(slot.station.event)
    slot = _locked_slot(slot, event)
    refuse_unless_open(event)
    event_permissions.can_sign_up(by, event, owner).require()
    staff = is_staff(by, event.workshop)
    _check_slot(event, slot, category, staff=staff)
    if not staff and event_queries.sign_ups_of(owner, event).count() >= MOST_SIGN_UPS:
        raise errors.TooManySignUps(limit=MOST_SIGN_UPS)
    ticket = open_ticket(
        workshop=event.workshop,
        owner=owner,
        category=category,
        thing=thing.strip() or str(category),
        problem=problem,
        brand=brand,
        age=age,
        event=event,
        slot=slot,
        shares_data=shares_data,
        at=at,
        by=by,
    )
    _tell_signed_up(ticket, slot, by)
    return ticket


@transaction.atomic
def move_sign_up(ticket: Ticket, slot: Slot, *, by: Agent) -> Ticket:
    """Come at another time of the same event instead.

    Raises:
        NotAllowed, NotASignUp, SlotTaken, SlotPast, SlotElsewhere, TableElsewhere.
    """
    event, ticket = _waiting_sign_up(ticket, by)
    slot = _locked_slot(slot, event)
    _check_slot(event, slot, ticket.category, staff=is_staff(by, event.workshop))
    ticket.slot, ticket.station = slot, slot.station
    ticket.save(update_fields=["slot", "station"])
    _tell_signed_up(ticket, slot, by)
    return ticket


@transaction.atomic
def cancel_sign_up(ticket: Ticket, *, by: Agent) -> Ticket:
    """Not come after all: the slot is free again.

    Raises:
        NotAllowed, NotASignUp.
    """
    _event, ticket = _waiting_sign_up(ticket, by)
    return move_ticket(ticket, TicketState.CANCELLED, reason=_("Will not come."), by=by)


def _waiting_sign_up(ticket: Ticket, by: Agent) -> tuple[Event, Ticket]:
    if ticket.event is None:
        raise errors.NotASignUp
    event = locked_event(ticket.event)
    ticket = fresh(ticket)
    event_permissions.can_change_sign_up(by, ticket).require()
    refuse_unless_open(event)
    waits = ticket.state in event_queries.WAITING_STATES and ticket.slot_id is not None
    if not waits or ticket.queue_number is not None:
        raise errors.NotASignUp
    return event, ticket


def _locked_slot(slot: Slot, event: Event) -> Slot:
    found = (
        Slot.objects.select_for_update(of=("self",))
        .select_related("station")
        .filter(pk=slot.pk, station__event=event)
        .first()
    )
    if found is None:
        raise SlotElsewhere
    return found


def _check_slot(event: Event, slot: Slot, category: Category, *, staff: bool) -> None:
    if event_queries.taken_slots(event).filter(pk=slot.pk).exists():
        raise SlotTaken
    if slot.begins <= timezone.now() and not staff:
        raise errors.SlotPast
    if not programme.takes(slot.station, category):
        raise errors.TableElsewhere(category=str(category), station=slot.station.name)


def _tell_signed_up(ticket: Ticket, slot: Slot, by: Agent) -> None:
    if slot.begins > timezone.now():
        notify(
            ticket.owner,
            topics.SIGNED_UP,
            path=reverse("repair:sign_up_page", args=[ticket.pk]),
            event=slot.station.event.title,
            begins=slot.begins,
            station=slot.station.name,
            code=ticket.code,
        )
