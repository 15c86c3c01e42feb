"""Queries as text: what is read, what is refused, and that writing and reading go together."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kierto.ngsild import q
from kierto.ngsild.contexts import CORE, parse_context
from kierto.ngsild.errors import BadRequestData, NgsiLdError, TooComplexQuery
from tests.ngsild.entities import DEFAULT, LAMPS, VOCABULARY


def path(*names: str) -> q.Path:
    return q.Path(tuple(names))


def at(name: str) -> str:
    return f"{DEFAULT}{name}"


def test_a_name_alone_asks_whether_there_is_one() -> None:
    assert q.parse_q("temperature", CORE) == q.Exists(path(at("temperature")))
    assert q.parse_q("!temperature", CORE) == q.NotExists(path(at("temperature")))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20", 20),
        ("-1.5e2", -150.0),
        ('"red"', "red"),
        ('"a \\"b\\" ü \\u00e9"', 'a "b" ü é'),
        ("true", True),
        ("urn:ngsi-ld:City:Pisa", "urn:ngsi-ld:City:Pisa"),
        ("http://example.org/a?b=c&d#e", "http://example.org/a?b=c&d#e"),
        ("10..20", q.Span(10, 20)),
        ('"a".."f"', q.Span("a", "f")),
        ("1.5..2.5", q.Span(1.5, 2.5)),
        ('"red","blue"', ("red", "blue")),
        ("1,2.5,true", (1, 2.5, True)),
        ("2026-11-22", q.Moment("Date", "2026-11-22", "2026-11-22")),
        ("09:30:00Z", q.Moment("Time", "09:30:00Z", "09:30:00")),
        (
            "2026-11-22T07:00:00.250Z",
            q.Moment("DateTime", "2026-11-22T07:00:00.25Z", "2026-11-22T07:00:00.25"),
        ),
        (
            "2016-12-31T23:59:60Z",
            q.Moment("DateTime", "2016-12-31T23:59:59Z", "2016-12-31T23:59:59"),
        ),
        ("2026-11-22T09:00:00+02:00", "2026-11-22T09:00:00+02:00"),
        ("2026-02-30", "2026-02-30"),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: q.Value) -> None:
    assert q.parse_q(f"a=={text}", CORE) == q.Compare(path(at("a")), "==", value)


def test_a_range_of_days_has_two_days() -> None:
    expression = q.parse_q("a==2026-01-01..2026-12-31", CORE)
    assert isinstance(expression, q.Compare)
    assert expression.value == q.Span(
        q.Moment("Date", "2026-01-01", "2026-01-01"), q.Moment("Date", "2026-12-31", "2026-12-31")
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b", path(at("a"), at("b"))),
        ("a.observedAt", path(at("a"), "observedAt")),
        ("modifiedAt", path("modifiedAt")),
        ("a[b.c]", q.Path((at("a"),), ("b", "c"))),
        ("a.b[c]", q.Path((at("a"), at("b")), ("c",))),
        ("a[*]", q.Path((at("a"),), ("*",))),
        ("a{b}", q.Path((at("b"),), (), (q.Link(at("a")),))),
        ("a{T:b}", q.Path((at("b"),), (), (q.Link(at("a"), (at("T"),)),))),
        (
            "a{T,U:b{c.d[e]}}",
            q.Path(
                (at("c"), at("d")),
                ("e",),
                (q.Link(at("a"), (at("T"), at("U"))), q.Link(at("b"))),
            ),
        ),
    ],
)
def test_a_path_leads_through_sub_attributes_values_and_links(text: str, expected: q.Path) -> None:
    assert q.parse_q(text, CORE) == q.Exists(expected)
    assert q.parse_path(text, CORE) == expected


def test_and_binds_tighter_than_or() -> None:
    a, b, c = (q.Exists(path(at(name))) for name in "abc")
    assert q.parse_q("a;b|c", CORE) == q.Or((q.And((a, b)), c))
    assert q.parse_q("a;(b|c)", CORE) == q.And((a, q.Or((b, c))))
    assert q.parse_q("((a));b", CORE) == q.And((a, b))


def test_spaces_around_signs_mean_nothing() -> None:
    assert q.parse_q(" a == 1 ; ( b | ! c ) ", CORE) == q.parse_q("a==1;(b|!c)", CORE)


def test_names_are_terms_of_the_context_and_iris_stand_in_brackets() -> None:
    assert q.parse_q("power>5", LAMPS) == q.parse_q(f"<{VOCABULARY}power>>5", CORE)
    assert q.attributes(q.parse_q("power>5;led|modifiedAt", LAMPS)) == {
        f"{VOCABULARY}power",
        f"{VOCABULARY}led",
    }


def test_values_are_expanded_where_that_is_asked() -> None:
    context = parse_context({"Male": "http://example.org/Male"})
    told = q.parse_q("gender==Male", context, expand_values=["gender"])
    assert told == q.parse_q('gender=="http://example.org/Male"', CORE)
    assert q.parse_q("gender==Male", context) == q.parse_q('gender=="Male"', CORE)


def test_patterns_keep_their_backslashes() -> None:
    quoted = q.parse_q(r'a~="^\d+ \"x\"$"', CORE)
    assert quoted == q.Compare(path(at("a")), "~=", q.Pattern(r'^\d+ "x"$'))
    bare = q.parse_q(r"a~=^(b|c[;|)]d\)).*;e", CORE)
    assert bare == q.And(
        (
            q.Compare(path(at("a")), "~=", q.Pattern(r"^(b|c[;|)]d\)).*")),
            q.Exists(path(at("e"))),
        )
    )


def test_depth_of_links_is_the_longest_path() -> None:
    assert q.link_depth(q.parse_q("a;b==1", CORE)) == 0
    assert q.link_depth(q.parse_q("a|b{c{d}}==1", CORE)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "==1",
        "a==",
        "a=1",
        'a=="b',
        'a=="\\x"',
        "a;",
        "a|",
        ";a",
        "a;;b",
        "(a",
        "a)",
        "()",
        "a{b",
        "a{}",
        "a}",
        "a{T,U}",
        "a[b",
        "a[]",
        "a.",
        "a..b",
        "a b",
        "!a==1",
        "a>1..2",
        "a>1,2",
        "a>true",
        "a>red",
        'a==1.."b"',
        "a==true..false",
        "a==1..2026-01-01",
        "a==2026-01-01..10:00:00Z",
        "a~=",
        'a~=""',
        'a~="("',
        'a~="(?=b)"',
        r'a~="(b)\1"',
        'a=="\\ud800"',
        "a==1e999",
        "a==1,",
        "a==,1",
        'a=="b"c',
        'a==b"c"',
        "<a==1",
        "<>==1",
    ],
)
def test_what_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        q.parse_q(text, CORE)


@pytest.mark.parametrize(
    "text",
    [
        "a;" * 1_000_000 + "a",
        ";".join(["a"] * 2_000),
        "a==" + ",".join("1" for _ in range(2_000)),
        "(" * 40 + "a" + ")" * 40,
        "(" * 100_000,
        "a" + ".b" * 50,
        "a" + "{b" * 50 + "}" * 50,
        'a~="' + "(a{1,100}){1,100}" * 100 + '"',
    ],
)
def test_what_asks_too_much_is_refused(text: str) -> None:
    with pytest.raises(TooComplexQuery):
        q.parse_q(text, CORE)


def test_an_exploding_pattern_is_refused_or_harmless() -> None:
    with pytest.raises(NgsiLdError):
        q.parse_q('a~="((a{0,900}){0,900}){0,900}"', CORE)
    expression = q.parse_q('a~="(a+)+$"', CORE)
    long = {"type": "Property", "value": "a" * 100_000 + "!"}
    assert not q.matches(expression, {"id": "urn:a", "type": [], "attributes": {at("a"): [long]}})


@given(st.text(max_size=60))
@example("\x00")
@example("a==\ud800")
@example('a=="\ud800"')
@example("a[\x00]")
@example("a~=\\")
@example('a~="\\')
@example("a==9" + "9" * 5000)
def test_any_text_is_a_query_or_refused_and_reads_as_written(text: str) -> None:
    try:
        expression = q.parse_q(text, CORE)
    except NgsiLdError:
        return
    assert q.parse_q(q.write_q(expression), CORE) == expression


_NAME = st.text("abXé_1", min_size=1, max_size=4).filter(lambda name: name[0] not in "_1")
_SCALAR = st.one_of(
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
_PATHS = st.builds(
    q.Path,
    st.lists(_NAME.map(at), min_size=1, max_size=3).map(tuple),
    st.lists(_NAME, max_size=2).map(tuple),
    st.lists(
        st.builds(q.Link, _NAME.map(at), st.lists(_NAME.map(at), max_size=2).map(tuple)), max_size=2
    ).map(tuple),
)
_EQUAL = st.builds(
    q.Compare,
    _PATHS,
    st.sampled_from(["==", "!="]),
    st.one_of(_SCALAR, st.lists(_SCALAR, min_size=2, max_size=3).map(tuple)),
)
_ORDERED = st.builds(
    q.Compare,
    _PATHS,
    st.sampled_from([">", ">=", "<", "<="]),
    st.integers(-(10**15), 10**15) | st.text("abc", max_size=4),
)
_MATCHING = st.builds(
    q.Compare,
    _PATHS,
    st.sampled_from(["~=", "!~="]),
    st.builds(q.Pattern, st.text('abc"|;.^$', min_size=1, max_size=6)),
)
_TERMS = st.one_of(st.builds(q.Exists, _PATHS), st.builds(q.NotExists, _PATHS), _EQUAL, _ORDERED)


def _nested(inner: st.SearchStrategy[q.Expression]) -> st.SearchStrategy[q.Expression]:
    def joined(kind: type[q.And] | type[q.Or]) -> st.SearchStrategy[q.Expression]:
        other = inner.filter(lambda node: not isinstance(node, kind))
        return st.builds(kind, st.lists(other, min_size=2, max_size=3).map(tuple))

    return joined(q.And) | joined(q.Or)


@given(st.recursive(_TERMS | _MATCHING, _nested, max_leaves=8))
def test_what_is_written_reads_the_same(expression: q.Expression) -> None:
    assert q.parse_q(q.write_q(expression), CORE) == expression
    assert q.parse_q(q.write_q(expression, LAMPS), LAMPS) == expression
