"""Errors become answers in the one shape that fits who asked; what broke is logged."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from http import HTTPStatus

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from kierto.core.errors import DomainError
from kierto.web.answers import refusal

logger = logging.getLogger("kierto.web")

# Django answers these by itself, through the views of kierto.web.views.errors; the last two are
# how the sign-in package says "go there first".
_DJANGO_ANSWERS = (
    Http404,
    PermissionDenied,
    MultiPartParserError,
    SuspiciousOperation,
    ImmediateHttpResponse,
    ReauthenticationRequired,
)
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


class DomainErrorMiddleware:
    """Renders a raised :class:`DomainError`, and gives a wrong method a page of words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            worded = refusal(request, HTTPStatus.METHOD_NOT_ALLOWED)
            worded["Allow"] = response["Allow"]
            return worded
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer domain errors; note anything unforeseen under a reference the reader can tell."""
        if isinstance(error, DomainError):
            return refusal(request, int(error.status), error=error)
        if not isinstance(error, _DJANGO_ANSWERS):
            reference = secrets.token_hex(4)
            request.kierto_reference = reference  # type: ignore[attr-defined]
            logger.error(
                "%s %s failed (%s)", request.method, request.path, reference, exc_info=error
            )
        return None
