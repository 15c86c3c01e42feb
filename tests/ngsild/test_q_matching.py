"""Queries judged: every operator against every kind of attribute."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import q
from kierto.ngsild.contexts import CORE, parse_context
from kierto.ngsild.entities import read_entity
from kierto.ngsild.members import Document
from tests.ngsild.entities import DEFAULT, NOW, document

LANGUAGES = {"type": "LanguageProperty", "languageMap": {"en": "red", "fr": ["rouge", "vif"]}}
OWNER = {"type": "Relationship", "object": "urn:ngsi-ld:Person:1"}
OWNERS = {"type": "Relationship", "object": ["urn:ngsi-ld:Person:1", "urn:ngsi-ld:Person:2"]}
CREW = {"type": "ListRelationship", "objectList": ["urn:ngsi-ld:Person:1", "urn:ngsi-ld:Person:2"]}


def holds(text: str, entity: Document, **options: Any) -> bool:
    return q.matches(q.parse_q(text, CORE), entity, **options)


def true_of(texts: dict[str, bool], **members: Any) -> None:
    entity = document(**members)
    assert {text: holds(text, entity) for text in texts} == texts


def test_numbers() -> None:
    true_of(
        {
            "a": True,
            "!a": False,
            "b": False,
            "!b": True,
            "a==20": True,
            "a==20.0": True,
            'a=="20"': False,
            "a==true": False,
            "a!=20": False,
            "a!=21": True,
            'a!="20"': True,
            "a>20": False,
            "a>=20": True,
            "a<20.5": True,
            "a<=19": False,
            "a==10..20": True,
            "a==20..30": True,
            "a==21..30": False,
            "a!=10..20": False,
            "a!=21..30": True,
            "a==19,20": True,
            "a!=19,21": True,
            'a~="2"': False,
            'a!~="2"': False,
            'a>"1"': False,
            "b!=20": False,
            "b==20": False,
        },
        a=20,
    )


def test_booleans_are_no_numbers() -> None:
    true_of(
        {"a==true": True, "a==false": False, "a!=false": True, "a==1": False, "a>0": False}, a=True
    )
    true_of({"a==true": False, "a==0": False, "a==false": True}, a=False)


def test_texts() -> None:
    true_of(
        {
            'a=="red"': True,
            "a==red": True,
            'a=="blue","red"': True,
            'a!="blue","red"': False,
            'a>"rec"': True,
            'a<"rec"': False,
            'a=="r".."s"': True,
            'a~="^r.d$"': True,
            'a~="e"': True,
            'a!~="^b"': True,
            'a!~="^r"': False,
            "a>5": False,
        },
        a="red",
    )


def test_arrays_hold_a_value_or_do_not() -> None:
    true_of(
        {
            'a=="red"': True,
            'a=="green"': False,
            'a!="red"': False,
            'a!="green"': True,
            'a=="green","blue"': True,
            'a~="red"': False,
            "a==1": True,
            "a==0..5": True,
            'a>"a"': False,
        },
        a=["blue", "red", 1],
    )


def test_times_are_compared_as_times_with_and_without_quotes() -> None:
    true_of(
        {
            "a==2026-11-22T07:00:00.000Z": True,
            'a=="2026-11-22T07:00:00.000Z"': True,
            "a>2026-11-22T06:59:59.999Z": True,
            'a>"2026-11-22T06:59:59.999Z"': True,
            "a<2026-11-22T07:00:00.1Z": True,
            "a==2026-11-22": False,
            "a==2026-11-22T00:00:00Z..2026-11-23T00:00:00Z": True,
        },
        a="2026-11-22T07:00:00Z",
    )
    typed = {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-11-22T07:00:00Z"}}
    true_of({"a>=2026-11-22T07:00:00Z": True, 'a<"2026-11-22T07:00:01Z"': True}, a=typed)
    true_of({"a>=2026-11-22": True, "a<2026-11-22": False, "a==2026": False}, a="2026-11-22")
    true_of({"a>=09:00:00Z": True, "a<09:00:00.5Z": True, "a==09:00:00": True}, a="09:00:00Z")


def test_languages() -> None:
    true_of(
        {
            "a": True,
            "a[en]": True,
            "a[de]": False,
            'a=="rouge"': True,
            'a[en]=="red"': True,
            'a[en]=="rouge"': False,
            'a[fr]=="vif"': True,
            'a[*]=="rouge"': True,
            'a[*]!="red"': False,
            'a[*]!="rot"': True,
            'a[en]!="rouge"': True,
            'a[de]!="rot"': False,
            'a~="^rou"': True,
            'a!~="^rou"': False,
            'a[en]!~="^rou"': True,
            'a[en]>"ra"': True,
        },
        a=LANGUAGES,
    )


@pytest.mark.parametrize("relation", [OWNER, OWNERS, CREW])
def test_relationships_know_only_equal_and_unequal(relation: Any) -> None:
    true_of(
        {
            "a": True,
            "a==urn:ngsi-ld:Person:1": True,
            'a=="urn:ngsi-ld:Person:1"': True,
            'a=="urn:ngsi-ld:Person:3","urn:ngsi-ld:Person:1"': True,
            'a!="urn:ngsi-ld:Person:1"': False,
            'a!="urn:ngsi-ld:Person:3"': True,
            'a>"urn:a"': False,
            'a~="Person"': False,
            'a!~="Thing"': False,
        },
        a=relation,
    )


def test_vocabulary_is_compared_by_its_iri() -> None:
    context = parse_context({"led": "https://example.org/led"})
    lamp = {"type": "VocabProperty", "vocab": "led"}
    entity = read_entity({"id": "urn:a:b", "type": "L", "a": lamp}, context, now=NOW)
    assert holds('a=="https://example.org/led"', entity)
    assert not holds('a=="led"', entity)
    assert q.matches(q.parse_q("a==led", context, expand_values=["a"]), entity)


def test_values_are_entered_by_their_members() -> None:
    true_of(
        {
            'a[city]=="Berlin"': True,
            "a[geo.lat]>52": True,
            "a[geo]": True,
            "a[postcode]": False,
            'a[postcode]!="1"': False,
            "a[city.name]": False,
            'a[tags]=="x"': True,
        },
        a={"type": "Property", "value": {"city": "Berlin", "geo": {"lat": 52.5}, "tags": ["x"]}},
    )
    true_of(
        {'a[value]=="late"': True},
        a={"type": "JsonProperty", "json": {"id": "1", "value": "late"}},
    )


def test_sub_attributes_and_members_of_attributes() -> None:
    true_of(
        {
            "a.accuracy>0.5": True,
            "a.accuracy": True,
            "a.accuracy.of": False,
            "a.observedAt>=2026-11-22T07:00:00Z": True,
            'a.observedAt>"2026-11-22T07:00:00Z"': False,
            "a.unitCode==CEL": True,
            "a.datasetId": False,
            "a.createdAt<=2026-11-22T07:00:00Z": True,
            "modifiedAt>2020-01-01T00:00:00Z": True,
            'modifiedAt>"2020-01-01T00:00:00Z"': True,
            "createdAt<2020-01-01T00:00:00Z": False,
            'id=="urn:ngsi-ld:Lamp:1"': True,
            'id~="Lamp"': True,
        },
        a={
            "type": "Property",
            "value": 20,
            "unitCode": "CEL",
            "observedAt": NOW,
            "accuracy": {"type": "Property", "value": 0.9},
        },
    )


def test_any_instance_of_an_attribute_will_do() -> None:
    gps = {"type": "Property", "value": 55, "datasetId": "urn:gps:1"}
    true_of(
        {
            "a==55": True,
            "a==54": True,
            "a!=55": True,
            "a==53": False,
            'a.datasetId=="urn:gps:1"': True,
        },
        a=[{"type": "Property", "value": 54}, gps],
    )


def test_linked_entities_are_asked_by_their_types() -> None:
    person = document(name="Ada", of={"type": "Relationship", "object": "urn:ngsi-ld:Club:1"})
    person = person | {"id": "urn:ngsi-ld:Person:1", "type": [f"{DEFAULT}Person"]}
    club = document(name="Chess") | {"id": "urn:ngsi-ld:Club:1", "type": [f"{DEFAULT}Club"]}
    known = {person["id"]: person, club["id"]: club}
    entity = document(owner=OWNERS)
    expected = {
        'owner{name}=="Ada"': True,
        'owner{Person:name}=="Ada"': True,
        'owner{Robot,Person:name}=="Ada"': True,
        'owner{Robot:name}=="Ada"': False,
        "owner{name}": True,
        "!owner{name}": False,
        "!owner{age}": True,
        'owner{of{name}}=="Chess"': True,
        'owner{Person:of{Club:name}}=="Chess"': True,
        'name{name}=="Ada"': False,
    }
    assert {text: holds(text, entity, resolve=known.get) for text in expected} == expected
    assert not holds("owner{name}", entity)


def test_links_in_a_circle_end() -> None:
    entity = document(owner={"type": "Relationship", "object": "urn:ngsi-ld:Lamp:1"})
    deep = "owner{" * 10 + "name" + "}" * 10
    assert not holds(deep, entity, resolve=lambda identifier: entity)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(
    _VALUES,
    st.sampled_from(
        ["a", "a==1", 'a!="x"', "a>1", 'a<="m"', 'a~="."', "a==1..9", "a[b]==1", "a==true"]
    ),
)
def test_no_value_breaks_a_query_and_not_is_the_opposite(value: Any, text: str) -> None:
    entity = {"id": "urn:a", "type": [], "attributes": {f"{DEFAULT}a": [_instance(value)]}}
    found = holds(text, entity)
    assert found in (True, False)
    if text.startswith("a=="):
        assert holds(text.replace("==", "!=", 1), entity) is not found


def _instance(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


@given(st.lists(st.booleans(), min_size=3, max_size=3))
def test_logic_is_that_of_python(given_values: list[bool]) -> None:
    a, b, c = given_values
    entity = document(a=a, b=b, c=c)
    x, y, z = ("==true",) * 3
    assert holds(f"a{x};b{y}|c{z}", entity) is ((a and b) or c)
    assert holds(f"a{x};(b{y}|c{z})", entity) is (a and (b or c))
    assert holds(f"(a{x}|b{y});(b{y}|c{z})", entity) is ((a or b) and (b or c))
