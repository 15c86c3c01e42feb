"""Processors: who can turn what into what, and the runs that were recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.catalogue.models import Recipe
from kierto.core.errors import DomainError
from kierto.exchange import actions, queries
from kierto.exchange.actions.runs import proposed_flows
from kierto.exchange.forms.processing import LevelForm, ProcessorForm, RunForm
from kierto.exchange.models import Processor
from kierto.exchange.permissions import (
    can_change_processor,
    can_move_processor,
    can_record_run,
)
from kierto.exchange.states import PROCESSOR_STEPS, IntentState
from kierto.exchange.views.intents import TONES, StepButton
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.queries import spoken_for
from kierto.parties.requests import find, reader, writer
from kierto.parties.whereabouts import is_public, shown_place

PAGE_SIZE = 25


@require_safe
def processors(request: HttpRequest) -> HttpResponse:
    """Who can turn what into what; ``?district=`` narrows."""
    by = reader(request)
    rows = queries.with_recipe(queries.visible_processors(by)).exclude(state=IntentState.CLOSED)
    if slug := request.GET.get("district"):
        rows = rows.filter(place__district__slug=slug)
    page = Paginator(rows.order_by("name", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "exchange/processors.html", {"page": page})


@require_safe
def processor(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What it takes and gives at full capacity, what it costs, and what it did."""
    by = reader(request)
    found = find(queries.with_recipe(queries.visible_processors(by)), pk)
    flows = list(found.recipe.flows.all())
    may_change = can_change_processor(by, found)
    context = {
        "processor": found,
        "place": shown_place(found.place, exact=is_public(found.agent) or bool(may_change)),
        "tone": TONES[IntentState(found.state)],
        "flows": [(flow, flow.amount * found.capacity) for flow in flows],
        "cost": found.recipe.cost if found.cost is None else found.cost,
        "emissions": found.recipe.emissions if found.emissions is None else found.emissions,
        "may_change": may_change,
        "may_run": can_record_run(by, found) if by is not None else None,
        "steps": _steps(found, by) if by is not None and may_change else [],
        "runs": found.runs.select_related("process").order_by("-process__created_at")[:10],
    }
    return render(request, "exchange/processor.html", context)


def _steps(found: Processor, by: Agent) -> list[StepButton]:
    return [
        StepButton(to, step.label, can_move_processor(by, found, to))
        for (state, to), step in PROCESSOR_STEPS.items()
        if state == found.state
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: HttpRequest) -> HttpResponse:
    """Add a processor at one of one's own places."""
    by = writer(request)
    form = ProcessorForm(
        request.POST or None,
        recipes=_recipes(),
        places=list(queries.places_of(spoken_for(by))),
        initial={"recipe": request.GET.get("recipe", "")},
    )
    if request.method == "POST" and form.is_valid():
        values = form.values()
        try:
            made = actions.add_processor(agent=values["place"].agent, by=by, **values)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("The processor is open. Plans take it into account."))
            return redirect("exchange:processor", pk=made.pk)
    return render(request, "exchange/processor_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Edit a processor."""
    by = writer(request)
    found = find(queries.with_recipe(queries.visible_processors(by)), pk)
    can_change_processor(by, found).require()
    form = ProcessorForm(
        request.POST or None,
        recipes=_recipes(),
        places=list(queries.places_of([found.agent])),
        initial=_initial(found),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_processor(found, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("exchange:processor", pk=pk)
    return render(request, "exchange/processor_form.html", {"form": form, "processor": found})


def _recipes() -> list[Recipe]:
    recipes = Recipe.objects.filter(flows__direction="input").distinct()
    return sorted(recipes, key=lambda recipe: recipe.label)


def _initial(found: Processor) -> dict[str, Any]:
    return {
        "name": found.name,
        "recipe": found.recipe.code,
        "place": str(found.place_id),
        "capacity": f"{found.capacity:g}",
        "cost": "" if found.cost is None else f"{found.cost:g}",
        "emissions": "" if found.emissions is None else f"{found.emissions:g}",
    }


@require_POST
@login_required
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Pause, open again or close."""
    by = writer(request)
    found = find(queries.visible_processors(by), pk)
    moved = actions.move_processor(found, request.POST.get("to", ""), by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("exchange:processor", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record a run: first the level (``?level=``), then the amounts that the recipe proposes."""
    by = writer(request)
    found = find(queries.with_recipe(queries.visible_processors(by)), pk)
    can_record_run(by, found).require()
    values = request.POST if request.method == "POST" else request.GET
    level_form = LevelForm({"level": values["level"]} if "level" in values else None)
    if not level_form.is_valid():
        context = {"processor": found, "form": level_form}
        return render(request, "exchange/run_level.html", context)
    level = float(level_form.cleaned_data["level"])
    inputs, outputs = proposed_flows(found, level)
    form = RunForm(
        request.POST or None,
        processor=found,
        inputs=inputs,
        outputs=outputs,
        initial={"level": f"{level:g}"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.record_processing_run(found, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("The run is recorded in the ledger."))
            return redirect("exchange:processor", pk=made.processor_id)
    return render(request, "exchange/run_form.html", {"processor": found, "form": form})
