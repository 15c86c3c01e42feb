"""Repair events: planned, published, changed, called off and closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kierto.core.announce import announce
from kierto.core.transitions import move
from kierto.notices.actions import notify
from kierto.parties.models import Agent, AgentType, Place
from kierto.parties.queries import acts_for
from kierto.repair import event_permissions, event_queries, programme, topics
from kierto.repair.actions.tickets import move_ticket
from kierto.repair.changes import RepairEventChanged
from kierto.repair.errors import events as errors
from kierto.repair.models import Category, Event, Slot, Station, Volunteer, Workshop
from kierto.repair.permissions import roles_in
from kierto.repair.states import EVENT_STEPS, EventState, TicketState, VolunteerState

LONGEST = timedelta(hours=24)
LEAST_MINUTES, MOST_MINUTES = 5, 240
MOST_TABLES = 40

Tables = Sequence[tuple[str, Sequence[Category]]]


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table as it shall be; with ``station`` it is that one, renamed or with other things."""

    name: str
    categories: Sequence[Category] = ()
    station: Station | None = None


@transaction.atomic
def create_event(
    *,
    workshop: Workshop,
    place: Place,
    title: str,
    begins: datetime,
    ends: datetime,
    stations: Tables,
    slot_minutes: int = 30,
    takes_walk_ins: bool = True,
    description: str = "",
    by: Agent,
) -> Event:
    """Plan an event as a draft; ``move_event(…, "open")`` publishes it and makes its slots.

    ``stations`` are tables with what is repaired at each; no categories mean everything. An event
    of the past may be written down too, to enter its results from paper.

    Raises:
        NotAllowed, EventWithoutTitle, EventBackwards, EventTooLong, SlotLengthImplausible,
        PlaceNotPublic, EventWithoutTables, TableTwice, TooManyTables.
    """
    event_permissions.can_create_event(by, workshop).require()
    event = Event(workshop=workshop, created_by=by)
    _fill(
        event,
        {
            "place": place,
            "title": title,
            "begins": begins,
            "ends": ends,
            "slot_minutes": slot_minutes,
            "takes_walk_ins": takes_walk_ins,
            "description": description,
        },
        by,
    )
    event.save()
    _set_tables(event, [TablePlan(name, categories) for name, categories in stations])
    announce(RepairEventChanged(event))
    return event


@transaction.atomic
def change_event(event: Event, *, changes: Mapping[str, Any], by: Agent) -> Event:
    """Edit some fields (those of :func:`create_event`; ``stations`` as :class:`TablePlan`).

    Taken slots keep their time. Where they cannot, nothing changes.

    Raises:
        NotAllowed, SlotsInTheWay (naming them), and whatever planning would raise.
    """
    event = locked_event(event)
    event_permissions.can_change_event(by, event).require()
    when = (event.begins, event.ends, event.place_id)
    _fill(event, {name: value for name, value in changes.items() if name != "stations"}, by)
    event.save()
    if "stations" in changes:
        _set_tables(event, changes["stations"])
    if event.state == EventState.OPEN:
        _lay_slots(event)
        if when != (event.begins, event.ends, event.place_id):
            _tell_everybody(event, topics.EVENT_CHANGED, by)
    announce(RepairEventChanged(event))
    return event


@transaction.atomic
def move_event(event: Event, to: str, *, by: Agent) -> Event:
    """Publish (this makes the slots), take back, cancel, close, or open again.

    Raises:
        IllegalTransition, NotAllowed.
        SlotsInTheWay: taken back while people have signed up.
        ThingsOnTables: cancelled while things are here.
        EventNotBegun, ResultsMissing: closed too early.
    """
    event = locked_event(event)
    event_permissions.can_move_event(by, event, to).require()
    before, state = event.state, move(EVENT_STEPS, event.state, to, roles_in(by, event.workshop))
    match state:
        case EventState.OPEN if before == EventState.DRAFT:
            _lay_slots(event)
        case EventState.DRAFT:
            _refuse_taken(event)
            Slot.objects.filter(station__event=event).delete()
        case EventState.CANCELLED:
            _call_off(event, by)
        case EventState.CLOSED:
            _finish(event, by)
    event.state = state
    event.save(update_fields=["state"])
    if state == EventState.CLOSED:
        Volunteer.objects.filter(event=event).update(ticket=None)
    announce(RepairEventChanged(event))
    return event


def locked_event(event: Event) -> Event:
    """The event as it is now, held until the end: who changes its line or its slots goes first."""
    return (
        Event.objects.select_for_update(of=("self",))
        .select_related(
            "workshop__agent__organization",
            "workshop__agent__person",
            "workshop__place",
            "place__agent",
        )
        .get(pk=event.pk)
    )


# --------------------------------------------------------------------------- checks


def _fill(event: Event, fields: Mapping[str, Any], by: Agent) -> None:
    for name, value in fields.items():
        setattr(event, name, value.strip() if isinstance(value, str) else value)
    if not event.title:
        raise errors.EventWithoutTitle
    event.title = event.title[:160]
    if event.ends <= event.begins:
        raise errors.EventBackwards
    if event.ends - event.begins > LONGEST:
        raise errors.EventTooLong(hours=int(LONGEST.total_seconds() // 3600))
    if not LEAST_MINUTES <= event.slot_minutes <= MOST_MINUTES:
        raise errors.SlotLengthImplausible(
            minutes=event.slot_minutes, least=LEAST_MINUTES, most=MOST_MINUTES
        )
    if "place" in fields and not _is_public(event.place, event.workshop, by):
        raise errors.PlaceNotPublic


def _is_public(place: Place, workshop: Workshop, by: Agent) -> bool:
    """Places of organisations are public; a home only its own people may publish."""
    return (
        place.pk == workshop.place_id
        or place.agent.type == AgentType.ORGANIZATION
        or acts_for(by, place.agent)
    )


def _refuse_taken(event: Event) -> None:
    if taken := list(event_queries.taken_slots(event)):
        raise errors.SlotsInTheWay(slots=programme.named(event, taken))


# --------------------------------------------------------------------------- tables and slots


def _set_tables(event: Event, plans: Sequence[TablePlan]) -> None:
    """Make the tables as planned; one that goes must not have a slot that somebody took."""
    names = _names(plans)
    kept = {plan.station.pk for plan in plans if plan.station is not None}
    leaving = event.stations.exclude(pk__in=kept)
    lost = [slot for slot in event_queries.taken_slots(event) if slot.station_id not in kept]
    if lost:
        raise errors.SlotsInTheWay(slots=programme.named(event, lost))
    leaving.delete()
    # Names are unique at every moment, so that two tables can swap theirs.
    for station in event.stations.all():
        Station.objects.filter(pk=station.pk).update(name=f"~{station.pk}~")
    for plan, name in zip(plans, names, strict=True):
        station = plan.station or Station(event=event)
        if station.event_id != event.pk:
            raise errors.TableOfAnotherEvent(field="stations")
        station.name = name
        station.save()
        station.categories.set(plan.categories)


def _names(plans: Sequence[TablePlan]) -> list[str]:
    names = [plan.name.strip()[:80] for plan in plans]
    if not any(names):
        raise errors.EventWithoutTables
    if len(names) > MOST_TABLES:
        raise errors.TooManyTables(limit=MOST_TABLES)
    seen: set[str] = set()
    for name in names:
        if not name:
            raise errors.EventWithoutTables
        if name.casefold() in seen:
            raise errors.TableTwice(name=name)
        seen.add(name.casefold())
    return names


def _lay_slots(event: Event) -> None:
    """Make the slots of all tables anew around those that are taken."""
    taken = list(event_queries.taken_slots(event))
    held = {slot.pk for slot in taken}
    in_the_way: list[Slot] = []
    new: list[Slot] = []
    for station in event.stations.prefetch_related("slots"):
        free = [slot for slot in station.slots.all() if slot.pk not in held]
        own = [slot for slot in taken if slot.station_id == station.pk]
        relaid = programme.relay(event, free, own)
        in_the_way += relaid.in_the_way
        Slot.objects.filter(pk__in=[slot.pk for slot in relaid.drop]).delete()
        new += [Slot(station=station, begins=begins) for begins in relaid.add]
    if in_the_way:
        raise errors.SlotsInTheWay(slots=programme.named(event, in_the_way))
    Slot.objects.bulk_create(new)


# --------------------------------------------------------------------------- the end


def _call_off(event: Event, by: Agent) -> None:
    """Nobody comes: sign-ups are cancelled, and everybody is told."""
    here = list(event_queries.live_tickets(event).filter(queue_number__isnull=False))
    if here:
        raise errors.ThingsOnTables(numbers=programme.numbers_of(here))
    for ticket in event_queries.live_tickets(event):
        move_ticket(
            ticket,
            TicketState.CANCELLED,
            reason=_("The event “%(title)s” was called off.") % {"title": event.title},
            by=by,
        )
    if event.state == EventState.OPEN and event.ends > timezone.now():
        for volunteer in event_queries.coming_volunteers(event):
            _tell(volunteer.agent, event, topics.EVENT_CANCELLED, by)


def _finish(event: Event, by: Agent) -> None:
    """Every number has a result; who signed up and did not come is let go."""
    if event.begins > timezone.now():
        raise errors.EventNotBegun
    if missing := programme.without_result(event):
        raise errors.ResultsMissing(numbers=programme.numbers_of(missing))
    for ticket in event_queries.live_tickets(event).filter(
        queue_number__isnull=True, state__in=event_queries.WAITING_STATES
    ):
        move_ticket(ticket, TicketState.CANCELLED, reason=_("Did not come."), by=by)


def _tell_everybody(event: Event, topic: str, by: Agent) -> None:
    """Those who come: with a thing, or to help."""
    owners = {ticket.owner for ticket in event_queries.live_tickets(event).select_related("owner")}
    helpers = {
        row.agent
        for row in event.volunteers.select_related("agent").exclude(state=VolunteerState.DECLINED)
    }
    for agent in sorted(owners | helpers, key=lambda each: str(each.pk)):
        _tell(agent, event, topic, by)


def _tell(agent: Agent, event: Event, topic: str, by: Agent) -> None:
    if agent.pk != by.pk:
        notify(
            agent,
            topic,
            path=reverse("repair:event", args=[event.pk]),
            event=event.title,
            begins=event.begins,
            place=str(event.place),
        )
