"""Answers about workshops and their tickets.

Each ``visible_…(by)`` is the one rule of who may know of what; permissions ask the same.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, When
from django.utils import timezone

from kierto.ledger.models import EconomicEvent
from kierto.parties.models import Agent
from kierto.parties.queries import (
    run_districts,
    sees_everything,
    spoken_for,
)
from kierto.repair.models import (
    Category,
    Event,
    Repairer,
    Ticket,
    TicketPhoto,
    Volunteer,
    Workshop,
)
from kierto.repair.states import (
    EventState,
    Outcome,
    TicketState,
    VolunteerState,
)

OPEN_STATES = (
    TicketState.NEW,
    TicketState.ESTIMATED,
    TicketState.ACCEPTED,
    TicketState.IN_WORK,
    TicketState.DONE,
)
"""Tickets with something still to do."""

ENDED_STATES = (TicketState.DONE, TicketState.COLLECTED)
"""Tickets whose outcome stands."""


# --------------------------------------------------------------------------- workshops


def staffed_workshops(by: Agent | None) -> QuerySet[Workshop]:
    """The workshops for which ``by`` works: agrees with ``permissions.is_staff``."""
    if by is None:
        return Workshop.objects.none()
    if sees_everything(by):
        return Workshop.objects.all()
    repairs = Repairer.objects.filter(agent_id=by.pk, is_active=True)
    return Workshop.objects.filter(
        Q(agent__in=spoken_for(by))
        | Q(place__district__in=run_districts(by))
        | Q(pk__in=repairs.values("workshop"))
    )


def visible_workshops(by: Agent | None) -> QuerySet[Workshop]:
    """Open workshops are public; closed ones are known to those who work there."""
    if by is None:
        return Workshop.objects.filter(is_open=True)
    return Workshop.objects.filter(Q(is_open=True) | Q(pk__in=staffed_workshops(by).values("pk")))


def workshops_taking(
    category: Category | None, by: Agent | None = None, *, district: str = ""
) -> QuerySet[Workshop]:
    """Visible workshops that repair a category; one that names no category repairs everything."""
    found = visible_workshops(by)
    if category is not None:
        naming = Workshop.objects.filter(categories__isnull=False)
        found = found.filter(
            Q(pk__in=Workshop.objects.filter(categories=category).values("pk"))
            | ~Q(pk__in=naming.values("pk"))
        )
    return found.filter(place__district__slug=district) if district else found


def with_where(workshops: QuerySet[Workshop]) -> QuerySet[Workshop]:
    """Select along what a row or a page of a workshop shows, and its counts of outcomes."""
    ended = Q(tickets__state__in=ENDED_STATES)
    return workshops.select_related(
        "agent__organization", "agent__person", "place__district"
    ).annotate(
        tried=Count("tickets", filter=ended, distinct=True),
        fixed=Count("tickets", filter=ended & Q(tickets__outcome=Outcome.FIXED), distinct=True),
    )


def coming_events(day: date | None = None) -> QuerySet[Event]:
    """Published events that are not over yet, the next one first."""
    now = timezone.now()
    events = Event.objects.filter(state=EventState.OPEN, ends__gte=now)
    if day is not None:
        events = events.filter(begins__date__gte=day)
    return events.select_related("workshop", "place__district").order_by("begins", "pk")


# --------------------------------------------------------------------------- tickets


def visible_tickets(by: Agent | None) -> QuerySet[Ticket]:
    """Tickets are known to the owner, the workshop's staff, and an event's coming volunteers.

    Agrees with ``permissions.can_see_ticket``.
    """
    if by is None:
        return Ticket.objects.none()
    if sees_everything(by):
        return Ticket.objects.all()
    helped = Volunteer.objects.filter(agent_id=by.pk, state=VolunteerState.COMING)
    return Ticket.objects.filter(
        Q(owner__in=spoken_for(by))
        | Q(workshop__in=staffed_workshops(by))
        | Q(event__in=helped.values("event"))
    )


def with_facts(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Select along what a row or a page of a ticket shows."""
    return tickets.select_related(
        "workshop__agent__organization",
        "workshop__agent__person",
        "workshop__place__district",
        "owner__organization",
        "owner__person",
        "category__kind",
        "repairer__agent__person",
        "event__place",
        "station",
        "slot",
        "resource",
    )


def my_tickets(by: Agent) -> QuerySet[Ticket]:
    """What ``by`` and its organisations have brought or asked to have repaired."""
    return Ticket.objects.filter(owner__in=spoken_for(by))


def visible_photos(by: Agent | None) -> QuerySet[TicketPhoto]:
    """Pictures of visible tickets, and those shown to everybody with their owner's consent."""
    return TicketPhoto.objects.filter(Q(is_public=True) | Q(ticket__in=visible_tickets(by)))


def under_warranty(ticket: Ticket) -> Ticket | None:
    """An earlier repair of the same thing at the same workshop, under warranty when this came.

    The same thing is the same stock in the ledger, the same serial number, or the same words of
    the same owner.
    """
    same_words = Q(
        owner_id=ticket.owner_id,
        category_id=ticket.category_id,
        thing__iexact=ticket.thing,
        brand__iexact=ticket.brand,
        model__iexact=ticket.model,
    )
    same = same_words
    if ticket.resource_id is not None:
        same |= Q(resource_id=ticket.resource_id)
    if ticket.serial_number:
        same |= Q(serial_number__iexact=ticket.serial_number, category_id=ticket.category_id)
    came = timezone.localdate(ticket.created_at)
    return (
        Ticket.objects.filter(
            same,
            workshop_id=ticket.workshop_id,
            warranty_until__gte=came,
            state__in=ENDED_STATES,
            created_at__lt=ticket.created_at,
        )
        .exclude(pk=ticket.pk)
        .order_by("-created_at")
        .first()
    )


def hours_of(ticket: Ticket) -> list[EconomicEvent]:
    """The events of work on a ticket that still stand, oldest first."""
    return list(
        EconomicEvent.objects.filter(
            repair_work__ticket=ticket, corrects__isnull=True, corrected_by__isnull=True
        ).order_by("number")
    )


def open_first(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Those with something still to do, then the newest."""
    over = Case(When(state__in=OPEN_STATES, then=0), default=1, output_field=IntegerField())
    return tickets.order_by(over, "-created_at", "pk")


def found_in(workshop: Workshop, words: str) -> QuerySet[Ticket]:
    """Tickets of any state by code, serial number or part of the thing's name; newest first."""
    return (
        with_facts(Ticket.objects.filter(workshop=workshop))
        .filter(Q(code__iexact=words) | Q(serial_number__iexact=words) | Q(thing__icontains=words))
        .order_by("-created_at", "pk")
    )


def queue_of(
    workshop: Workshop,
    *,
    repairer: Repairer | None = None,
    category: Category | None = None,
    order: str = "",
) -> QuerySet[Ticket]:
    """What the workshop still has to do.

    ``repairer`` narrows to what is theirs, or is nobody's and of their skills (none: all).
    ``order`` is ``promise`` (due first), ``age`` (asked first) or ``skill`` (by category).
    """
    tickets = with_facts(Ticket.objects.filter(workshop=workshop, state__in=OPEN_STATES))
    if category is not None:
        tickets = tickets.filter(category=category)
    if repairer is not None:
        skills = list(repairer.skills.values_list("pk", flat=True))
        free = Q(repairer__isnull=True)
        tickets = tickets.filter(
            Q(repairer=repairer) | (free & Q(category__in=skills) if skills else free)
        )
    due = F("ready_on").asc(nulls_last=True)
    match order:
        case "age":
            return tickets.order_by("created_at", "pk")
        case "skill":
            return tickets.order_by("category__name", due, "created_at", "pk")
        case _:
            return tickets.order_by(due, "created_at", "pk")
