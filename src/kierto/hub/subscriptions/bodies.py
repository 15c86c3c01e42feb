"""Notifications as they are sent (clauses 5.3.1, 5.3.2, 6.3.8, 7.2): body and headers.

A row of the outbox says what happened: ``{"at", "after", "before"?}`` for an entity, ``{"at",
"reason", "sources"}`` for context sources, ``{"at", "found"}`` for what the clock asked for.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from kierto.hub import contexts
from kierto.hub.http.links import context_link
from kierto.hub.http.messages import GEO_JSON, JSON, LD_JSON
from kierto.hub.subscriptions import circles, owners, tenants_by_id
from kierto.hub.subscriptions.index import Entry
from kierto.hub.subscriptions.outbox import Owed
from kierto.hub.subscriptions.rows import SOURCES
from kierto.ngsild import geojson, joins, representations, subscriptions
from kierto.ngsild.changes import with_changes
from kierto.ngsild.contexts import CORE_CONTEXT, Context
from kierto.ngsild.representations import Shape

Document = dict[str, Any]
Message = tuple[dict[str, Any], dict[str, str]]


def write(entry: Entry, owed: Sequence[Owed], at: str) -> Message:
    """The body and the headers of one notification about all that is owed."""
    context = contexts.context_for(entry.stored.get("jsonldContext") or entry.stored["context"])
    happened = [each.happened() for each in owed]
    if entry.kind == SOURCES:
        from kierto.hub.subscriptions import sources

        return sources.body(entry, happened[0], context, at), headers(entry, context)
    elements = _elements(entry, happened, context)
    accept = entry.endpoint.get("accept", JSON)
    if accept == LD_JSON:
        elements = [{**each, "@context": _source(entry, context)} for each in elements]
    body = subscriptions.notification(
        entry.stored, elements, identifier=f"urn:ngsi-ld:Notification:{uuid.uuid4()}", now=at
    )
    if accept == GEO_JSON:
        body["data"] = _collection(entry, elements, context)
    return body, headers(entry, context)


def headers(entry: Entry, context: Context) -> dict[str, str]:
    """What is said beside the body; what the subscriber wants said comes last and counts."""
    accept = entry.endpoint.get("accept", JSON)
    said = {"Content-Type": accept}
    if accept == JSON or (accept == GEO_JSON and _wants_plain(entry)):
        said["Link"] = context_link(_address(entry, context))
    tenant = tenants_by_id.tenant(entry.tenant)
    if tenant.name:
        said["NGSILD-Tenant"] = tenant.name
    names = {name.lower(): name for name in said}
    for pair in entry.endpoint.get("receiverInfo") or ():
        key = pair["key"].lower()
        if key not in circles.OURS:
            said.pop(names.get(key, ""), None)
            names[key] = pair["key"]
            said[pair["key"]] = pair["value"]
    return said


def _elements(
    entry: Entry, happened: Iterable[dict[str, Any]], context: Context
) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    for each in happened:
        documents = each["found"] if "found" in each else [each["after"]]
        if documents == [None]:
            elements.append(_deleted(entry, each, context))
        else:
            elements += _written(entry, documents, each.get("before"), context)
    return elements


def _deleted(entry: Entry, happened: dict[str, Any], context: Context) -> dict[str, Any]:
    """An entity that is gone. Its attributes are told to who wants attributes that go."""
    stored, shape = entry.stored, entry.shape
    changes = bool(entry.notification.get("showChanges"))
    before: Document = happened["before"]
    attributes = before["attributes"]
    if "attributeDeleted" in (stored.get("triggers") or ()):
        watched = stored.get("watched")
        if watched:
            attributes = {iri: each for iri, each in attributes.items() if iri in watched}
    elif not changes:
        attributes = {}
    return representations.write_deleted(
        before | {"attributes": attributes},
        context,
        shape,
        deleted_at=happened["at"],
        show_changes=changes,
    )


def _written(
    entry: Entry, documents: list[Document], before: Document | None, context: Context
) -> list[dict[str, Any]]:
    shape = entry.shape
    linked = _linked(entry, documents, shape) if shape.join else {}
    if entry.endpoint.get("accept") == GEO_JSON:
        return [geojson.write_feature(each, context, shape, linked=linked) for each in documents]
    if before is not None and len(documents) == 1:
        changes = bool(entry.notification.get("showChanges"))
        at = documents[0].get("modifiedAt")
        documents = [with_changes(before, documents[0], show_changes=changes, deleted_at=at)]
    if shape.join == "flat":
        return representations.write_flat(documents, context, shape, linked)
    return [representations.write_entity(each, context, shape, linked=linked) for each in documents]


def _linked(entry: Entry, documents: list[Document], shape: Shape) -> dict[str, Document]:
    from kierto.hub.store import reading

    reader = owners.reader_for(entry.owner)
    if reader is None:
        return {}
    tenant = tenants_by_id.tenant(entry.tenant)
    return joins.linked(
        documents,
        level=shape.join_level,
        resolve_many=lambda ids: reading.get_many(tenant, ids, reader),
        contained_by=shape.contained_by,
    )


def _collection(entry: Entry, features: list[dict[str, Any]], context: Context) -> dict[str, Any]:
    collection = geojson.write_collection(features)
    if not _wants_plain(entry):
        collection["@context"] = _source(entry, context)
    return collection


def _wants_plain(entry: Entry) -> bool:
    """Whether GeoJSON goes without its context (``Prefer: body=json``, clause 6.3.8)."""
    return any(
        pair["key"].lower() == "prefer" and "body=json" in pair["value"].lower()
        for pair in entry.endpoint.get("notifierInfo") or ()
    )


def _source(entry: Entry, context: Context) -> Any:
    """The context as the subscriber names it, even where another name means the same."""
    source = entry.stored.get("jsonldContext") or context.source
    if isinstance(source, list) and len(source) == 1 and isinstance(source[0], str):
        return source[0]
    return CORE_CONTEXT if source is None else source


def _address(entry: Entry, context: Context) -> str:
    """An address under which the context can be had; one of ours where it has none of its own."""
    source = _source(entry, context)
    if isinstance(source, str):
        return source
    return contexts.address_of(context, str(entry.stored.get("base") or ""))
