"""What sorts of things are there, and what is each of them?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from kierto.catalogue import queries
from kierto.catalogue.forms import KindFilter
from kierto.catalogue.models import CanonicalUnit, Recipe, ResourceSpecification
from kierto.catalogue.pathways import Pathway, pathways
from kierto.catalogue.permissions import can_import
from kierto.catalogue.tree import by_theme
from kierto.catalogue.views._pages import csv_answer, page_of

MOST_SUGGESTIONS = 25
MOST_PATHWAYS = 12
MOST_RECIPES = 12
EVERY_RECIPE = 500

SCALE: dict[str, float] = {CanonicalUnit.KILOGRAM: 1000.0, CanonicalUnit.KILOWATT_HOUR: 1000.0}
"""Pages speak of a tonne and a megawatt-hour: a kilogram's numbers are too small to read."""

CSV_HEADER = (
    "code", "parent", "unit", "theme", "waste_code", "hazardous", *queries.PROPERTIES,
    "kg_per_unit", "disposal_cost", "purchase_price", "disposal_factor", "production_factor",
    "transport", "price_source", "composition_source",
)  # fmt: skip


@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    """The tree of kinds; with words or filters, a list."""
    form = KindFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    context: dict[str, Any] = {
        "form": form,
        "counts": {
            "kinds": ResourceSpecification.objects.count(),
            "recipes": Recipe.objects.count(),
        },
        "may_import": can_import(request.agent),  # type: ignore[attr-defined]
    }
    if wanted.get("q"):
        context["suggestions"] = _suggestions(wanted)
    elif wanted.get("theme") or wanted.get("hazard"):
        found = _chosen(wanted).prefetch_related(queries.names_to_read()).order_by("path")
        context["page"] = page_of(request, found)
    else:
        every = ResourceSpecification.objects.only("code", "parent", "theme", "hazardous", "path")
        context["themes"] = by_theme(every.prefetch_related(queries.names_to_read()))
    return render(request, "catalogue/kinds.html", context)


def _suggestions(wanted: dict[str, Any]) -> list[queries.Suggestion]:
    found = queries.suggest_kinds(wanted["q"], limit=MOST_SUGGESTIONS)
    return [
        each
        for each in found
        if wanted.get("theme") in ("", None, each.kind.theme)
        and wanted.get("hazard") in ("", None, "yes" if each.kind.hazardous else "no")
    ]


def _chosen(wanted: dict[str, Any]) -> QuerySet[ResourceSpecification]:
    chosen = Q()
    if wanted.get("theme"):
        chosen &= Q(theme=wanted["theme"])
    if wanted.get("hazard"):
        chosen &= Q(hazardous=wanted["hazard"] == "yes")
    return ResourceSpecification.objects.filter(chosen)


@require_safe
def kinds_csv(request: HttpRequest) -> HttpResponse:
    """Every kind with its names, in the form that the import takes."""
    languages = [code for code, _name in settings.LANGUAGES]
    header = [*CSV_HEADER]
    for language in languages:
        header += [f"label_{language}", f"synonyms_{language}"]
    return csv_answer(
        "kinds.csv", header, (_csv_row(kind, languages) for kind in queries.linked_kinds().values())
    )


def _csv_row(kind: ResourceSpecification, languages: list[str]) -> list[Any]:
    plain = [
        kind.code,
        kind.parent.code if kind.parent else "",
        kind.unit,
        kind.theme,
        kind.waste_code,
        "yes" if kind.hazardous else "no",
        *(getattr(kind, name) for name in queries.PROPERTIES),
        kind.kg_per_unit,
        kind.disposal_cost,
        kind.purchase_price,
        kind.disposal_factor.code if kind.disposal_factor else "",
        kind.production_factor.code if kind.production_factor else "",
        kind.transport_mode.code if kind.transport_mode else "",
        kind.price_source,
        kind.composition_source,
    ]
    names = {label.language: label for label in kind.labels.all()}
    for language in languages:
        label = names.get(language)
        plain += [label.label, "; ".join(label.synonyms)] if label else ["", ""]
    return plain


@require_safe
def kind(request: HttpRequest, code: str) -> HttpResponse:
    """One kind: what it is, what it costs, what it can become."""
    found = get_object_or_404(ResourceSpecification, code=code)
    found = queries.linked_kinds(queries.kinds_accepting(found))[found.pk]
    names = dict(settings.LANGUAGES)
    labels = {label.language: label for label in found.labels.all()}
    using = queries.recipes_using(found)
    making = queries.recipes_making(found)
    context = {
        "kind": found,
        "lineage": list(queries.lineage(found))[:0:-1],
        "children": found.children.prefetch_related(queries.names_to_read()),
        "labels": [(each, names[each], labels[each]) for each in names if each in labels],
        "scale": SCALE.get(found.unit, 1.0),
        "otherwise": _for_amount(queries.fallback_of(found), SCALE.get(found.unit, 1.0)),
        "transport": queries.transport_of(found),
        "composition": _composition(found),
        "using": using[:MOST_RECIPES],
        "using_count": using.count(),
        "making": making[:MOST_RECIPES],
        "making_count": making.count(),
        "pathways": [
            (each, each.yield_per_unit * SCALE.get(found.unit, 1.0))
            for each in _worth_showing(pathways(found, most=EVERY_RECIPE))
        ],
    }
    return render(request, "catalogue/kind.html", context)


def _for_amount(fallback: queries.Fallback, amount: float) -> dict[str, Any]:
    """The fallback of so much instead of one unit."""

    def times(estimate: queries.Estimate) -> queries.Estimate:
        return replace(
            estimate,
            value=estimate.value * amount,
            low=estimate.low * amount,
            high=estimate.high * amount,
        )

    return {
        "disposal_cost": fallback.disposal_cost * amount,
        "disposal": times(fallback.disposal),
        "purchase_price": fallback.purchase_price * amount,
        "production": times(fallback.production),
    }


def _composition(kind: ResourceSpecification) -> list[tuple[str, float, str]]:
    """Known properties as (name, value, unit of the number tag)."""
    names = {field.name: field.verbose_name for field in kind._meta.fields}
    return [
        (str(names[name]), value, "MJ/kg" if name == "heating_value" else "ratio")
        for name, value in queries.composition_of(kind).items()
        if value is not None
    ]


def _worth_showing(found: list[Pathway]) -> list[Pathway]:
    """The shortest pathway to each result, at most so many that a reader takes them in."""
    first: dict[str, Pathway] = {}
    for pathway in found:
        first.setdefault(pathway.result.code, pathway)
    return list(first.values())[:MOST_PATHWAYS]
