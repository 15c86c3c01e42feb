"""What terms mean: the core context, users' contexts, and what no context may do."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import limits
from kierto.ngsild.contexts import CORE, CORE_CONTEXT, is_core_url, parse_context
from kierto.ngsild.core_terms import CORE_TERMS
from kierto.ngsild.errors import BadRequestData, LdContextNotAvailable, NgsiLdError
from tests.house.floors import ROOT

PUBLISHED = ROOT.parent / "shared" / "data" / "contexts" / "ngsi-ld-core-context-v1.9.jsonld"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
EXAMPLE = "https://example.org/terms#"


def shelf(**documents: object) -> Callable[[str], object]:
    def load(url: str) -> object:
        name = url.rsplit("/", 1)[-1]
        if name not in documents:
            raise LdContextNotAvailable(url=url)
        return documents[name]

    return load


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published context is not in ../shared/data")
def test_core_terms_are_those_of_the_published_context() -> None:
    published = json.loads(PUBLISHED.read_bytes())["@context"]
    iris = {
        term: definition if isinstance(definition, str) else definition["@id"]
        for term, definition in published.items()
        if not term.startswith("@")
    }
    prefixes = {f"{name}:": iris[name] for name in ("ngsi-ld", "geojson")}
    expanded = {
        term: next(
            (full + iri[len(short) :] for short, full in prefixes.items() if iri.startswith(short)),
            iri,
        )
        for term, iri in iris.items()
    }
    assert expanded == CORE_TERMS
    assert published["@vocab"] == DEFAULT


def test_terms_nobody_defined_are_in_the_default_vocabulary() -> None:
    assert CORE.expand("temperature") == f"{DEFAULT}temperature"
    assert CORE.compact(f"{DEFAULT}temperature") == "temperature"


@pytest.mark.parametrize(
    "url",
    [
        CORE_CONTEXT,
        "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
        "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld",
        "http://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld",
        "https://uri.etsi.org/ngsi-ld/ngsi-ld-core-context-v1.0.jsonld",
    ],
)
def test_every_published_core_context_means_the_one_built_in(url: str) -> None:
    assert is_core_url(url)
    assert parse_context(url) is CORE
    assert parse_context([url, [url]]).expand("location") == CORE_TERMS["location"]


def test_a_core_context_that_does_not_exist_is_asked_for_and_not_had() -> None:
    url = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-non-existing.jsonld"
    with pytest.raises(LdContextNotAvailable) as caught:
        parse_context([url])
    assert (caught.value.status, caught.value.url) == (504, url)


def test_core_terms_cannot_be_overridden() -> None:
    context = parse_context([CORE_CONTEXT, {"Property": f"{EXAMPLE}P", "value": f"{EXAMPLE}v"}])
    assert context.expand("Property") == CORE_TERMS["Property"]
    assert context.expand("value") == CORE_TERMS["value"]
    assert context.compact(f"{EXAMPLE}P") == f"{EXAMPLE}P"


def test_user_terms_expand_and_compact() -> None:
    context = parse_context({"ex": EXAMPLE, "speed": "ex:speed", "name": {"@id": f"{EXAMPLE}name"}})
    assert [context.expand(term) for term in ("speed", "name", "ex:other", "urn:x:y")] == [
        f"{EXAMPLE}speed",
        f"{EXAMPLE}name",
        f"{EXAMPLE}other",
        "urn:x:y",
    ]
    assert [context.compact(f"{EXAMPLE}{name}") for name in ("speed", "name", "other")] == [
        "speed",
        "name",
        "ex:other",
    ]


def test_the_source_is_kept_for_echo_and_is_none_for_the_core() -> None:
    source = [{"speed": f"{EXAMPLE}speed"}, CORE_CONTEXT]
    assert parse_context(source).source is source
    assert CORE.source is None


def test_a_name_another_iri_has_taken_is_not_used_for_the_default_vocabulary() -> None:
    context = parse_context({"almostFull": f"{EXAMPLE}almostFull"})
    assert context.compact(f"{DEFAULT}almostFull") == "ngsi-ld:default-context/almostFull"
    assert context.expand("ngsi-ld:default-context/almostFull") == f"{DEFAULT}almostFull"


def test_later_parts_win_and_null_forgets() -> None:
    first, second = {"speed": f"{EXAMPLE}1"}, {"speed": f"{EXAMPLE}2"}
    assert parse_context([first, second]).expand("speed") == f"{EXAMPLE}2"
    assert parse_context([first, None]).expand("speed") == f"{DEFAULT}speed"


def test_a_term_without_meaning_is_no_name() -> None:
    context = parse_context({"secret": None, "hidden": {"@id": None}})
    for term in ("secret", "hidden"):
        with pytest.raises(BadRequestData, match="no meaning"):
            context.expand(term)


def test_the_vocabulary_of_a_user_defines_terms_and_the_core_one_expands_names() -> None:
    context = parse_context({"@vocab": EXAMPLE, "speed": {"@type": "@id"}})
    assert context.expand("speed") == f"{EXAMPLE}speed"
    assert context.expand("other") == f"{DEFAULT}other"
    assert parse_context({"@vocab": None, "a": "b"}).expand("a") == f"{DEFAULT}b"


def test_only_terms_that_end_like_a_prefix_are_prefixes() -> None:
    context = parse_context({"full": f"{EXAMPLE}", "word": "https://example.org/word"})
    assert context.expand("full:a") == f"{EXAMPLE}a"
    assert context.expand("word:a") == "word:a"
    assert context.expand("full://a") == "full://a"
    spelled = {"word": {"@id": "https://example.org/word", "@prefix": True}}
    assert parse_context(spelled).expand("word:a") == "https://example.org/worda"


def test_keywords_are_no_types_and_look_alikes_are_no_names() -> None:
    assert (CORE.expand("id"), CORE.expand("type")) == ("@id", "@type")
    for name in ("type", "@type", "@graph"):
        with pytest.raises(BadRequestData):
            CORE.expand_type_name(name)
    for name in ("@unknown", "", "a b", "a\n", "x" * (limits.IRI_LENGTH + 1)):
        with pytest.raises(BadRequestData):
            CORE.expand(name)


def test_words_of_vocabularies_expand_and_compact() -> None:
    context = parse_context({"commercial": f"{EXAMPLE}commercial"})
    expanded = context.expand_value("any", ["commercial", "other", "two words"])
    assert expanded == [f"{EXAMPLE}commercial", f"{DEFAULT}other", "two words"]
    assert context.compact_value("any", expanded) == ["commercial", "other", "two words"]


def test_remote_contexts_are_read_with_addresses_relative_to_them() -> None:
    load = shelf(
        a={"@context": ["b", {"speed": f"{EXAMPLE}a"}]},
        b={"@context": {"speed": f"{EXAMPLE}b", "name": f"{EXAMPLE}name"}},
    )
    context = parse_context("https://example.org/deep/a", load)
    assert (context.expand("speed"), context.expand("name")) == (f"{EXAMPLE}a", f"{EXAMPLE}name")


def test_an_imported_context_stands_below_the_object_that_imports_it() -> None:
    load = shelf(a={"@context": {"speed": f"{EXAMPLE}a", "name": f"{EXAMPLE}name"}})
    source = {"@import": "https://example.org/a", "speed": f"{EXAMPLE}own"}
    context = parse_context(source, load)
    assert (context.expand("speed"), context.expand("name")) == (f"{EXAMPLE}own", f"{EXAMPLE}name")


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/self",
        "https://example.org/ping",
        {"@import": "https://example.org/list"},
        {"a": "b:x", "b": "a:x"},
        {"a": "b", "b": "c", "c": "a"},
        {"term": {"@id": f"{EXAMPLE}t", "@context": {"x": f"{EXAMPLE}x"}}},
        {"term": 5},
        {"term": {"@id": ["a"]}},
        {"@vocab": 5},
        {"@import": 5},
        "no-url",
        "ftp://example.org/a",
        "https://example.org/a b",
        5,
        True,
        [[[[[[[[[[[[[[[[[[["https://example.org/deep"]]]]]]]]]]]]]]]]]]],
    ],
)
def test_what_is_no_context_is_refused(source: object) -> None:
    load = shelf(
        self={"@context": "https://example.org/self"},
        ping={"@context": ["https://example.org/pong"]},
        pong={"@context": ["https://example.org/ping"]},
        list={"@context": []},
    )
    with pytest.raises(BadRequestData):
        parse_context(source, load)


def test_a_document_without_a_context_in_it_is_no_context() -> None:
    with pytest.raises(LdContextNotAvailable, match="https://example.org/empty"):
        parse_context("https://example.org/empty", shelf(empty={"speed": f"{EXAMPLE}a"}))


def test_contexts_that_multiply_are_stopped() -> None:
    asked: list[str] = []

    def load(url: str) -> object:
        asked.append(url)
        return {"@context": [f"{url}a", f"{url}b"]}

    with pytest.raises(BadRequestData):
        parse_context("https://example.org/", load)
    assert len(asked) <= limits.CONTEXT_PARTS


def test_a_context_of_too_many_terms_is_refused() -> None:
    huge = {f"t{number}": f"{EXAMPLE}{number}" for number in range(limits.CONTEXT_TERMS + 1)}
    with pytest.raises(BadRequestData, match="terms"):
        parse_context(huge)


def test_strangers_cannot_fill_the_memory_with_names() -> None:
    context = parse_context({"speed": f"{EXAMPLE}speed"})
    for number in range(limits.EXPANSIONS_REMEMBERED + 500):
        context.compact(context.expand(f"name{number}"))
    assert len(context._expanded) <= len(context._terms) + limits.EXPANSIONS_REMEMBERED
    assert len(context._compacted) <= len(context._names) + limits.EXPANSIONS_REMEMBERED


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["@id", "@vocab", "@context", "@import", "@type", "a", "b:c", "@x", ""])
            | st.text(max_size=6),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_whatever_stands_in_a_context_the_answer_is_a_context_or_a_refusal(source: object) -> None:
    try:
        context = parse_context(source)
    except NgsiLdError:
        return
    assert context.expand("location") == CORE_TERMS["location"]


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,3}(:[a-z]{1,3})?", fullmatch=True),
        st.sampled_from([f"{EXAMPLE}a", f"{EXAMPLE}b", EXAMPLE, "a:b", "b", f"{DEFAULT}a", "c:d"]),
        max_size=6,
    ),
    st.from_regex(r"[a-z]{1,3}(:[a-z]{1,3})?", fullmatch=True),
)
def test_a_compacted_name_expands_to_the_same_iri(source: dict[str, str], name: str) -> None:
    try:
        context = parse_context(source)
        iri = context.expand(name)
    except BadRequestData:
        return
    assert context.expand(context.compact(iri)) == iri
