"""The fair split of a plan: what each participant gains, and what it should pay."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kierto.parties.requests import reader
from kierto.planning.reading import read_run
from kierto.planning.splitting import split_for
from kierto.planning.views.requests import PAGE, visible_run


@require_safe
def fair_split(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Who gains what, and who should pay whom so that no group does better alone?"""
    found = visible_run(request, run_id)
    reading = read_run(found, reader(request))
    shown = split_for(reading)
    context = {
        "run": found,
        "reading": reading,
        "shown": shown,
        "page": Paginator(shown.rows if shown else [], PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "planning/split.html", context)
