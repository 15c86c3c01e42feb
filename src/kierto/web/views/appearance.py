"""Keeps the reader's choice of light or dark in a cookie."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from kierto.web.appearance import APPEARANCES, COOKIE, COOKIE_SECONDS


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Set the cookie and go back to where the reader was."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("web:home")
    response = HttpResponseRedirect(target)
    chosen = request.POST.get("appearance", "")
    if chosen in APPEARANCES:
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=COOKIE_SECONDS,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return response
