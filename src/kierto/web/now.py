"""The district now: what the first page shows, gathered from what really happened."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kierto.catalogue.models import CanonicalUnit
from kierto.indicators.deliveries import handovers
from kierto.indicators.kinds import KindTree
from kierto.indicators.scope import Scope
from kierto.ledger.models import Action, EconomicEvent
from kierto.ledger.queries import events_between, standing, visible_events
from kierto.parties.models import Agent, District, Place

LATEST = 5
MOST_LINES = 80
HANDED_OVER = (Action.TRANSFER, Action.TRANSFER_ALL_RIGHTS, Action.TRANSFER_CUSTODY)


@dataclass(frozen=True, slots=True)
class Door:
    """One of the five things one can do here."""

    title: Any
    text: Any
    icon: str
    href: str


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
            _("Tools, toys, rooms and bikes that others share: see what is free now, and book it."),
            "borrow",
            _address("sharing:things"),
        ),
        Door(
            pgettext_lazy("what one can do", "Repair"),
            _("Have something mended, or come to a repair café and mend it together."),
            "repair",
            _address("repair:home"),
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


@dataclass(slots=True)
class _Pair:
    """What one organisation gave another in one unit."""

    total: float = 0.0
    kinds: dict[int, float] = field(default_factory=dict)


def flow_map(district: District | None, by: Agent | None) -> dict[str, Any]:
    """Who gave to whom in the last twelve months, one line for each pair of organisations.

    Only what the reader may see, and never the place of a person. What has mass is added up in
    kilograms, the rest in its own unit; a line has the theme of its largest kind.
    """
    districts = [district] if district else list(District.objects.all())
    places = _places([one.pk for one in districts])
    kinds = KindTree()
    pairs = _pairs(district, by, places, kinds)
    largest = sorted(pairs, key=lambda key: -pairs[key].total)[:MOST_LINES]
    return {
        "points": list(places.values()),
        "lines": [_line(key, pairs[key], kinds) for key in largest],
        "area": _area(districts),
    }


def _pairs(
    district: District | None, by: Agent | None, places: dict[str, dict[str, Any]], kinds: KindTree
) -> dict[tuple[str, str, str], _Pair]:
    rows = (
        handovers(Scope(district=district))
        .filter(pk__in=visible_events(by).values("pk"))
        .values("provider", "receiver", "conforms_to")
        .annotate(amount=Sum("resource_quantity"))
        .order_by("provider", "receiver", "conforms_to")
    )
    pairs: dict[tuple[str, str, str], _Pair] = defaultdict(_Pair)
    for row in rows:
        source, target, kind = str(row["provider"]), str(row["receiver"]), row["conforms_to"]
        mass = kinds.mass(kind, float(row["amount"]))
        unit = "kg" if mass else str(kinds.by_id[kind].unit)
        amount = mass or float(row["amount"])
        if amount > 0 and source in places and target in places:
            pair = pairs[source, target, unit]
            pair.total += amount
            pair.kinds[kind] = amount
    return pairs


def _line(key: tuple[str, str, str], pair: _Pair, kinds: KindTree) -> dict[str, Any]:
    source, target, unit = key
    by_size = sorted(pair.kinds, key=lambda kind: -pair.kinds[kind])
    return {
        "from": source,
        "to": target,
        "label": ", ".join(kinds.label(kind) for kind in by_size),
        "quantity": pair.total,
        "unit": unit,
        "theme": kinds.by_id[by_size[0]].theme,
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
    """The last handovers of things that the reader may see, newest first; money is none."""
    here = events_between(None, None, district).values("pk")
    return (
        standing(visible_events(by))
        .filter(pk__in=here, action__in=HANDED_OVER)
        .exclude(conforms_to__unit=CanonicalUnit.EURO)
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
