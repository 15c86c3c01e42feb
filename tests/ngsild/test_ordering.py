"""The order of answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild.collation import parse_collation
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import BadRequestData, NgsiLdError, TooComplexQuery
from kierto.ngsild.ordering import parse_order_by
from tests.ngsild.entities import document


def ordered(text: str | list[str], entities: dict[str, dict[str, Any]], **options: Any) -> str:
    """The keys of entities in order; each is its attributes."""
    documents = [document(**members) | {"id": key} for key, members in entities.items()]
    found = parse_order_by(text, CORE, **options).sort(documents)
    return "".join(entity["id"] for entity in found)


def texts(*values: str, collation: str | None = None) -> list[str]:
    documents = [document(a=value) | {"id": value} for value in values]
    return [one["id"] for one in parse_order_by("a", CORE, collation=collation).sort(documents)]


def test_one_criterion_then_the_next() -> None:
    entities = {
        "x": {"name": "b", "age": 1},
        "y": {"name": "a", "age": 2},
        "z": {"name": "a", "age": 3},
    }
    assert ordered("name", entities) == "yzx"
    assert ordered("name,age;desc", entities) == "zyx"
    assert ordered(["name;desc", "age;asc"], entities) == "xyz"
    assert ordered("id;desc", entities) == "zyx"


def test_types_of_values_stand_in_their_order_and_missing_ones_last_both_ways() -> None:
    time = {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-11-22T07:00:00Z"}}
    day = {"type": "Property", "value": {"@type": "Date", "@value": "2026-11-22"}}
    entities: dict[str, dict[str, Any]] = {
        "m": {},
        "t": {"a": time},
        "d": {"a": day},
        "b": {"a": True},
        "l": {"a": [1, 2]},
        "o": {"a": {"type": "Property", "value": {"k": 1}}},
        "s": {"a": "x"},
        "n": {"a": 5},
    }
    assert ordered("a", entities) == "nsolbdtm"
    assert ordered("a;desc", entities) == "tdblosnm"


def test_paths_lead_into_values_and_sub_attributes() -> None:
    def place(city: str, seen: str) -> dict[str, Any]:
        return {"a": {"type": "Property", "value": {"city": city}, "observedAt": seen}}

    entities = {
        "x": place("Turku", "2026-01-01T00:00:00Z"),
        "y": place("Espoo", "2026-01-02T00:00:00Z"),
    }
    assert ordered("a[city]", entities) == "yx"
    assert ordered("a.observedAt;desc", entities) == "yx"


def test_distances_are_ordered_and_what_has_none_comes_after() -> None:
    def at(longitude: float) -> dict[str, Any]:
        point = {"type": "Point", "coordinates": [longitude, 60]}
        return {"location": {"type": "GeoProperty", "value": point}}

    entities = {"n": {"power": 1}, "f": at(30), "c": at(25.1), "m": at(26)}
    options = {"order_from": "[25,60]"}
    assert ordered("location;dist-asc", entities, **options) == "cmfn"
    assert ordered("location;dist-desc", entities, **options) == "fmcn"
    along = {"order_from": [[30, 61], [31, 61]], "order_geometry": "LineString"}
    assert ordered("location;dist-asc,id", entities, **along) == "fmcn"


@pytest.mark.parametrize(
    ("collation", "given_texts", "expected"),
    [
        (None, ["b", "á", "A", "a", "Zebra", "10", "9", "-"], "- 10 9 a A á b Zebra"),
        ("und", ["A", "b", "á"], "A á b"),
        ("de-u-co-phonebk", ["Zebra", "Ähre", "Af"], "Ähre Af Zebra"),
        ("de", ["Zebra", "Ähre", "Af"], "Af Ähre Zebra"),
        ("sv", ["z", "ä", "å", "ö", "a"], "a z å ä ö"),
        ("fi-FI", ["Öljy", "Zeta", "Åbo", "Aura"], "Aura Zeta Åbo Öljy"),
        ("cs", ["i", "ch", "h", "č", "d", "c"], "c č d h ch i"),
        ("es", ["o", "ñ", "n", "nz"], "n nz ñ o"),
        ("und-u-kn-true", ["a10", "a9", "a1"], "a1 a9 a10"),
        ("und-u-kf-upper", ["a", "A"], "A a"),
        ("und-u-ks-level1", ["á", "A", "a"], "á A a"),
    ],
)
def test_texts_are_ordered_as_languages_do(
    collation: str | None, given_texts: list[str], expected: str
) -> None:
    assert texts(*given_texts, collation=collation) == expected.split()


@pytest.mark.parametrize(
    "text", ["", "a;up", "a;", ";asc", "a,,b", "a{b}", "a;asc;desc", "a b", "dist-asc;"]
)
def test_what_is_no_order_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        parse_order_by(text, CORE)


@pytest.mark.parametrize(
    "options",
    [
        {"collation": "!!nope"},
        {"collation": "not a bcp47 tag!!"},
        {"collation": 5},
        {"collation": "und-u-ks-level9"},
        {"order_from": "8,40"},
        {"order_from": {"x": 1}},
        {"order_from": [8, 40], "order_geometry": "Nowhere"},
        {"order_from": [8, 40], "order_geometry": 5},
    ],
)
def test_what_an_order_cannot_go_by_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData):
        parse_order_by("a", CORE, **options)


def test_distances_need_a_place_to_begin() -> None:
    with pytest.raises(BadRequestData):
        parse_order_by("location;dist-asc", CORE)


def test_an_order_without_end_is_refused() -> None:
    with pytest.raises(TooComplexQuery):
        parse_order_by("a," * 1_000 + "a", CORE)


@given(st.lists(st.text(max_size=6), max_size=8), st.sampled_from([None, "fi", "cs", "de-u-kn"]))
def test_an_order_is_total_and_the_same_from_everywhere(
    values: list[str], collation: str | None
) -> None:
    key = parse_collation(collation).key
    turned = values[::-1]
    assert sorted(map(key, values)) == sorted(map(key, turned))


@given(st.text(max_size=30))
def test_any_tag_is_a_collation_or_refused(tag: str) -> None:
    try:
        parse_collation(tag).key("Ä1")
    except NgsiLdError:
        return
    assert len(tag) <= 64
