"""What lies idle, and what could become of it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kierto.parties.requests import writer
from kierto.sharing import idleness, permissions
from kierto.sharing.views.keeping import page, staffed_collection

PAGE_SIZE = 25


@require_safe
@login_required
def idle(request: HttpRequest, slug: str) -> HttpResponse:
    """Idle things with what can be done; below, how much everything is used."""
    collection = staffed_collection(request, slug)
    now = timezone.now()
    uses = idleness.uses_of(collection, now)
    context = {
        "idle": [use for use in uses if use.is_idle(now)],
        "page": Paginator(uses, PAGE_SIZE).get_page(request.GET.get("page")),
        "least": idleness.IDLE_BELOW * 100,
        "may_keep": permissions.can_keep(writer(request), collection),
        "post_url": _post_url(),
    }
    return page(request, "sharing/keep_idle.html", collection, context)


def _post_url() -> str:
    """Where something is offered to the district, if this node has an exchange."""
    try:
        return reverse("exchange:post")
    except NoReverseMatch:
        return ""
