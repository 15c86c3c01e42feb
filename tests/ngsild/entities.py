"""Entities the tests of this package share."""

from __future__ import annotations

from typing import Any

from kierto.ngsild.contexts import CORE, Context, parse_context
from kierto.ngsild.entities import read_entity
from kierto.ngsild.members import Document, Instance

NOW = "2026-11-22T07:00:00Z"
LATER = "2026-11-22T08:30:00.25Z"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
VOCABULARY = "https://example.org/lamps#"
LAMPS: Context = parse_context(
    {"lamp": VOCABULARY, "Lamp": "lamp:Lamp", "power": "lamp:power", "led": "lamp:led"}
)


def a_lamp(**members: Any) -> dict[str, Any]:
    """The payload of a street lamp with these attributes."""
    return {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", **members}


def document(context: Context = CORE, **members: Any) -> Document:
    """The document of a street lamp with these attributes, created at NOW."""
    return read_entity(a_lamp(**members), context, now=NOW)


def plain(instance: Instance) -> dict[str, Any]:
    """An instance without what the node adds."""
    return {
        name: {iri: [plain(one) for one in several] for iri, several in item.items()}
        if name == "attributes"
        else item
        for name, item in instance.items()
        if name not in {"createdAt", "modifiedAt", "instanceId"}
    }
