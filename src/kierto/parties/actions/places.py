"""Places and the districts that hold them. A place's district follows from its point."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.text import slugify

from kierto.core.announce import announce
from kierto.core.geography import ROAD_FACTOR
from kierto.parties.actions._given import at_least, country_of, fit, name_of, point_of, timezone_of
from kierto.parties.areas import checked_area
from kierto.parties.changes import DistrictChanged, PlaceChanged
from kierto.parties.errors import PlaceInUse, SlugTaken
from kierto.parties.models import Agent, District, Place
from kierto.parties.permissions import (
    can_add_place,
    can_create_district,
    can_edit_district,
    can_edit_place,
)
from kierto.parties.queries import district_at

RESERVED_DISTRICT_SLUGS = frozenset({"new"})


@transaction.atomic
def add_place(
    *,
    agent: Agent,
    name: str,
    street: str = "",
    postcode: str = "",
    locality: str = "",
    country: str = "",
    latitude: float,
    longitude: float,
    by: Agent,
) -> Place:
    """Add a place of an agent; degrees in WGS 84.

    Raises:
        NoSuchPoint: the degrees are not on Earth.
    """
    can_add_place(by, agent).require()
    point = point_of(latitude, longitude)
    place = Place(
        agent=agent,
        name=name.strip(),
        street=street.strip(),
        postcode=postcode.strip(),
        locality=locality.strip(),
        country=country_of(country, may_be_empty=True),
        latitude=point.latitude,
        longitude=point.longitude,
        district=district_at(point),
    )
    fit(place)
    place.save(force_insert=True)
    announce(PlaceChanged(place, by))
    return place


@transaction.atomic
def change_place(place: Place, *, changes: Mapping[str, Any], by: Agent) -> Place:
    """Change what is named in ``changes`` (the arguments of :func:`add_place`)."""
    place = _locked(place)
    can_edit_place(by, place).require()
    for field in ("name", "street", "postcode", "locality"):
        setattr(place, field, str(changes.get(field, getattr(place, field))).strip())
    place.country = country_of(changes.get("country", place.country), may_be_empty=True)
    point = point_of(
        changes.get("latitude", place.latitude), changes.get("longitude", place.longitude)
    )
    place.latitude, place.longitude = point.latitude, point.longitude
    place.district = district_at(point)
    fit(place)
    place.save()
    announce(PlaceChanged(place, by))
    return place


@transaction.atomic
def remove_place(place: Place, *, by: Agent) -> None:
    """Remove a place to which nothing refers.

    Raises:
        PlaceInUse: an offer, need, resource or event refers to it.
    """
    place = _locked(place)
    can_edit_place(by, place).require()
    try:
        with transaction.atomic():
            place.delete()
    except (models.ProtectedError, models.RestrictedError) as error:
        raise PlaceInUse from error


@transaction.atomic
def create_district(
    *,
    slug: str,
    name: str,
    city: str,
    country: str,
    area: Mapping[str, Any],
    by: Agent,
    timezone: str = "Europe/Helsinki",
    road_factor: float = ROAD_FACTOR,
    carbon_price: Decimal = Decimal(80),
    is_illustration: bool = False,
    description: str = "",
) -> District:
    """Add a district and take in the places that lie in its area (any GeoJSON with polygons).

    Raises:
        BadArea: the area cannot be read.
        SlugTaken: another district has this short name.
    """
    can_create_district(by).require()
    slug = slugify(slug)[:60]
    if not slug or slug in RESERVED_DISTRICT_SLUGS or District.objects.filter(slug=slug).exists():
        raise SlugTaken(slug=slug)
    district = District(
        slug=slug,
        name=name_of(name),
        city=city.strip(),
        country=country_of(country),
        area=checked_area(area),
        timezone=timezone_of(timezone),
        road_factor=at_least(road_factor, 1, "road_factor"),
        carbon_price=_price(carbon_price),
        is_illustration=is_illustration,
        description=description.strip(),
    )
    fit(district)
    district.save(force_insert=True)
    _derive_districts(by)
    announce(DistrictChanged(district, by))
    return district


@transaction.atomic
def change_district(district: District, *, changes: Mapping[str, Any], by: Agent) -> District:
    """Change what is named in ``changes`` (the arguments of :func:`create_district` but ``slug``).

    A changed area moves places in and out.
    """
    district = District.objects.select_for_update().get(pk=district.pk)
    can_edit_district(by, district).require()
    before = district.area
    for field in ("city", "description"):
        setattr(district, field, str(changes.get(field, getattr(district, field))).strip())
    district.name = name_of(changes.get("name", district.name))
    district.country = country_of(changes.get("country", district.country))
    district.timezone = timezone_of(changes.get("timezone", district.timezone))
    district.area = checked_area(changes.get("area", before))
    district.road_factor = at_least(
        changes.get("road_factor", district.road_factor), 1, "road_factor"
    )
    district.carbon_price = _price(changes.get("carbon_price", district.carbon_price))
    district.is_illustration = bool(changes.get("is_illustration", district.is_illustration))
    fit(district)
    district.save()
    if district.area != before:
        _derive_districts(by)
    announce(DistrictChanged(district, by))
    return district


def _price(value: object) -> Decimal:
    return Decimal(str(at_least(value, 0, "carbon_price"))).quantize(Decimal("0.01"))


def _derive_districts(by: Agent) -> None:
    """Put every place into the district in which it lies now."""
    districts = list(District.objects.order_by("slug"))
    for place in Place.objects.select_for_update(of=("self",)).select_related("agent"):
        district = district_at(place.point, districts)
        if place.district_id != (district.pk if district else None):
            place.district = district
            place.save(update_fields=["district"])
            announce(PlaceChanged(place, by))


def _locked(place: Place) -> Place:
    return Place.objects.select_for_update(of=("self",)).select_related("agent").get(pk=place.pk)
