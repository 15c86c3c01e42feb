"""The areas that run their circulation together."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from kierto.parties import actions, permissions, queries
from kierto.parties.forms import DistrictForm
from kierto.parties.models import AgentType, District, Place
from kierto.parties.views._pages import agent_of_request, page_of, said, taken

EDITABLE = ("name", "city", "country", "timezone", "road_factor", "carbon_price", "description")


@require_safe
def districts(request: HttpRequest) -> HttpResponse:
    """Which districts run their circulation here?"""
    by = request.agent  # type: ignore[attr-defined]
    context = {
        "page": page_of(request, queries.districts_with_counts(by)),
        "may_create": permissions.can_create_district(by),
    }
    return render(request, "parties/districts.html", context)


@require_safe
def district(request: HttpRequest, slug: str) -> HttpResponse:
    """Where is it, and who is in it?"""
    by = request.agent  # type: ignore[attr-defined]
    found = get_object_or_404(queries.districts_with_counts(by), slug=slug)
    public = Place.objects.filter(district=found, agent__type=AgentType.ORGANIZATION)
    places = public.select_related("agent__organization").order_by("agent__organization__name")
    points = [
        {
            "id": str(place.pk),
            "label": place.agent.name,
            "lat": place.latitude,
            "lon": place.longitude,
            "kind": place.agent.organization.helix,
            "href": reverse("parties:organization", args=[place.agent.organization.slug]),
        }
        for place in places
    ]
    return render(
        request,
        "parties/district.html",
        {
            "district": found,
            "map": {"points": points, "lines": [], "area": found.area},
            "may_edit": permissions.can_edit_district(by, found),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def district_new(request: HttpRequest) -> HttpResponse:
    """Add a district."""
    by = agent_of_request(request)
    permissions.can_create_district(by).require()
    initial = {"road_factor": "1.3", "carbon_price": "80", "timezone": "Europe/Helsinki"}
    form = DistrictForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        slug = slugify(values["name"])[:60]
        if taken(form, lambda: actions.create_district(slug=slug, **values, by=by)):
            said(request, _("The district is added."))
            return redirect("parties:district", slug)
    return render(request, "parties/district_form.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def district_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a district; places move in and out with its area."""
    by = agent_of_request(request)
    found: District = get_object_or_404(queries.visible_districts(by), slug=slug)
    permissions.can_edit_district(by, found).require()
    initial = {name: getattr(found, name) for name in EDITABLE}
    initial["area"] = json.dumps(found.area)
    form = DistrictForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changes = form.cleaned_data
        if taken(form, lambda: actions.change_district(found, changes=changes, by=by)):
            said(request, _("The district is saved."))
            return redirect("parties:district", found.slug)
    return render(request, "parties/district_form.html", {"form": form, "district": found})
