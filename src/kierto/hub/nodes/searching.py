"""What other cities have of a kind, asked now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from kierto.hub.callers import caller_of_agent
from kierto.hub.distribution import gathering
from kierto.hub.distribution.asking import Asking, matching
from kierto.hub.distribution.warnings import agent_of
from kierto.hub.models import Node
from kierto.hub.store import tenants
from kierto.hub.store.reading import Page
from kierto.hub.vocabulary import context
from kierto.ngsild import times
from kierto.ngsild.contexts import CORE
from kierto.ngsild.matching import Query
from kierto.ngsild.members import Document
from kierto.ngsild.types import TypeSelection
from kierto.parties.models import Agent

ROWS: Final = 200

_SEPARATED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Row:
    """One entity of another city.

    Attributes:
        name: what it is called there; its identifier where it has no name.
        about: a sentence, where it has one.
        cities: who has it.
        href: its page at the node that has it; empty where it says none.
    """

    id: str
    name: str
    about: str
    cities: tuple[str, ...]
    href: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and which cities did not answer.

    Attributes:
        address: the query behind it, below the address of this node.
    """

    rows: list[Row]
    silent: list[str]
    address: str


def kinds_of(nodes: Sequence[Node]) -> list[tuple[str, str]]:
    """Kinds that other cities have: IRI and name, by name."""
    kinds = {iri for node in nodes for iri in node.types}
    return sorted(((iri, kind_name(iri)) for iri in kinds), key=lambda pair: pair[1].lower())


def kind_name(iri: str) -> str:
    """A kind as words: its last part, with blanks between them."""
    short = context().compact(iri)
    last = re.split(r"[/#:]", short)[-1] or short
    words = _SEPARATED.sub(" ", last).replace("_", " ").replace("-", " ").split()
    return " ".join([words[0], *(word.lower() for word in words[1:])]) if words else short


def search(kind: str, nodes: Sequence[Node], *, by: Agent | None) -> Found:
    """Entities of a kind (IRI) that other cities have, for whoever asks."""
    asking = Asking(
        tenant=tenants.find(""),
        reader=caller_of_agent(by).reader,
        context=CORE,
        now=times.now(),
    )
    asked = Query(types=TypeSelection((frozenset({kind}),)))
    by_registration = {
        node.registration.name: node for node in nodes if node.registration is not None
    }
    found = matching(asking, asked, *gathering.OPERATIONS)
    matches = [match for match in found if match.source.name in by_registration]

    def nothing(limit: int, offset: int, count: bool) -> Page:
        return Page([])

    gathered = gathering.gather(asking, matches, asked, nothing, ROWS)
    rows = [
        _row(document, [by_registration[name] for name in gathered.sources[key]])
        for key, document in list(gathered.documents.items())[:ROWS]
    ]
    silent = [
        by_registration[match.source.name].name
        for match in matches
        if any(f" {agent_of(match.source.label)} " in text for text in gathered.warnings)
    ]
    return Found(rows, silent, f"/ngsi-ld/v1/entities?type={kind}")


def _row(document: Document, nodes: Sequence[Node]) -> Row:
    attributes = document["attributes"]
    name = _text(attributes, "name") or _text(attributes, "title") or document["id"]
    address = _text(attributes, "url")
    theirs = any(address.startswith(f"{node.address}/") for node in nodes)
    return Row(
        document["id"],
        name[:200],
        _text(attributes, "description")[:300],
        tuple(node.name for node in nodes),
        address if theirs else "",
    )


def _text(attributes: dict[str, Any], last: str) -> str:
    """The text of the attribute whose name ends so, whatever vocabulary it is of."""
    for iri, instances in attributes.items():
        if re.split(r"[/#:]", iri)[-1] != last:
            continue
        value = instances[0].get("value")
        if isinstance(value, dict):
            value = next(iter(value.values()), "")
        if isinstance(value, str):
            return value
    return ""
