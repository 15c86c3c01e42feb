"""Labels: what is scanned leads to its thing."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from kierto.sharing import codes, queries


@require_safe
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """From the address on a label to the page of the thing."""
    thing = codes.thing_by_code(code)
    by = request.agent  # type: ignore[attr-defined]
    if thing is None or not queries.visible_things(by).filter(pk=thing.pk).exists():
        raise Http404
    return redirect("sharing:thing", code=thing.code)
