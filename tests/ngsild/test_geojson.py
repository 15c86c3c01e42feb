"""Entities as features of a map."""

from __future__ import annotations

from typing import Any

import pytest

from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geojson import write_collection, write_feature
from kierto.ngsild.geometries import read_geometry
from kierto.ngsild.representations import Shape
from tests.ngsild.entities import DEFAULT, document

HERE = {"type": "Point", "coordinates": [1.0, 2.0]}
THERE = {"type": "Point", "coordinates": [9.0, 9.0]}
RING = [[0, 0], [1, 0], [1, 1], [0, 0]]


def test_the_default_place_is_the_geometry() -> None:
    entity = document(
        location=[
            {"type": "GeoProperty", "value": THERE, "datasetId": "urn:gps"},
            {"type": "GeoProperty", "value": HERE},
        ],
        power=5,
    )
    assert write_feature(entity, CORE, Shape("simplified")) == {
        "id": entity["id"],
        "type": "Feature",
        "geometry": HERE,
        "properties": {
            "type": "Lamp",
            "location": {"dataset": {"@none": HERE, "urn:gps": THERE}},
            "power": 5,
        },
    }
    gps = Shape("simplified", dataset_id=frozenset({"urn:gps"}))
    assert write_feature(entity, CORE, gps)["geometry"] == THERE


def test_another_attribute_may_give_the_geometry() -> None:
    entity = document(observationSpace=HERE, power=5)
    place = f"{DEFAULT}power"
    space = CORE.expand("observationSpace")
    assert write_feature(entity, CORE, geometry_property=space)["geometry"] == HERE
    assert write_feature(entity, CORE, geometry_property=place)["geometry"] is None
    assert write_feature(entity, CORE)["geometry"] is None


def test_features_are_collected() -> None:
    feature = write_feature(document(location=HERE), CORE)
    assert write_collection([feature]) == {"type": "FeatureCollection", "features": [feature]}


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", [1, 2, 3]),
        ("MultiPoint", [[1, 2], [3, 4]]),
        ("LineString", [[1, 2], [3, 4]]),
        ("MultiLineString", [[[1, 2], [3, 4]]]),
        ("Polygon", [RING, RING]),
        ("MultiPolygon", [[RING], [RING]]),
    ],
)
def test_every_geometry_is_read_as_it_is(kind: str, coordinates: Any) -> None:
    geometry = {"type": kind, "coordinates": coordinates}
    assert read_geometry(geometry, "location") is geometry


@pytest.mark.parametrize(
    "geometry",
    [
        *(None, 5, [], {}, "[1, 2]", "null", '{"type":"Point"}'),
        {"type": "Point", "coordinates": None},
        {"type": "Point", "coordinates": [1, float("nan")]},
        {"type": "Point", "coordinates": [1, 2, 3, 4, 5]},
        {"type": "Point", "coordinates": [1, 91]},
        {"type": "MultiPoint", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [RING[:3]]},
        {"type": "MultiPolygon", "coordinates": [RING]},
        {"type": ["Point"], "coordinates": [1, 2]},
        {"type": "Feature", "geometry": HERE},
    ],
)
def test_what_is_no_geometry_is_refused(geometry: Any) -> None:
    with pytest.raises(BadRequestData):
        read_geometry(geometry, "location")
