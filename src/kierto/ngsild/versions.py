"""Entities for readers who know an earlier version of NGSI-LD only (clause 4.3.6.8, 6.3.6).

What each version brought is in tables 4.3.6.8-1 to 4.3.6.8-3 of ETSI GS CIM 009 v1.9.1 (2025).
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from kierto.ngsild.contexts import Context
from kierto.ngsild.members import Document, Instance

Version: TypeAlias = tuple[int, int]

SPOKEN: Final[Version] = (1, 9)
"""The version this node speaks."""

_SEVERAL: Final[Version] = (1, 3)
_PREFERENCE = re.compile(r"\s*ngsi-ld\s*=\s*\"?(\d{1,2})\.(\d{1,3})\"?\s*(?:;.*)?", re.IGNORECASE)
_TYPE_SINCE: Final[dict[str, Version]] = {
    "LanguageProperty": (1, 4),
    "JsonProperty": (1, 8),
    "VocabProperty": (1, 8),
    "ListProperty": (1, 8),
    "ListRelationship": (1, 8),
}
_MEMBER_SINCE: Final[dict[str, Version]] = {
    "datasetId": (1, 3),
    "observedAt": (1, 3),
    "observedAtGiven": (1, 3),
    "unitCode": (1, 3),
    "objectType": (1, 8),
    "valueType": (1, 9),
    "expiresAt": (1, 9),
}


def preferred(header: str | None) -> Version | None:
    """The version a ``Prefer`` header asks for (RFC 7240), at most the one spoken here.

    ``respond-async, NGSI-LD="1.5";q=1`` gives ``(1, 5)``; nothing of the kind gives ``None``.
    """
    for part in (header or "")[:2_000].split(","):
        found = _PREFERENCE.fullmatch(part)
        if found is not None:
            return min(SPOKEN, (int(found[1]), int(found[2])))
    return None


def applied(version: Version) -> str:
    """The value of ``Preference-Applied``."""
    return f"ngsi-ld={version[0]}.{version[1]}"


def amended(document: Document, version: Version, context: Context) -> Document:
    """A document with nothing in it that came after a version; itself where that is so already.

    Args:
        context: of the answer: words of a vocabulary that become values are compacted with it.
    """
    if version >= SPOKEN:
        return document
    changes: Document = {}
    attributes = _attributes(document["attributes"], version, context)
    if attributes is not document["attributes"]:
        changes["attributes"] = attributes
    if version < _SEVERAL and len(document["type"]) > 1:
        changes["type"] = document["type"][:1]
    late = {"expiresAt"} if version >= (1, 4) else {"expiresAt", "scope"}
    if not changes and late.isdisjoint(document):
        return document
    kept = {name: item for name, item in document.items() if name not in late}
    return kept | changes


def _attributes(
    attributes: dict[str, list[Instance]], version: Version, context: Context
) -> dict[str, list[Instance]]:
    found: dict[str, list[Instance]] = {}
    changed = False
    for iri, instances in attributes.items():
        # The default instance stands first.
        kept = instances[:1] if version < _SEVERAL else instances
        new = [_instance(instance, version, context) for instance in kept]
        changed |= len(new) < len(instances)
        changed |= any(one is not other for one, other in zip(new, instances, strict=False))
        found[iri] = new
    return found if changed else attributes


def _instance(instance: Instance, version: Version, context: Context) -> Instance:
    kind = instance["type"]
    late = {name for name in instance if version < _MEMBER_SINCE.get(name, (1, 0))}
    subs = instance.get("attributes")
    fitting = None if subs is None else _attributes(subs, version, context)
    is_late = version < _TYPE_SINCE.get(kind, (1, 0))
    if not late and not is_late and fitting is subs:
        return instance
    result = {name: item for name, item in instance.items() if name not in late}
    if fitting is not None:
        result["attributes"] = fitting
    if is_late:
        result["type"] = "Relationship" if kind == "ListRelationship" else "Property"
        if kind == "VocabProperty":
            result["value"] = context.compact_value("", instance["value"])
    return result
