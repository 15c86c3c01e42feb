"""How exactly the place of a thing is shown.

What an organisation shares lies at a public address. Where a person lives is shown to about a
kilometre and without the street, except to the person, the staff, and whoever has a booking there.
"""

from __future__ import annotations

from dataclasses import dataclass

from kierto.parties.models import Agent, AgentType, Place
from kierto.sharing import queries
from kierto.sharing.models import Booking, Collection
from kierto.sharing.states import BookingState

ROUGH_DECIMALS = 2
"""A hundredth of a degree: about 1.1 km north to south, less east to west."""

PROMISED = (BookingState.CONFIRMED, BookingState.OUT)


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A place as somebody may see it; latitude and longitude in degrees."""

    label: str
    latitude: float
    longitude: float
    exact: bool


def is_public(collection: Collection) -> bool:
    """Whether its places may be shown exactly to everybody."""
    return collection.owner.type != AgentType.PERSON


def shown(place: Place, *, exact: bool) -> ShownPlace:
    """The place with its street, or roughly: the district, the town and a rounded point."""
    if exact:
        street = ", ".join(filter(None, [place.street, f"{place.postcode} {place.locality}"]))
        label = " – ".join(filter(None, [place.name, street.strip(", ")]))
        district = place.district.name if place.district is not None else ""
        return ShownPlace(label or district, place.latitude, place.longitude, True)
    return ShownPlace(
        rough_label(place),
        round(place.latitude, ROUGH_DECIMALS),
        round(place.longitude, ROUGH_DECIMALS),
        False,
    )


def rough_label(place: Place) -> str:
    """District and town."""
    district = place.district.name if place.district is not None else ""
    return ", ".join(dict.fromkeys(filter(None, [district, place.locality])))


def sees_exactly(by: Agent | None, collection: Collection) -> bool:
    """Whether ``by`` may read the street where a collection's things lie."""
    if is_public(collection):
        return True
    if by is None:
        return False
    if queries.staffed_collections(by).filter(pk=collection.pk).exists():
        return True
    mine = Booking.objects.filter(borrower__in=queries.spoken_for(by), state__in=PROMISED)
    return mine.filter(collection=collection).exists()


def place_for(by: Agent | None, collection: Collection, place: Place) -> ShownPlace:
    """The place as exactly as ``by`` may see it."""
    return shown(place, exact=sees_exactly(by, collection))
