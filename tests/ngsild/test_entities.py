"""Payloads become documents, or are refused with the member that is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import limits
from kierto.ngsild.contexts import CORE, parse_context
from kierto.ngsild.core_terms import CORE_TERMS
from kierto.ngsild.entities import read_attribute, read_entity, read_fragment
from kierto.ngsild.errors import BadRequestData, NgsiLdError
from kierto.ngsild.members import NULL
from kierto.ngsild.representations import write_entity
from tests.ngsild.entities import DEFAULT, LAMPS, NOW, VOCABULARY, a_lamp, document, plain

POINT = {"type": "Point", "coordinates": [24.9, 60.2]}


def read(payload: Any) -> dict[str, Any]:
    """The one instance of an attribute ``a`` with this payload, without what the node adds."""
    (instance,) = document(a=payload)["attributes"][f"{DEFAULT}a"]
    return plain(instance)


def test_an_entity_becomes_a_document() -> None:
    found = read_entity(
        a_lamp(scope="/Espoo/Center", power={"type": "Property", "value": 60, "unitCode": "WTT"}),
        LAMPS,
        now=NOW,
    )
    (power,) = found["attributes"][f"{VOCABULARY}power"]
    assert found == {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": [f"{VOCABULARY}Lamp"],
        "scope": ["/Espoo/Center"],
        "createdAt": NOW,
        "modifiedAt": NOW,
        "attributes": {
            f"{VOCABULARY}power": [
                {
                    "type": "Property",
                    "value": 60,
                    "unitCode": "WTT",
                    "createdAt": NOW,
                    "modifiedAt": NOW,
                    "instanceId": power["instanceId"],
                }
            ]
        },
    }
    assert power["instanceId"].startswith("urn:ngsi-ld:Instance:")


def test_every_instance_has_an_identifier_of_its_own() -> None:
    found = document(a=[{"value": 1}, {"value": 2, "datasetId": "urn:d"}], b=3)
    identifiers = [one["instanceId"] for several in found["attributes"].values() for one in several]
    assert len(set(identifiers)) == 3


@pytest.mark.parametrize(
    ("payload", "kind", "value"),
    [
        (5, "Property", 5),
        ("urn:ngsi-ld:X:1", "Property", "urn:ngsi-ld:X:1"),
        ([1, 2], "Property", [1, 2]),
        ([], "Property", []),
        ({"street": "Ahertajantie"}, "Property", {"street": "Ahertajantie"}),
        ({"value": {"x": [None, {"y": None}]}}, "Property", {"x": [None, {"y": None}]}),
        ({"type": "Property", "value": 1.0}, "Property", 1.0),
        ({"type": "ngsi-ld:Property", "value": 1}, "Property", 1),
        ({"@type": "Property", "value": 1}, "Property", 1),
        ({"type": "Property", "value": POINT}, "Property", POINT),
        (POINT, "GeoProperty", POINT),
        ({"value": POINT}, "GeoProperty", POINT),
        (
            {"type": "GeoProperty", "value": '{"type":"Point","coordinates":[1,2]}'},
            "GeoProperty",
            {"type": "Point", "coordinates": [1, 2]},
        ),
        ({"object": "urn:ngsi-ld:X:1"}, "Relationship", "urn:ngsi-ld:X:1"),
        ({"object": ["urn:x:1", "urn:x:2"]}, "Relationship", ["urn:x:1", "urn:x:2"]),
        ({"languageMap": {"fi": "valo"}}, "LanguageProperty", {"fi": "valo"}),
        ({"vocab": "led"}, "VocabProperty", f"{DEFAULT}led"),
        ({"vocab": ["led", "urn:x:y"]}, "VocabProperty", [f"{DEFAULT}led", "urn:x:y"]),
        ({"valueList": [1, "a"]}, "ListProperty", [1, "a"]),
        (
            {"objectList": ["urn:x:1", {"object": "urn:x:2"}]},
            "ListRelationship",
            ["urn:x:1", "urn:x:2"],
        ),
        ({"json": {"type": "raw", "value": None}}, "JsonProperty", {"type": "raw", "value": None}),
        ({"json": [{"a": 1}]}, "JsonProperty", [{"a": 1}]),
    ],
)
def test_the_type_is_said_or_shows_by_the_value(payload: Any, kind: str, value: Any) -> None:
    assert read(payload) == {"type": kind, "value": value}


def test_members_and_attributes_of_an_attribute_are_kept() -> None:
    payload = {
        "type": "Relationship",
        "object": "urn:ngsi-ld:X:1",
        "objectType": "Pole",
        "observedAt": "2026-11-22T07:00:00.000Z",
        "expiresAt": "2030-01-01T00:00:00Z",
        "datasetId": "urn:d:1",
        "providedBy": {"object": "urn:ngsi-ld:Person:1", "since": 2020},
    }
    assert read(payload) == {
        "type": "Relationship",
        "value": "urn:ngsi-ld:X:1",
        "objectType": [f"{DEFAULT}Pole"],
        "observedAt": "2026-11-22T07:00:00Z",
        "observedAtGiven": "2026-11-22T07:00:00.000Z",
        "expiresAt": "2030-01-01T00:00:00Z",
        "datasetId": "urn:d:1",
        "attributes": {
            f"{DEFAULT}providedBy": [
                {
                    "type": "Relationship",
                    "value": "urn:ngsi-ld:Person:1",
                    "attributes": {f"{DEFAULT}since": [{"type": "Property", "value": 2020}]},
                }
            ]
        },
    }


def test_the_default_instance_stands_first() -> None:
    found = document(a=[{"value": 1, "datasetId": "urn:d"}, {"value": 2, "datasetId": "@none"}])
    assert [plain(one) for one in found["attributes"][f"{DEFAULT}a"]] == [
        {"type": "Property", "value": 2},
        {"type": "Property", "value": 1, "datasetId": "urn:d"},
    ]


def test_times_of_a_client_are_passed_over_and_those_of_a_node_are_believed() -> None:
    old, instance = "2020-01-01T00:00:00Z", "urn:ngsi-ld:Instance:1"
    payload = a_lamp(
        createdAt=old,
        modifiedAt=old,
        a={"value": 1, "createdAt": old, "modifiedAt": old, "instanceId": instance},
    )
    client = read_entity(payload, CORE, now=NOW)
    node = read_entity(payload, CORE, now=NOW, keep_times=True)
    (ours,), (theirs,) = (one["attributes"][f"{DEFAULT}a"] for one in (client, node))
    assert (client["createdAt"], ours["createdAt"], ours["modifiedAt"]) == (NOW, NOW, NOW)
    assert (node["createdAt"], theirs["createdAt"], theirs["modifiedAt"]) == (old, old, old)
    assert theirs["instanceId"] == instance != ours["instanceId"]


def test_a_proof_keeps_its_seals() -> None:
    proof = {
        "type": "Property",
        "entityIdSealed": "urn:ngsi-ld:Lamp:1",
        "entityTypeSealed": "Lamp",
        "value": {"type": "DataIntegrityProof"},
    }
    (instance,) = document(ngsildproof=proof)["attributes"][CORE_TERMS["ngsildproof"]]
    assert instance["entityTypeSealed"] == f"{DEFAULT}Lamp"
    with pytest.raises(BadRequestData, match="entityIdSealed"):
        document(a=proof)


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"id": "lamp"}, "id"),
        ({"id": NULL}, "id"),
        ({"id": 5}, "id"),
        ({"id": "urn:a b"}, "id"),
        ({"id": "urn:x:a\u202eb"}, "id"),
        ({"id": "urn:x:a\u200bb"}, "id"),
        ({"id": "urn:x:a\ufe0fb"}, "id"),
        ({"id": "urn:x:a\U000e0100b"}, "id"),
        ({"id": "urn:x:<b>"}, "id"),
        ({"@id": "urn:x:2"}, "id"),
        ({"type": "type"}, "type"),
        ({"type": []}, "type"),
        ({"type": None}, "type"),
        ({"type": "9Lamp"}, "name"),
        ({"type": NULL}, "type"),
        ({"scope": NULL}, "scope"),
        ({"scope": "a-b"}, "scope"),
        ({"scope": "/a//b"}, "scope"),
        ({"scope": ["/a", "9"]}, "scope"),
        ({"scope": []}, "scope"),
        ({"expiresAt": "soon"}, "soon"),
        ({"expiresAt": 5}, "expiresAt"),
        ({"a b": 1}, "name"),
        ({"a-b": 1}, "name"),
        ({"": 1}, "name"),
        ({"@graph": []}, "name"),
        ({"datasetId": {"value": 1}}, "datasetId"),
        ({"https://uri.etsi.org/ngsi-ld/hasValue": 1}, "hasValue"),
        ({"a": None}, "a"),
        ({"a": NULL}, "a"),
        ({"a": {"value": None}}, "a.value"),
        ({"a": {"type": "Property"}}, "a has no value"),
        ({"a": {"type": "Thing", "value": 1}}, "a.type"),
        ({"a": {"type": "PostalAddress", "street": "Ahertajantie"}}, "a.type"),
        ({"a": {"type": 5, "value": 1}}, "a.type"),
        ({"a": {"observedAt": "2026-11-22T07:00:00Z"}}, "a has no value"),
        ({"a": {"value": 1, "object": "urn:x:1"}}, "a has more"),
        ({"a": {"type": "Property", "value": 1, "object": "urn:x:1"}}, "a.object"),
        ({"a": {"type": "Property", "value": 1, "previousValue": 0}}, "a.previousValue"),
        ({"a": {"type": "Property", "value": 1, "@context": {}}}, "a.@context"),
        ({"a": {"value": 1, "observedAt": "2026-11-22T09:00:00+02:00"}}, "a.observedAt"),
        ({"a": {"value": 1, "observedAt": {"value": 1}}}, "a.observedAt"),
        ({"a": {"value": 1, "unitCode": 5}}, "a.unitCode"),
        ({"a": {"value": 1, "datasetId": "gps"}}, "a.datasetId"),
        ({"a": {"value": {"deep": [{"x": NULL}]}}}, "a.value"),
        ({"a": {"value": 1, "b": {"value": NULL}}}, "a.b.value"),
        ({"a": {"object": "lamp"}}, "a.object"),
        ({"a": {"object": []}}, "a.object"),
        ({"a": {"object": "urn:x:1", "unitCode": "MTR"}}, "a.unitCode"),
        ({"a": {"value": 1, "objectType": "Lamp"}}, "a.objectType"),
        ({"a": {"languageMap": "fi"}}, "a.languageMap"),
        ({"a": {"languageMap": {"": "valo"}}}, "a.languageMap"),
        ({"a": {"languageMap": {"fi": 5}}}, "a.languageMap.fi"),
        ({"a": {"languageMap": {"fi": ["a", 5]}}}, "a.languageMap.fi"),
        ({"a": {"languageMap": {"@none": NULL}}}, "a.languageMap"),
        ({"a": {"languageMap": {"fi": "a"}, "valueType": "xsd:string"}}, "a.valueType"),
        ({"a": {"vocab": 5}}, "a.vocab"),
        ({"a": {"vocab": []}}, "a.vocab"),
        ({"a": {"valueList": 5}}, "a.valueList"),
        ({"a": {"objectList": ["lamp"]}}, "a.objectList"),
        ({"a": {"objectList": [{"object": "urn:x:1", "b": 1}]}}, "a.objectList"),
        ({"a": {"json": 5}}, "a.json"),
        ({"a": {"json": {"a": 1}, "unitCode": "MTR"}}, "a.unitCode"),
        ({"a": [{"value": 1}, {"value": 2}]}, "a: every instance"),
        ({"a": [{"type": "Property", "value": 1}, 5, None]}, "a[2]"),
        ({"a": 1, f"{DEFAULT}a": 2}, "the same"),
        ({"a": {"value": 1, "b": 2, f"{DEFAULT}b": 3}}, "the same"),
        ({"ngsildproof": {"value": "no proof"}}, "ngsildproof.value"),
        ({"ngsildproof": {"value": {}, "entityTypeSealed": 42}}, "entityTypeSealed"),
        ({"location": 5}, "location is a GeoProperty"),
        ({"location": {"type": "Property", "value": POINT}}, "location is a GeoProperty"),
        ({"location": {"type": "GeometryCollection", "geometries": []}}, "GeometryCollection"),
        ({"location": {"type": "GeoProperty", "value": "not a place"}}, "location.value"),
        ({"location": {"type": "Point", "coordinates": [200, 0]}}, "longitude"),
        ({"location": {"type": "Point", "coordinates": [0]}}, "position"),
        ({"location": {"type": "Point", "coordinates": ["0", "0"]}}, "numbers"),
        ({"location": {"type": "Point", "coordinates": [True, False]}}, "numbers"),
        ({"location": {"type": "LineString", "coordinates": [[0, 0]]}}, "2 or more"),
        (
            {"location": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}},
            "ends where it starts",
        ),
        ({"a": {"value": float("nan")}}, "number"),
        ({"a": float("inf")}, "number"),
        ({"a": 2**64}, "64 bits"),
        ({"a": {"json": {"n": -(2**63) - 1}}}, "64 bits"),
    ],
)
def test_what_is_wrong_is_refused_and_named(members: dict[str, Any], where: str) -> None:
    with pytest.raises(BadRequestData) as caught:
        read_entity(a_lamp() | members, CORE, now=NOW)
    assert where in caught.value.detail


@pytest.mark.parametrize("payload", [None, [], "lamp", 5, {}, {"id": "urn:x:1"}, {"type": "Lamp"}])
def test_what_is_no_entity_at_all_is_refused(payload: Any) -> None:
    with pytest.raises(BadRequestData):
        read_entity(payload, CORE, now=NOW)


@pytest.mark.parametrize(
    "name", ["výška_1", "valo", "名前", "القدرة", "ex:power", "https://example.org/a.b[0]"]
)
def test_names_of_any_script_and_whole_iris_are_names(name: str) -> None:
    assert list(read_entity(a_lamp() | {name: 1}, CORE, now=NOW)["attributes"]) == [
        CORE.expand(name)
    ]


def test_words_for_values_are_names_where_a_whole_attribute_stands_under_them() -> None:
    typed = {"type": "Property", "value": 1}
    found = document(vocab=typed, value=typed)
    assert list(found["attributes"]) == [CORE_TERMS["vocab"], CORE_TERMS["value"]]
    assert write_entity(found, CORE) == a_lamp(vocab=typed, value=typed)
    for members in ({"value": 1}, {"value": {"value": 1}}, {"unitCode": typed}):
        with pytest.raises(BadRequestData):
            document(**members)


@pytest.mark.parametrize("iri", ["http://x/<script>", "http://x/a b", "_:blank"])
def test_a_context_gives_no_name_that_is_no_iri(iri: str) -> None:
    context = parse_context({"a": iri, "Strange": iri})
    for payload in (a_lamp(a=1), a_lamp() | {"type": "Strange"}):
        with pytest.raises(BadRequestData):
            read_entity(payload, context, now=NOW)


def test_nesting_is_limited() -> None:
    deep: Any = 1
    for _ in range(limits.VALUE_DEPTH + 5):
        deep = [deep]
    with pytest.raises(BadRequestData, match="nested"):
        document(a=deep)
    attribute: Any = {"value": 1}
    for _ in range(limits.ATTRIBUTE_DEPTH + 5):
        attribute = {"value": 1, "a": attribute}
    with pytest.raises(BadRequestData, match="nested"):
        document(a=attribute)
    with pytest.raises(BadRequestData, match="attributes"):
        document(**{f"a{number}": 1 for number in range(limits.ATTRIBUTES + 1)})


def deep(levels: int) -> Any:
    nested: Any = "x"
    for _ in range(levels):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    "members",
    [
        *({"id": deep(1_000)}, {"type": deep(1_000)}, {"scope": deep(1_000)}),
        *({"expiresAt": deep(1_000)}, {"a": deep(1_000)}, {"a": {"value": deep(1_000)}}),
        *({"a": {"object": deep(1_000)}}, {"a": {"vocab": deep(1_000)}}),
        *({"a": {"json": {"x": deep(1_000)}}}, {"a": {"languageMap": {"fi": deep(1_000)}}}),
        *({"a": {"valueList": deep(1_000)}}, {"a": {"objectList": deep(1_000)}}),
        *({"a": {"value": 1, "datasetId": deep(1_000)}}, {"location": deep(1_000)}),
        *(
            {"location": POINT | {"coordinates": deep(1_000)}},
            {"location": POINT | {"x": deep(99)}},
        ),
    ],
)
def test_deep_arrays_are_refused_wherever_they_stand(members: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData):
        read_entity(a_lamp() | members, CORE, now=NOW)


def test_values_stay_as_they_are() -> None:
    value = {"int": 1, "float": 1.0, "list": [1], "none": None, "html": "<b>'\"=;()", "s": "žltý"}
    assert read({"value": value})["value"] is value


words = st.sampled_from(
    [
        *("type", "value", "object", "languageMap", "vocab", "json", "valueList", "objectList"),
        *("observedAt", "datasetId", "unitCode", "@type", "@context", "scope", "id", "a", "b:c"),
        *("Property", "GeoProperty", "Relationship", "Point", "coordinates", "location", NULL),
        *("urn:x:1", "2026-11-22T07:00:00Z", "expiresAt", "createdAt", "dataset", "@none", ""),
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(words | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.dictionaries(words | st.text(max_size=4), anything, max_size=6), st.booleans())
def test_whatever_is_sent_the_answer_is_a_document_or_a_refusal(
    payload: dict[str, Any], merge: bool
) -> None:
    refusals: list[NgsiLdError] = []
    for read_it in (
        lambda: read_entity(a_lamp() | payload, CORE, now=NOW),
        lambda: read_fragment(payload, CORE, now=NOW, merge=merge, simplified=not merge),
        lambda: read_attribute(f"{DEFAULT}a", payload, CORE, now=NOW, partial=merge),
    ):
        try:
            read_it()
        except NgsiLdError as error:
            refusals.append(error)
    assert [error.status for error in refusals if not error.detail or error.status != 400] == []
