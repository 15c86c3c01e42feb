"""The query explorer: a form, the request behind each answer, and the answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kierto.hub.asking import Asked, ask
from kierto.hub.entity_rows import points_of, rows_of
from kierto.hub.forms.explorer import QuestionForm
from kierto.parties.requests import reader

KNOWN_TYPES = 200


@require_safe
def explorer(request: HttpRequest) -> HttpResponse:
    """Ask the data platform; without a question, the kinds of things that there are."""
    by, base = reader(request), request.build_absolute_uri("/").rstrip("/")
    known = ask("/types", {"details": "true", "local": "true"}, by=by, base=base)
    kinds = _kinds(known)
    form = QuestionForm(request.GET or None, types=[kind["typeName"] for kind in kinds])
    asked: Asked | None = None
    if form.is_bound and form.is_valid():
        asked = ask(form.path(), form.parameters(), by=by, base=base)
    rows = rows_of(asked.body) if asked and not asked.is_refused else []
    return render(
        request,
        "hub/explorer.html",
        {
            "form": form,
            "kinds": kinds,
            "asked": asked,
            "rows": rows,
            "points": points_of(asked.body, base) if asked and not asked.is_refused else None,
            "pages": _pages(request, asked, form) if asked else {},
        },
        status=200,
    )


def _kinds(known: Asked) -> list[dict[str, Any]]:
    if known.is_refused or not isinstance(known.body, list):
        return []
    return [kind for kind in known.body[:KNOWN_TYPES] if isinstance(kind, dict)]


def _pages(request: HttpRequest, asked: Asked, form: QuestionForm) -> dict[str, str]:
    """The addresses of the page before and of the one after, where there are any."""
    if asked.is_refused or asked.total is None:
        return {}
    limit = form.cleaned_data.get("limit") or 20
    offset = form.cleaned_data.get("offset") or 0
    found = {}
    if offset > 0:
        found["before"] = _at(request.GET, max(0, offset - limit))
    if offset + limit < asked.total:
        found["after"] = _at(request.GET, offset + limit)
    return found


def _at(query: QueryDict, offset: int) -> str:
    moved = query.copy()
    moved["offset"] = str(offset)
    return f"?{moved.urlencode()}"
