"""Queries by place: on the plane, on the sphere, at the poles and over the date line."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.ngsild import geo, sphere
from kierto.ngsild.errors import BadRequestData, NgsiLdError, TooComplexQuery
from kierto.ngsild.members import LOCATION
from tests.ngsild.entities import document

DEGREE = math.pi * sphere.EARTH_RADIUS / 180
SQUARE = [[[24, 60], [26, 60], [26, 61], [24, 61], [24, 60]]]
HOLED = [
    [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]],
    [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]],
]
BOW = [[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]]]


def point(longitude: float, latitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def line(*positions: list[float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": list(positions)}


def asked(georel: str, geometry: str, coordinates: Any) -> geo.GeoQuery:
    return geo.parse_geo(georel, geometry, coordinates, LOCATION)


def found(georel: str, geometry: str, coordinates: Any, place: dict[str, Any]) -> bool:
    entity = document(location={"type": "GeoProperty", "value": place})
    return geo.matches(asked(georel, geometry, coordinates), entity)


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "place", "expected"),
    [
        ("within", "Polygon", SQUARE, point(25, 60.5), True),
        ("within", "Polygon", SQUARE, point(27, 60.5), False),
        ("within", "Polygon", HOLED, point(2, 2), True),
        ("within", "Polygon", HOLED, point(5, 5), False),
        ("disjoint", "Polygon", SQUARE, point(27, 60.5), True),
        ("intersects", "Polygon", SQUARE, line([23, 60.5], [27, 60.5]), True),
        ("overlaps", "LineString", [[0, 0], [2, 0]], line([1, 0], [3, 0]), True),
        ("overlaps", "LineString", [[0, 0], [2, 0]], line([0, 0], [2, 0]), False),
        ("equals", "Point", [25, 60], point(25, 60), True),
        ("equals", "LineString", [[0, 0], [1, 1]], line([1, 1], [0, 0]), True),
        ("contains", "Point", [25, 60.5], {"type": "Polygon", "coordinates": SQUARE}, True),
        ("within", "Polygon", BOW, point(1, 5), True),
        ("within", "Polygon", BOW, point(5, 1), False),
        ("intersects", "Point", [1, 5], {"type": "Polygon", "coordinates": BOW}, True),
        ("near;maxDistance==2000", "Point", [25, 60], point(25, 60.017), True),
        ("near;maxDistance==2000", "Point", [25, 60], point(25, 60.019), False),
        ("near;minDistance==2000", "Point", [25, 60], point(25, 60.019), True),
        ("near;minDistance==2000", "Point", [25, 60], point(25, 60.017), False),
        ("near;maxDistance==1", "Polygon", SQUARE, point(25, 60.5), True),
        ("near;maxDistance==2e3", "LineString", [[0, 60], [10, 60]], point(10, 60.009), True),
        ("near;maxDistance==2000", "LineString", [[0, 61], [10, 61]], point(10, 60.009), False),
        ("near;maxDistance==10000", "Point", [0, 85], line([1, 85], [0, 85.6]), True),
        ("near;maxDistance==9000", "Point", [0, 85], line([1, 85], [0, 85.6]), False),
        ("near;maxDistance==30000", "Point", [179.9, 0], point(-179.9, 0), True),
        ("near;maxDistance==30000", "Point", [179.9, 0], line([-179.9, -1], [-179.9, 1]), True),
        ("near;maxDistance==30000", "Point", [0, 89.9], point(180, 89.9), True),
    ],
)
def test_a_place_stands_as_asked_or_not(
    georel: str, geometry: str, coordinates: Any, place: dict[str, Any], expected: bool
) -> None:
    assert found(georel, geometry, coordinates, place) is expected


def test_coordinates_may_be_text() -> None:
    assert asked("within", "Polygon", "[[[24,60],[26,60],[26,61],[24,61],[24,60]]]") == asked(
        "within", "Polygon", SQUARE
    )


def test_one_fitting_instance_is_enough_and_none_is_none() -> None:
    near = {"type": "GeoProperty", "value": point(25, 60)}
    far = {"type": "GeoProperty", "value": point(0, 0), "datasetId": "urn:a:b"}
    query = asked("near;maxDistance==1", "Point", [0, 0])
    assert geo.matches(query, document(location=[near, far]))
    assert not geo.matches(asked("disjoint", "Point", [0, 0]), document(power=5))


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates"),
    [
        ("near", "Point", [8, 40]),
        ("near;maxDistance==0", "Point", [8, 40]),
        ("near;maxDistance==-1", "Point", [8, 40]),
        ("near;maxDistance==inf", "Point", [8, 40]),
        ("near;maxDistance==1e400", "Point", [8, 40]),
        ("near;maxDistance==5;minDistance==1", "Point", [8, 40]),
        ("near;maxDistance=5", "Point", [8, 40]),
        ("touches", "Point", [8, 40]),
        (None, "Point", [8, 40]),
        ("within", None, [8, 40]),
        ("within", "GeometryCollection", []),
        ("within", "Polygon", [8, 40]),
        ("within", "Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1]]]),
        ("within", "Polygon", [[[0, 0], [1, 0], [0, 0]]]),
        ("within", "Point", [8]),
        ("within", "Point", [181, 0]),
        ("within", "Point", [0, 90.5]),
        ("within", "Point", ["8", "40"]),
        ("within", "Point", "8,40"),
        ("within", "Point", None),
        ("within", "Point", {"type": "Point"}),
        ("within", "MultiPoint", []),
    ],
)
def test_what_is_no_geoquery_is_refused(georel: Any, geometry: Any, coordinates: Any) -> None:
    with pytest.raises(BadRequestData):
        asked(georel, geometry, coordinates)


def test_a_reference_with_too_many_corners_is_refused() -> None:
    many = [[index / 1000, 0] for index in range(30_000)]
    with pytest.raises(TooComplexQuery):
        asked("intersects", "LineString", many)
    with pytest.raises(TooComplexQuery):
        asked("near;maxDistance==5", "LineString", many[:3_000])


def test_distances_of_known_places() -> None:
    # One degree along a meridian, and along the equator.
    assert geo.distance(point(0, 0), point(0, 1)) == pytest.approx(DEGREE)
    assert geo.distance(point(0, 0), point(1, 0)) == pytest.approx(DEGREE)
    assert geo.distance(point(10, 90), point(-120, 89)) == pytest.approx(DEGREE)
    assert geo.distance(point(0, 0), point(180, 0)) == pytest.approx(180 * DEGREE)
    # To the middle of a line, over the pole, and over the date line.
    assert geo.distance(point(25, 1), line([24, 0], [26, 0])) == pytest.approx(DEGREE, rel=1e-6)
    square = {"type": "Polygon", "coordinates": SQUARE}
    assert geo.distance(point(25, 60.5), square) == 0
    assert geo.distance(point(25, 62), square) == pytest.approx(DEGREE, rel=1e-4)
    lines = line([-179.5, -1], [-179.5, 1]), line([179.5, -1], [179.5, 1])
    assert geo.distance(*lines) == pytest.approx(DEGREE, rel=1e-3)
    assert geo.distance(point(0, 0), {"type": "Nothing"}) == math.inf


_LONGITUDES = st.floats(-180, 180)
_LATITUDES = st.floats(-90, 90)
_POSITIONS = st.tuples(_LONGITUDES, _LATITUDES).map(list)


@given(_POSITIONS, _POSITIONS, st.floats(1, 2e7))
def test_what_is_near_lies_in_the_bounds(
    here: list[float], there: list[float], metres: float
) -> None:
    query = asked(f"near;maxDistance=={metres!r}".replace("e+", "e"), "Point", here)
    west, south, east, north = geo.bounds(query)
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    if geo.fits(query, point(*there)):
        assert west <= there[0] <= east
        assert south <= there[1] <= north


@settings(deadline=None)
@given(
    st.lists(_POSITIONS, min_size=2, max_size=4),
    st.lists(_POSITIONS, min_size=2, max_size=4),
)
def test_a_distance_is_the_same_both_ways_and_no_further_than_the_corners(
    one: list[list[float]], other: list[list[float]]
) -> None:
    there, back = geo.distance(line(*one), line(*other)), geo.distance(line(*other), line(*one))
    corners = min(sphere.haversine(*a, *b) for a in one for b in other)
    assert there <= corners * (1 + 1e-6) + 1e-3
    assert there == pytest.approx(back, rel=0.02, abs=2_000)


@given(
    st.text(max_size=30),
    st.sampled_from(["Point", "Polygon", "LineString", "MultiPolygon", "x"]),
    st.text('[]0123456789.,-e"', max_size=40),
)
def test_any_text_is_a_geoquery_or_refused(georel: str, geometry: str, coordinates: str) -> None:
    for relation in (georel, "within", "near;maxDistance==5"):
        try:
            query = asked(relation, geometry, coordinates)
        except NgsiLdError:
            continue
        assert geo.fits(query, point(0, 0)) in (True, False)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    ),
    st.sampled_from(["Point", "Polygon", "MultiLineString"]),
)
def test_a_broken_geometry_in_the_store_is_nowhere(value: Any, kind: str) -> None:
    query = asked("intersects", "Polygon", SQUARE)
    assert not geo.fits(query, value)
    assert geo.fits(query, {"type": kind, "coordinates": value}) in (True, False)
