"""Documents are written normalized, concise and simplified, in a language, in parts, joined."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild.contexts import CORE
from kierto.ngsild.entities import read_attributes, read_entity
from kierto.ngsild.members import NULL, Document
from kierto.ngsild.representations import (
    Shape,
    write_deleted,
    write_entity,
    write_flat,
    write_instance,
)
from tests.ngsild.entities import DEFAULT, LAMPS, LATER, NOW, a_lamp, document, plain

POINT = {"type": "Point", "coordinates": [24.9, 60.2]}
EVERY_TYPE: dict[str, Any] = {
    "power": {"type": "Property", "value": 60, "unitCode": "WTT", "observedAt": NOW},
    "name": {"type": "Property", "value": "Lamp"},
    "address": {"type": "Property", "value": {"street": "Ahertajantie"}},
    "footprint": {"type": "Property", "value": POINT},
    "wrapped": {"type": "Property", "value": {"value": 1}},
    "location": {"type": "GeoProperty", "value": POINT},
    "pole": {"type": "Relationship", "object": "urn:ngsi-ld:Pole:1", "objectType": "Pole"},
    "label": {"type": "LanguageProperty", "languageMap": {"fi": "valo", "en": "light"}},
    "kind": {"type": "VocabProperty", "vocab": "led"},
    "levels": {"type": "ListProperty", "valueList": [1, 2]},
    "route": {
        "type": "ListRelationship",
        "objectList": [{"object": "urn:ngsi-ld:Road:1"}, {"object": "urn:ngsi-ld:Road:2"}],
    },
    "raw": {"type": "JsonProperty", "json": {"type": "x", "none": None}},
    "speed": [
        {"type": "Property", "value": 55, "by": {"type": "Property", "value": "gps"}},
        {"type": "Property", "value": 11, "datasetId": "urn:ngsi-ld:Dataset:1"},
    ],
}


def attributes(written: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in written.items() if name not in {"id", "type"}}


def everything() -> Document:
    return document(LAMPS, **EVERY_TYPE)


def test_the_normalized_form_is_what_was_sent() -> None:
    assert write_entity(everything(), LAMPS) == a_lamp(**EVERY_TYPE)


def test_the_concise_form_leaves_out_what_shows_by_itself() -> None:
    assert attributes(write_entity(everything(), LAMPS, Shape("concise"))) == {
        "power": {"value": 60, "unitCode": "WTT", "observedAt": NOW},
        "name": "Lamp",
        "address": {"street": "Ahertajantie"},
        "footprint": {"type": "Property", "value": POINT},
        "wrapped": {"value": {"value": 1}},
        "location": POINT,
        "pole": {"object": "urn:ngsi-ld:Pole:1", "objectType": "Pole"},
        "label": {"languageMap": {"fi": "valo", "en": "light"}},
        "kind": {"vocab": "led"},
        "levels": {"valueList": [1, 2]},
        "route": {
            "objectList": [{"object": "urn:ngsi-ld:Road:1"}, {"object": "urn:ngsi-ld:Road:2"}]
        },
        "raw": {"json": {"type": "x", "none": None}},
        "speed": [
            {"value": 55, "by": "gps"},
            {"value": 11, "datasetId": "urn:ngsi-ld:Dataset:1"},
        ],
    }


def test_the_simplified_form_is_values() -> None:
    assert attributes(write_entity(everything(), LAMPS, Shape("simplified"))) == {
        "power": 60,
        "name": "Lamp",
        "address": {"street": "Ahertajantie"},
        "footprint": POINT,
        "wrapped": {"value": 1},
        "location": POINT,
        "pole": "urn:ngsi-ld:Pole:1",
        "label": {"languageMap": {"fi": "valo", "en": "light"}},
        "kind": {"vocab": "led"},
        "levels": [1, 2],
        "route": ["urn:ngsi-ld:Road:1", "urn:ngsi-ld:Road:2"],
        "raw": {"json": {"type": "x", "none": None}},
        "speed": {"dataset": {"@none": 55, "urn:ngsi-ld:Dataset:1": 11}},
    }


@pytest.mark.parametrize("form", ["normalized", "concise"])
def test_what_is_written_is_read_as_the_same(form: Any) -> None:
    before = everything()
    again = read_entity(write_entity(before, LAMPS, Shape(form)), LAMPS, now=NOW)
    assert stripped(again) == stripped(before)


def stripped(entity: Document) -> dict[str, Any]:
    return {
        iri: [plain(instance) for instance in instances]
        for iri, instances in entity["attributes"].items()
    }


def test_without_the_users_context_names_are_whole_iris() -> None:
    written = write_entity(document(LAMPS, power=1, kind={"vocab": "led"}), CORE)
    assert written == {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": "https://example.org/lamps#Lamp",
        "https://example.org/lamps#power": {"type": "Property", "value": 1},
        "kind": {"type": "VocabProperty", "vocab": "https://example.org/lamps#led"},
    }


def test_system_times_are_shown_when_asked() -> None:
    entity = document(a={"value": 1, "expiresAt": LATER}, expiresAt=LATER)
    assert write_entity(entity, CORE) == a_lamp(a={"type": "Property", "value": 1})
    times = {"createdAt": NOW, "modifiedAt": NOW, "expiresAt": LATER}
    assert write_entity(entity, CORE, Shape(sys_attrs=True)) == a_lamp(
        **times, a={"type": "Property", "value": 1, **times}
    )


def test_observed_times_are_given_back_as_they_came() -> None:
    given = "2026-11-22T07:00:00.000Z"
    written = write_entity(document(a={"value": 1, "observedAt": given}), CORE)
    assert written["a"] == {"type": "Property", "value": 1, "observedAt": given}


def test_several_types_and_scopes_are_arrays_and_one_is_not() -> None:
    one = document(scope="/a", type=["Lamp"])
    two = document(scope=["/a", "/b/c"], type=["Lamp", "Thing"])
    assert (write_entity(one, CORE)["scope"], write_entity(one, CORE)["type"]) == ("/a", "Lamp")
    assert write_entity(two, CORE)["scope"] == ["/a", "/b/c"]
    assert write_entity(two, CORE)["type"] == ["Lamp", "Thing"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("normalized", {"type": "Property", "value": "light", "lang": "en"}),
        ("concise", {"value": "light", "lang": "en"}),
        ("simplified", "light"),
    ],
)
def test_a_language_reduces_a_language_property_to_a_property(form: Any, expected: Any) -> None:
    entity = document(a=EVERY_TYPE["label"])
    assert write_entity(entity, CORE, Shape(form, lang="en-GB,fi;q=0.5"))["a"] == expected


def test_pick_and_omit_choose_members_and_attrs_attributes() -> None:
    entity = document(a=1, b=2, scope="/s")
    a = f"{DEFAULT}a"
    one = {"type": "Property", "value": 1}
    two = {"type": "Property", "value": 2}
    assert write_entity(entity, CORE, Shape(pick={a: None})) == {"a": one}
    assert write_entity(entity, CORE, Shape(pick={"id": None})) == {"id": entity["id"]}
    assert write_entity(entity, CORE, Shape(pick={"none": None})) == {}
    assert write_entity(entity, CORE, Shape(omit={a: None, "type": None})) == {
        "id": entity["id"],
        "scope": "/s",
        "b": two,
    }
    assert write_entity(entity, CORE, Shape(attrs=frozenset({a}))) == a_lamp(scope="/s", a=one)


def test_datasets_choose_instances() -> None:
    entity = document(a=[{"value": 1}, {"value": 2, "datasetId": "urn:d"}], b=3)
    named = Shape(dataset_id=frozenset({"urn:d"}))
    default = Shape("simplified", dataset_id=frozenset({"@none"}))
    assert write_entity(entity, CORE, named) == a_lamp(
        a={"type": "Property", "value": 2, "datasetId": "urn:d"}
    )
    assert write_entity(entity, CORE, default) == a_lamp(a=1, b=3)


def linked_lamps() -> tuple[Document, dict[str, Document]]:
    others = [
        read_entity(
            {"id": "urn:x:pole", "type": "Pole", "name": "P", "street": {"object": "urn:x:street"}},
            CORE,
            now=NOW,
        ),
        read_entity({"id": "urn:x:street", "type": "Street", "name": "S"}, CORE, now=NOW),
    ]
    lamp = document(pole={"object": "urn:x:pole"}, route={"objectList": ["urn:x:street", "urn:y"]})
    return lamp, {other["id"]: other for other in others}


def test_linked_entities_stand_inside() -> None:
    lamp, linked = linked_lamps()
    shape = Shape("concise", join="inline", join_level=2)
    street = {"id": "urn:x:street", "type": "Street", "name": "S"}
    assert attributes(write_entity(lamp, CORE, shape, linked=linked)) == {
        "pole": {
            "object": "urn:x:pole",
            "entity": {
                "id": "urn:x:pole",
                "type": "Pole",
                "name": "P",
                "street": {"object": "urn:x:street", "entity": street},
            },
        },
        "route": {
            "objectList": [{"object": "urn:x:street"}, {"object": "urn:y"}],
            "entityList": [street],
        },
    }


def test_linked_entities_take_the_place_of_a_simplified_relationship() -> None:
    lamp, linked = linked_lamps()
    shape = Shape("simplified", join="inline", join_level=1)
    street = {"id": "urn:x:street", "type": "Street", "name": "S"}
    assert attributes(write_entity(lamp, CORE, shape, linked=linked)) == {
        "pole": {"id": "urn:x:pole", "type": "Pole", "name": "P", "street": "urn:x:street"},
        "route": [street, "urn:y"],
    }


def test_linked_entities_stand_beside_each_once() -> None:
    lamp, linked = linked_lamps()
    shape = Shape("simplified", join="flat", join_level=2)
    assert [one["id"] for one in write_flat([lamp], CORE, shape, linked)] == [
        "urn:ngsi-ld:Lamp:1",
        "urn:x:pole",
        "urn:x:street",
    ]


def test_projections_go_on_inside_linked_entities() -> None:
    lamp, linked = linked_lamps()
    pole, name = f"{DEFAULT}pole", f"{DEFAULT}name"
    pick = Shape(
        "simplified", pick={"id": None, pole: {"id": None, name: None}}, join="inline", join_level=2
    )
    assert write_entity(lamp, CORE, pick, linked=linked) == {
        "id": "urn:ngsi-ld:Lamp:1",
        "pole": {"id": "urn:x:pole", "name": "P"},
    }
    omit = Shape("simplified", omit={"type": None, pole: {name: None}}, join="flat", join_level=1)
    assert write_flat([lamp], CORE, omit, linked)[1] == {
        "id": "urn:x:pole",
        "type": "Pole",
        "street": "urn:x:street",
    }


def test_entities_that_lead_to_each_other_do_not_run_for_ever() -> None:
    a = read_entity({"id": "urn:a", "type": "T", "to": {"object": "urn:b"}}, CORE, now=NOW)
    b = read_entity({"id": "urn:b", "type": "T", "to": {"object": "urn:a"}}, CORE, now=NOW)
    linked = {"urn:a": a, "urn:b": b}
    inside = write_entity(a, CORE, Shape("simplified", join="inline", join_level=9), linked=linked)
    assert inside == {
        "id": "urn:a",
        "type": "T",
        "to": {"id": "urn:b", "type": "T", "to": "urn:a"},
    }
    assert len(write_flat([a], CORE, Shape(join="flat", join_level=9), linked)) == 2


def test_what_a_change_took_is_written_as_null() -> None:
    before = document(LAMPS, **EVERY_TYPE)
    after = before | {"attributes": {}}
    written = write_entity(after, LAMPS, before=before, show_changes=True)
    assert written["label"] == {
        "type": "LanguageProperty",
        "languageMap": {"@none": NULL},
        "previousLanguageMap": {"fi": "valo", "en": "light"},
    }
    assert written["kind"] == {"type": "VocabProperty", "vocab": NULL, "previousVocab": "led"}
    assert written["pole"] == {
        "type": "Relationship",
        "object": NULL,
        "previousObject": "urn:ngsi-ld:Pole:1",
    }
    assert written["location"] == {"type": "GeoProperty", "value": NULL, "previousValue": POINT}
    assert written["raw"]["previousJson"] == {"type": "x", "none": None}
    assert [one["previousValue"] for one in written["speed"]] == [55, 11]
    assert [one["value"] for one in written["speed"]] == [NULL, NULL]


def test_changed_values_show_what_they_were() -> None:
    before = document(a=1, b=2, c=3)
    after = document(a=1, b=5, d=6)
    assert attributes(write_entity(after, CORE, before=before, show_changes=True)) == {
        "a": {"type": "Property", "value": 1},
        "b": {"type": "Property", "value": 5, "previousValue": 2},
        "d": {"type": "Property", "value": 6},
        "c": {"type": "Property", "value": NULL, "previousValue": 3},
    }
    assert attributes(write_entity(after, CORE, Shape("simplified"), before=before)) == {
        "a": 1,
        "b": 5,
        "d": 6,
        "c": NULL,
    }


def test_an_entity_that_is_gone_says_when() -> None:
    before = document(a=1)
    times = {"createdAt": NOW, "modifiedAt": NOW, "deletedAt": LATER}
    assert write_deleted(before, CORE, deleted_at=LATER) == a_lamp(
        deletedAt=LATER, a={"type": "Property", "value": NULL}
    )
    assert write_deleted(before, CORE, Shape(sys_attrs=True), deleted_at=LATER) == a_lamp(
        **times, a={"type": "Property", "value": NULL, **times}
    )


def test_one_instance_is_written_for_a_history() -> None:
    (instance,) = document(a=1)["attributes"][f"{DEFAULT}a"]
    assert write_instance(instance, CORE, instance_id=True) == {
        "type": "Property",
        "value": 1,
        "instanceId": instance["instanceId"],
    }


def test_writing_does_not_change_the_document() -> None:
    entity, linked = linked_lamps()
    kept = orjson.dumps([entity, linked])
    for form in ("normalized", "concise", "simplified"):
        shape = Shape(form, sys_attrs=True, join="inline", join_level=3)
        write_entity(entity, CORE, shape, linked=linked, before=document(z=1), show_changes=True)
        write_flat([entity], CORE, shape, linked)
    assert orjson.dumps([entity, linked]) == kept


json_values = st.recursive(
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6).filter(lambda text: text != NULL),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "value", "object", "json", "a", "coordinates", "unitCode"])
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(json_values, st.sampled_from(["normalized", "concise"]))
def test_any_value_survives_writing_and_reading(value: Any, form: Any) -> None:
    before = document(a={"type": "Property", "value": value})
    again = read_entity(write_entity(before, CORE, Shape(form)), CORE, now=NOW)
    assert stripped(again) == stripped(before)


@given(json_values)
def test_a_simplified_value_is_read_as_the_same_value(value: Any) -> None:
    before = document(a={"type": "Property", "value": value})
    written = attributes(write_entity(before, CORE, Shape("simplified")))
    ambiguous = (
        isinstance(value, dict)
        and len(value) == 1
        and not value.keys().isdisjoint({"languageMap", "json", "vocab", "dataset"})
    )
    if not ambiguous:
        found = read_attributes(written, CORE, now=NOW, simplified=True)[f"{DEFAULT}a"]
        assert [one["value"] for one in found] == [value]


@pytest.mark.parametrize("form", ["concise", "simplified"])
def test_what_is_gone_is_the_name_and_null_where_nothing_else_is_said(form: Any) -> None:
    before = document(LAMPS, **EVERY_TYPE)
    written = write_entity(before | {"attributes": {}}, LAMPS, Shape(form), before=before)
    assert set(attributes(written).values()) == {NULL}


def test_an_attribute_gone_with_all_its_instances_is_gone_once() -> None:
    several = [{"value": 1}, {"value": 2, "datasetId": "urn:d"}]
    before, after = document(a=several, b=several), document(b=1)
    assert attributes(write_entity(after, CORE, before=before)) == {
        "b": [
            {"type": "Property", "value": 1},
            {"type": "Property", "value": NULL, "datasetId": "urn:d"},
        ],
        "a": {"type": "Property", "value": NULL},
    }
