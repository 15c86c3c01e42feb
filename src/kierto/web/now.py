"""The district now: what the first page shows, gathered from what really happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import Theme
from kierto.ledger.models import Action, EconomicEvent
from kierto.ledger.queries import events_between, standing, visible_events
from kierto.parties.models import Agent, District, Place

LATEST = 5
HANDED_OVER = (Action.TRANSFER, Action.TRANSFER_ALL_RIGHTS, Action.TRANSFER_CUSTODY)


@dataclass(frozen=True, slots=True)
class Door:
    """One of the five things one can do here. ``soon`` says what is still to come."""

    title: Any
    text: Any
    icon: str
    href: str
    soon: Any = ""


def doors() -> list[Door]:
    """Offer, find, borrow, repair, take part; what is not there yet leads to what is."""
    return [
        Door(
            _("Offer"),
            _(
                "Say what you have left over. See at once who could use it, and what it could become."
            ),
            "offer",
            _address("exchange:post", direction="offer"),
        ),
        Door(
            _("Find"),
            _("Look for materials, energy and food near you, in your own words."),
            "find",
            _address("exchange:market"),
        ),
        Door(
            _("Borrow"),
            _("Rooms, tools and services that others share."),
            "borrow",
            _address("exchange:market", theme=Theme.PREMISES.value),
            _("Booking by the hour comes with a later version."),
        ),
        Door(
            _("Repair"),
            _("Ask for a repair, or offer yours, in the exchange."),
            "repair",
            _address("exchange:market", q="repair"),
            _("Repair cafés with a queue come with a later version."),
        ),
        Door(
            _("Take part"),
            _("See who is in already, and join for yourself or for your organisation."),
            "take-part",
            _address("parties:organizations"),
        ),
    ]


def _address(name: str, **query: str) -> str:
    try:
        address = reverse(name)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address


def flow_map_of(flows: dict[str, Any], districts: Iterable[District]) -> dict[str, Any]:
    """The Sankey's flows on the map: one line for each pair, all organisations as points.

    People's places are never on it. A line has the theme of its largest flow.
    """
    shown = list(districts)
    places = _places([district.pk for district in shown])
    pairs: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for link in flows["links"]:
        if link["source"] in places and link["target"] in places:
            pairs[link["source"], link["target"]].append(link)
    return {
        "points": list(places.values()),
        "lines": [_line(source, target, links) for (source, target), links in pairs.items()],
        "area": _area(shown),
    }


def _line(source: str, target: str, links: list[dict[str, Any]]) -> dict[str, Any]:
    largest = max(links, key=lambda link: float(link["value"]))
    return {
        "from": source,
        "to": target,
        "label": ", ".join(dict.fromkeys(str(link["label"]) for link in links)),
        "quantity": sum(float(link["value"]) for link in links),
        "unit": largest["unit"],
        "theme": largest["theme"],
        "href": "",
    }


def _places(districts: list[int]) -> dict[str, dict[str, Any]]:
    """The first place of each organisation in the districts, by agent."""
    rows = (
        Place.objects.filter(district__in=districts, agent__organization__isnull=False)
        .order_by("agent", "name", "pk")
        .values_list(
            "agent",
            "agent__organization__name",
            "agent__organization__slug",
            "latitude",
            "longitude",
        )
    )
    places: dict[str, dict[str, Any]] = {}
    for agent, name, slug, latitude, longitude in rows:
        places.setdefault(
            str(agent),
            {
                "id": str(agent),
                "label": name,
                "lat": latitude,
                "lon": longitude,
                "kind": "organization",
                "href": reverse("parties:organization", args=[slug]),
            },
        )
    return places


def _area(districts: list[District]) -> dict[str, Any] | None:
    """One MultiPolygon of all outlines."""
    polygons: list[Any] = []
    for district in districts:
        area = district.area
        whole = area.get("type") == "MultiPolygon"
        polygons += area["coordinates"] if whole else [area["coordinates"]]
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None


def latest_events(district: District | None, by: Agent | None) -> QuerySet[EconomicEvent]:
    """The last handovers that the reader may see, newest first."""
    here = events_between(None, None, district).values("pk")
    return (
        standing(visible_events(by))
        .filter(pk__in=here, action__in=HANDED_OVER)
        .select_related(
            "provider__organization",
            "provider__person",
            "receiver__organization",
            "receiver__person",
            "conforms_to",
        )
        .prefetch_related("conforms_to__labels")
        .order_by("-has_end", "-number")[:LATEST]
    )
