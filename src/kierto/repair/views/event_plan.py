"""The plan of an event: when, where, with which tables."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kierto.core.errors import DomainError
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent, AgentType, Place
from kierto.parties.requests import writer
from kierto.repair import actions, event_permissions
from kierto.repair.forms.events import (
    EventForm,
    TableForms,
)
from kierto.repair.models import Event, Workshop
from kierto.repair.queries import staffed_workshops
from kierto.repair.views.event_found import (
    all_categories,
    find_event,
)


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
