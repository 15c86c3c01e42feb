"""Pages for what went wrong."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi

from kierto.web.answers import refusal
from kierto.web.appearance import appearance_of
from kierto.web.middleware import TOO_MUCH
from kierto.web.navigation import MAIN, entries
from kierto.web.troubles import CSRF, trouble_of


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 where more was sent than is taken."""
    too_much = isinstance(exception, TOO_MUCH)
    return refusal(
        request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_much else HTTPStatus.BAD_REQUEST
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return refusal(request, HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token."""
    return refusal(request, HTTPStatus.FORBIDDEN, trouble=CSRF)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return refusal(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without the database: it may be what broke."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    context = {
        "status": int(status),
        "trouble": trouble_of(status),
        "reference": getattr(request, "kierto_reference", ""),
        "node_name": settings.NODE_NAME,
        "LANGUAGE_CODE": get_language(),
        "LANGUAGE_BIDI": get_language_bidi(),
        "shell": {"main": entries(MAIN, request.path), "appearance": appearance_of(request)},
        "without_forms": True,
    }
    return HttpResponse(render_to_string("web/error.html", context), status=status)
