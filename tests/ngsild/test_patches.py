"""Append, update, merge, replace, delete: what changes, what stays, what is told."""

from __future__ import annotations

from typing import Any

import pytest

from kierto.ngsild import patches
from kierto.ngsild.contexts import CORE
from kierto.ngsild.entities import Fragment, read_attribute, read_entity, read_fragment
from kierto.ngsild.errors import BadRequestData, ResourceNotFound
from kierto.ngsild.members import NULL, Document
from kierto.ngsild.representations import Shape, write_entity
from tests.ngsild.entities import DEFAULT, LATER, NOW, a_lamp, document

A, B = f"{DEFAULT}a", f"{DEFAULT}b"
TEMPERATURE = {"type": "Property", "value": 25, "unitCode": "CEL", "observedAt": NOW}


def fragment(payload: dict[str, Any], **options: bool) -> Fragment:
    return read_fragment(payload, CORE, now=LATER, **options)


def merged(entity: Document, payload: dict[str, Any], **options: Any) -> dict[str, Any]:
    result, _ = patches.merge_entity(entity, fragment(payload, merge=True), now=LATER, **options)
    return shown(result)


def shown(entity: Document) -> dict[str, Any]:
    written = write_entity(entity, CORE, Shape("concise"))
    return {name: item for name, item in written.items() if name not in {"id", "type"}}


def partial(entity: Document, iri: str, payload: Any, **options: Any) -> dict[str, Any]:
    instances = read_attribute(iri, payload, CORE, now=LATER, partial=True)
    result, _ = patches.partial_update_attribute(entity, iri, instances, now=LATER, **options)
    return shown(result)


def test_appending_adds_and_replaces() -> None:
    entity = document(a=1, b=2)
    result, outcome = patches.append_attributes(
        entity, fragment({"a": 5, "c": 6, "type": "Thing"}), now=LATER
    )
    assert shown(result) == {"a": 5, "b": 2, "c": 6}
    assert result["type"] == [f"{DEFAULT}Lamp", f"{DEFAULT}Thing"]
    assert (result["createdAt"], result["modifiedAt"]) == (NOW, LATER)
    (replaced,) = result["attributes"][A]
    assert (replaced["createdAt"], replaced["modifiedAt"]) == (NOW, LATER)
    assert result["attributes"][B] is entity["attributes"][B]
    assert outcome.changed == {A, f"{DEFAULT}c"}
    assert outcome.is_complete


def test_appending_without_overwriting_tells_what_was_there() -> None:
    result, outcome = patches.append_attributes(
        document(a=1, scope="/x"),
        fragment({"a": [{"value": 5}, {"value": 6, "datasetId": "urn:d"}], "b": 2, "scope": "/y"}),
        now=LATER,
        overwrite=False,
    )
    assert shown(result) == {
        "scope": ["/x", "/y"],
        "a": [{"value": 1}, {"value": 6, "datasetId": "urn:d"}],
        "b": 2,
    }
    assert outcome.not_updated == [(A, patches.EXISTS)]
    assert outcome.updated == [patches.SCOPE, A, B]


def test_appending_replaces_the_scope() -> None:
    result, _ = patches.append_attributes(
        document(scope="/x"), fragment({"scope": "/y"}), now=LATER
    )
    assert result["scope"] == ["/y"]


def test_updating_replaces_attributes_whole() -> None:
    result, outcome = patches.update_attributes(
        document(a=TEMPERATURE, b=1), fragment({"a": 100, "b": NULL, "c": 3}), now=LATER
    )
    assert shown(result) == {"a": 100, "c": 3}
    assert outcome.updated == [A, B, f"{DEFAULT}c"]


def test_updating_adds_an_instance_with_a_new_dataset() -> None:
    result, _ = patches.update_attributes(
        document(a=25), fragment({"a": {"value": 30, "datasetId": "urn:d"}}), now=LATER
    )
    assert shown(result) == {"a": [{"value": 25}, {"value": 30, "datasetId": "urn:d"}]}


def test_updating_tells_what_was_not_there() -> None:
    entity = document(a=1)
    result, outcome = patches.update_attributes(
        entity, fragment({"b": NULL, "scope": "/x"}), now=LATER
    )
    assert result is entity
    assert outcome.not_updated == [(patches.SCOPE, patches.NO_SCOPE), (B, patches.MISSING)]


def test_merging_goes_into_attributes_and_values() -> None:
    entity = document(
        a=TEMPERATURE,
        b={"type": "Property", "value": {"street": "A", "city": {"x": 1, "y": 2}}, "by": "gps"},
    )
    payload = {
        "a": {"value": 26},
        "b": {"value": {"street": NULL, "city": {"x": 5}, "new": [1]}, "by": NULL, "since": 2020},
    }
    assert merged(entity, payload) == {
        "a": {"value": 26, "unitCode": "CEL", "observedAt": NOW},
        "b": {"value": {"city": {"x": 5, "y": 2}, "new": [1]}, "since": 2020},
    }


def test_merging_null_removes_members_instances_and_attributes() -> None:
    entity = document(
        a=TEMPERATURE, b=[{"value": 1}, {"value": 2, "datasetId": "urn:d"}], c=3, scope="/x"
    )
    payload = {
        "a": {"unitCode": NULL},
        "b": {"value": NULL, "datasetId": "urn:d"},
        "c": NULL,
        "none": NULL,
        "scope": NULL,
    }
    assert merged(entity, payload) == {"a": {"value": 25, "observedAt": NOW}, "b": 1}


def test_merging_languages_one_by_one() -> None:
    entity = document(a={"languageMap": {"fi": "valo", "en": "light"}})
    assert merged(entity, {"a": {"languageMap": {"fi": NULL, "sv": "ljus"}}}) == {
        "a": {"languageMap": {"en": "light", "sv": "ljus"}}
    }
    assert merged(entity, {"a": {"languageMap": {"@none": NULL}}}) == {}
    with pytest.raises(BadRequestData, match="no language left"):
        merged(entity, {"a": {"languageMap": {"fi": NULL, "en": NULL}}})


def test_merging_a_geometry_replaces_it_and_part_of_one_is_checked() -> None:
    point = {"type": "Point", "coordinates": [1, 2]}
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    entity = document(location=point)
    assert merged(entity, {"location": {"value": line}}) == {"location": line}
    assert merged(entity, {"location": {"value": {"coordinates": [3, 4]}}}) == {
        "location": {"type": "Point", "coordinates": [3, 4]}
    }
    with pytest.raises(BadRequestData):
        merged(entity, {"location": {"value": {"type": "Polygon"}}})


def test_merging_another_type_replaces_the_instance() -> None:
    assert merged(document(a=TEMPERATURE), {"a": {"object": "urn:x:1"}}) == {
        "a": {"object": "urn:x:1"}
    }


def test_merging_needs_a_value_for_what_is_new() -> None:
    with pytest.raises(BadRequestData, match="needs a value"):
        merged(document(a=1), {"b": {"unitCode": "CEL"}})


def test_merging_simplified_values_keeps_the_types() -> None:
    entity = document(
        a={"object": "urn:x:1"},
        b={"languageMap": {"fi": "valo"}},
        c={"vocab": "led"},
        d={"valueList": [1]},
        e={"objectList": ["urn:x:1"]},
        f={"json": {"x": 1, "y": 2}},
        g={"value": {"street": "A", "city": "B"}},
    )
    payload = {
        "a": "urn:x:2",
        "b": "ljus",
        "c": "neon",
        "d": [2],
        "e": ["urn:x:2"],
        "f": {"y": NULL},
        "g": {"city": NULL},
        "h": {"value": 1},
    }
    result, _ = patches.merge_entity(
        entity,
        fragment(payload, merge=True, simplified=True),
        now=LATER,
        lang="sv",
    )
    assert shown(result) == {
        "a": {"object": "urn:x:2"},
        "b": {"languageMap": {"fi": "valo", "sv": "ljus"}},
        "c": {"vocab": "neon"},
        "d": {"valueList": [2]},
        "e": {"objectList": [{"object": "urn:x:2"}]},
        "f": {"json": {"x": 1}},
        "g": {"street": "A"},
        "h": {"value": {"value": 1}},
    }


def test_merging_may_say_when_all_of_it_was_observed() -> None:
    entity = document(a=TEMPERATURE, b=1, c=TEMPERATURE)
    payload = {"a": {"value": 1}, "b": {"value": 2}, "c": {"value": 3, "observedAt": NOW}}
    assert merged(entity, payload, observed_at=LATER) == {
        "a": {"value": 1, "unitCode": "CEL", "observedAt": LATER},
        "b": 2,
        "c": {"value": 3, "unitCode": "CEL", "observedAt": NOW},
    }


def test_a_partial_update_overwrites_members_and_keeps_the_rest() -> None:
    given = "2026-11-22T07:00:00.000Z"
    entity = document(a={**TEMPERATURE, "observedAt": given, "by": "gps", "since": 2020})
    assert partial(entity, A, {"value": {"x": 1}, "observedAt": LATER, "by": NULL}) == {
        "a": {"value": {"x": 1}, "unitCode": "CEL", "observedAt": LATER, "since": 2020}
    }
    assert partial(entity, A, {"providedBy": {"object": "urn:x:1"}})["a"]["observedAt"] == given
    assert partial(entity, A, {"type": "Property", "value": NULL}) == {}


def test_a_partial_update_finds_its_instance() -> None:
    entity = document(a=[{"value": 1, "datasetId": "urn:d"}, {"value": 2, "datasetId": "urn:e"}])
    expected = {"a": [{"value": 5, "datasetId": "urn:d"}, {"value": 2, "datasetId": "urn:e"}]}
    assert partial(entity, A, {"value": 5, "datasetId": "urn:d"}) == expected
    assert partial(entity, A, {"value": 5}, dataset_id="urn:d") == expected
    for payload in ({"value": 5}, {"value": 5, "datasetId": "urn:f"}):
        with pytest.raises(ResourceNotFound):
            partial(entity, A, payload)
    with pytest.raises(ResourceNotFound):
        partial(entity, B, {"value": 5})


@pytest.mark.parametrize(
    "payload", [{"type": "Relationship", "object": "urn:x:1"}, {"object": "urn:x:1"}, {"json": {}}]
)
def test_a_partial_update_keeps_the_type(payload: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData, match="is a Property"):
        partial(document(a=1), A, payload)


def test_a_geometry_in_a_property_stays_in_a_property() -> None:
    point = {"type": "Point", "coordinates": [1, 2]}
    assert partial(document(a={"type": "Property", "value": 1}), A, {"value": point}) == {
        "a": {"type": "Property", "value": point}
    }


def test_replacing_an_attribute_replaces_one_instance() -> None:
    entity = document(a=[TEMPERATURE, {"value": 2, "datasetId": "urn:d"}])
    instances = read_attribute(A, {"object": "urn:x:1"}, CORE, now=LATER)
    result, outcome = patches.replace_attribute(entity, A, instances, now=LATER)
    assert shown(result) == {"a": [{"object": "urn:x:1"}, {"value": 2, "datasetId": "urn:d"}]}
    assert (result["attributes"][A][0]["createdAt"], outcome.changed) == (NOW, {A})
    for iri, payload in ((B, 1), (A, {"value": 1, "datasetId": "urn:none"})):
        with pytest.raises(ResourceNotFound):
            patches.replace_attribute(
                entity, iri, read_attribute(iri, payload, CORE, now=LATER), now=LATER
            )


def test_the_scope_is_no_attribute_but_can_be_deleted() -> None:
    entity = document(a=1, scope="/x")
    instances = read_attribute(A, 1, CORE, now=LATER)
    for change in (patches.replace_attribute, patches.partial_update_attribute):
        with pytest.raises(BadRequestData, match="scope"):
            change(entity, patches.SCOPE, instances, now=LATER)
    result, outcome = patches.delete_attribute(entity, patches.SCOPE, now=LATER)
    assert shown(result) == {"a": 1}
    assert (outcome.updated, outcome.changed) == ([patches.SCOPE], frozenset())


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({}, {"a": {"value": 2, "datasetId": "urn:d"}}),
        ({"dataset_id": "@none"}, {"a": {"value": 2, "datasetId": "urn:d"}}),
        ({"dataset_id": "urn:d"}, {"a": 1}),
        ({"delete_all": True}, {}),
    ],
)
def test_deleting_takes_one_instance_or_all(options: Any, left: dict[str, Any]) -> None:
    entity = document(a=[{"value": 1}, {"value": 2, "datasetId": "urn:d"}])
    result, outcome = patches.delete_attribute(entity, A, now=LATER, **options)
    assert (shown(result), outcome.changed) == (left, {A})


def test_deleting_what_is_not_there_is_refused() -> None:
    entity = document(a={"value": 1, "datasetId": "urn:d"})
    for iri, dataset in ((B, None), (A, None), (A, "urn:e"), (patches.SCOPE, None)):
        with pytest.raises(ResourceNotFound):
            patches.delete_attribute(entity, iri, now=LATER, dataset_id=dataset)


def test_replacing_an_entity_keeps_who_it_is_and_since_when() -> None:
    entity = document(a=1, b=2, scope="/x")
    replacement = read_entity(a_lamp(b=3, c=4), CORE, now=LATER)
    result, outcome = patches.replace_entity(entity, replacement, now=LATER)
    assert shown(result) == {"b": 3, "c": 4}
    assert (result["createdAt"], result["modifiedAt"]) == (NOW, LATER)
    assert outcome.changed == {A, B, f"{DEFAULT}c"}


def test_an_expiry_is_set_and_taken() -> None:
    entity = document(a=1)
    kept, outcome = patches.merge_entity(
        entity, fragment({"expiresAt": LATER}, merge=True), now=LATER
    )
    assert (kept["expiresAt"], outcome.changed) == (LATER, frozenset())
    gone, _ = patches.merge_entity(kept, fragment({"expiresAt": NULL}, merge=True), now=LATER)
    assert "expiresAt" not in gone


def test_a_bare_value_keeps_the_type_in_any_merge() -> None:
    entity = document(a={"object": "urn:x:1", "since": 2020}, b={"languageMap": {"fi": "valo"}})
    assert merged(entity, {"a": "urn:x:2", "b": "light"}, lang="en") == {
        "a": {"object": "urn:x:2", "since": 2020},
        "b": {"languageMap": {"fi": "valo", "en": "light"}},
    }
    assert merged(entity, {"a": {"value": "urn:x:2"}, "b": 5}) == {"a": "urn:x:2", "b": 5}


def test_a_partial_update_touches_one_instance_of_a_sub_attribute() -> None:
    entity = document(
        a={"value": 1, "by": [{"value": "x"}, {"value": "y", "datasetId": "urn:d"}], "since": 1}
    )
    payload = {"by": [{"value": "z", "datasetId": "urn:e"}, {"value": "w"}], "since": NULL}
    assert partial(entity, A, payload)["a"]["by"] == [
        {"value": "w"},
        {"value": "y", "datasetId": "urn:d"},
        {"value": "z", "datasetId": "urn:e"},
    ]
