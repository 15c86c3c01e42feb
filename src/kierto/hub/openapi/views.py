"""The description of the interfaces, for programs, and as pages for those who write them."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kierto.hub.openapi.document import document
from kierto.hub.openapi.forms import CallForm, worded
from kierto.hub.openapi.interface import Operation, grouped, operations
from kierto.hub.openapi.running import Ran, run
from kierto.hub.tokens.forms import SCOPE_LABELS
from kierto.parties.requests import reader


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The interfaces of this node, OpenAPI 3.1."""
    body = orjson.dumps(document(_base(request)))
    response = HttpResponse(body, content_type="application/vnd.oai.openapi+json;version=3.1")
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def interface(request: HttpRequest) -> HttpResponse:
    """How do programs read this node's data? All operations, by what they are for."""
    groups = [
        {
            "key": key,
            "title": _(title),
            "meaning": _(meaning),
            "rows": [_row(each) for each in those],
        }
        for key, title, meaning, those in grouped()
        if those
    ]
    context = {
        "groups": groups,
        "count": len(operations()),
        "runs": sum(each.runs for each in operations().values()),
        "base": _base(request),
        "first": operations()["get_entities"].command(_base(request)),
    }
    return render(request, "hub/interface/interface.html", context)


@require_safe
def operation(request: HttpRequest, name: str) -> HttpResponse:
    """One operation; with ``?run=``, a reading one is sent, as whoever reads the page."""
    one = operations().get(name)
    if one is None:
        raise Http404(_("There is no such operation."))
    asked = one.runs and "run" in request.GET
    form = CallForm(request.GET if asked else None, operation=one) if one.runs else None
    ran: Ran | None = None
    if form is not None and asked and form.is_valid():
        ran = run(one, form.values(), by=reader(request), original=request, accept=form.accepted())
    context = {
        **_row(one),
        "operation": one,
        "form": form,
        "ran": ran,
        "command": one.command(_base(request)),
        "parameters": [
            {"parameter": each, "meaning": worded(_(each.meaning))} for each in one.parameters
        ],
        "answers": [(status, _(meaning)) for status, meaning in one.answers],
        "scope": SCOPE_LABELS[one.scope],
        "body": _indented(one.body),
    }
    return render(request, "hub/interface/operation.html", context)


def _row(one: Operation) -> dict[str, Any]:
    return {
        "name": one.name,
        "method": one.method,
        "path": one.path,
        "summary": _(one.summary),
        "runs": one.runs,
    }


def _base(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _indented(body: str | None) -> str:
    if body is None:
        return ""
    return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
