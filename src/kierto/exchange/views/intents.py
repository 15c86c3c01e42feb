"""One offer or need: its page, editing, its states and its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.decision import Decision
from kierto.core.errors import DomainError
from kierto.exchange import actions, queries
from kierto.exchange.forms.posting import EditForm, PhotoForm
from kierto.exchange.models import Intent, IntentPhoto
from kierto.exchange.outlook import outlook_of
from kierto.exchange.permissions import can_ask, can_change_intent, can_import, can_move_intent
from kierto.exchange.places import place_of_intent
from kierto.exchange.quality import write_quality
from kierto.exchange.states import INTENT_STEPS, IntentState
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent, Organization
from kierto.parties.requests import find, reader, writer

PAGE_SIZE = 25
TONES = {
    IntentState.DRAFT: "neutral",
    IntentState.OPEN: "success",
    IntentState.PAUSED: "warning",
    IntentState.CLOSED: "neutral",
}


@dataclass(frozen=True, slots=True)
class StepButton:
    """A step out of the present state, and whether the reader may take it."""

    to: str
    label: Any
    decision: Decision


@require_safe
def intent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Facts, pictures, who and where, what can be done, and what could become of it."""
    by = reader(request)
    found = find(queries.with_facts(queries.visible_intents(by)), pk)
    return render(request, "exchange/intent.html", _context(found, by))


def _context(
    found: Intent, by: Agent | None, photo_form: PhotoForm | None = None
) -> dict[str, Any]:
    may_change = can_change_intent(by, found)
    return {
        "intent": found,
        "place": place_of_intent(found, by),
        "expired": found.is_expired(),
        "tone": TONES[IntentState(found.state)],
        "quality": write_quality(found.quality),
        "steps": _steps(found, by) if by is not None else [],
        "may_change": may_change,
        "may_ask": can_ask(by, found),
        "photo_form": photo_form or (PhotoForm() if may_change else None),
        "outlook": outlook_of(found, by) if found.state != IntentState.CLOSED else None,
    }


def _steps(found: Intent, by: Agent) -> list[StepButton]:
    """Every step of the table out of the present state; nothing for those with no part in it."""
    steps = [
        StepButton(to, step.label, can_move_intent(by, found, to))
        for (state, to), step in INTENT_STEPS.items()
        if state == found.state
    ]
    return steps if can_change_intent(by, found) else []


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What I and my organisations offer and need; ``?organization=`` narrows to one."""
    by = writer(request)
    rows = queries.my_intents(by)
    slug = request.GET.get("organization", "")
    organization = Organization.objects.filter(slug=slug).first() if slug else None
    if organization is not None:
        rows = rows.filter(agent_id=organization.pk)
    page = Paginator(rows.order_by("-updated_at", "pk"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "exchange/mine.html",
        {"page": page, "organization": organization, "may_import": can_import(by)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All that can be edited, on one page."""
    by = writer(request)
    found = find(queries.with_facts(queries.visible_intents(by)), pk)
    can_change_intent(by, found).require()
    places = list(queries.places_of([found.agent]))
    form = EditForm(request.POST or None, intent=found, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_intent(found, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("exchange:intent", pk=pk)
    return render(request, "exchange/intent_edit.html", {"form": form, "intent": found})


@require_POST
@login_required
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Publish, pause, open again, close or discard."""
    by = writer(request)
    found = find(queries.visible_intents(by), pk)
    moved = actions.move_intent(found, request.POST.get("to", ""), by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("exchange:intent", pk=pk)


@require_POST
@login_required
def ask(request: HttpRequest, pk: UUID, partner: UUID) -> HttpResponse:
    """Put one of the direct ways to both sides."""
    by = writer(request)
    visible = queries.with_facts(queries.visible_intents(by))
    proposal = actions.ask_partner(find(visible, pk), find(visible, partner), by=by)
    messages.success(
        request, _("The proposal is made. Answer it yourself too; then it is up to them.")
    )
    return redirect("exchange:proposal", pk=proposal.pk)


@require_POST
@login_required
def photo_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add a picture."""
    by = writer(request)
    found = find(queries.with_facts(queries.visible_intents(by)), pk)
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            actions.add_photo(
                found,
                image=form.cleaned_data["photo"],
                description=form.cleaned_data["photo_description"],
                by=by,
            )
        except DomainError as error:
            can_change_intent(by, found).require()
            add_domain_error(form, error)
        else:
            messages.success(request, _("The picture is added."))
            return redirect("exchange:intent", pk=pk)
    can_change_intent(by, found).require()
    return render(request, "exchange/intent.html", _context(found, by, form), status=422)


@require_POST
@login_required
def photo_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a picture away."""
    by = writer(request)
    photo_ = find(_visible_photos(by), pk)
    actions.remove_photo(photo_, by=by)
    messages.success(request, _("The picture is removed."))
    return redirect("exchange:intent", pk=photo_.intent_id)


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture itself, to those who may see what it belongs to."""
    found = find(_visible_photos(reader(request)), pk)
    return picture_response(found.image)


def picture_response(image: FieldFile) -> HttpResponse:
    """A stored picture. Private caches only: who may see it can change."""
    with image.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _visible_photos(by: Agent | None) -> QuerySet[IntentPhoto]:
    return IntentPhoto.objects.filter(intent__in=queries.visible_intents(by)).select_related(
        "intent"
    )
