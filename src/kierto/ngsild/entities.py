"""Payloads to documents: normalized, concise and simplified input, one reader.

The ``value`` of an instance is what the payload says, kept as it is, with three exceptions: words
of a VocabProperty are expanded, a geometry written as text becomes an object, and the objects of a
ListRelationship are plain URIs. A LanguageProperty that ``{"@none": NULL}`` removes has the value
NULL, as every other type.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from kierto.ngsild import limits
from kierto.ngsild.contexts import Context
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.instances import attribute_iri, read_instances
from kierto.ngsild.members import ENTITY_MEMBERS, NULL, Attributes, Document, Instance
from kierto.ngsild.names import read_uri
from kierto.ngsild.reading import Reading
from kierto.ngsild.times import read_time
from kierto.ngsild.values import DEEP, NOWHERE, WHOLE, read_types

_SCOPE = re.compile(r"/?[^\W\d_]\w*(?:/[^\W\d_]\w*)*")


@dataclasses.dataclass(frozen=True, slots=True)
class Fragment:
    """What a client sends to change an entity.

    Attributes:
        types: IRIs; empty where none are said.
        scope: scopes, ``None`` where none are said, ``[]`` where they shall go.
        attributes: what is said of attributes; values may be NULL.
        expires_at: time, NULL or ``None`` where it is not said.
        id: where one is said.
    """

    types: tuple[str, ...] = ()
    scope: list[str] | None = None
    attributes: Attributes = dataclasses.field(default_factory=dict)
    expires_at: str | None = None
    id: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it asks for no change at all."""
        return not (self.types or self.attributes or self.scope is not None or self.expires_at)


def read_entity(
    payload: object, context: Context, *, now: str, keep_times: bool = False
) -> Document:
    """An entity as a document.

    Args:
        payload: the JSON of the entity; its ``@context`` is ignored, ``context`` holds.
        now: createdAt and modifiedAt of it and of all its attributes.
        keep_times: believe the createdAt, modifiedAt and instanceId of the payload, because it
            comes from another node.

    Raises:
        BadRequestData: it is no entity; the detail names the member.
    """
    members = _object(payload)
    identifier = _one_of(members, "id", "@id")
    kinds = _one_of(members, "type", "@type")
    if identifier is None or kinds is None:
        raise BadRequestData(f"The entity has no {'id' if identifier is None else 'type'}.")
    document: Document = {
        "id": read_uri(identifier, "id"),
        "type": read_types(kinds, context, "type"),
    }
    if "scope" in members:
        document["scope"] = read_scope(members["scope"])
    document["createdAt"] = _own_time("createdAt", members, now, keep_times)
    document["modifiedAt"] = _own_time("modifiedAt", members, now, keep_times)
    if "expiresAt" in members:
        document["expiresAt"] = _time(members["expiresAt"], "expiresAt")
    reading = Reading(context, now, nulls=NOWHERE, keep_times=keep_times)
    document["attributes"] = _attributes(members, reading)
    return document


def read_fragment(
    payload: object,
    context: Context,
    *,
    now: str,
    nulls: bool = True,
    merge: bool = False,
    simplified: bool = False,
) -> Fragment:
    """What a client wants changed of an entity: types, scope, expiry, attributes.

    Args:
        nulls: whether NULL may stand for "remove it".
        merge: whether it may also stand inside JSON values, and types and values may be missing
            (merge patches; clauses 5.5.4, 5.5.12).
        simplified: whether it is in the simplified form.

    Raises:
        BadRequestData: it is no fragment of an entity; the detail names the member.
    """
    members = _object(payload)
    identifier = _one_of(members, "id", "@id")
    kinds = _one_of(members, "type", "@type")
    scope = expires_at = None
    if "scope" in members:
        removes = members["scope"] == NULL and (nulls or merge)
        scope = [] if removes else read_scope(members["scope"])
    if "expiresAt" in members:
        removes = members["expiresAt"] == NULL and (nulls or merge)
        expires_at = NULL if removes else _time(members["expiresAt"], "expiresAt")
    return Fragment(
        types=() if kinds is None else tuple(read_types(kinds, context, "type")),
        scope=scope,
        attributes=read_attributes(
            members, context, now=now, nulls=nulls, merge=merge, simplified=simplified
        ),
        expires_at=expires_at,
        id=None if identifier is None else read_uri(identifier, "id"),
    )


def read_attributes(
    payload: object,
    context: Context,
    *,
    now: str,
    nulls: bool = True,
    merge: bool = False,
    simplified: bool = False,
) -> Attributes:
    """The attributes of a fragment: IRI → instances; id, type and scope are passed over.

    Raises:
        BadRequestData: one of them is not as the specification asks.
    """
    reading = Reading(
        context, now, nulls=_where(nulls, merge), partial=merge, simplified=simplified
    )
    return _attributes(_object(payload), reading)


def read_attribute(
    iri: str,
    payload: object,
    context: Context,
    *,
    now: str,
    partial: bool = False,
    nulls: bool | None = None,
    merge: bool = False,
) -> list[Instance]:
    """The instances of one attribute, without its name.

    Args:
        iri: expanded name.
        partial: type and value may be missing, NULL may stand (partial update; clause 5.5.8).
        nulls: whether NULL may stand; as ``partial`` where it is not said.

    Raises:
        BadRequestData: it is no attribute, or nothing is said in it.
    """
    allowed = partial if nulls is None else nulls
    reading = Reading(context, now, nulls=_where(allowed, merge), partial=partial)
    if isinstance(payload, dict):
        payload = {name: item for name, item in payload.items() if name != "@context"}
    if payload in ({}, []) and partial:
        raise BadRequestData("The fragment says nothing about the attribute.")
    return read_instances(iri, payload, reading, context.compact(iri))


def read_scope(value: object) -> list[str]:
    """Scopes, each starting with ``/`` (clause 4.18).

    Raises:
        BadRequestData: one is no scope.
    """
    scopes = value if isinstance(value, list) else [value]
    if not 0 < len(scopes) <= limits.SCOPES:
        raise BadRequestData(f"scope holds one to {limits.SCOPES} scopes.")
    found: list[str] = []
    for scope in scopes:
        if (
            not isinstance(scope, str)
            or len(scope) > limits.IRI_LENGTH
            or not _SCOPE.fullmatch(scope)
        ):
            raise BadRequestData(
                "scope is made of levels such as /Madrid/Gardens: letters, digits and _ after a "
                "letter."
            )
        if scope not in found:
            found.append(scope)
    return found


def _where(nulls: bool, merge: bool) -> int:
    return DEEP if merge else WHOLE if nulls else NOWHERE


def _object(payload: object) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise BadRequestData("An entity is a JSON object.")
    return payload


def _one_of(members: dict[str, Any], name: str, keyword: str) -> object:
    if name in members and keyword in members:
        raise BadRequestData(f"Either {name} or {keyword} is said, not both.")
    return members.get(name, members.get(keyword))


def _time(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise BadRequestData(f"{path} is a time such as 2026-11-22T07:00:00Z.")
    return read_time(value)


def _own_time(name: str, members: dict[str, Any], now: str, believed: bool) -> str:
    return _time(members[name], name) if believed and name in members else now


def _attributes(members: dict[str, Any], reading: Reading) -> Attributes:
    if len(members) > limits.ATTRIBUTES:
        raise BadRequestData(f"An entity has at most {limits.ATTRIBUTES} attributes.")
    attributes: Attributes = {}
    context = reading.context
    for name, payload in members.items():
        if name in ENTITY_MEMBERS:
            continue
        iri = attribute_iri(name, context, name, payload)
        if iri in attributes:
            raise BadRequestData(f"{name} and another member mean the same, {iri}.")
        attributes[iri] = read_instances(iri, payload, reading, name)
    return attributes
