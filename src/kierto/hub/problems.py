"""Refusals for programs: problems (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from django.http import HttpResponse

from kierto.ngsild.errors import NgsiLdError, Unauthorized


def refused(error: NgsiLdError) -> HttpResponse:
    """What the interface refuses, as an answer."""
    response = problem(int(error.status), error.detail)
    if isinstance(error, Unauthorized):
        response["WWW-Authenticate"] = "Bearer"
    return response


def problem(status: int, detail: str) -> HttpResponse:
    """An answer that says what is wrong."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return HttpResponse(orjson.dumps(body), content_type="application/problem+json", status=status)
