"""Names expand and compact as pyld, a JSON-LD processor, does it with the core context last."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from kierto.ngsild.contexts import parse_context
from kierto.ngsild.errors import BadRequestData
from tests.house.floors import ROOT

CORE_FILE = ROOT.parent / "shared" / "data" / "contexts" / "ngsi-ld-core-context-v1.9.jsonld"

pytestmark = pytest.mark.skipif(
    not CORE_FILE.exists(), reason="the published core context is not in ../shared/data"
)

CASES: list[Any] = [
    {"ex": "https://ex.org/", "name": "ex:name"},
    {"ex": "https://ex.org/word", "name": "ex:name"},
    {"ex": {"@id": "https://ex.org/word", "@prefix": True}, "name": "ex:name"},
    {"@vocab": "https://ex.org/", "name": {"@type": "@id"}, "other": "name"},
    {"@vocab": "https://ex.org/", "@version": 1.1, "name": "local"},
    [{"name": "https://ex.org/1"}, {"name": "https://ex.org/2"}],
    [{"name": "https://ex.org/1"}, None, {"other": "https://ex.org/2"}],
    {"ex": "https://ex.org#", "ex:name": {"@type": "@id"}, "name": "ex:other"},
    {"a": "https://ex.org/x", "name": "https://ex.org/x", "zz": "https://ex.org/x"},
    {"almostFull": "https://ex.org/almostFull"},
    {"name": "https://uri.etsi.org/ngsi-ld/default-context/other"},
]
COERCED: Any = {"name": {"@id": "https://ex.org/name", "@type": "@vocab"}, "other": "name"}
"""JSON-LD takes a coerced term only for values of its type; we look at names, not at values."""

NAMES = ["name", "other", "ex:name", "ex:some", "almostFull", "urn:x:y", "https://ex.org/deep", "a"]


def core() -> Any:
    return json.loads(CORE_FILE.read_bytes())["@context"]


def without_web(core_context: Any) -> Any:
    """The core context without the remote one that only the values of a proof need."""
    return {**core_context, "ngsildproof": "ngsi-ld:ngsildproof"}


def expanded_by_peer(source: Any, name: str) -> str | None:
    parts = source if isinstance(source, list) else [source]
    whole = [*parts, without_web(core())]
    (found,) = jsonld.expand({"@context": whole, "id": "urn:x", name: {"value": 1}}) or ({},)
    names = [iri for iri in found if not iri.startswith("@")]
    return names[0] if names else None


def compacted_by_peer(source: Any, iri: str) -> str:
    parts = source if isinstance(source, list) else [source]
    value = {"https://ex.org/value": [{"@value": 1}]}
    found = jsonld.compact([{iri: [value]}], [*parts, without_web(core())])
    return next(name for name in found if name != "@context")


@pytest.mark.parametrize("source", [*CASES, COERCED], ids=json.dumps)
@pytest.mark.parametrize("name", NAMES)
def test_names_expand_the_same(source: Any, name: str) -> None:
    assert parse_context(source).expand(name) == expanded_by_peer(source, name)


@pytest.mark.parametrize("source", CASES, ids=json.dumps)
def test_iris_compact_the_same(source: Any) -> None:
    context = parse_context(source)
    iris = [context.expand(name) for name in NAMES]
    assert [context.compact(iri) for iri in iris] == [compacted_by_peer(source, i) for i in iris]


terms = st.sampled_from(["a", "b", "ab", "a:b", "b:a"])
meanings = st.sampled_from(
    ["https://ex.org/", "https://ex.org/a", "https://ex.org#", "a:x", "b:y", "b", "urn:z"]
)
definitions = st.one_of(meanings, st.fixed_dictionaries({"@id": meanings}), st.none())


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(terms, definitions, max_size=4), st.sampled_from(["a", "b", "a:c", "b:c"]))
def test_random_contexts_expand_the_same(source: dict[str, Any], name: str) -> None:
    try:
        theirs = expanded_by_peer(source, name)
    except jsonld.JsonLdError:
        return  # pyld refuses more: a prefixed term that means something else, for example
    try:
        ours: str | None = parse_context(source).expand(name)
    except BadRequestData:
        ours = None  # no meaning: JSON-LD drops what we refuse
    assert ours == theirs
