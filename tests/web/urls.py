"""The addresses of the platform, and some that fail in every way."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from kierto.config.urls import handler400, handler403, handler404, handler500
from kierto.config.urls import urlpatterns as product
from kierto.core.decision import refuse
from kierto.core.errors import DomainError

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class TooLate(DomainError):
    """For tests: a rule with a field and a value."""

    code = "too_late"
    status = HTTPStatus.CONFLICT
    sentence = "It ended on %(day)s. Choose a later day."
    field = "day"


def broken_rule(request: HttpRequest) -> HttpResponse:
    raise TooLate(day="Monday <b>")


def not_yours(request: HttpRequest) -> HttpResponse:
    refuse("Only the operator may do this.").require()
    return HttpResponse()


def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def too_big(request: HttpRequest) -> HttpResponse:
    raise RequestDataTooBig


def bug(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


@require_POST
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


failing: list[Any] = [
    path("broken-rule/", broken_rule),
    path("not-yours/", not_yours),
    path("denied/", denied),
    path("too-big/", too_big),
    path("bug/", bug),
    path("form/", form),
]

urlpatterns = [*failing, *product]
