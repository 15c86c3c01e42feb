"""What every page of planning asks of its request."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from kierto.parties.models import District
from kierto.parties.requests import reader
from kierto.planning.models import PlanRun
from kierto.planning.permissions import can_see_run

PAGE = 25


def visible_run(request: HttpRequest, run_id: uuid.UUID) -> PlanRun:
    """The run, if the reader may see it.

    Raises:
        Http404, NotAllowed: there is none, or it is not for this reader.
    """
    run = get_object_or_404(PlanRun.objects.select_related("district"), pk=run_id)
    can_see_run(reader(request), run).require()
    return run


def chosen_district(request: HttpRequest) -> District | None:
    """The district of ``?district=<slug>``, or None where none is asked for."""
    slug = request.GET.get("district", "")
    return get_object_or_404(District, slug=slug) if slug else None
