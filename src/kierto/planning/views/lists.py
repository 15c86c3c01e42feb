"""The list of plan runs."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kierto.parties.models import District
from kierto.parties.requests import reader
from kierto.planning.permissions import can_request_run
from kierto.planning.pulse import is_lost
from kierto.planning.queries import (
    latest_plan,
    reasons_for_new_plan,
    visible_runs,
    with_totals,
)
from kierto.planning.rounding import about
from kierto.planning.views.requests import PAGE, chosen_district


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """Which plans were made, and is a new one worth running?"""
    by, district = reader(request), chosen_district(request)
    listed = with_totals(visible_runs(by))
    if district is not None:
        listed = listed.filter(district=district)
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    districts = list(District.objects.all())
    only = district or (districts[0] if len(districts) == 1 else None)
    context: dict[str, Any] = {
        "page": page,
        "rows": [_row(run) for run in page],
        "districts": districts,
        "district": district,
        "reasons": reasons_for_new_plan(only) if only else [],
        "latest": latest_plan(only) if only else None,
        "decision": can_request_run(by, only) if only else None,
    }
    return render(request, "planning/runs.html", context)


def _row(run: Any) -> dict[str, Any]:
    """A run with what it saves against its baseline; None where it has no plan."""
    known = run.cost is not None
    return {
        "run": run,
        "is_lost": is_lost(run),
        "saved_cost": about(run.baseline_cost - run.cost) if known else None,
        "saved_emissions": run.baseline_emissions - run.emissions if known else None,
    }
