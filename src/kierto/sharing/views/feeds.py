"""Private calendars: their addresses, and the calendars themselves."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.parties.queries import sees_everything
from kierto.parties.requests import find, writer
from kierto.sharing import feeds, queries
from kierto.sharing.actions.feeds import close_feed, open_feed, renew_feed
from kierto.sharing.models import Feed


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """My calendars with their addresses, and those that I might open."""
    by = writer(request)
    rows = list(feeds.feeds_of(by))
    opened = [row.collection_id for row in rows if row.collection_id is not None]
    staffed = queries.staffed_collections(by).exclude(pk__in=opened).order_by("name")
    context = {
        "rows": [(row, _address(request, row)) for row in rows],
        "has_own": any(row.collection_id is None for row in rows),
        "collections": staffed if not sees_everything(by) else staffed.none(),
    }
    return render(request, "sharing/feeds.html", context)


def _address(request: HttpRequest, feed: Feed) -> str:
    return request.build_absolute_uri(reverse("sharing:feed", args=[feed.secret]))


@require_POST
@login_required
def add(request: HttpRequest) -> HttpResponse:
    """A calendar of one's own bookings, or of a collection."""
    by = writer(request)
    slug = request.POST.get("collection", "")
    collection = find(queries.staffed_collections(by), slug=slug) if slug else None
    open_feed(collection=collection, by=by)
    messages.success(request, _("The calendar has an address now. Keep it to yourself."))
    return redirect("sharing:feeds")


@require_POST
@login_required
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """A new address; the old one is closed."""
    by = writer(request)
    renew_feed(find(feeds.feeds_of(by), pk=pk), by=by)
    messages.success(
        request, _("The calendar has a new address. The old one leads nowhere any more.")
    )
    return redirect("sharing:feeds")


@require_POST
@login_required
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """No calendar any more."""
    by = writer(request)
    close_feed(find(feeds.feeds_of(by), pk=pk), by=by)
    messages.success(request, _("The calendar is closed. Its address leads nowhere any more."))
    return redirect("sharing:feeds")


@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar itself, to whoever has its address."""
    feed = feeds.feed_at(secret)
    if feed is None:
        raise Http404
    text, tag = feeds.calendar_of(
        feed, host=request.get_host(), absolute=request.build_absolute_uri
    )
    etag = f'"{tag}"'
    response: HttpResponse
    if etag in request.headers.get("If-None-Match", ""):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="kierto.ics"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=300"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
