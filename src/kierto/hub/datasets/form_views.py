"""Describing a data set: what would be in it is counted before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kierto.core.errors import DomainError
from kierto.hub.datasets import actions, permissions
from kierto.hub.datasets.checking import asked_of
from kierto.hub.datasets.choices import Choosable, choosable, with_chosen
from kierto.hub.datasets.contents import query_of
from kierto.hub.datasets.forms import DataSetForm
from kierto.hub.datasets.measures import Measured, measure
from kierto.hub.datasets.preview import name_of
from kierto.hub.datasets.queries import visible_data_sets
from kierto.hub.datasets.series import documents_of
from kierto.hub.datasets.states import Kind, Openness
from kierto.hub.datasets.views import owners_for
from kierto.hub.models import DataSet
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent, District
from kierto.parties.queries import is_operator, sees_everything
from kierto.parties.requests import find, writer

_SHOWN = 5
_EDGES = ("west", "south", "east", "north")


@dataclass(frozen=True, slots=True)
class Looked:
    """What a data set would hold: as it would be measured, and the names of its first entities."""

    measured: Measured
    names: list[str]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Describe a data set; the first button counts what it would hold, the second saves."""
    by = writer(request)
    kinds = _kinds(by)
    kind = request.GET.get("kind", Kind.ENTITIES)
    if kind not in kinds:
        kind = Kind.ENTITIES.value
    owners = owners_for(by)
    form = DataSetForm(
        request.POST or None,
        kind=kind,
        openness=_openness(by),
        choosable=_choosable(by, kind),
        districts=_districts(),
        owners=owners,
    )
    looked = None
    if request.method == "POST" and owners and form.is_valid():
        try:
            if "look" in request.POST:
                looked = _look(DataSet(owner=form.chosen_owner, kind=kind), form, by)
            else:
                made = actions.add_data_set(
                    owner=form.chosen_owner, kind=kind, said=form.said(), by=by
                )
                messages.success(request, _("Saved as a draft. Look at it, then publish it."))
                return redirect("hub:data_set", made.slug)
        except DomainError as error:
            add_domain_error(form, error)
    context = {"form": form, "kind": kind, "kinds": kinds, "owners": owners, "looked": looked}
    return render(request, "hub/datasets/form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what is said of a data set, and what it holds."""
    by = writer(request)
    found = find(visible_data_sets(by), slug=slug)
    permissions.can_edit(by, found).require()
    known = _choosable(by, found.kind)
    form = DataSetForm(
        request.POST or None,
        kind=found.kind,
        openness=_openness(by),
        choosable=Choosable(
            with_chosen(known.types, found.asked.get("types", ())),
            with_chosen(known.attributes, found.asked.get("attributes", ())),
        ),
        districts=_districts(),
        initial=_initial(found),
    )
    looked = None
    if request.method == "POST" and form.is_valid():
        try:
            if "look" in request.POST:
                looked = _look(DataSet(owner=found.owner, kind=found.kind), form, by)
            else:
                actions.change_data_set(found, said=form.said(), by=by)
                messages.success(request, _("Saved."))
                return redirect("hub:data_set", found.slug)
        except DomainError as error:
            add_domain_error(form, error)
    context = {"form": form, "data_set": found, "kind": found.kind, "looked": looked}
    return render(request, "hub/datasets/form.html", context)


def _look(draft: DataSet, form: DataSetForm, by: Agent) -> Looked:
    """What it would hold, without keeping anything."""
    permissions.can_give(by, form.cleaned_data["openness"]).require()
    draft.openness = form.cleaned_data["openness"]
    draft.asked = asked_of(form.asked(), draft.kind)
    if draft.kind == Kind.PLATFORM:
        return Looked(measure(draft), [])
    found = measure(draft)
    documents = [] if found.problem else documents_of(query_of(draft), draft, _SHOWN)
    return Looked(found, [name_of(document) for document in documents])


def _kinds(by: Agent) -> dict[str, Any]:
    runs = is_operator(by) or sees_everything(by)
    return {kind.value: kind.label for kind in Kind if runs or kind != Kind.PLATFORM}


def _openness(by: Agent) -> list[tuple[str, Any]]:
    return [choice for choice in Openness.choices if permissions.can_give(by, choice[0])]


def _choosable(by: Agent, kind: str) -> Choosable:
    if kind == Kind.PLATFORM:
        return Choosable([], [])
    return choosable(by, readings=kind == Kind.HISTORY)


def _districts() -> list[District]:
    return list(District.objects.order_by("name"))


def _initial(found: DataSet) -> dict[str, Any]:
    asked = found.asked
    plain = (
        "title", "description", "licence", "themes", "contact", "refresh", "openness",
        "quality_note",
    )  # fmt: skip
    return {
        **{name: getattr(found, name) for name in plain},
        **{
            name: asked[name]
            for name in ("types", "q", "attributes", "days", "export")
            if name in asked
        },
        **dict(zip(_EDGES, asked.get("bbox", ()), strict=False)),
        "keywords": ", ".join(found.keywords),
        "district": found.district.slug if found.district else "",
    }
