"""How many new things does a loan or a repair make unnecessary, and who says so?"""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from kierto.catalogue.importers.displacements import COLUMNS
from kierto.catalogue.models import Displacement
from kierto.catalogue.queries import kinds_below, names_to_read
from kierto.catalogue.views._pages import csv_answer, page_of


@require_safe
def displacements(request: HttpRequest) -> HttpResponse:
    """All of them, the general ones first."""
    found = (
        Displacement.objects.select_related("kind")
        .prefetch_related("kind__labels")
        .order_by("activity", F("kind__path").asc(nulls_first=True), "code")
    )
    return render(request, "catalogue/displacements.html", {"page": page_of(request, found)})


@require_safe
def displacements_csv(request: HttpRequest) -> HttpResponse:
    """Every displacement, in the form that the import takes."""
    fields = ["kind__code" if column == "kind" else column for column in COLUMNS]
    rows = Displacement.objects.order_by("code").values_list(*fields)
    return csv_answer("displacements.csv", COLUMNS, rows)


@require_safe
def displacement(request: HttpRequest, code: str) -> HttpResponse:
    """One of them: its value, its range, its source, and for which kinds it counts."""
    found = get_object_or_404(Displacement.objects.select_related("kind"), code=code)
    kinds = (
        kinds_below(found.kind).prefetch_related(names_to_read()).order_by("path")
        if found.kind is not None
        else None
    )
    context = {"displacement": found, "kinds": kinds}
    return render(request, "catalogue/displacement.html", context)
