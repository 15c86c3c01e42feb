"""Organisations, places and districts. People are not published."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kierto.core.announce import listen
from kierto.hub.access import Access
from kierto.hub.projections.attributes import (
    agent_urn,
    document,
    geometry,
    point,
    prop,
    rel,
    urn,
)
from kierto.hub.projections.publishing import Projection, Published, publish, register
from kierto.ngsild.members import Instance
from kierto.parties.changes import DistrictChanged, OrganizationChanged, PlaceChanged
from kierto.parties.models import AgentType, District, Organization, Place


def district_urn(district: District | None) -> str | None:
    return None if district is None else urn("District", district.slug)


def place_urn(place: Place) -> str:
    return urn("Place", place.pk)


def address_of(place: Place) -> dict[str, str]:
    """A postal address (schema.org), as Smart Data Models writes it."""
    found = {
        "streetAddress": place.street,
        "postalCode": place.postcode,
        "addressLocality": place.locality,
        "addressCountry": place.country,
    }
    return {name: text for name, text in found.items() if text}


def lying_at(place: Place) -> dict[str, Instance | None]:
    """The place, the district and the position of what lies there."""
    return {
        "place": rel(place_urn(place)),
        "district": rel(district_urn(place.district)),
        "location": point(place.latitude, place.longitude),
    }


def found_at(place: Place) -> dict[str, Instance | None]:
    """The same with the address, for what people go to."""
    return {**lying_at(place), "address": prop(address_of(place))}


ObjectsAt = Callable[[Place], Iterable[Any]]


def follow_places(*lying: tuple[Projection, ObjectsAt]) -> None:
    """Make anew what lies at a place whenever the place changes, and at every republishing."""
    for projection, _ in lying:
        register(projection)

    def changed(change: PlaceChanged) -> None:
        for projection, objects in lying:
            publish(projection, objects(change.place))

    listen(PlaceChanged, changed)


def _organization(organization: Organization, now: str) -> Published:
    attributes = {
        "name": prop(organization.name),
        "description": prop(organization.description),
        "url": prop(organization.website),
        "helix": prop(organization.helix),
        "isPartner": prop(organization.is_partner),
    }
    identifier = agent_urn(organization.agent_id)
    return Published(document(identifier, ["Organization"], now, attributes), Access())


ORGANIZATIONS = Projection(
    "parties.organization",
    lambda: Organization.objects.order_by("pk").iterator(),
    lambda organization: agent_urn(organization.agent_id),
    _organization,
)


def _place(place: Place, now: str) -> Published | None:
    # A person's place is their home, most of the time.
    if place.agent.type == AgentType.PERSON:
        return None
    attributes = {
        "name": prop(str(place)),
        "address": prop(address_of(place)),
        "owner": rel(agent_urn(place.agent_id)),
        "district": rel(district_urn(place.district)),
        "location": point(place.latitude, place.longitude),
    }
    types = ["Place", "PointOfInterest"]
    return Published(document(place_urn(place), types, now, attributes), Access())


PLACES = Projection(
    "parties.place",
    lambda: Place.objects.select_related("agent", "district").order_by("pk").iterator(),
    place_urn,
    _place,
)


def _district(district: District, now: str) -> Published:
    attributes = {
        "name": prop(district.name),
        "description": prop(district.description),
        "address": prop({"addressLocality": district.city, "addressCountry": district.country}),
        "timeZone": prop(district.timezone),
        "carbonPrice": prop(district.carbon_price, "EUR"),
        "isIllustration": prop(district.is_illustration),
        "location": geometry(district.area),
    }
    return Published(
        document(urn("District", district.slug), ["District"], now, attributes), Access()
    )


DISTRICTS = Projection(
    "parties.district",
    lambda: District.objects.order_by("pk").iterator(),
    lambda district: urn("District", district.slug),
    _district,
)


def start() -> None:
    """Hear of what changes."""
    for projection in (ORGANIZATIONS, PLACES, DISTRICTS):
        register(projection)
    listen(OrganizationChanged, lambda change: publish(ORGANIZATIONS, [change.organization]))
    listen(PlaceChanged, lambda change: publish(PLACES, [change.place]))
    listen(DistrictChanged, lambda change: publish(DISTRICTS, [change.district]))
