"""The index never loses a match: what SQL narrows and Python judges is what Python alone finds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.hub.access import EVERYTHING, PRIVATE, Access, Reader
from kierto.hub.store import finding, narrowing, reading, terms
from kierto.ngsild import geo, ordering, q, scopes, types
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import TooComplexQuery, TooManyResults
from kierto.ngsild.matching import Query, Selector
from tests.hub.stored import count, entity, found, home, place, put, query

NAMES = ["a", "b", "c"]
LONG = "L" * 80
SCALARS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([2**53 + 1, -(2**60), 10**400, 0.5, -0.0, 1e308, 5e-324]),
    st.booleans(),
    st.sampled_from(["", "x", "xy", "é", "1", LONG, LONG + "a", "2026-11-22", "\U0001f6b2"]),
    st.sampled_from(["2026-11-22T07:00:00Z", "2026-11-22T07:00:00.250Z", "07:00:00Z"]),
)
VALUES: st.SearchStrategy[Any] = st.one_of(
    SCALARS,
    st.lists(SCALARS, min_size=1, max_size=4),
    st.builds(lambda n: list(range(n)), st.just(70)),
    st.builds(lambda inner: {"k": inner}, SCALARS),
    st.builds(
        lambda text: {"@type": "DateTime", "@value": text},
        st.sampled_from(["2026-11-22T07:00:00Z", "2026-11-22T09:00:00Z"]),
    ),
)
TEXTS = st.sampled_from(["x", "xy", "2026-11-22T07:00:00Z", "urn:x:1", LONG])
INSTANCES = st.one_of(
    VALUES.map(lambda value: {"type": "Property", "value": value}),
    TEXTS.map(lambda text: {"type": "LanguageProperty", "value": {"fi": text, "en": ["x", text]}}),
    st.lists(TEXTS.map("urn:{}".format), min_size=1, max_size=3).map(
        lambda ids: {"type": "Relationship", "value": ids if len(ids) > 1 else ids[0]}
    ),
    TEXTS.map(lambda text: {"type": "VocabProperty", "value": text}),
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(NAMES).map(CORE.expand), st.lists(INSTANCES, min_size=1, max_size=2)
).map(
    lambda attributes: {
        "id": "urn:x:1",
        "type": [CORE.expand("Light")],
        "createdAt": "2026-11-22T07:00:00Z",
        "modifiedAt": "2026-11-22T07:00:00Z",
        "attributes": attributes,
    }
)
WRITTEN = st.one_of(
    st.integers(-3, 3).map(str),
    st.sampled_from([str(2**53 + 1), "0.5", "true", "false", '"x"', '"xy"', '"1"', f'"{LONG}"']),
    st.sampled_from(["2026-11-22", "2026-11-22T07:00:00Z", '"2026-11-22T07:00:00Z"', "07:00:00Z"]),
    st.sampled_from(['"urn:x"', '"urn:urn:x:1"', '"é"', f'"{LONG}a"']),
)
COMPARED = st.one_of(
    st.builds(
        lambda name, sign, value: f"{name}{sign}{value}",
        st.sampled_from(NAMES),
        st.sampled_from(["==", "!=", ">", ">=", "<", "<="]),
        WRITTEN,
    ),
    st.builds("{}==1..{}".format, st.sampled_from(NAMES), st.integers(1, 3)),
    st.builds('{}==1,"x",true'.format, st.sampled_from(NAMES)),
    st.sampled_from(['a=="x".."xz"', "a[k]==1", "!a", "b", 'c~="x"', "a.b==1", "modifiedAt>0"]),
)
QUERIES = st.recursive(
    COMPARED,
    lambda inner: st.builds(
        lambda parts, sign: "(" + sign.join(parts) + ")",
        st.lists(inner, min_size=2, max_size=3),
        st.sampled_from([";", "|"]),
    ),
    max_leaves=5,
)


@given(DOCUMENTS, QUERIES)
def test_the_index_holds_every_match(document: dict[str, Any], text: str) -> None:
    asked = query(text)
    narrowed = narrowing.narrow(asked)
    rows = terms.rows_of(document, Access())
    inside = all(_holds(leaf, rows) for leaf in narrowed.leaves) and all(
        not names.isdisjoint(document["attributes"]) for names in narrowed.attributes
    )
    if asked.matches(document):
        assert inside
    elif inside and narrowed.whole:
        assert any(value == terms.OVERFLOW for _name, value in rows)


def _holds(leaf: narrowing.Leaf, rows: set[terms.Row]) -> bool:
    return any(
        name == wanted and low <= value < high
        for name, value in rows
        for wanted, low, high in leaf.ranges
    )


@given(st.lists(st.floats(allow_nan=False) | st.integers(), min_size=2, max_size=2))
def test_bytes_of_numbers_sort_as_numbers(pair: list[float]) -> None:
    one, two = pair
    if one <= two:
        assert terms.number(one) <= terms.number(two)


@given(st.text(), st.text())
def test_bytes_of_texts_sort_as_texts(one: str, two: str) -> None:
    if one <= two:
        assert terms.text(one) <= terms.text(two)


# --------------------------------------------------------------- in a table


@pytest.fixture
def lights(db: None) -> list[dict[str, Any]]:
    """Three hundred lights and ten benches."""
    documents = [
        entity(
            f"{number:03}",
            lux=number,
            power="on" if number % 2 else "off",
            serial=f"S{number}",
            owner={"object": f"urn:x:owner{number % 7}"},
            location=place(24 + number / 1_000, 60),
        )
        for number in range(300)
    ]
    benches = [entity(f"{number}", "Bench", lux=number) for number in range(10)]
    put(*documents, *benches)
    return documents


ASKED = [
    'serial=="S17"',
    "lux>295",
    "lux==10..12",
    "lux>10;lux<=12",
    "lux>12;lux<10",
    'power=="on"',
    'power=="on";lux<9',
    'power=="on";power=="off"',
    'lux>5;lux<8|serial=="S200"',
    "(lux<3|lux>297)",
    'owner=="urn:x:owner3";lux>250',
    "!power",
    "unknown==1",
    'power!="on"',
    'serial~="^S29"',
    "lux",
]


@pytest.mark.parametrize("text", ASKED)
@pytest.mark.parametrize("limits", [(2_000, 100_000, 4_000), (3, 100_000, 4_000), (3, 4, 20)])
def test_every_way_finds_what_judging_all_finds(
    lights: list[dict[str, Any]],
    text: str,
    limits: tuple[int, int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in zip(("SMALL", "LARGE", "WALK", "TRIED"), (*limits, 128), strict=True):
        monkeypatch.setattr(finding, name, value)
    asked = query(text)
    all_of_them = [each["id"].rpartition(":")[2] for each in lights if asked.matches(each)]
    assert found(asked, limit=1_000) == all_of_them
    assert found(asked, limit=5) == all_of_them[:5]
    assert found(asked, limit=5, offset=3) == all_of_them[3:8]
    assert count(asked) == len(all_of_them)
    assert reading.find(home(), asked, EVERYTHING, limit=4, count=True).total == len(all_of_them)
    assert [
        each.rpartition(":")[2] for each in reading.keys_of(home(), asked, EVERYTHING)
    ] == all_of_them


def test_pages_go_on_behind_the_last(lights: list[dict[str, Any]]) -> None:
    names, after = [], None
    while True:
        page = reading.find(home(), query("lux<40"), EVERYTHING, limit=7, after=after)
        if not page.documents:
            break
        names += [each["id"].rpartition(":")[2] for each in page.documents]
        after = page.last
    assert names == [f"{number:03}" for number in range(40)]


def test_several_types_come_in_one_order(lights: list[dict[str, Any]]) -> None:
    asked = query(kind="Bench,Light")
    assert found(asked, limit=3) == ["000", "001", "002"]
    assert (count(asked), len(found(asked, limit=1_000))) == (310, 310)
    assert count(query(kind="(Bench;Light)")) == 0
    assert count(query(kind="*")) == 310
    assert found(query(kind="Light"), offset=298) == ["298", "299"]


def test_selectors_of_a_posted_query_hold_for_one_another(lights: list[dict[str, Any]]) -> None:
    selectors = (
        Selector(types=types.parse_type_selection("Bench", CORE), id_pattern="[12]$"),
        Selector(ids=frozenset({"urn:ngsi-ld:Light:007"})),
    )
    assert found(Query(selectors=selectors), limit=50) == ["007", "1", "2"]


def test_places_are_found_by_their_boxes(lights: list[dict[str, Any]]) -> None:
    location = CORE.expand("location")
    near = geo.parse_geo("near;maxDistance==200", "Point", [24.1, 60], location)
    assert found(query(geo=near)) == ["097", "098", "099", "100", "101", "102", "103"]
    far = geo.parse_geo("near;minDistance==10000", "Point", [24, 60], location)
    assert count(query(geo=far)) == sum(geo.matches(far, each) for each in lights)
    area = [[[24.2, 59], [24.2045, 59], [24.2045, 61], [24.2, 61], [24.2, 59]]]
    within = geo.parse_geo("within", "Polygon", area, location)
    assert found(query(geo=within)) == ["201", "202", "203", "204"]
    assert found(query("lux>202", geo=within)) == ["203", "204"]
    elsewhere = geo.parse_geo("within", "Polygon", area, CORE.expand("operationSpace"))
    assert found(query(geo=elsewhere)) == []


def test_scopes_are_found_by_their_beginning(db: None) -> None:
    put(
        *(
            {**entity(str(n)), "scope": [scope]}
            for n, scope in enumerate(["/a", "/a/b", "/c", "/ab"])
        )
    )
    for text, names in [
        ("/a", ["0"]),
        ("/a/#", ["0", "1"]),
        ("/+/b", ["1"]),
        ("/#", ["0", "1", "2", "3"]),
    ]:
        assert found(query(scope_q=scopes.parse_scope_q(text))) == names


def test_what_a_relationship_leads_to_is_followed_as_the_reader_may(db: None) -> None:
    put(
        entity("1", owner={"object": "urn:ngsi-ld:Firm:1"}),
        entity("2", owner={"object": "urn:x:2"}),
    )
    put(entity("1", "Firm", size=3), access=Access(PRIVATE, frozenset({UUID(int=1)})))
    asked = query("owner{size}==3")
    assert found(asked) == ["1"]
    assert found(asked, reader=Reader(frozenset({0}))) == []
    assert found(asked, reader=Reader(frozenset({0}), frozenset({UUID(int=1)}))) == ["1"]


def test_answers_in_another_order_are_cut_after_sorting(lights: list[dict[str, Any]]) -> None:
    order = ordering.parse_order_by("lux;desc", CORE)
    assert found(query("lux<50"), order=order, limit=3, offset=1) == ["048", "047", "046"]


def test_too_much_to_look_at_or_to_sort_is_refused(
    lights: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "JUDGED", 100)
    with pytest.raises(TooComplexQuery):
        count(query('serial~="9"'))
    monkeypatch.setattr(finding, "JUDGED", 1_000)
    monkeypatch.setattr(reading, "SORTED", 100)
    with pytest.raises(TooManyResults):
        found(query(), order=ordering.parse_order_by("lux", CORE))
    monkeypatch.setattr(reading, "KEYS", 100)
    with pytest.raises(TooManyResults):
        reading.keys_of(home(), query(), EVERYTHING)


def test_a_query_of_many_terms_never_reaches_the_database(db: None) -> None:
    with pytest.raises(TooComplexQuery):
        q.parse_q("|".join(["a==1"] * 1_000_000), CORE)
    values = ",".join(map(str, range(200)))
    put(entity("1", lux=150))
    assert found(query(f"lux=={values}")) == ["1"]


def test_many_forms_are_looked_at_no_more(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kierto.hub.store.forms.MANY", 3)
    put(*(entity(str(number), **{f"a{number}": 1}) for number in range(6)))
    assert found(query("a4")) == ["4"]
    assert (count(query("a4")), count(query("!a4"))) == (1, 5)
