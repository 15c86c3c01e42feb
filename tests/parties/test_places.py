from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.announce import listen
from kierto.core.errors import NotAllowed
from kierto.core.geography import Point, area_contains
from kierto.parties import actions
from kierto.parties.areas import bounds, checked_area
from kierto.parties.changes import PlaceChanged
from kierto.parties.errors import (
    BadArea,
    NoSuchPoint,
    OutOfRange,
    SlugTaken,
    UnknownCountry,
    UnknownTimeZone,
)
from kierto.parties.models import Place
from kierto.parties.queries import system_agent
from tests.factories.parties import KERA, make_district, make_person, make_place, square

SQUARE = square(60.0, 24.0)


@pytest.mark.django_db
def test_a_place_lies_in_the_district_whose_area_holds_its_point():
    kera = make_district()
    assert make_place().district == kera
    assert make_place(latitude=61.0).district is None


@pytest.mark.django_db
def test_a_place_that_moves_changes_its_district():
    kera, place = make_district(), make_place(latitude=61.0)
    moved = actions.change_place(place, changes={"latitude": KERA[0]}, by=system_agent())
    assert (moved.district, moved.street) == (kera, place.street)


@pytest.mark.django_db
def test_a_new_or_changed_area_takes_places_in_and_lets_them_go():
    inside, outside = make_place(), make_place(latitude=61.0)
    kera = make_district()
    inside.refresh_from_db()
    assert inside.district == kera
    actions.change_district(kera, changes={"area": square(61.0, KERA[1])}, by=system_agent())
    inside.refresh_from_db()
    outside.refresh_from_db()
    assert (inside.district, outside.district) == (None, kera)


@pytest.mark.django_db
def test_of_overlapping_districts_the_first_by_short_name_holds_the_place():
    make_district("b-district")
    first = make_district("a-district")
    assert make_place().district == first


@pytest.mark.django_db
def test_changed_places_are_announced():
    heard = []
    listen(PlaceChanged, heard.append)
    place = make_place()
    make_district()
    ours = [change.place.pk for change in heard if change.place.pk == place.pk]
    assert ours == [place.pk, place.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("latitude", "longitude"), [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))]
)
def test_points_that_are_not_on_earth_are_refused(latitude, longitude):
    with pytest.raises(NoSuchPoint):
        make_place(latitude=latitude, longitude=longitude)
    assert not Place.objects.exists()


@pytest.mark.django_db
def test_others_cannot_touch_a_place():
    place, stranger = make_place(), make_person()
    with pytest.raises(NotAllowed):
        actions.change_place(place, changes={"name": "Mine"}, by=stranger.agent)
    with pytest.raises(NotAllowed):
        actions.remove_place(place, by=stranger.agent)
    with pytest.raises(NotAllowed):
        make_place(place.agent, by=stranger.agent)


@pytest.mark.django_db
def test_a_place_to_which_nothing_refers_can_be_removed():
    place = make_place()
    actions.remove_place(place, by=system_agent())
    assert not Place.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"slug": "new"}, SlugTaken),
        ({"slug": "!"}, SlugTaken),
        ({"country": "Finland"}, UnknownCountry),
        ({"timezone": "Europe/Kera"}, UnknownTimeZone),
        ({"road_factor": 0.5}, OutOfRange),
        ({"carbon_price": "nan"}, OutOfRange),
        ({"area": {"type": "Point", "coordinates": [1, 2]}}, BadArea),
    ],
)
def test_a_district_that_makes_no_sense_is_refused(fields, error):
    with pytest.raises(error):
        make_district(**fields)


@pytest.mark.django_db
def test_two_districts_cannot_share_a_short_name():
    make_district("kera")
    with pytest.raises(SlugTaken):
        make_district("kera")


# --------------------------------------------------------------------- areas


def test_a_collection_of_features_becomes_one_area():
    feature = {"type": "Feature", "properties": {}, "geometry": SQUARE}
    one = checked_area({"type": "FeatureCollection", "features": [feature]})
    two = checked_area({"type": "FeatureCollection", "features": [feature, feature]})
    assert (one["type"], two["type"]) == ("Polygon", "MultiPolygon")
    assert two["coordinates"] == [one["coordinates"], one["coordinates"]]


def test_an_open_ring_is_closed():
    open_ring = copy.deepcopy(SQUARE)
    open_ring["coordinates"][0].pop()
    assert checked_area(open_ring) == checked_area(SQUARE)


@pytest.mark.parametrize(
    "given_area",
    [
        None,
        [],
        "Polygon",
        {},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], ["5", 6]]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [True, 6]]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5]]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 91]]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [float("nan"), 6]]]},
        {"type": "Polygon", "coordinates": [7]},
        {"type": "Feature", "geometry": None},
        {"type": "FeatureCollection", "features": []},
    ],
)
def test_what_is_no_area_is_refused_with_its_problem(given_area):
    with pytest.raises(BadArea) as raised:
        checked_area(given_area)
    assert "GeoJSON Polygon" in str(raised.value)


@given(
    latitude=st.floats(-80, 80),
    longitude=st.floats(-170, 170),
    half=st.floats(0.001, 5),
)
def test_checking_twice_changes_nothing_and_the_centre_stays_inside(latitude, longitude, half):
    area = checked_area(square(latitude, longitude, half))
    assert checked_area(area) == area
    assert area_contains(area, Point(latitude, longitude))
    west, south, east, north = bounds(area)
    assert west <= longitude <= east
    assert south <= latitude <= north
