"""The list of candidate sites, and adding, changing and taking back one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.parties.models import Agent, District
from kierto.parties.requests import reader, writer
from kierto.planning.actions import add_site, change_site, remove_site
from kierto.planning.forms import SiteForm
from kierto.planning.models import CandidateSite
from kierto.planning.permissions import can_keep_sites
from kierto.planning.queries import candidate_sites, latest_siting, whole_recipes
from kierto.planning.views.requests import chosen_district


@login_required
@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """Where could something be opened?"""
    district = _district(request)
    context = {
        "district": district,
        "districts": _kept_by(reader(request)),
        "sites": candidate_sites(district),
        "latest": latest_siting(district),
    }
    return render(request, "planning/sites.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_site(request: HttpRequest) -> HttpResponse:
    """Add a candidate site."""
    district = _district(request)
    form = SiteForm(request.POST or None, recipes=list(whole_recipes()))
    if request.method == "POST" and form.is_valid():
        try:
            add_site(district, by=writer(request), **form.values())
        except DomainError as error:
            form.add_error(error.field, str(error))
        else:
            return _back(district)
    return _form(request, form, district)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_site(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Change a candidate site."""
    site = _site(request, site_id)
    form = SiteForm(request.POST or None, recipes=list(whole_recipes()), initial=_filled(site))
    if request.method == "POST" and form.is_valid():
        try:
            change_site(site, by=writer(request), **form.values())
        except DomainError as error:
            form.add_error(error.field, str(error))
        else:
            return _back(site.district)
    return _form(request, form, site.district, site)


@login_required
@require_POST
def take_back_site(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Take a site off the list."""
    site = _site(request, site_id)
    remove_site(site, by=writer(request))
    messages.info(request, _("%(name)s is no longer a candidate.") % {"name": site.name})
    return _back(site.district)


def _form(
    request: HttpRequest, form: SiteForm, district: District, site: CandidateSite | None = None
) -> HttpResponse:
    context = {"form": form, "district": district, "site": site}
    status = 422 if form.errors else 200
    return render(request, "planning/site_form.html", context, status=status)


def _kept_by(by: Agent | None) -> list[District]:
    return [each for each in District.objects.all() if can_keep_sites(by, each)]


def _district(request: HttpRequest) -> District:
    """The one asked for, or the first that the reader runs.

    Raises:
        NotAllowed: the reader does not run it, or runs none.
    """
    by = reader(request)
    mine = _kept_by(by)
    found = chosen_district(request) or (mine[0] if mine else None)
    can_keep_sites(by, found or District(name="")).require()
    assert found is not None  # a district nobody keeps is refused above  # noqa: S101
    return found


def _site(request: HttpRequest, site_id: uuid.UUID) -> CandidateSite:
    found = get_object_or_404(
        CandidateSite.objects.select_related("district", "recipe"), pk=site_id
    )
    can_keep_sites(reader(request), found.district).require()
    return found


def _filled(site: CandidateSite) -> dict[str, Any]:
    names = ("name", "latitude", "longitude", "capacity", "years")
    values = {name: getattr(site, name) for name in names}
    money = ("investment", "interest", "fixed_cost")
    return {
        **values,
        **{name: f"{getattr(site, name).normalize():f}" for name in money},
        "minimum": site.minimum or "",
        "recipe": site.recipe.code,
    }


def _back(district: District) -> HttpResponse:
    answer = redirect("planning:sites")
    answer["Location"] += f"?district={district.slug}"
    return answer
