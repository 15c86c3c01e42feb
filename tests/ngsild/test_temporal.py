"""Queries in time, and histories in every form."""

from __future__ import annotations

from typing import Any

import pytest

from kierto.ngsild import temporal
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import BadRequestData, InvalidRequest
from kierto.ngsild.members import NULL
from kierto.ngsild.projection import parse_omit, parse_pick
from kierto.ngsild.representations import Shape
from tests.ngsild.entities import DEFAULT

SPEED, FUEL, NAME = (f"{DEFAULT}{name}" for name in ("speed", "fuelLevel", "name"))
SEEN = "2026-08-01T12:{:02}:00Z"


def instance(value: Any, minute: int, kind: str = "Property", **members: Any) -> dict[str, Any]:
    time = SEEN.format(minute)
    return {
        "type": kind,
        "value": value,
        "observedAt": time,
        "createdAt": "2026-09-01T00:00:00Z",
        "modifiedAt": "2026-09-01T00:00:00Z",
        "instanceId": f"urn:ngsi-ld:Instance:{minute}",
        **members,
    }


def history(**attributes: list[dict[str, Any]]) -> temporal.History:
    return {
        "id": "urn:ngsi-ld:Vehicle:1",
        "type": [f"{DEFAULT}Vehicle"],
        "createdAt": "2026-09-01T00:00:00Z",
        "modifiedAt": "2026-09-01T00:00:00Z",
        "attributes": {f"{DEFAULT}{name}": list_ for name, list_ in attributes.items()},
    }


DRIVE = history(
    speed=[instance(120, 3), instance(80, 5), instance(100, 7)],
    fuelLevel=[instance(67, 3), instance(53, 50)],
)


def written(whole: temporal.History, shape: Shape | None = None, **asked: Any) -> dict[str, Any]:
    query = temporal.parse_temporal(**asked)
    found = temporal.write_history(temporal.select(whole, query), CORE, shape or Shape(), query)
    return {name: value for name, value in found.items() if name not in {"id", "type"}}


def seen(whole: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [one["value"] for one in instances] for name, instances in whole.items()}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"speed": [120, 80, 100], "fuelLevel": [67, 53]}),
        (
            {"timerel": "after", "time_at": SEEN.format(5)},
            {"speed": [80, 100], "fuelLevel": [53]},
        ),
        ({"timerel": "before", "time_at": SEEN.format(5)}, {"speed": [120], "fuelLevel": [67]}),
        (
            {"timerel": "before", "time_at": "2026-08-01T12:05:00.000001Z"},
            {"speed": [120, 80], "fuelLevel": [67]},
        ),
        (
            {"timerel": "between", "time_at": SEEN.format(3), "end_time_at": SEEN.format(5)},
            {"speed": [120], "fuelLevel": [67]},
        ),
        (
            {"timerel": "after", "time_at": "2026-08-01T12:05:00.000Z", "last_n": "1"},
            {"speed": [100], "fuelLevel": [53]},
        ),
        ({"last_n": 2}, {"speed": [80, 100], "fuelLevel": [67, 53]}),
        ({"timerel": "after", "time_at": SEEN.format(8)}, {"fuelLevel": [53]}),
        ({"timerel": "after", "time_at": SEEN.format(0), "timeproperty": "deletedAt"}, {}),
        (
            {"timerel": "after", "time_at": "2026-09-01T00:00:00Z", "timeproperty": "modifiedAt"},
            {"speed": [120, 80, 100], "fuelLevel": [67, 53]},
        ),
    ],
)
def test_instances_are_chosen_by_time(asked: dict[str, Any], expected: dict[str, Any]) -> None:
    assert seen(written(DRIVE, **asked)) == expected


def test_choosing_leaves_the_history_as_it_is_and_puts_it_in_order() -> None:
    whole = history(speed=[instance(1, 9), instance(2, 1)])
    chosen = temporal.select(whole, temporal.parse_temporal(last_n=1))
    assert [one["value"] for one in chosen["attributes"][SPEED]] == [1]
    assert [one["value"] for one in whole["attributes"][SPEED]] == [1, 2]


def test_instances_are_written_with_their_identifiers_and_asked_times() -> None:
    assert written(history(speed=[instance(120, 3)])) == {
        "speed": [
            {
                "type": "Property",
                "value": 120,
                "observedAt": SEEN.format(3),
                "instanceId": "urn:ngsi-ld:Instance:3",
            }
        ]
    }
    (one,) = written(history(speed=[instance(120, 3)]), timeproperty="modifiedAt")["speed"]
    assert one["modifiedAt"] == "2026-09-01T00:00:00Z"


def test_values_are_pairs_of_value_and_time() -> None:
    whole = history(
        speed=[instance(120, 3), instance(80, 5)],
        a=[instance({"en": "yes"}, 1, "LanguageProperty"), instance(NULL, 2, "LanguageProperty")],
        b=[instance("urn:a:1", 1, "Relationship"), instance(NULL, 2, "Relationship")],
        c=[instance(["urn:a:1"], 1, "ListRelationship")],
        d=[instance({"x": 1}, 1, "JsonProperty")],
        e=[instance(f"{DEFAULT}led", 1, "VocabProperty")],
        f=[instance([1, 2], 1, "ListProperty")],
        g=[instance({"type": "Point", "coordinates": [1, 2]}, 1, "GeoProperty")],
    )
    one = SEEN.format(1)
    assert written(whole, Shape("simplified")) == {
        "speed": {"type": "Property", "values": [[120, SEEN.format(3)], [80, SEEN.format(5)]]},
        "a": {
            "type": "LanguageProperty",
            "languageMaps": [
                [{"languageMap": {"en": "yes"}}, one],
                [{"languageMap": {"@none": NULL}}, SEEN.format(2)],
            ],
        },
        "b": {"type": "Relationship", "objects": [["urn:a:1", one], [NULL, SEEN.format(2)]]},
        "c": {"type": "ListRelationship", "objectLists": [[["urn:a:1"], one]]},
        "d": {"type": "JsonProperty", "jsons": [[{"json": {"x": 1}}, one]]},
        "e": {"type": "VocabProperty", "vocabs": [[{"vocab": "led"}, one]]},
        "f": {"type": "ListProperty", "valueLists": [[[1, 2], one]]},
        "g": {
            "type": "GeoProperty",
            "values": [[{"type": "Point", "coordinates": [1, 2]}, one]],
        },
    }


def test_datasets_are_series_of_their_own() -> None:
    gps = {"datasetId": "urn:d:gps"}
    whole = history(speed=[instance(60, 1, **gps), instance(120, 2), instance(62, 3, **gps)])
    assert written(whole, Shape("simplified"))["speed"] == [
        {"type": "Property", "values": [[120, SEEN.format(2)]]},
        {
            "type": "Property",
            "datasetId": "urn:d:gps",
            "values": [[60, SEEN.format(1)], [62, SEEN.format(3)]],
        },
    ]
    only = written(whole, Shape("simplified", dataset_id=frozenset({"@none"})))
    assert only["speed"] == {"type": "Property", "values": [[120, SEEN.format(2)]]}
    assert written(whole, Shape(dataset_id=frozenset({"urn:d:other"}))) == {}


def test_deletions_have_their_time() -> None:
    gone = instance(NULL, 3, deletedAt="2026-09-02T00:00:00Z")
    (shown,) = written(history(speed=[gone]))["speed"]
    assert (shown["value"], shown["deletedAt"]) == (NULL, "2026-09-02T00:00:00Z")
    asked = {"timerel": "after", "time_at": "2026-09-01T00:00:00Z", "timeproperty": "deletedAt"}
    assert written(history(speed=[gone, instance(1, 1)]), Shape("simplified"), **asked) == {
        "speed": {"type": "Property", "values": [[NULL, "2026-09-02T00:00:00Z"]]}
    }


def test_members_are_picked_and_omitted() -> None:
    query = temporal.parse_temporal()
    picked = Shape(pick=parse_pick("id,speed", CORE))
    assert list(temporal.write_history(DRIVE, CORE, picked, query)) == ["id", "speed"]
    omitted = Shape(omit=parse_omit("type,speed", CORE))
    assert list(temporal.write_history(DRIVE, CORE, omitted, query)) == ["id", "fuelLevel"]
    attrs = Shape(attrs=frozenset({FUEL}), sys_attrs=True)
    assert list(temporal.write_history(DRIVE, CORE, attrs, query)) == [
        *("id", "type", "createdAt", "modifiedAt", "fuelLevel"),
    ]


def test_an_attribute_that_a_page_has_none_of_is_empty() -> None:
    query = temporal.parse_temporal()
    assert temporal.write_history(history(speed=[]), CORE, Shape(), query)["speed"] == []


def test_scopes_have_a_history_too() -> None:
    removed = {"type": "Property", "value": [], "deletedAt": "2026-09-02T00:00:00Z"}
    whole = history() | {"scope": [removed]}
    asked = {"timerel": "after", "time_at": "2026-09-01T00:00:00Z", "timeproperty": "deletedAt"}
    assert written(whole, **asked)["scope"] == [removed]
    assert written(whole, Shape("simplified"), **asked)["scope"] == {
        "type": "Property",
        "values": [[[], "2026-09-02T00:00:00Z"]],
    }
    assert "scope" not in written(whole, timerel="before", time_at=SEEN.format(1))
    plain = history() | {"scope": ["/A", "/B"]}
    assert written(plain)["scope"] == ["/A", "/B"]
    changed = history() | {"scope": [{"type": "Property", "value": ["/A"]}]}
    assert temporal.judged(changed)["scope"] == ["/A"]


def aggregated(whole: temporal.History, methods: str, period: str, **asked: Any) -> dict[str, Any]:
    shape = asked.pop("shape", Shape())
    options = {"aggregated": True, "aggr_methods": methods, "aggr_period": period}
    return written(whole, shape, **options, **asked)


def test_periods_begin_where_the_question_or_the_data_begin() -> None:
    hour = aggregated(DRIVE, "avg,max", "PT1H")
    assert hour["speed"] == {
        "type": "Property",
        "avg": [(100.0, "2026-08-01T12:03:00Z", "2026-08-01T13:03:00Z")],
        "max": [(120, "2026-08-01T12:03:00Z", "2026-08-01T13:03:00Z")],
    }
    day = aggregated(DRIVE, "totalCount", "P1D", timerel="after", time_at="2026-01-01T12:00:00Z")
    assert day["speed"]["totalCount"] == [(3, "2026-08-01T12:00:00Z", "2026-08-02T12:00:00Z")]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ({}, SEEN.format(3), SEEN.format(50)),
        ({"timerel": "before", "time_at": SEEN.format(59)}, SEEN.format(3), SEEN.format(59)),
        ({"timerel": "after", "time_at": SEEN.format(1)}, SEEN.format(1), SEEN.format(50)),
        (
            {"timerel": "between", "time_at": SEEN.format(0), "end_time_at": SEEN.format(55)},
            SEEN.format(0),
            SEEN.format(55),
        ),
    ],
)
def test_no_duration_is_the_whole_time_asked(asked: Any, start: str, end: str) -> None:
    for period in ("PT0S", ""):
        found = aggregated(DRIVE, "sum", period, **asked)
        assert found["speed"]["sum"] == [(300, start, end)]


def test_attributes_no_method_fits_are_left_out_unless_they_were_asked_for() -> None:
    whole = history(speed=[instance(1, 1)], name=[instance("x", 1)])
    assert list(aggregated(whole, "avg", "PT1H")) == ["speed"]
    assert list(aggregated(whole, "avg,max", "PT1H")["name"]) == ["type", "max"]
    with pytest.raises(InvalidRequest):
        aggregated(whole, "avg", "PT1H", shape=Shape(attrs=frozenset({NAME})))


@pytest.mark.parametrize(
    "asked",
    [
        {"timerel": "during", "time_at": SEEN.format(1)},
        {"timerel": "before"},
        {"timerel": "after", "time_at": "2026-08-01"},
        {"timerel": "after", "time_at": "2026-08-01T12:00:00+02:00"},
        {"timerel": "between", "time_at": SEEN.format(1)},
        {"timerel": ["before"], "time_at": SEEN.format(1)},
        {"timerel": "after", "time_at": 5},
        {"time_at": SEEN.format(1)},
        {"required": True},
        {"timeproperty": "expiresAt"},
        {"last_n": 0},
        {"last_n": "-1"},
        {"last_n": 1.5},
        {"last_n": "two"},
        {"last_n": True},
        {"aggregated": True},
        {"aggregated": True, "aggr_methods": "mean"},
        {"aggregated": True, "aggr_methods": "avg", "aggr_period": "hour"},
    ],
)
def test_what_is_no_temporal_query_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData):
        temporal.parse_temporal(**asked)


def test_aggregation_is_only_looked_at_where_it_is_asked() -> None:
    query = temporal.parse_temporal(aggr_methods="sum", aggr_period="nonsense")
    assert (query.aggr_methods, query.aggr_period) == ((), None)
