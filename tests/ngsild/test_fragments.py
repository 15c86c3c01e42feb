"""Parts of entities, as they are sent to change one."""

from __future__ import annotations

import pytest

from kierto.ngsild.contexts import CORE
from kierto.ngsild.entities import read_attribute, read_attributes, read_fragment
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import NULL
from tests.ngsild.entities import DEFAULT, NOW, plain

POINT = {"type": "Point", "coordinates": [24.9, 60.2]}


def test_a_fragment_may_remove_and_an_entity_may_not() -> None:
    payload = {"scope": NULL, "expiresAt": NULL, "a": {"value": NULL}, "b": NULL, "type": "Lamp"}
    fragment = read_fragment(payload, CORE, now=NOW)
    assert (fragment.scope, fragment.expires_at, fragment.types) == ([], NULL, (f"{DEFAULT}Lamp",))
    assert [one["value"] for several in fragment.attributes.values() for one in several] == [
        NULL,
        NULL,
    ]
    with pytest.raises(BadRequestData):
        read_fragment(payload, CORE, now=NOW, nulls=False)


def test_a_fragment_that_says_nothing_is_empty() -> None:
    assert read_fragment({"@context": []}, CORE, now=NOW).is_empty
    assert not read_fragment({"a": 1}, CORE, now=NOW).is_empty


def test_null_inside_values_is_for_merges_only() -> None:
    payload = {"a": {"value": {"country": NULL}}}
    with pytest.raises(BadRequestData):
        read_attributes(payload, CORE, now=NOW)
    (instance,) = read_attributes(payload, CORE, now=NOW, merge=True)[f"{DEFAULT}a"]
    assert instance["value"] == {"country": NULL}
    with pytest.raises(BadRequestData):
        read_attributes({"a": {"value": {"list": [NULL]}}}, CORE, now=NOW, merge=True)


def test_a_partial_update_may_leave_out_type_and_value() -> None:
    (instance,) = read_attribute(f"{DEFAULT}a", {"unitCode": "MTR"}, CORE, now=NOW, partial=True)
    assert plain(instance) == {"unitCode": "MTR", "inferred": "member"}
    for empty in ({}, [], {"@context": []}):
        with pytest.raises(BadRequestData):
            read_attribute(f"{DEFAULT}a", empty, CORE, now=NOW, partial=True)
    with pytest.raises(BadRequestData, match="datasetId"):
        read_attribute(f"{DEFAULT}a", {"datasetId": NULL}, CORE, now=NOW, partial=True)


def test_a_simplified_fragment_says_values_only() -> None:
    payload = {
        "a": {"value": 5},
        "b": {"dataset": {"@none": 1, "urn:d": 2}},
        "c": {"languageMap": {"fi": "valo"}},
        "d": POINT,
    }
    found = read_attributes(payload, CORE, now=NOW, simplified=True)
    assert {iri[len(DEFAULT) :]: [plain(one) for one in many] for iri, many in found.items()} == {
        "a": [{"type": "Property", "value": {"value": 5}}],
        "b": [
            {"type": "Property", "value": 1},
            {"type": "Property", "value": 2, "datasetId": "urn:d"},
        ],
        "c": [{"type": "LanguageProperty", "value": {"fi": "valo"}}],
        "d": [{"type": "GeoProperty", "value": POINT}],
    }
