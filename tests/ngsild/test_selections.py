"""Types, scopes and members chosen by text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import BadRequestData, NgsiLdError, TooComplexQuery
from kierto.ngsild.projection import (
    check_apart,
    depth,
    parse_omit,
    parse_pick,
    write_projection,
)
from kierto.ngsild.scopes import parse_scope_q, write_scope_q
from kierto.ngsild.types import TypeSelection, parse_type_selection, write_type_selection
from tests.ngsild.entities import DEFAULT, LAMPS, VOCABULARY


def at(name: str) -> str:
    return f"{DEFAULT}{name}"


def types(text: str) -> TypeSelection:
    return parse_type_selection(text, CORE)


@pytest.mark.parametrize(
    ("text", "given_types", "expected"),
    [
        ("A", "A", True),
        ("A", "AB", True),
        ("A", "B", False),
        ("A,B", "B", True),
        ("A|B", "C", False),
        ("(A;B)", "A", False),
        ("(A;B)", "BAC", True),
        ("A;B", "AB", True),
        ("(A;B),C", "C", True),
        ("((A|B);C)", "BC", True),
        ("((A|B);C)", "AB", False),
        ("*", "Z", True),
        (" ( A ; B ) | C ", "C", True),
    ],
)
def test_types_are_chosen(text: str, given_types: str, expected: bool) -> None:
    assert types(text).matches([at(name) for name in given_types]) is expected


def test_types_are_iris_and_all_that_are_named_are_told() -> None:
    assert types("(A;B),C").mentioned == {at("A"), at("B"), at("C")}
    assert parse_type_selection("Lamp", LAMPS).mentioned == {f"{VOCABULARY}Lamp"}
    assert types("*").everything
    assert types("*").mentioned == frozenset()
    assert write_type_selection(parse_type_selection("Lamp,A", LAMPS), LAMPS) == "Lamp,A"


@pytest.mark.parametrize(
    "text", ["", " ", ",", "A,", ",A", "A,,B", "(A", "A)", "()", "A;", "(A)(B)", "A(B)", "A B"]
)
def test_what_is_no_choice_of_types_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        types(text)


@pytest.mark.parametrize(
    "text",
    [
        "A," * 100_000 + "A",
        "(" * 5_000,
        "(" * 50 + "A" + ")" * 50,
        ";".join(f"(A{number}|B{number})" for number in range(20)),
    ],
)
def test_a_choice_that_explodes_is_refused(text: str) -> None:
    with pytest.raises(TooComplexQuery):
        types(text)
    with pytest.raises(TooComplexQuery):
        parse_scope_q(text)


@pytest.mark.parametrize(
    ("text", "scopes", "expected"),
    [
        ("/Madrid", ["/Madrid"], True),
        ("/Madrid", ["/Madrid/Gardens"], False),
        ("/Madrid/#", ["/Madrid"], True),
        ("/Madrid/#", ["/Madrid/Gardens/North"], True),
        ("/Madrid/#", ["/Madrider"], False),
        ("/Madrid/+/North", ["/Madrid/Gardens/North"], True),
        ("/Madrid/+/North", ["/Madrid/North"], False),
        ("/+", ["/Madrid"], True),
        ("/+/#", ["/Madrid/Gardens"], True),
        ("/#", ["/Madrid"], True),
        ("/#", [], False),
        ("/#", None, False),
        ("Madrid", ["/Madrid"], True),
        ("/A,/B", ["/B"], True),
        ("/A|/B", ["/C"], False),
        ("(/A;/B)", ["/B", "/A"], True),
        ("(/A;/B)", ["/A"], False),
        ("/A;/B", ["/A", "/B", "/C"], True),
        ("(/A;/B),/C", ["/C"], True),
        ("/Ä/+/京", ["/Ä/x/京"], True),
        ("/A", "/A", True),
    ],
)
def test_scopes_are_chosen(text: str, scopes: Any, expected: bool) -> None:
    assert parse_scope_q(text).matches(scopes) is expected


@pytest.mark.parametrize("text", ["", "/", "//A", "/A/", "/A/#/B", "/A#", "/A/+B", "(/A", "/A;"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        parse_scope_q(text)


def test_a_scope_tells_where_to_look() -> None:
    (((pattern,),),) = (parse_scope_q("/Madrid/Gardens/+/North").any_of,)
    assert pattern.prefix == "/Madrid/Gardens"


def test_members_are_picked_through_linked_entities() -> None:
    assert parse_pick("id,locatedAt{name,isIn{id}}", CORE) == {
        "id": None,
        at("locatedAt"): {at("name"): None, at("isIn"): {"id": None}},
    }
    assert parse_pick(["a", "b{c}"], CORE) == {at("a"): None, at("b"): {at("c"): None}}
    assert parse_omit("a|b", CORE) == {at("a"): None, at("b"): None}
    assert parse_pick("a{b},a{c},a", CORE) == {at("a"): {at("b"): None, at("c"): None}}


def test_depth_of_a_projection_is_that_of_its_links() -> None:
    assert depth(None) == 0
    assert depth(parse_pick("a,b", CORE)) == 0
    assert depth(parse_pick("a{b{c}},d{e}", CORE)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a,",
        ",a",
        "a,,b",
        "a{",
        "a{}",
        "a{b",
        "a{b}}",
        "{a}",
        "a{,b}",
        "a{{b}",
        "a;b",
        "a b",
    ],
)
def test_what_is_no_projection_is_refused(text: str) -> None:
    for parse in (parse_pick, parse_omit):
        with pytest.raises(BadRequestData):
            parse(text, CORE)
    with pytest.raises(BadRequestData):
        parse_pick([], CORE)
    with pytest.raises(BadRequestData):
        parse_pick([5], CORE)  # type: ignore[list-item]


def test_projections_without_end_are_refused() -> None:
    for text in ("a{" * 100_000, "a{" * 20 + "b" + "}" * 20, "a," * 100_000):
        with pytest.raises(TooComplexQuery):
            parse_pick(text, CORE)


def test_nothing_is_wanted_and_unwanted_at_once() -> None:
    pick = parse_pick("id,a{b},c", CORE)
    check_apart(pick, parse_omit("type,a{d}", CORE))
    check_apart(pick, None)
    for text in ("id", "a", "c", "a{b}"):
        with pytest.raises(BadRequestData):
            check_apart(pick, parse_omit(text, CORE))


_READERS: list[tuple[Callable[[str], Any], Callable[[Any], str]]] = [
    (types, write_type_selection),
    (parse_scope_q, write_scope_q),
    (lambda text: parse_pick(text, CORE), write_projection),
]


@given(st.text(st.sampled_from("abÄ/+#*;,|(){}. :\x00\ud800"), max_size=20))
def test_any_text_is_read_or_refused_and_reads_as_written(text: str) -> None:
    for read, write in _READERS:
        try:
            chosen = read(text)
        except NgsiLdError:
            continue
        assert read(write(chosen)) == chosen
