"""The whole history of a thing on one line of time."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kierto.parties.requests import find, reader
from kierto.sharing import queries
from kierto.sharing.codes import read_code
from kierto.sharing.history import History
from kierto.sharing.views.keeping import page

PAGE_SIZE = 25


@require_safe
def history(request: HttpRequest, code: str) -> HttpResponse:
    """For everybody who may see the thing; names and notes only for the staff."""
    by = reader(request)
    things = queries.visible_things(by).select_related(
        "collection__owner__organization", "collection__place", "resource"
    )
    thing = find(things, code=read_code(code))
    story = History(thing, by)
    listed = Paginator(story.marks, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "thing": thing,
        "page": listed,
        "entries": story.entries(listed.object_list),
        "for_staff": story.for_staff,
    }
    return page(request, "sharing/history.html", thing.collection, context)
