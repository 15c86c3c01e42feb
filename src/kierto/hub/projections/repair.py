"""Workshops and repair events. Tickets belong to their owners and are not published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kierto.core.announce import listen
from kierto.hub.access import PRIVATE, Access
from kierto.hub.projections.attributes import (
    agent_urn,
    document,
    prop,
    rel,
    urn,
)
from kierto.hub.projections.parties import follow_places, found_at
from kierto.hub.projections.publishing import Projection, Published, publish
from kierto.repair.changes import RepairEventChanged, WorkshopChanged
from kierto.repair.models import Event, Workshop
from kierto.repair.states import EventState


def workshop_urn(workshop: Workshop) -> str:
    return urn("Workshop", workshop.slug)


def _workshop(workshop: Workshop, now: str) -> Published:
    attributes = {
        "name": prop(workshop.name),
        "description": prop(workshop.description),
        "owner": rel(agent_urn(workshop.agent_id)),
        "contactPoint": prop(workshop.contact),
        "openingHours": prop(workshop.opening_hours),
        "timeZone": prop(workshop.timezone),
        "repairs": prop(sorted(category.name for category in workshop.categories.all())),
        "warrantyDays": prop(workshop.warranty_days or None, "DAY"),
        **found_at(workshop.place),
    }
    types = ["Workshop", "PointOfInterest"]
    return Published(document(workshop_urn(workshop), types, now, attributes), _access(workshop))


def _access(workshop: Workshop) -> Access:
    """An open workshop and its events are for everybody; else they are its own."""
    return Access() if workshop.is_open else Access(PRIVATE, frozenset({workshop.agent_id}))


def _workshops(**wanted: Any) -> Iterable[Any]:
    return (
        Workshop.objects.filter(**wanted)
        .select_related("place__district")
        .prefetch_related("categories")
        .order_by("pk")
    )


WORKSHOPS = Projection("repair.workshop", _workshops, workshop_urn, _workshop)


def event_urn(event: Event) -> str:
    return urn("Event", event.pk)


def _event(event: Event, now: str) -> Published | None:
    if event.state == EventState.DRAFT:
        return None
    attributes = {
        "name": prop(event.title),
        "description": prop(event.description),
        "workshop": rel(workshop_urn(event.workshop)),
        "startDate": prop(event.begins),
        "endDate": prop(event.ends),
        "takesWalkIns": prop(event.takes_walk_ins),
        "state": prop(event.state),
        **found_at(event.place),
    }
    types = ["RepairEvent", "Event"]
    return Published(document(event_urn(event), types, now, attributes), _access(event.workshop))


def _events(**wanted: Any) -> Iterable[Any]:
    return (
        Event.objects.filter(**wanted).select_related("workshop", "place__district").order_by("pk")
    )


EVENTS = Projection("repair.event", _events, event_urn, _event)


def _workshop_changed(workshop: Workshop) -> None:
    publish(WORKSHOPS, [workshop])
    publish(EVENTS, _events(workshop=workshop))


def start() -> None:
    """Hear of what changes."""
    follow_places(
        (WORKSHOPS, lambda place: _workshops(place=place)),
        (EVENTS, lambda place: _events(place=place)),
    )
    listen(WorkshopChanged, lambda change: _workshop_changed(change.workshop))
    listen(RepairEventChanged, lambda change: publish(EVENTS, [change.event]))
