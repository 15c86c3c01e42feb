"""Linked entities: how far, how many, and that circles end."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import joins
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import BadRequestData, TooManyResults
from kierto.ngsild.projection import parse_omit, parse_pick
from kierto.ngsild.representations import Shape, write_entity, write_flat
from tests.ngsild.entities import DEFAULT, document


def entity(name: str, **targets: Any) -> dict[str, Any]:
    links = {key: {"type": "Relationship", "object": value} for key, value in targets.items()}
    return document(**links) | {"id": f"urn:x:{name}"}


class Shelf:
    """Entities by id, which knows how often it was asked."""

    def __init__(self, *entities: dict[str, Any]) -> None:
        self.entities = {one["id"]: one for one in entities}
        self.asked: list[list[str]] = []

    def __call__(self, ids: Collection[str]) -> dict[str, dict[str, Any]]:
        self.asked.append(sorted(ids))
        return {one: self.entities[one] for one in ids if one in self.entities}


BUILDING = entity("building", at="urn:x:city", by=["urn:x:ada", "urn:x:bo"])
CITY = entity("city", in_="urn:x:land", twin="urn:x:gone")
LAND = entity("land", of="urn:x:city")
ADA, BO = entity("ada"), entity("bo", home="urn:x:building")


def names(found: dict[str, Any]) -> str:
    return " ".join(sorted(identifier.removeprefix("urn:x:") for identifier in found))


def test_entities_are_fetched_once_a_level_and_circles_end() -> None:
    shelf = Shelf(CITY, LAND, ADA, BO)
    found = joins.linked([BUILDING], level=1, resolve_many=shelf)
    assert names(found) == "ada bo city"
    found = joins.linked([BUILDING], level=9, resolve_many=shelf)
    assert names(found) == "ada bo building city land"
    assert shelf.asked[1:] == [
        ["urn:x:ada", "urn:x:bo", "urn:x:city"],
        ["urn:x:gone", "urn:x:land"],
    ]


def test_what_the_asker_has_is_not_fetched_again() -> None:
    shelf = Shelf(CITY, LAND, ADA, BO)
    found = joins.linked(
        [BUILDING], level=2, resolve_many=shelf, contained_by=["urn:x:city", "urn:x:ada"]
    )
    assert names(found) == "bo building"


def test_only_wanted_relationships_are_followed() -> None:
    shelf = Shelf(CITY, LAND, ADA, BO)
    picked = parse_pick("id,at{in_}", CORE)
    assert names(joins.linked([BUILDING], level=2, resolve_many=shelf, pick=picked)) == "city land"
    omitted = parse_omit("by,at{in_}", CORE)
    assert names(joins.linked([BUILDING], level=2, resolve_many=shelf, omit=omitted)) == "city"
    attrs = frozenset({f"{DEFAULT}by"})
    found = joins.linked([BUILDING], level=1, resolve_many=shelf, attrs=attrs)
    assert names(found) == "ada bo"


def test_what_is_found_is_written_inline_and_flat() -> None:
    shelf = Shelf(CITY, LAND, ADA, BO)
    found = joins.linked([BUILDING], level=2, resolve_many=shelf)
    inline = write_entity(
        BUILDING, CORE, Shape("simplified", join="inline", join_level=2), linked=found
    )
    assert inline["at"]["in_"]["id"] == "urn:x:land"
    flat = write_flat([BUILDING], CORE, Shape(join="flat", join_level=2), found)
    assert [one["id"].removeprefix("urn:x:") for one in flat] == [
        *("building", "city", "ada", "bo", "land"),
    ]


def test_too_many_linked_entities_are_refused() -> None:
    crowd = entity("crowd", of=[f"urn:x:{number}" for number in range(joins.ENTITIES + 1)])
    with pytest.raises(TooManyResults):
        joins.linked([crowd], level=1, resolve_many=Shelf())


@pytest.mark.parametrize(
    ("join", "level", "expected"),
    [
        (None, None, (None, 1)),
        ("@none", None, (None, 1)),
        ("inline", "3", ("inline", 3)),
        ("flat", 2, ("flat", 2)),
        ("flat", 10**8, ("flat", joins.LEVELS)),
    ],
)
def test_join_and_its_level_are_read(join: Any, level: Any, expected: Any) -> None:
    assert joins.read_join(join, level) == expected


@pytest.mark.parametrize(
    ("join", "level"),
    [
        ("in", 1),
        (5, 1),
        (["flat"], 1),
        ("flat", [1]),
        ("flat", 0),
        ("flat", -1),
        ("flat", "x"),
        ("flat", 1.5),
        ("flat", True),
    ],
)
def test_what_is_no_join_is_refused(join: Any, level: Any) -> None:
    with pytest.raises(BadRequestData):
        joins.read_join(join, level)


@given(st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=6, max_size=6), st.integers(1, 4))
def test_what_is_linked_is_what_can_be_reached(graph: list[list[int]], level: int) -> None:
    entities = [
        entity(str(number), to=[f"urn:x:{other}" for other in others])
        if others
        else entity(str(number))
        for number, others in enumerate(graph)
    ]
    found = joins.linked([entities[0]], level=level, resolve_many=Shelf(*entities))
    reached: set[int] = set()
    edge = {0}
    for _ in range(level):
        edge = {other for one in edge for other in graph[one]}
        reached |= edge
    assert set(found) == {f"urn:x:{number}" for number in reached}
