"""Which numbers are behind the carbon, and where are they from?"""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from kierto.catalogue.forms import WordFilter
from kierto.catalogue.models import EmissionFactor, ResourceSpecification
from kierto.catalogue.views._pages import csv_answer, page_of

FIELDS = (
    "code", "activity", "value", "unit", "low", "high", "source", "year", "region", "quality",
    "note",
)  # fmt: skip


@require_safe
def factors(request: HttpRequest) -> HttpResponse:
    """All factors; by words of activity, source or region."""
    form = WordFilter(request.GET)
    found = EmissionFactor.objects.order_by("activity", "code")
    for word in form.cleaned_data["q"].split() if form.is_valid() else ():
        found = found.filter(
            Q(activity__icontains=word) | Q(source__icontains=word) | Q(region__iexact=word)
        )
    return render(
        request, "catalogue/factors.html", {"form": form, "page": page_of(request, found)}
    )


@require_safe
def factors_csv(request: HttpRequest) -> HttpResponse:
    """Every factor, in the form that the import takes."""
    return csv_answer(
        "factors.csv", FIELDS, EmissionFactor.objects.order_by("code").values_list(*FIELDS)
    )


@require_safe
def factor(request: HttpRequest, code: str) -> HttpResponse:
    """One factor: its value, its range, its source, and which kinds use it."""
    found = get_object_or_404(EmissionFactor, code=code)
    kinds = ResourceSpecification.objects.prefetch_related("labels").order_by("path")
    context = {
        "factor": found,
        "disposed": kinds.filter(disposal_factor=found),
        "produced": kinds.filter(production_factor=found),
        "unit": f"kgCO2e/{found.unit}",
    }
    return render(request, "catalogue/factor.html", context)
