"""Answers about repair events: which one may know of, where and when they are."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kierto.parties.models import Agent
from kierto.parties.queries import sees_everything, spoken_for
from kierto.repair.models import Category, Event, Slot, Station, Ticket, Volunteer
from kierto.repair.queries import ENDED_STATES, staffed_workshops
from kierto.repair.states import EventState, Outcome, TicketState, VolunteerState

DEAD_STATES = (TicketState.CANCELLED, TicketState.DECLINED)
"""Tickets that hold no slot and no place in the line."""

WAITING_STATES = (TicketState.NEW, TicketState.ESTIMATED, TicketState.ACCEPTED)
"""Tickets on which nobody works yet."""

PUBLIC_STATES = (EventState.OPEN, EventState.CLOSED, EventState.CANCELLED)


def visible_events(by: Agent | None) -> QuerySet[Event]:
    """Published events are public; a draft is known to the staff and to who was asked to help."""
    public = Q(state__in=PUBLIC_STATES, workshop__is_open=True)
    if by is None:
        return Event.objects.filter(public)
    if sees_everything(by):
        return Event.objects.all()
    asked = Volunteer.objects.filter(agent_id=by.pk)
    return Event.objects.filter(
        public
        | Q(workshop__in=staffed_workshops(by).values("pk"))
        | Q(pk__in=asked.values("event"))
    )


def with_facts(events: QuerySet[Event]) -> QuerySet[Event]:
    """Select along what a row or a page shows; ``tried`` and ``fixed`` count its results."""
    ended = Q(tickets__state__in=ENDED_STATES)
    return (
        events.select_related(
            "workshop__agent__organization", "workshop__agent__person", "place__district"
        )
        .prefetch_related("stations__categories__kind")
        .annotate(
            tried=Count("tickets", filter=ended, distinct=True),
            fixed=Count("tickets", filter=ended & Q(tickets__outcome=Outcome.FIXED), distinct=True),
        )
    )


def narrowed(
    events: QuerySet[Event], *, district: str = "", category: Category | None = None
) -> QuerySet[Event]:
    """Events in a district, and such where a table takes the category (or everything)."""
    if district:
        events = events.filter(place__district__slug=district)
    if category is not None:
        naming = Station.objects.filter(categories__isnull=False)
        fits = Station.objects.filter(event=OuterRef("pk")).filter(
            Q(categories=category) | ~Q(pk__in=naming.values("pk"))
        )
        events = events.filter(Exists(fits))
    return events


def coming(events: QuerySet[Event], now: datetime | None = None) -> QuerySet[Event]:
    """Not over yet and not called off, the next one first; drafts of the reader among them."""
    at = now or timezone.now()
    return events.filter(
        ends__gte=at, state__in=[EventState.OPEN, EventState.DRAFT, EventState.CANCELLED]
    ).order_by("begins", "pk")


def past(events: QuerySet[Event], now: datetime | None = None) -> QuerySet[Event]:
    """Over or closed, the latest first; those that were called off or never published are not."""
    at = now or timezone.now()
    return (
        events.filter(Q(ends__lt=at) | Q(state=EventState.CLOSED))
        .exclude(state__in=[EventState.CANCELLED, EventState.DRAFT])
        .order_by("-begins", "pk")
    )


def live_tickets(event: Event) -> QuerySet[Ticket]:
    """What was signed up or taken in, without what was cancelled."""
    return Ticket.objects.filter(event=event).exclude(state__in=DEAD_STATES)


def taken_slots(event: Event) -> QuerySet[Slot]:
    """Slots that somebody comes for."""
    return Slot.objects.filter(
        station__event=event, ticket__isnull=False, ticket__in=live_tickets(event)
    ).select_related("station")


def untaken(slots: QuerySet[Slot], now: datetime | None = None) -> QuerySet[Slot]:
    """Those that begin later and that nobody comes for."""
    taken = Ticket.objects.filter(slot=OuterRef("pk")).exclude(state__in=DEAD_STATES)
    return slots.filter(~Exists(taken), begins__gt=now or timezone.now())


def free_slots(event: Event, now: datetime | None = None) -> QuerySet[Slot]:
    """The slots of an event that can be taken, by table."""
    slots = Slot.objects.filter(station__event=event).select_related("station")
    return untaken(slots, now).order_by("station", "begins")


def is_over(event: Event, now: datetime | None = None) -> bool:
    """Whether its end has passed."""
    return event.ends < (now or timezone.now())


def sign_ups_of(by: Agent, event: Event | None = None) -> QuerySet[Ticket]:
    """What ``by`` and its organisations signed up and has not come yet."""
    found = Ticket.objects.filter(
        owner__in=spoken_for(by),
        state__in=WAITING_STATES,
        slot__isnull=False,
        queue_number__isnull=True,
    )
    return found if event is None else found.filter(event=event)


def coming_volunteers(event: Event) -> QuerySet[Volunteer]:
    """Who helps, with names and skills."""
    return (
        Volunteer.objects.filter(event=event, state=VolunteerState.COMING)
        .select_related("agent__person", "agent__organization", "station", "ticket")
        .prefetch_related("skills", "station__categories")
    )


def volunteer_of(by: Agent | None, event: Event) -> Volunteer | None:
    """The row of ``by`` at the event, whatever its state."""
    if by is None:
        return None
    return (
        Volunteer.objects.filter(event=event, agent_id=by.pk)
        .select_related("station", "ticket", "agent__person")
        .prefetch_related("skills", "station__categories")
        .first()
    )
