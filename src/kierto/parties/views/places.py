"""Where things are: adding and changing places."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from kierto.parties import actions, permissions, queries
from kierto.parties.forms import PlaceForm
from kierto.parties.models import Agent, AgentType, Place
from kierto.parties.views._pages import agent_of_request, said, taken
from kierto.parties.views.organizations import organization_or_404

FIELDS = ("name", "street", "postcode", "locality", "country", "latitude", "longitude")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organization_place_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a place of an organisation."""
    found = organization_or_404(agent_of_request(request), slug)
    return _add(request, found.agent)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_place_new(request: HttpRequest) -> HttpResponse:
    """Add a place of my own; nobody else sees it but whoever runs its district."""
    return _add(request, agent_of_request(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def place_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change an address or a point."""
    by = agent_of_request(request)
    place = _place(by, pk)
    permissions.can_edit_place(by, place).require()
    form = PlaceForm(request.POST or None, initial={name: getattr(place, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        changes = form.cleaned_data
        if taken(form, lambda: actions.change_place(place, changes=changes, by=by)):
            said(request, _("The place is saved."))
            return redirect(_home_of(place.agent))
    context = {"form": form, "place": place, "back": _home_of(place.agent)}
    return render(request, "parties/place_form.html", context)


@login_required
@require_POST
def place_remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Remove a place to which nothing refers."""
    by = agent_of_request(request)
    place = _place(by, pk)
    actions.remove_place(place, by=by)
    said(request, _("The place is removed."))
    return redirect(_home_of(place.agent))


def _add(request: HttpRequest, agent: Agent) -> HttpResponse:
    by = agent_of_request(request)
    permissions.can_add_place(by, agent).require()
    form = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if taken(form, lambda: actions.add_place(agent=agent, **values, by=by)):
            said(request, _("The place is added."))
            return redirect(_home_of(agent))
    context = {"form": form, "back": _home_of(agent)}
    return render(request, "parties/place_form.html", context)


def _place(by: Agent, pk: UUID) -> Place:
    return get_object_or_404(queries.visible_places(by).select_related("agent"), pk=pk)


def _home_of(agent: Agent) -> str:
    """The page on which the agent's places stand."""
    if agent.type == AgentType.ORGANIZATION:
        return reverse("parties:organization", args=[agent.organization.slug])
    return reverse("parties:me")
