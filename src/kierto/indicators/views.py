"""Pages of indicators: the list with its figures, and one page for each."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kierto.catalogue.models import Displacement, ResourceSpecification
from kierto.core.tables import write_csv
from kierto.indicators.asking import kept, read_scope
from kierto.indicators.definitions import SHARING, SIDE_STREAMS
from kierto.indicators.displacing import Replaced
from kierto.indicators.errors import UnknownIndicator
from kierto.indicators.figures import Figure, Group
from kierto.indicators.queries import flows_between
from kierto.indicators.registry import INDICATORS, compute, compute_all
from kierto.indicators.scope import Scope
from kierto.indicators.words import TERMS
from kierto.parties.models import District
from kierto.parties.requests import reader

TABLES = {"month": "by_month", "kind": "by_kind", "organization": "by_organization"}
EVENTS_SHOWN = 10
ROWS_SHOWN = 12


def _scoped(request: HttpRequest) -> dict[str, Any]:
    """What every page shows of its scope."""
    scope = read_scope(request.GET)
    first, last = scope.days
    return {
        "scope": scope,
        "first": first,
        "last": last,
        "query": kept(request.GET),
        "districts": District.objects.all(),
    }


@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    """What has circulation brought so far?"""
    context = _scoped(request)
    scope, by = context["scope"], reader(request)
    figures = compute_all(scope, by=by)
    context |= {
        "parts": [
            {
                "name": part,
                "figures": [
                    {"figure": each, "indicator": INDICATORS[each.slug]}
                    for each in figures
                    if INDICATORS[each.slug].part == part
                ],
            }
            for part in (SIDE_STREAMS, SHARING)
        ],
        "by_slug": {each.slug.replace("-", "_"): each for each in figures},
        "sankey": flows_between(scope.district, scope.period, by=by) if scope.is_wide else None,
    }
    return render(request, "indicators/indicators.html", context)


@require_safe
def indicator(request: HttpRequest, slug: str) -> HttpResponse:
    """How large is it, what does it mean, and what was it made from?"""
    context = _scoped(request)
    figure = compute(slug, context["scope"], by=reader(request))
    events = figure.events.select_related(
        "provider__organization", "provider__person", "receiver__organization",
        "receiver__person", "conforms_to",
    ).prefetch_related("conforms_to__labels").order_by("-has_end", "-number")  # fmt: skip
    context |= {
        "indicator": INDICATORS[slug],
        "figure": figure,
        "terms": _terms(figure),
        "displacements": _displacements(figure),
        "series": _series(figure),
        "events": events[:EVENTS_SHOWN],
        "visible_count": figure.events.count(),
        "ledger": _ledger_address(context["scope"], INDICATORS[slug].action),
        "tables": _tables(figure, request.GET.get("all", "")),
    }
    return render(request, "indicators/indicator.html", context)


@require_safe
def indicator_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """One table of an indicator: ``?table=month``, ``kind`` or ``organization``."""
    figure = compute(slug, read_scope(request.GET), by=reader(request))
    table = request.GET.get("table", "month")
    if table not in TABLES:
        raise UnknownIndicator(slug=f"{slug}?table={table[:40]}", known=", ".join(TABLES))
    groups: list[Group] = getattr(figure, TABLES[table])
    rows = [
        (_key(group), group.label, group.estimate.value, group.estimate.low, group.estimate.high,
         figure.unit)
        for group in groups
    ]  # fmt: skip
    text = write_csv((table, "label", "value", "low", "high", "unit"), rows)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}-by-{table}.csv"'
    return answer


def _key(group: Group) -> str:
    return group.key.isoformat()[:7] if hasattr(group.key, "isoformat") else str(group.key)


def _terms(figure: Figure) -> list[dict[str, Any]]:
    """The sums that the formula was given, with their names; empty counts are left out."""
    words = TERMS[figure.slug]
    return [
        {"label": label, "value": figure.terms.get(term, 0.0), "unit": unit}
        for term, (label, unit) in words.items()
        if unit or figure.terms.get(term)
    ]


def _displacements(figure: Figure) -> list[dict[str, Any]]:
    """What each loan or repair was taken to replace, with the names of the kinds."""
    families = ResourceSpecification.objects.prefetch_related("labels").in_bulk(
        [each.family for each in figure.displacements]
    )
    return [
        {
            "activity": Displacement.Activity(each.activity).label,
            "kind": _kind_of(each, families),
            "value": each.value,
            "low": each.low,
            "high": each.high,
            "answers": each.answers,
            "published": each.published,
        }
        for each in figure.displacements
    ]


def _kind_of(each: Replaced, families: dict[int, ResourceSpecification]) -> str:
    if each.published is None:
        return families[each.family].label
    return each.published.kind.label if each.published.kind else ""


def _series(figure: Figure) -> dict[str, Any]:
    return {
        "title": figure.name,
        "unit": figure.shown_unit,
        "x": [group.label for group in figure.by_month],
        "series": [{"name": figure.name, "values": [g.estimate.value for g in figure.by_month]}],
    }


def _tables(figure: Figure, whole: str) -> list[dict[str, Any]]:
    """The first rows of each table, and all of the one that was asked for."""
    tables = (("kind", figure.by_kind), ("organization", figure.by_organization))
    return [
        {
            "name": name,
            "rows": rows if whole == name else rows[:ROWS_SHOWN],
            "left": 0 if whole == name else max(len(rows) - ROWS_SHOWN, 0),
        }
        for name, rows in tables
    ]


def _ledger_address(scope: Scope, action: str) -> str:
    """The ledger's list of the events of this scope."""
    first, last = scope.days
    asked = {
        "action": action,
        "district": scope.district.slug if scope.district else "",
        "organization": scope.organization.slug if scope.organization else "",
        "kind": scope.kind.code if scope.kind else "",
        "since": first.isoformat(),
        "until": last.isoformat(),
    }
    chosen = "&".join(f"{name}={value}" for name, value in asked.items() if value)
    return f"{reverse('ledger:events')}?{chosen}"
