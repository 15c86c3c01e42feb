"""My notices: reading them and marking them read."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from kierto.notices import actions, queries
from kierto.notices.reading import read

PAGE_SIZE = 25


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """What happened that concerns me?"""
    by = request.agent  # type: ignore[attr-defined]
    mine = queries.visible_notices(by)
    if request.GET.get("show") == "unread":
        mine = mine.filter(read_at__isnull=True)
    page = Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": read(page.object_list),
        "unread": queries.unread_count(by),
        "show": request.GET.get("show", ""),
    }
    return render(request, "notices/notices.html", context)


@login_required
@require_POST
def notice_read(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark one notice read and, if it leads somewhere, go there."""
    by = request.agent  # type: ignore[attr-defined]
    notice = get_object_or_404(queries.visible_notices(by), pk=pk)
    actions.mark_read(notice, by=by)
    follows = request.POST.get("follow") and url_has_allowed_host_and_scheme(notice.path, None)
    return redirect(notice.path if notice.path and follows else "notices:notices")


@login_required
@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """Mark everything read."""
    by = request.agent  # type: ignore[attr-defined]
    if by is not None:
        actions.mark_read("all", by=by)
    return redirect("notices:notices")
