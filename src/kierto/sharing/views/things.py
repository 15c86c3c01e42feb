"""What can be borrowed: the list, the map, and one thing with its calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kierto.parties.maps import map_of
from kierto.parties.models import Agent, District
from kierto.parties.requests import find, kept_filters, reader
from kierto.parties.whereabouts import is_public, shown_place
from kierto.sharing import (
    attachments,
    availability,
    calendar,
    catalogue,
    opening,
    queries,
    whereabouts,
)
from kierto.sharing.catalogue import Found
from kierto.sharing.forms.searching import ThingsForm
from kierto.sharing.models import ConditionPhoto, Thing, ThingFile, ThingPhoto
from kierto.sharing.permissions import can_keep, can_staff
from kierto.sharing.rules import terms_of
from kierto.sharing.states import Sort, ThingState
from kierto.sharing.terms_in_words import in_words
from kierto.sharing.views.booking import form_for, reasons

PAGE_SIZE = 25
MOST_ON_MAP = 400
MONTH, WEEK, DAY = "month", "week", "day"
VIEWS = {MONTH: 31, WEEK: 7, DAY: 1}
"""How many days each shows; a week begins with the day that was asked for."""
BY_HOUR = (Sort.SPACE, Sort.VEHICLE)
LATEST = timedelta(days=800)


@require_safe
def things(request: HttpRequest) -> HttpResponse:
    """What can be borrowed here: as a list, or with ``?view=map`` on a map."""
    by = reader(request)
    form = _form(request, by)
    wish = form.wish()
    found = catalogue.search(wish, by)
    as_map = form.cleaned_data.get("view") == "map"
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = catalogue.load(found[:MOST_ON_MAP] if as_map else list(page.object_list), wish)
    context = {
        "form": form,
        "wish": wish,
        "page": page,
        "rows": rows,
        "total": len(found),
        "as_map": as_map,
        "map": _map(rows, form) if as_map else None,
        "query": kept_filters(request),
    }
    template = "sharing/things.html"
    if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
        template += "#results"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _form(request: HttpRequest, by: Agent | None) -> ThingsForm:
    return ThingsForm(
        request.GET,
        collections=catalogue.collections_with_things(by),
        kinds=catalogue.kinds_in_use(by),
        districts=list(District.objects.all()),
        features=catalogue.features_of(by),
    )


def _map(rows: list[Found], form: ThingsForm) -> dict[str, Any]:
    """A point for each place of each collection; where people live roughly."""
    at: dict[tuple[float, float, int], list[Thing]] = {}
    for row in rows:
        if row.thing is not None:
            place = shown_place(row.thing.place, exact=is_public(row.thing.collection.owner))
            key = (place.latitude, place.longitude, row.thing.collection_id)
            at.setdefault(key, []).append(row.thing)
    points = [_point(key, found) for key, found in at.items()]
    return map_of(points, form.districts, form.cleaned_data.get("district", ""))


def _point(key: tuple[float, float, int], found: list[Thing]) -> dict[str, Any]:
    """One thing leads to its page, several to the list of their collection."""
    latitude, longitude, _collection = key
    first = found[0]
    label, href = first.name, reverse("sharing:thing", args=[first.code])
    if len(found) > 1:
        label = _("%(collection)s (%(number)s)") % {
            "collection": first.collection.name,
            "number": len(found),
        }
        href = f"{reverse('sharing:things')}?collection={first.collection.slug}"
    return {
        "id": f"place-{first.pk}",
        "label": label,
        "lat": latitude,
        "lon": longitude,
        "kind": "organization",
        "href": href,
    }


@require_safe
def thing(request: HttpRequest, code: str) -> HttpResponse:
    """What it is, its terms, when it is free, and the form to book it."""
    by = reader(request)
    found = find(catalogue.with_facts(queries.visible_things(by)), code=code)
    found.terms = terms_of(found)  # for this page only, so that nobody asks for them again
    against = reasons(found, by)
    is_sold = found.sort == Sort.CONSUMABLE
    context = {
        "thing": found,
        "place": whereabouts.place_for(by, found.collection, found.place),
        "free": availability.free_now([found])[found.pk],
        "facts": in_words(found.terms, found),
        "hours": opening.days_from(found, calendar.today(found)),
        "zone": calendar.zone_of(found),
        "parts": found.parts.select_related("part") if found.sort == Sort.KIT else [],
        "files": found.files.all(),
        "calendar": None if is_sold else _calendar(request, found),
        "against": against,
        "form": None if by is None or is_sold else form_for(found, by, asked=request.GET),
        "may_run": can_keep(by, found.collection),
        "may_staff": can_staff(by, found.collection),
        "is_open": found.state == found.collection.state == ThingState.OPEN,
    }
    return render(request, "sharing/thing.html", context)


def _calendar(request: HttpRequest, found: Thing) -> dict[str, Any]:
    """A month, a week or a day; things that are lent by the hour begin with a week."""
    view = request.GET.get("calendar", "")
    if view not in VIEWS:
        view = WEEK if found.sort in BY_HOUR else MONTH
    today = calendar.today(found)
    day = min(max(_day(request.GET.get("day", ""), today), today), today + LATEST)
    if view == MONTH:
        month = calendar.month_of(found, day)
        weekdays = [calendar.monday_of(day) + timedelta(days=number) for number in range(7)]
        return {"view": view, "month": month, "day": day, "shown": month, "weekdays": weekdays}
    days = calendar.days_from(found, day, VIEWS[view])
    return {"view": view, "days": days, "day": day, "shown": days}


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of a thing, to those who may see the thing."""
    visible = ThingPhoto.objects.filter(thing__in=queries.visible_things(reader(request)))
    return _picture(find(visible, pk=pk).image)


@require_safe
def condition_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture with a report of condition, to the staff and to whoever borrowed it then."""
    by = reader(request)
    visible = ConditionPhoto.objects.filter(
        Q(report__thing__collection__in=queries.staffed_collections(by))
        | Q(report__loan__line__booking__in=queries.visible_bookings(by))
    )
    return _picture(find(visible, pk=pk).image)


def _picture(image: FieldFile) -> HttpResponse:
    with image.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def manual(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper that comes with a thing, to those who may see the thing; never shown as a page."""
    visible = ThingFile.objects.filter(thing__in=queries.visible_things(reader(request)))
    found = find(visible, pk=pk)
    return attachments.download(found.file, found.title)
