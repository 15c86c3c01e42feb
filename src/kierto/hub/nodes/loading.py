"""Entities out of a file, written as the platform itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kierto.hub import contexts
from kierto.hub.callers import SYSTEM
from kierto.hub.store import tenants, writing
from kierto.hub.store.changes import Change, Document
from kierto.ngsild import times
from kierto.ngsild.entities import read_entity
from kierto.ngsild.errors import BadRequestData, NgsiLdError
from kierto.ngsild.patches import replace_entity


@dataclass(slots=True)
class Loaded:
    """What became of a file: how many entities were written, and why others were not."""

    written: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


def load(payloads: Sequence[Any], *, tenant: str = "") -> Loaded:
    """Writes entities of NGSI-LD; those that stand are replaced, those that are none are left.

    Args:
        payloads: JSON objects; each may have its ``@context``.
        tenant: whose entities; it is brought into being.
    """
    now = times.now()
    loaded = Loaded()
    changes: list[Change] = []
    whose = tenants.find(tenant, create=True)
    for payload in payloads:
        try:
            document = read_entity(payload, _context(payload), now=now)
        except NgsiLdError as error:
            name = payload.get("id") if isinstance(payload, dict) else None
            loaded.left.append((str(name or "?"), error.detail))
            continue
        changes.append(Change(whose, document["id"], _replacing(document, now), SYSTEM))
    for change, result in zip(changes, writing.write(changes), strict=True):
        if result.error is None:
            loaded.written += 1
        else:
            loaded.left.append((change.entity_id, str(result.error)))
    return loaded


def _context(payload: Any) -> Any:
    if not isinstance(payload, dict):
        raise BadRequestData("An entity is a JSON object.")
    return contexts.context_for(payload.get("@context"))


def _replacing(document: Document, now: str) -> Any:
    def apply(current: Document | None) -> Document:
        if current is None:
            return document
        changed: Document = replace_entity(current, document, now=now)[0]
        return changed

    return apply
