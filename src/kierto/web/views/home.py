"""The first page: the district now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kierto.indicators.queries import flows_between, headline
from kierto.parties.models import Agent
from kierto.web.context import Shell
from kierto.web.now import doors, flow_map, latest_events


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What circulates here today?"""
    by: Agent | None = request.agent  # type: ignore[attr-defined]
    district = Shell(request).district
    flows = flows_between(district, by=by)
    figures = headline(district, by=by)
    context = {
        "district": district,
        "figures": figures,
        "mass": figures[0],
        "ring": figures[-1],
        "flows": flows,
        "map": flow_map(district, by),
        "doors": doors(),
        "latest": latest_events(district, by),
    }
    return render(request, "web/home.html", context)
