"""For browsers that ask for an icon at the old address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Our mark."""
    return HttpResponsePermanentRedirect(static("kierto/mark.svg"))
