"""The market: a list, a map, and a feed."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kierto.exchange.forms.searching import MarketForm
from kierto.exchange.market import Found, load, search
from kierto.exchange.models import Intent
from kierto.exchange.queries import (
    kinds_in_use,
    open_intents,
    places_of,
    spoken_for,
)
from kierto.parties.maps import map_of
from kierto.parties.models import Agent, District, Organization
from kierto.parties.requests import kept_filters
from kierto.parties.whereabouts import is_public, shown_place

PAGE_SIZE = 25
MOST_ON_MAP = 400
MOST_IN_FEED = 50


@require_safe
def market(request: HttpRequest) -> HttpResponse:
    """What others give and look for: as a list, or with ``?view=map`` on a map."""
    by: Agent | None = request.agent  # type: ignore[attr-defined]
    form = _form(request, by)
    wish = form.wish()
    found = search(wish, by)
    as_map = form.cleaned_data.get("view") == "map"
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = load(found[:MOST_ON_MAP] if as_map else list(page.object_list))
    context = {
        "form": form,
        "wish": wish,
        "page": page,
        "rows": rows,
        "total": len(found),
        "as_map": as_map,
        "map": _map(rows, form) if as_map else None,
        "organization": Organization.objects.filter(slug=wish.organization).first()
        if wish.organization
        else None,
        "query": kept_filters(request),
    }
    template = "exchange/market.html"
    if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
        template += "#results"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest public offers and needs that fit the filters, as RSS 2.0."""
    form = _form(request, None)
    wish = form.wish()
    newest = sorted(search(wish, None), key=lambda each: each.posted, reverse=True)
    out = Rss201rev2Feed(
        title=_("Offers and needs"),
        link=request.build_absolute_uri(reverse("exchange:market")),
        description=_("What others give and look for in this district."),
        language=get_language(),
        feed_url=request.build_absolute_uri(),
    )
    for each in load(newest[:MOST_IN_FEED]):
        if each.intent is not None:
            _add_item(out, each.intent, request)
    return HttpResponse(out.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8")


def _add_item(out: Rss201rev2Feed, intent: Intent, request: HttpRequest) -> None:
    words = _("Offer: %(title)s") if intent.is_offer else _("Need: %(title)s")
    address = request.build_absolute_uri(reverse("exchange:intent", args=[intent.pk]))
    out.add_item(
        title=words % {"title": intent.title},
        link=address,
        description=intent.description or intent.kind.label,
        unique_id=address,
        pubdate=intent.created_at,
        updateddate=intent.updated_at,
        author_name=intent.agent.name,
        categories=[intent.kind.label],
    )


def _form(request: HttpRequest, by: Agent | None) -> MarketForm:
    return MarketForm(
        request.GET,
        kinds=kinds_in_use(open_intents(by), also=request.GET.get("kind", "")),
        districts=list(District.objects.all()),
        places=list(places_of(spoken_for(by))) if by is not None else [],
    )


def _map(rows: list[Found], form: MarketForm) -> dict[str, Any]:
    """A point for each place with offers or needs; where people live roughly."""
    at: dict[tuple[float, float, Any], list[Intent]] = {}
    for row in rows:
        if row.intent is not None:
            place = shown_place(row.intent.place, exact=is_public(row.intent.agent))
            key = (place.latitude, place.longitude, row.intent.agent_id)
            at.setdefault(key, []).append(row.intent)
    points = [_point(key, intents) for key, intents in at.items()]
    return map_of(points, form.districts, form.cleaned_data.get("district", ""))


def _point(key: tuple[float, float, Any], intents: list[Intent]) -> dict[str, Any]:
    """One thing leads to its page, several to the list of whose they are."""
    latitude, longitude, _agent = key
    first = intents[0]
    label, href = first.title, reverse("exchange:intent", args=[first.pk])
    if len(intents) > 1:
        label = _("%(who)s (%(number)s)") % {"who": first.agent.name, "number": len(intents)}
        if not is_public(first.agent):
            href = ""
        else:
            slug = first.agent.organization.slug
            href = f"{reverse('exchange:market')}?organization={slug}"
    return {
        "id": str(first.pk),
        "label": label,
        "lat": latitude,
        "lon": longitude,
        "kind": first.direction,
        "href": href,
    }
