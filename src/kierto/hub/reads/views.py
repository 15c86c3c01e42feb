"""The page that says who read what of mine."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kierto.hub.datasets.names import asker_name
from kierto.hub.entity_rows import entity_address
from kierto.hub.models import How, ReadLog, What
from kierto.hub.reads.forms import FindForm
from kierto.hub.reads.queries import visible_reads
from kierto.parties.models import Agent
from kierto.parties.requests import writer

A_PAGE = 25


@login_required
@never_cache
@require_safe
def reads(request: HttpRequest) -> HttpResponse:
    """Who read what of mine in the last twelve months? And what did I read myself?"""
    by = writer(request)
    form = FindForm(request.GET)
    found = form.narrowed(visible_reads(by), by).order_by("-at", "-pk")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    own = found.filter(reader=by.pk).count() if count else 0
    context = {
        "form": form,
        "own": own,
        "others": count - own,
        "page": page,
        "rows": [_row(read, by) for read in page.object_list],
        "chosen": bool(form.chosen()),
    }
    return render(request, "hub/reads/reads.html", context)


def _row(read: ReadLog, by: Agent) -> dict[str, Any]:
    if read.data_set is not None:
        name, href = read.data_set.title, reverse("hub:data_set", args=[read.data_set.slug])
    else:
        name, href = read.entity_id, entity_address(read.entity_id)
    return {
        "read": read,
        "name": name,
        "href": href,
        "what": What(read.what).label,
        "how": How(read.how).label,
        "is_me": read.reader_id == by.pk,
        # Whose data it is, may know who read it: that is what this page is for.
        "who": asker_name(read.reader) if read.reader is not None else "",
    }
