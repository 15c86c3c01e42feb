"""Who takes part: the list, the page of one organisation, and changing it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from kierto.core.intake import Intake
from kierto.core.tables import FaultyFile
from kierto.parties import actions, permissions, queries
from kierto.parties.forms import FilterForm, ImportForm, OrganizationForm
from kierto.parties.importers import import_organizations
from kierto.parties.models import Agent, Organization, Place
from kierto.parties.views._pages import agent_of_request, page_of, said, taken

EDITABLE = ("name", "helix", "description", "website", "email", "registry_number", "is_partner")


def organization_or_404(by: Agent | None, slug: str) -> Organization:
    """The organisation, if ``by`` may see it."""
    return get_object_or_404(queries.visible_organizations(by).select_related("agent"), slug=slug)


@require_safe
def organizations(request: HttpRequest) -> HttpResponse:
    """Who takes part here?"""
    by = request.agent  # type: ignore[attr-defined]
    form = FilterForm(request.GET)
    form.is_valid()  # what cannot be read narrows nothing, and says so beside its field
    chosen = form.cleaned_data
    found = queries.search_organizations(
        by,
        words=chosen.get("q", ""),
        helix=chosen.get("helix", ""),
        district=chosen.get("district"),
    )
    page = page_of(request, found)
    return render(
        request,
        "parties/organizations.html",
        {
            "form": form,
            "page": page,
            "rows": [(one, _where(one)) for one in page.object_list],
            "is_narrowed": any(chosen.values()),
            "may_create": permissions.can_create_organization(by),
            "may_import": permissions.can_import_organizations(by),
        },
    )


@require_safe
def organization(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is this, and where?"""
    by = request.agent  # type: ignore[attr-defined]
    found = organization_or_404(by, slug)
    places = list(queries.places_of(found.agent))
    points = [
        {
            "id": str(place.pk),
            "label": str(place),
            "lat": place.latitude,
            "lon": place.longitude,
            "kind": "place",
            "href": "",
        }
        for place in places
    ]
    return render(
        request,
        "parties/organization.html",
        {
            "organization": found,
            "places": places,
            "map": {"points": points, "lines": [], "area": _common_area(places)},
            "may_edit": permissions.can_edit_organization(by, found),
            "may_see_members": permissions.can_see_members(by, found),
            "may_add_place": permissions.can_add_place(by, found.agent),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organization_new(request: HttpRequest) -> HttpResponse:
    """Add my organisation; I administer it then."""
    by = agent_of_request(request)
    permissions.can_create_organization(by).require()
    form = OrganizationForm(
        request.POST or None, with_partner=bool(permissions.can_mark_partner(by))
    )
    added: list[Organization] = []
    if (
        request.method == "POST"
        and form.is_valid()
        and taken(
            form,
            lambda: added.append(actions.create_organization(**form.cleaned_data, by=by)),
        )
    ):
        said(request, _("Your organisation is here. Add its places next."))
        return redirect("parties:organization", added[0].slug)
    return render(request, "parties/organization_form.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organization_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what the organisation tells about itself."""
    by = agent_of_request(request)
    found = organization_or_404(by, slug)
    permissions.can_edit_organization(by, found).require()
    form = OrganizationForm(
        request.POST or None,
        initial={name: getattr(found, name) for name in EDITABLE},
        with_partner=bool(permissions.can_mark_partner(by)),
    )
    if request.method == "POST" and form.is_valid():
        changes = form.cleaned_data
        if taken(form, lambda: actions.change_organization(found, changes=changes, by=by)):
            said(request, _("The changes are saved."))
            return redirect("parties:organization", found.slug)
    return render(request, "parties/organization_form.html", {"form": form, "organization": found})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organizations_import(request: HttpRequest) -> HttpResponse:
    """Take many organisations from a table; the answer tells the fate of every row."""
    by = agent_of_request(request)
    permissions.can_import_organizations(by).require()
    form = ImportForm(request.POST or None, request.FILES or None)
    intake: Intake | None = None
    faults: tuple[object, ...] = ()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            intake = import_organizations(upload.read(), by=by, name=upload.name)
        except FaultyFile as error:
            faults = error.faults
    return render(
        request,
        "parties/organizations_import.html",
        {"form": form, "intake": intake, "faults": faults},
        status=422 if faults else 200,
    )


def _where(organization: Organization) -> str:
    """The districts (or towns) of its places, each once."""
    places = organization.agent.places.all()
    names = [place.district.name if place.district else place.locality for place in places]
    return ", ".join(dict.fromkeys(filter(None, names))) or "–"


def _common_area(places: list[Place]) -> dict[str, Any] | None:
    """The outline behind the points, when all lie in one district."""
    districts = {place.district for place in places}
    only = districts.pop() if len(districts) == 1 else None
    return only.area if only else None
