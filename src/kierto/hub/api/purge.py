"""Deletes all entities that match, or some of their attributes (clause 5.6.21; 6.4.3.3)."""

from __future__ import annotations

from collections.abc import Callable

from kierto.hub import distribution
from kierto.hub.distribution import LocalBatch
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.http.queries import FILTERS, read_query
from kierto.hub.http.routing import Route
from kierto.hub.http.shapes import names_of
from kierto.hub.store import reading, writing
from kierto.hub.store.writing import Change
from kierto.ngsild.errors import BadRequestData, NgsiLdError
from kierto.ngsild.matching import Query
from kierto.ngsild.members import Document

PORTION = 1_000
"""Entities that are deleted in one transaction."""


def purge_entities(call: Call) -> Response:
    """DELETE /entities."""
    asked = read_query(call)
    goes = _what_goes(call)

    def local() -> LocalBatch:
        return _purge(call, asked.query, goes)

    done = distribution.purge(call, asked.query, local)
    if done.errors:
        body = {"success": done.success, "errors": done.errors}
        return answers.warn(Response(207, body), done.warnings)
    return answers.warn(answers.no_content(), done.warnings)


def _what_goes(call: Call) -> Callable[[str], bool] | None:
    """Which attributes go; ``None`` where the whole entity does."""
    keep = names_of(call.query.get("keep"), call.context, "keep")
    drop = names_of(call.query.get("drop"), call.context, "drop")
    if keep is not None and drop is not None:
        raise BadRequestData("Either keep or drop is said, not both.")
    if keep is not None:
        return lambda iri: iri not in keep
    if drop is not None:
        return lambda iri: iri in drop
    return None


def _purge(call: Call, query: Query, goes: Callable[[str], bool] | None) -> LocalBatch:
    ids = reading.keys_of(call.tenant, query, call.reader)
    success: list[str] = []
    errors: list[tuple[str, NgsiLdError]] = []

    def apply(document: Document | None) -> Document | None:
        # Somebody may have changed it since it was found: then it stays as it is.
        if document is None or not query.matches(document):
            return document
        return None if goes is None else _without(document, goes, call.now)

    for start in range(0, len(ids), PORTION):
        portion = ids[start : start + PORTION]
        results = writing.write(
            [Change(call.tenant, entity_id, apply, call.caller) for entity_id in portion]
        )
        for entity_id, result in zip(portion, results, strict=True):
            if isinstance(result.error, NgsiLdError):
                errors.append((entity_id, result.error))
            else:
                success.append(entity_id)
    return LocalBatch(success, (), errors)


def _without(document: Document, goes: Callable[[str], bool], now: str) -> Document:
    kept = {iri: instances for iri, instances in document["attributes"].items() if not goes(iri)}
    if len(kept) == len(document["attributes"]):
        return document
    return {**document, "modifiedAt": now, "attributes": kept}


ROUTES = [
    Route(
        "DELETE",
        "/entities",
        purge_entities,
        "purgeEntity",
        parameters=FILTERS | {"keep", "drop", "options"},
    ),
]
