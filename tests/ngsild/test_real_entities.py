"""Published examples of street lights, read and written in every form; pyld as the peer.

The files (Smart Data Models, Streetlighting) are not part of the repository.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld

from kierto.ngsild.contexts import CORE_CONTEXT, Context, parse_context
from kierto.ngsild.entities import read_attributes, read_entity
from kierto.ngsild.representations import Shape, write_entity
from tests.house.floors import ROOT
from tests.ngsild.entities import NOW, plain

SHARED = ROOT.parent / "shared" / "data"
MODELS = SHARED / "smart-data-models"
CORE_FILE = SHARED / "contexts" / "ngsi-ld-core-context-v1.9.jsonld"
LIGHTING = MODELS / "context-streetlighting.jsonld"
EXAMPLES = sorted(MODELS.glob("Streetlight*/**/example*.json*"))

pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="the published examples are not in ../shared/data"
)


def load(url: str) -> object:
    """The one remote context these examples name, from the shelf."""
    return json.loads(LIGHTING.read_bytes())


def payload_of(path: Path) -> dict[str, Any]:
    payload = json.loads(path.read_bytes())
    return payload if isinstance(payload, dict) else {}


def is_entity(payload: dict[str, Any]) -> bool:
    return "id" in payload and "type" in payload and "@context" in payload


ENTITIES = [path for path in EXAMPLES if is_entity(payload_of(path))]


def context_of(payload: dict[str, Any]) -> Context:
    return parse_context(payload["@context"], load)


def shown(path: Path) -> str:
    return "/".join(path.parts[-3:])


@pytest.mark.parametrize("path", ENTITIES, ids=shown)
@pytest.mark.parametrize("form", ["normalized", "concise"])
def test_published_entities_survive_writing_and_reading(path: Path, form: Any) -> None:
    payload = payload_of(path)
    context = context_of(payload)
    before = read_entity(payload, context, now=NOW)
    again = read_entity(write_entity(before, context, Shape(form)), context, now=NOW)
    assert instances_of(again) == instances_of(before)


@pytest.mark.parametrize("path", ENTITIES, ids=shown)
def test_published_entities_survive_the_simplified_form(path: Path) -> None:
    payload = payload_of(path)
    context = context_of(payload)
    written = write_entity(read_entity(payload, context, now=NOW), context, Shape("simplified"))
    found = read_attributes(written, context, now=NOW, simplified=True)
    again = {**read_entity(payload, context, now=NOW), "attributes": found}
    assert write_entity(again, context, Shape("simplified")) == written


@pytest.mark.parametrize("path", ENTITIES, ids=shown)
def test_types_and_names_expand_as_pyld_expands_them(path: Path) -> None:
    payload = payload_of(path)
    ours = read_entity(payload, context_of(payload), now=NOW)
    (theirs,) = jsonld.expand(with_core(payload), {"documentLoader": shelf()})
    assert ours["type"] == theirs["@type"]
    assert set(ours["attributes"]) == {name for name in theirs if not name.startswith("@")}


@pytest.mark.parametrize("path", ENTITIES, ids=shown)
def test_names_compact_as_pyld_compacts_them(path: Path) -> None:
    payload = payload_of(path)
    context = context_of(payload)
    ours = write_entity(read_entity(payload, context, now=NOW), context)
    expanded = jsonld.expand(with_core(payload), {"documentLoader": shelf()})
    theirs = jsonld.compact(expanded, with_core(payload)["@context"], {"documentLoader": shelf()})
    assert set(ours) == set(theirs) - {"@context"}


def with_core(payload: dict[str, Any]) -> dict[str, Any]:
    """For NGSI-LD the core context stands last, said or not; pyld has to be told."""
    return payload | {"@context": [*payload["@context"], CORE_CONTEXT]}


def instances_of(entity: dict[str, Any]) -> dict[str, Any]:
    return {
        iri: [plain(instance) for instance in instances]
        for iri, instances in entity["attributes"].items()
    }


def shelf() -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    def fetch(url: str, _options: dict[str, Any]) -> dict[str, Any]:
        document = json.loads(CORE_FILE.read_bytes()) if "uri.etsi.org" in url else load(url)
        return {"contextUrl": None, "documentUrl": url, "document": document}

    return fetch
