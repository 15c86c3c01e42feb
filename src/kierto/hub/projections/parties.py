"""Organisations, places and districts. People are not published."""

from __future__ import annotations

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
