"""What can be made of what?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kierto.catalogue import queries
from kierto.catalogue.forms import WordFilter
from kierto.catalogue.models import Recipe, RecipeFlow, ResourceSpecification
from kierto.catalogue.views._pages import csv_answer, page_of

LEAST_SCORE = 75.0
CSV_HEADER = (
    "recipe", "name", "level", "readiness_level", "cost_eur", "emissions_kg", "capacity_min",
    "capacity_max", "direction", "kind", "amount", "unit", "main", "reference", "note",
)  # fmt: skip


@require_safe
def recipes(request: HttpRequest) -> HttpResponse:
    """All recipes; by words, or by a kind that they use or make."""
    form = WordFilter(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    uses, makes = _named(request, "uses"), _named(request, "makes")
    found = queries.recipes_with_flows()
    if uses:
        found = queries.recipes_using(uses)
    elif makes:
        found = queries.recipes_making(makes)
    if words:
        found = found.filter(_about(words))
    context = {
        "form": form,
        "page": page_of(request, found.order_by("name", "pk")),
        "uses": uses,
        "makes": makes,
    }
    return render(request, "catalogue/recipes.html", context)


def _named(request: HttpRequest, parameter: str) -> ResourceSpecification | None:
    code = request.GET.get(parameter, "")[:80]
    if not code:
        return None
    return ResourceSpecification.objects.prefetch_related("labels").filter(code=code).first()


def _about(words: str) -> Q:
    """Recipes of that name in any language, or that take or give a kind of that name."""
    named = Q(name__icontains=words)
    for language, _name in settings.LANGUAGES:
        named |= Q(**{f"names__{language}__icontains": words})
    kinds = [each.kind for each in queries.suggest_kinds(words) if each.score >= LEAST_SCORE]
    return named | Q(pk__in=RecipeFlow.objects.filter(kind__in=kinds).values("recipe"))


@require_safe
def recipes_csv(request: HttpRequest) -> HttpResponse:
    """Every input and output of every recipe, one a row."""
    return csv_answer(
        "recipes.csv",
        CSV_HEADER,
        (
            [
                recipe.code, recipe.name, recipe.level_unit, recipe.readiness_level, recipe.cost,
                recipe.emissions, recipe.capacity_min, recipe.capacity_max, flow.direction,
                flow.kind.code, flow.amount, flow.kind.unit, "yes" if flow.main else "no",
                recipe.reference, recipe.note,
            ]
            for recipe in queries.recipes_with_flows().order_by("code")
            for flow in recipe.flows.all()
        ),
    )  # fmt: skip


@require_safe
def recipe(request: HttpRequest, code: str) -> HttpResponse:
    """One recipe: what goes in, what comes out, how well it is tried."""
    found = get_object_or_404(queries.recipes_with_flows(), code=code)
    flows = list(found.flows.all())
    inputs = [flow for flow in flows if flow.direction == RecipeFlow.Direction.INPUT]
    outputs = [flow for flow in flows if flow.direction == RecipeFlow.Direction.OUTPUT]
    context = {
        "recipe": found,
        "inputs": inputs,
        "outputs": outputs,
        "leading": next((flow for flow in inputs if flow.main), None),
        "picture": picture_of(found, inputs, outputs),
    }
    return render(request, "catalogue/recipe.html", context)


def picture_of(
    recipe: Recipe, inputs: list[RecipeFlow], outputs: list[RecipeFlow]
) -> dict[str, Any] | None:
    """The flows of one level as a Sankey: by mass, or by energy where nothing weighs anything."""
    unit = "kg" if _all_weigh(inputs) and _all_weigh(outputs) else "kWh"
    links = []
    for flow in (*inputs, *outputs):
        size = _size(flow, unit)
        if size > 0:
            side = f"{flow.direction}-{flow.kind.code}"
            is_input = flow.direction == RecipeFlow.Direction.INPUT
            links.append(
                {
                    "source": side if is_input else "recipe",
                    "target": "recipe" if is_input else side,
                    "value": size,
                    "unit": unit,
                    "label": flow.kind.label,
                    "theme": flow.kind.theme,
                }
            )
    if not {"recipe"} <= {link["target"] for link in links} & {link["source"] for link in links}:
        return None
    nodes = [{"id": "recipe", "label": recipe.label}]
    for flow in (*inputs, *outputs):
        if _size(flow, unit) > 0:
            nodes.append(
                {
                    "id": f"{flow.direction}-{flow.kind.code}",
                    "label": flow.kind.label,
                    "href": reverse("catalogue:kind", args=[flow.kind.code]),
                    "theme": flow.kind.theme,
                }
            )
    return {"nodes": nodes, "links": links, "unit": unit}


def _all_weigh(flows: list[RecipeFlow]) -> bool:
    """Whether the main ones weigh something, so that mass tells the story."""
    return all(flow.kind.kg_per_unit > 0 for flow in flows if flow.main)


def _size(flow: RecipeFlow, unit: str) -> float:
    if unit == "kg":
        return flow.amount * flow.kind.kg_per_unit
    if flow.kind.unit == "kWh":
        return flow.amount
    return flow.amount * (flow.kind.heating_value or 0) * flow.kind.kg_per_unit / 3.6
