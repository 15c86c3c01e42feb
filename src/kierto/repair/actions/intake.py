"""Sign-up, intake at the table, the line, and what became of each thing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import IO, Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kierto.notices.actions import notify
from kierto.parties.models import Agent
from kierto.repair import event_permissions, event_queries, programme, topics
from kierto.repair.actions.events import locked_event
from kierto.repair.actions.photos import add_photo
from kierto.repair.actions.tickets import finish, give_back, move_ticket, open_ticket
from kierto.repair.actions.work import log_work
from kierto.repair.errors import events as errors
from kierto.repair.errors.tickets import SlotElsewhere, SlotTaken
from kierto.repair.models import Category, Event, Slot, Station, Ticket, Volunteer
from kierto.repair.permissions import is_staff, repairs_on
from kierto.repair.queries import ENDED_STATES
from kierto.repair.states import EventState, TicketState
from kierto.repair.visitors import unnamed_visitor

MOST_SIGN_UPS = 4
MINUTES_IN_HOUR = 60


# --------------------------------------------------------------------------- sign-up


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
    _refuse_unless_open(event)
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
    ticket = _fresh(ticket)
    event_permissions.can_change_sign_up(by, ticket).require()
    _refuse_unless_open(event)
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


# --------------------------------------------------------------------------- intake


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
    event = locked_event(event)
    _refuse_unless_open(event)
    event_permissions.can_take_in(by, event).require()
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
        at=_event_time(event, at),
        by=by,
    )
    return _number(ticket, event)


@transaction.atomic
def check_in(ticket: Ticket, *, by: Agent) -> Ticket:
    """Who signed up is here: give the thing its number.

    Raises:
        NotAllowed, EventNotOpen, NotASignUp, NumberedAlready.
    """
    if ticket.event is None:
        raise errors.NotASignUp
    event = locked_event(ticket.event)
    ticket = _fresh(ticket)
    _refuse_unless_open(event)
    event_permissions.can_take_in(by, event).require()
    if ticket.queue_number is not None:
        raise errors.NumberedAlready(number=ticket.queue_number)
    if ticket.state not in event_queries.WAITING_STATES:
        raise errors.NotASignUp
    return _number(ticket, event)


def _number(ticket: Ticket, event: Event) -> Ticket:
    highest = event.tickets.aggregate(highest=Max("queue_number"))["highest"] or 0
    ticket.queue_number = highest + 1
    ticket.save(update_fields=["queue_number"])
    return ticket


# --------------------------------------------------------------------------- the line


@transaction.atomic
def take_next(event: Event, *, by: Agent) -> Ticket:
    """Take the first thing of the line that fits one's skills and table, and begin.

    Raises:
        NotAllowed, EventNotOpen, NotAHelper, HandsFull, NothingWaits.
    """
    event = locked_event(event)
    _refuse_unless_open(event)
    event_permissions.can_take_in(by, event).require()
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
    if ticket.event is None:
        raise errors.NotWaiting
    event = locked_event(ticket.event)
    ticket = _fresh(ticket)
    _refuse_unless_open(event)
    event_permissions.can_take_in(by, event).require()
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
        ticket = _start(ticket, None, by)
    if volunteer.station_id is not None:
        ticket.station_id = volunteer.station_id
    elif ticket.station_id is None:
        ticket.station = programme.station_for(volunteer.event, ticket.category)
    ticket.save(update_fields=["station"])
    volunteer.ticket = ticket
    volunteer.save(update_fields=["ticket"])
    return ticket


def _start(ticket: Ticket, at: datetime | None, by: Agent) -> Ticket:
    if ticket.state == TicketState.ESTIMATED:
        raise errors.EstimateUnanswered(thing=ticket.thing)
    return move_ticket(ticket, TicketState.IN_WORK, at=at, by=by)


# --------------------------------------------------------------------------- results


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
    if ticket.event is None:
        raise errors.NotASignUp
    event = locked_event(ticket.event)
    ticket = _fresh(ticket)
    _refuse_unless_open(event)
    event_permissions.can_take_in(by, event).require()
    if ticket.queue_number is None and ticket.state not in ENDED_STATES:
        ticket = _number(ticket, event)  # came, and nobody took it in
    ended = _event_time(event, at)
    if ticket.state != TicketState.IN_WORK:
        began = ended - timedelta(minutes=minutes or 0)
        ticket = _start(ticket, began, by)
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


# --------------------------------------------------------------------------- shared


def _event_time(event: Event, at: datetime | None) -> datetime:
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


def _refuse_unless_open(event: Event) -> None:
    if event.state != EventState.OPEN:
        raise errors.EventNotOpen(state=EventState(event.state).label)


def _fresh(ticket: Ticket) -> Ticket:
    """The ticket as it is now; the event's lock keeps its place in the line."""
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("owner", "category", "event__workshop__agent", "workshop__agent", "slot")
        .get(pk=ticket.pk)
    )
