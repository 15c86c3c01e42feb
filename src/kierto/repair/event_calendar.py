"""Repair events as an iCalendar file (RFC 5545), each with an identifier that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils import timezone
from icalendar import Calendar
from icalendar import Event as Entry

from kierto.repair.models import Event
from kierto.repair.states import EventState


def calendar_of(events: Iterable[Event], address_of: Callable[[Event], str]) -> bytes:
    """The events with their place and page; what was called off says so."""
    calendar = Calendar()
    calendar.add("prodid", "-//Kierto//repair events//EN")
    calendar.add("version", "2.0")
    for event in events:
        calendar.add_component(_entry(event, address_of(event)))
    written: bytes = calendar.to_ical()
    return written


def _entry(event: Event, address: str) -> Entry:
    entry = Entry()
    entry.add("uid", f"{event.pk}@repair.kierto")
    entry.add("dtstamp", timezone.now())
    entry.add("dtstart", event.begins)
    entry.add("dtend", event.ends)
    entry.add("summary", event.title)
    entry.add("description", event.description)
    entry.add("url", address)
    place = event.place
    entry.add(
        "location",
        ", ".join(filter(None, [place.name, place.street, place.postcode, place.locality])),
    )
    entry.add("geo", (place.latitude, place.longitude))
    cancelled = event.state == EventState.CANCELLED
    entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return entry
