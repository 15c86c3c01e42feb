"""Repair events: the list, the page of one, its plan, and signing up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.decision import Decision
from kierto.core.errors import DomainError
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent, AgentType, District, Place
from kierto.parties.requests import kept_filters, reader, writer
from kierto.repair import actions, event_permissions, event_queries, programme
from kierto.repair.event_calendar import calendar_of
from kierto.repair.forms.events import (
    EventForm,
    EventsForm,
    MoveSignUpForm,
    SignUpForm,
    TableForms,
)
from kierto.repair.models import Event, Slot, Ticket, Workshop
from kierto.repair.queries import staffed_workshops
from kierto.repair.results import public_photos, results_of
from kierto.repair.states import EVENT_STEPS, EventState, VolunteerState
from kierto.repair.views.event_found import (
    all_categories,
    find_event,
    find_ticket,
)

PAGE_SIZE = 25
MOST_ON_MAP = 400
MOST_IN_CALENDAR = 200
TONES = {
    EventState.DRAFT: "neutral",
    EventState.OPEN: "success",
    EventState.CANCELLED: "danger",
    EventState.CLOSED: "info",
}


@dataclass(frozen=True, slots=True)
class StepButton:
    """A step out of the present state, and whether the reader may take it."""

    to: str
    label: Any
    decision: Decision


# --------------------------------------------------------------------------- the list


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


# --------------------------------------------------------------------------- one event


@require_safe
def event(request: HttpRequest, pk: UUID) -> HttpResponse:
    """When and where, what can be brought, free times; afterwards what came of it."""
    by = reader(request)
    found = find_event(by, pk)
    row = event_queries.volunteer_of(by, found)
    rota = programme.rota(found)
    mine = event_queries.sign_ups_of(by, found).select_related("slot__station") if by else []
    return render(
        request,
        "repair/event.html",
        {
            "event": found,
            "tone": TONES[EventState(found.state)],
            "now": programme.is_now(found),
            "over": event_queries.is_over(found),
            "rota": rota,
            "slots": _slots_by_table(found, rota),
            "may_sign_up": event_permissions.can_sign_up(by, found),
            "mine": mine,
            "row": row,
            "row_steps": _volunteer_steps(by, row, found),
            "may_offer": event_permissions.can_offer_help(by, found),
            "may_help": event_permissions.can_help_at(by, found),
            "may_change": event_permissions.can_change_event(by, found),
            "may_run": event_permissions.can_create_event(by, found.workshop),
            "steps": _steps(by, found),
            "results": results_of(found) if found.state == EventState.CLOSED else None,
            "photos": public_photos(found) if found.state == EventState.CLOSED else [],
        },
    )


def _slots_by_table(found: Event, rota: programme.Rota) -> list[tuple[programme.Table, list[Slot]]]:
    if found.state != EventState.OPEN:
        return [(table, []) for table in rota.tables]
    free: dict[int, list[Slot]] = {}
    for slot in event_queries.free_slots(found):
        free.setdefault(slot.station_id, []).append(slot)
    return [(table, free.get(table.station.pk, [])) for table in rota.tables]


def _steps(by: Agent | None, found: Event) -> list[StepButton]:
    """Every step out of its state, for those who work there."""
    if not event_permissions.can_create_event(by, found.workshop):
        return []
    return [
        StepButton(to, step.label, event_permissions.can_move_event(by, found, to))
        for (state, to), step in EVENT_STEPS.items()
        if state == found.state
    ]


def _volunteer_steps(by: Agent | None, row: Any, found: Event) -> list[StepButton]:
    """What somebody on the list can answer for themselves."""
    if row is None or found.state in {EventState.CLOSED, EventState.CANCELLED}:
        return []
    row.event = found
    answers = [
        (VolunteerState.COMING, _("I am coming")),
        (VolunteerState.DECLINED, _("I cannot come")),
    ]
    return [
        StepButton(to, label, decision)
        for to, label in answers
        if (decision := event_permissions.can_move_volunteer(by, row, to))
    ]


@require_POST
@login_required
def event_move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Publish, take back, cancel, close or open again."""
    by = writer(request)
    moved = actions.move_event(find_event(by, pk), request.POST.get("to", ""), by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("repair:event", pk=pk)


# --------------------------------------------------------------------------- its plan


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def event_new(request: HttpRequest) -> HttpResponse:
    """Plan an event of ``?workshop=``, or of the only workshop that one works for."""
    by = writer(request)
    workshop = _workshop(request, by)
    return _plan(request, by, workshop, None)


def _workshop(request: HttpRequest, by: Agent) -> Workshop:
    workshops = staffed_workshops(by).select_related("place", "agent")
    slug = request.GET.get("workshop")
    found = workshops.filter(slug=slug).first() if slug else workshops.order_by("name").first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def event_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change the plan; times that people signed up for stay, or the change is refused."""
    by = writer(request)
    found = find_event(by, pk)
    event_permissions.can_change_event(by, found).require()
    return _plan(request, by, found.workshop, found)


def _plan(request: HttpRequest, by: Agent, workshop: Workshop, found: Event | None) -> HttpResponse:
    event_permissions.can_create_event(by, workshop).require()
    data = request.POST if request.method == "POST" else None
    form = EventForm(data, workshop=workshop, places=_places(workshop, found), event=found)
    tables = TableForms(data, categories=all_categories(), event=found)
    if data is not None and all([form.is_valid(), tables.is_valid()]):
        try:
            saved = _save(form, tables, workshop, found, by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("The event is saved."))
            return redirect("repair:event", pk=saved.pk)
    status = 422 if data is not None else 200
    context = {"form": form, "tables": tables, "workshop": workshop, "event": found}
    return render(request, "repair/event_edit.html", context, status=status)


def _save(
    form: EventForm, tables: TableForms, workshop: Workshop, found: Event | None, by: Agent
) -> Event:
    plans = tables.plans()
    if found is not None:
        return actions.change_event(found, changes={**form.values(), "stations": plans}, by=by)
    named = [(plan.name, plan.categories) for plan in plans]
    return actions.create_event(workshop=workshop, stations=named, by=by, **form.values())


def _places(workshop: Workshop, found: Event | None) -> list[Place]:
    """The workshop's own places, and those of organisations in its district."""
    district = workshop.place.district_id
    own = Place.objects.filter(agent=workshop.agent) | Place.objects.filter(pk=workshop.place_id)
    public = Place.objects.filter(
        agent__type=AgentType.ORGANIZATION, district=district, district__isnull=False
    )
    if found is not None:
        own |= Place.objects.filter(pk=found.place_id)
    return list((own | public).distinct())


# --------------------------------------------------------------------------- sign-up


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sign_up(request: HttpRequest, pk: UUID, slot: int) -> HttpResponse:
    """Say what one brings at this time."""
    by = writer(request)
    found = find_event(by, pk)
    chosen = _slots().filter(pk=slot, station__event=found).first()
    if chosen is None:
        raise Http404
    chosen.station.event = found
    event_permissions.can_sign_up(by, found).require()
    data = request.POST if request.method == "POST" else None
    form = SignUpForm(data, slot=chosen, categories=all_categories())
    if data is not None and form.is_valid():
        try:
            ticket = actions.sign_up(chosen, owner=by, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("You have this time. Bring the thing and the code."))
            return redirect("repair:sign_up_page", pk=ticket.pk)
    context = {"form": form, "event": found, "slot": chosen}
    status = 422 if data is not None else 200
    return render(request, "repair/event_sign_up.html", context, status=status)


def _slots() -> QuerySet[Slot]:
    return Slot.objects.select_related("station").prefetch_related("station__categories")


@require_safe
@login_required
def sign_up_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """My sign-up: its code, another time, or not at all."""
    return _sign_up_page(request, *find_ticket(writer(request), pk))


def _sign_up_page(
    request: HttpRequest, found: Event, ticket: Ticket, form: MoveSignUpForm | None = None
) -> HttpResponse:
    waits = ticket in event_queries.sign_ups_of(ticket.owner, found)
    may = event_permissions.can_change_sign_up(reader(request), ticket) and waits
    context = {
        "event": found,
        "ticket": ticket,
        "may_change": may,
        "waits": waits,
        "form": form
        or (MoveSignUpForm(slots=_fitting(found, ticket), event=found) if may else None),
    }
    status = 422 if form is not None else 200
    return render(request, "repair/event_sign_up_page.html", context, status=status)


def _fitting(found: Event, ticket: Ticket) -> list[Slot]:
    slots = event_queries.free_slots(found).prefetch_related("station__categories")
    return [slot for slot in slots if programme.takes(slot.station, ticket.category)]


@require_POST
@login_required
def sign_up_move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Come at another time."""
    by = writer(request)
    found, ticket = find_ticket(by, pk)
    form = MoveSignUpForm(request.POST, slots=_fitting(found, ticket), event=found)
    if form.is_valid():
        try:
            actions.move_sign_up(ticket, form.slots[form.cleaned_data["slot"]], by=by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("You have another time now."))
            return redirect("repair:sign_up_page", pk=pk)
    return _sign_up_page(request, found, ticket, form)


@require_POST
@login_required
def sign_up_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Not come after all."""
    by = writer(request)
    found, ticket = find_ticket(by, pk)
    actions.cancel_sign_up(ticket, by=by)
    messages.success(request, _("Your sign-up is cancelled. The time is free for others."))
    return redirect("repair:event", pk=found.pk)
