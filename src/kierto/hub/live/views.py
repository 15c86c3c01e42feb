"""What do the district's sensors say now? A page, and the same as JSON for its script."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from kierto.hub.live import queries, showing
from kierto.hub.live.forms import NarrowForm
from kierto.parties.queries import visible_districts
from kierto.parties.requests import kept_filters, reader

A_PAGE = 25
SECONDS = 30
"""After this the page asks again, as long as somebody looks at it."""


@require_safe
def live_map(request: HttpRequest) -> HttpResponse:
    """The map, and a table of what is on it."""
    by, districts, form = reader(request), *_narrowing(request)
    asked = form.asked(districts)
    found = queries.look(by, asked)
    form.offer(found.kinds, found.attributes, districts)
    rows = showing.rows_of(found.things, asked.attribute)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    query = kept_filters(request)
    return render(
        request,
        "hub/live/map.html",
        {
            "form": form,
            "rows": rows,
            "page": page,
            "counted": showing.counted(rows),
            "troubled": sum(row.state != "good" for row in rows),
            "is_cut": found.is_cut,
            "is_narrowed": asked != queries.Asked(),
            "map": showing.drawing(rows, asked.district),
            "tiles": settings.MAP_TILES,
            "now": timezone.now(),
            "now_url": reverse("hub:live_map_now") + (f"?{query}" if query else ""),
            "seconds": SECONDS,
            "marks": [(state, text) for state, (text, _tone) in showing.STATES.items()],
        },
    )


@require_safe
def live_map_now(request: HttpRequest) -> HttpResponse:
    """The same things as JSON; 304 as long as nothing changed."""
    districts, form = _narrowing(request)
    asked = form.asked(districts)
    found = queries.look(reader(request), asked)
    rows = showing.rows_of(found.things, asked.attribute)
    body = orjson.dumps(
        {
            "things": [row.as_json() | {"told": showing.told(row)} for row in rows],
            "counted": [{**each, "text": str(each["text"])} for each in showing.counted(rows)],
            "isCut": found.is_cut,
        }
    )
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response: Any = HttpResponse(body, "application/json", headers={"ETag": etag})
    # What one may see, and in which language, is one's own.
    patch_cache_control(response, private=True, no_cache=True)
    return get_conditional_response(request, etag=etag, response=response) or response


def _narrowing(request: HttpRequest) -> tuple[list[Any], NarrowForm]:
    return list(visible_districts(reader(request)).order_by("name")), NarrowForm(request.GET)
