"""Repair events: the list, the map, and calendars to subscribe to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kierto.parties.models import District
from kierto.parties.requests import kept_filters, reader
from kierto.repair import event_queries
from kierto.repair.event_calendar import calendar_of
from kierto.repair.forms.events import (
    EventsForm,
)
from kierto.repair.models import Event, Slot
from kierto.repair.queries import staffed_workshops
from kierto.repair.states import EventState
from kierto.repair.views.event_found import (
    all_categories,
    find_event,
)

PAGE_SIZE = 25
MOST_ON_MAP = 400
MOST_IN_CALENDAR = 200


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """Where one can have things repaired, and when; ``?view=map`` on a map."""
    by = reader(request)
    form = EventsForm(request.GET, districts=District.objects.all(), categories=all_categories())
    found = event_queries.narrowed(event_queries.visible_events(by), **form.wish())
    next_ones = event_queries.with_facts(event_queries.coming(found))
    as_map = request.GET.get("view") == "map"
    ahead = Paginator(next_ones, MOST_ON_MAP if as_map else PAGE_SIZE).get_page(
        request.GET.get("coming")
    )
    coming = list(ahead)
    free = _free_counts(coming)
    page = Paginator(event_queries.with_facts(event_queries.past(found)), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "repair/events.html",
        {
            "form": form,
            "coming": [(row, free.get(row.pk, 0)) for row in coming],
            "page": page,
            "ahead": ahead,
            "as_map": as_map,
            "map": _map(coming),
            "workshops": list(staffed_workshops(by).filter(is_open=True)[:PAGE_SIZE]),
            "query": kept_filters(request, without=("page", "coming", "view")),
        },
    )


def _free_counts(events: list[Event]) -> dict[UUID, int]:
    """How many slots of each are free; one query."""
    free: dict[UUID, int] = {}
    slots = Slot.objects.filter(station__event__in=events, station__event__state=EventState.OPEN)
    for event_id in event_queries.untaken(slots).values_list("station__event_id", flat=True):
        free[event_id] = free.get(event_id, 0) + 1
    return free


def _map(events: list[Event]) -> dict[str, Any]:
    """A point for each place with coming events."""
    by_place: dict[Any, list[Event]] = {}
    for event in events:
        by_place.setdefault(event.place, []).append(event)
    return {
        "points": [
            {
                "id": str(place.pk),
                "label": " · ".join([str(place), *(event.title for event in there)]),
                "lat": place.latitude,
                "lon": place.longitude,
                "kind": "offer",
                "href": reverse("repair:event", args=[there[0].pk]),
            }
            for place, there in by_place.items()
        ],
        "lines": [],
    }


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Public events that fit the filters, as an iCalendar file to subscribe to."""
    form = EventsForm(request.GET, districts=District.objects.all(), categories=all_categories())
    found = event_queries.narrowed(event_queries.visible_events(None), **form.wish())
    rows = event_queries.with_facts(found).order_by("-begins", "pk")[:MOST_IN_CALENDAR]
    return _calendar(request, list(rows))


@require_safe
def event_calendar(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One event as an iCalendar file."""
    return _calendar(request, [find_event(None, pk)])


def _calendar(request: HttpRequest, rows: list[Event]) -> HttpResponse:
    written = calendar_of(
        rows, lambda row: request.build_absolute_uri(reverse("repair:event", args=[row.pk]))
    )
    response = HttpResponse(written, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="repair-events.ics"'
    return response
