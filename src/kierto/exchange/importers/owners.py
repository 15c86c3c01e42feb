"""Whose a row is, and where: what offers, needs and processors have in common."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.translation import gettext_lazy as _

from kierto.core.tables import Row
from kierto.exchange.importers.rows import Left, number
from kierto.exchange.permissions import can_import_for
from kierto.parties.actions import add_place
from kierto.parties.models import Agent, Organization, Place

PLACE_COLUMNS = (
    "place",
    "street",
    "postcode",
    "locality",
    "country",
    "latitude",
    "longitude",
)

# A point given twice may differ in the last digits of a spreadsheet: a hundred-thousandth of a
# degree is about a metre.
_SAME_POINT = 1e-5


def identity_of(what: str, organization: Organization, row: Row) -> UUID:
    """The same row has the same id on every node, so the same tables make the same plan."""
    return uuid5(NAMESPACE_URL, f"urn:kierto:{what}:{organization.slug}:{row['key']}")


class Taker:
    """What offers, needs and processors have in common: whose, and where."""

    def __init__(self, by: Agent) -> None:
        self.by = by
        self.organizations = {
            each.slug: each for each in Organization.objects.select_related("agent")
        }

    def organization(self, row: Row) -> Organization:
        found = self.organizations.get(row["organization"])
        if found is None:
            raise Left(
                _(
                    "There is no organisation “%(slug)s”. Import it first, or correct its short name."
                )
                % {"slug": row["organization"]}
            )
        return found

    def place(self, row: Row, organization: Organization) -> Place:
        """The organisation's place that the row means; a new one if it gives a new point."""
        places = list(
            Place.objects.filter(agent=organization.agent).select_related("district").order_by("id")
        )
        point = _point(row)
        if point is not None:
            found = next((p for p in places if _is_at(p, point)), None)
            self._may(organization, found)
            return found or self._new_place(row, organization, point)
        if row["place"]:
            named = [p for p in places if p.name == row["place"]]
            if not named:
                raise Left(
                    _("The organisation has no place “%(place)s”. Give its latitude and longitude.")
                    % {"place": row["place"]}
                )
            places = named
        if len(places) != 1:
            raise Left(_("Say at which place it is: give a place, or latitude and longitude."))
        self._may(organization, places[0])
        return places[0]

    def _new_place(self, row: Row, organization: Organization, point: tuple[float, float]) -> Place:
        return add_place(
            agent=organization.agent,
            name=row["place"],
            street=row["street"],
            postcode=row["postcode"],
            locality=row["locality"],
            country=row["country"],
            latitude=point[0],
            longitude=point[1],
            by=self.by,
        )

    def _may(self, organization: Organization, place: Place | None) -> None:
        district = place.district_id if place is not None else None
        can_import_for(self.by, organization, district).require()


def _point(row: Row) -> tuple[float, float] | None:
    if not (row["latitude"] or row["longitude"]):
        return None
    latitude, longitude = number(row, "latitude"), number(row, "longitude")
    if latitude is None or longitude is None:
        raise Left(_("Give latitude and longitude, both or neither."))
    return latitude, longitude


def _is_at(place: Place, point: tuple[float, float]) -> bool:
    return (
        abs(place.latitude - point[0]) < _SAME_POINT
        and abs(place.longitude - point[1]) < _SAME_POINT
    )
