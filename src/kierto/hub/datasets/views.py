"""The catalogue, and the page of a data set."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.core.transitions import steps_from
from kierto.hub.datasets import actions, permissions
from kierto.hub.datasets.cards import card_of, narrowed
from kierto.hub.datasets.forms import AskForm, FindForm
from kierto.hub.datasets.keeping import kept_for
from kierto.hub.datasets.measures import measured
from kierto.hub.datasets.preview import preview
from kierto.hub.datasets.programs import downloads_of, features_of, request_for
from kierto.hub.datasets.queries import (
    readable_data_sets,
    requests_of,
    requests_to_decide,
    visible_data_sets,
)
from kierto.hub.datasets.states import DATA_SET_STEPS, DataSetState, Openness
from kierto.hub.models import DataSet
from kierto.hub.reads.noting import note_preview
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent, District
from kierto.parties.queries import organizations_of, sees_everything
from kierto.parties.requests import find, reader, writer

A_PAGE = 24


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """What is known here, and may I use it?"""
    by = reader(request)
    visible = visible_data_sets(by)
    owners = (
        visible.order_by("owner__organization__name")
        .distinct()
        .values_list("owner", "owner__organization__name")
    )
    form = FindForm(
        request.GET,
        owners=[(str(pk), name) for pk, name in dict(owners).items() if name],
        districts=list(District.objects.order_by("name")),
    )
    chosen = form.chosen()
    found = narrowed(visible, chosen).order_by("title", "slug")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    readable = set(
        readable_data_sets(by)
        .filter(pk__in=[data_set.pk for data_set in page.object_list])
        .values_list("pk", flat=True)
    )
    return render(
        request,
        "hub/datasets/catalogue.html",
        {
            "form": form,
            "chosen": chosen,
            "page": page,
            "total": page.paginator.count,
            "usable": narrowed(readable_data_sets(by), chosen).count(),
            "cards": [
                card_of(data_set) | {"may_read": data_set.pk in readable}
                for data_set in page.object_list
            ],
            "may_add": bool(owners_for(by)),
            "waiting": requests_to_decide(by).count() if by else 0,
        },
    )


@require_safe
def data_set(request: HttpRequest, slug: str) -> HttpResponse:
    """What it holds, who may use it and how, what it is worth."""
    by = reader(request)
    found = find(visible_data_sets(by), slug=slug)
    context = _context(request, found, by)
    if by is not None and context["preview"] and found.openness == Openness.RESTRICTED:
        note_preview(found.pk, by, len(context["preview"].rows))
    return render(request, "hub/datasets/data_set.html", context)


def _context(request: HttpRequest, found: DataSet, by: Agent | None) -> dict[str, Any]:
    base = request.build_absolute_uri("/").rstrip("/")
    may_read = permissions.can_read_rows(by, found)
    may_ask = permissions.can_ask(by, found)
    worth = measured(found)
    steps = steps_from(DATA_SET_STEPS, found.state, permissions.roles_of(by, found))
    return card_of(found) | {
        "measured": worth,
        "late": worth.is_late(found.refresh),
        "may_read": may_read,
        "preview": preview(found) if may_read else None,
        "downloads": downloads_of(found) if may_read else [],
        "program": request_for(found, base),
        "features": features_of(found),
        "kept": kept_for(found),
        "restricted": found.openness == Openness.RESTRICTED,
        "may_ask": may_ask,
        "asked": requests_of(by).filter(data_set=found).first() if by else None,
        "may_edit": permissions.can_edit(by, found),
        "waiting": requests_to_decide(by).filter(data_set=found).count() if by else 0,
        "steps": [
            {"to": to, "label": step.label, "danger": to == DataSetState.WITHDRAWN}
            for to, step in steps.items()
        ],
    }


@login_required
@require_POST
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish it, or take it back."""
    by = writer(request)
    found = find(visible_data_sets(by), slug=slug)
    try:
        found = actions.move_data_set(found, request.POST.get("to", ""), by=by)
    except DomainError as error:
        if error.status != 409:
            raise
        messages.error(request, str(error))
        return redirect("hub:data_set", found.slug)
    if found.state == DataSetState.PUBLISHED:
        messages.success(request, _("Published. Everybody sees now that the data set is there."))
    else:
        messages.success(request, _("Taken back. Others do not see the data set any more."))
    if not permissions.can_see(by, found):
        return redirect("hub:data")
    return redirect("hub:data_set", found.slug)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask the owner for access."""
    by = writer(request)
    found = find(visible_data_sets(by), slug=slug)
    permissions.can_ask(by, found).require()
    form = AskForm(request.POST or None, agents=askers(by))
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask(found, agent=form.chosen, purpose=form.cleaned_data["purpose"], by=by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Asked. You are told as soon as there is an answer."))
            return redirect("hub:data_set", found.slug)
    return render(request, "hub/datasets/ask.html", card_of(found) | {"form": form})


def askers(by: Agent) -> list[Agent]:
    """For whom ``by`` may ask: itself and its organisations."""
    return [by, *_organizations(by)]


def owners_for(by: Agent | None) -> list[Agent]:
    """The organisations whose data sets ``by`` may describe."""
    if by is None:
        return []
    if sees_everything(by):
        rows = Agent.objects.filter(organization__isnull=False).select_related("organization")
        return list(rows.order_by("organization__name"))
    return _organizations(by)


def _organizations(by: Agent) -> list[Agent]:
    found = []
    for organization in organizations_of(by):
        organization.agent.organization = organization
        found.append(organization.agent)
    return found
