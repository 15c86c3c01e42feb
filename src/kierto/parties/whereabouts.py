"""How exactly a place is shown to the public.

An organisation's address is public. Where a person lives is shown to about a kilometre, and
without the street. To whom more is shown, the apps above decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from kierto.core.geography import Point
from kierto.parties.models import Agent, AgentType, Place

ROUGH_DECIMALS = 2
"""A hundredth of a degree: about 1.1 km north to south, less east to west."""


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A place as somebody may see it; latitude and longitude in degrees."""

    label: str
    latitude: float
    longitude: float
    exact: bool
    district: str


def is_public(agent: Agent) -> bool:
    """Whether the places of this agent may be shown exactly to everybody."""
    return agent.type != AgentType.PERSON


def shown_place(place: Place, *, exact: bool) -> ShownPlace:
    """The place with its street, or roughly: the district, the town and a rounded point."""
    district = _district(place)
    if exact:
        street = ", ".join(filter(None, [place.street, f"{place.postcode} {place.locality}"]))
        label = " – ".join(filter(None, [place.name, street.strip(", ")]))
        return ShownPlace(label or district, place.latitude, place.longitude, True, district)
    latitude, longitude = rounded(place.latitude, place.longitude)
    return ShownPlace(rough_label(place), latitude, longitude, False, district)


def rough_label(place: Place) -> str:
    """District and town."""
    return ", ".join(dict.fromkeys(filter(None, [_district(place), place.locality])))


def rounded(latitude: float, longitude: float) -> tuple[float, float]:
    """A position as roughly as a home is shown."""
    return round(latitude, ROUGH_DECIMALS), round(longitude, ROUGH_DECIMALS)


def public_point(agent: Agent, place: Place) -> Point:
    """The point that may be reckoned with in public: a person's is rounded.

    Distances and costs are shown, and from three of them a home could be found.
    """
    if is_public(agent):
        return place.point
    return Point(*rounded(place.latitude, place.longitude))


def _district(place: Place) -> str:
    return place.district.name if place.district is not None else ""
