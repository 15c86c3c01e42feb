"""Domain errors become answers in the one shape that fits who asked."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from kierto.core.errors import DomainError


class DomainErrorMiddleware:
    """Renders a raised :class:`DomainError` as a page, an htmx fragment or problem+json."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer domain errors; leave all others to Django."""
        if not isinstance(error, DomainError):
            return None
        if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
            return JsonResponse(
                error.as_problem(), status=error.status, content_type="application/problem+json"
            )
        return render(request, "web/domain_error.html", {"error": error}, status=error.status)
