"""One refusal, three shapes: a page, a fragment for htmx, or problem details for a program."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from kierto.core.errors import DomainError
from kierto.web.troubles import RULE, Trouble, trouble_of

PROBLEM = "application/problem+json"
_SHAPES = ["text/html", "application/json", PROBLEM]


def refusal(
    request: HttpRequest,
    status: int,
    *,
    trouble: Trouble | None = None,
    error: DomainError | None = None,
    reference: str = "",
) -> HttpResponse:
    """The answer for a status, in the shape that fits who asked.

    Args:
        error: what broke a rule; its sentence stands in for the general words.
        reference: under which the server's log knows this failure.
    """
    trouble = trouble or (
        RULE if error and status == HTTPStatus.BAD_REQUEST else trouble_of(status)
    )
    if request.get_preferred_type(_SHAPES) in {"application/json", PROBLEM}:
        response: HttpResponse = JsonResponse(
            _problem(status, trouble, error, reference), status=status, content_type=PROBLEM
        )
    else:
        fragment = request.headers.get("HX-Request") == "true"
        response = render(
            request,
            "web/_error_fragment.html" if fragment else "web/error.html",
            {"status": status, "trouble": trouble, "error": error, "reference": reference},
            status=status,
        )
    patch_vary_headers(response, ["Accept", "HX-Request"])
    return response


def _problem(
    status: int, trouble: Trouble, error: DomainError | None, reference: str
) -> dict[str, Any]:
    if error is not None:
        return error.as_problem()
    phrase = HTTPStatus(status).phrase
    problem = {
        "type": f"urn:kierto:error:{phrase.lower().replace(' ', '_')}",
        "title": phrase,
        "status": status,
        "detail": f"{trouble.title}. {trouble.kept} {trouble.advice}",
    }
    return {**problem, "reference": reference} if reference else problem
