"""Attributes of an entity: append, update, replace, delete (clauses 5.6.2 to 5.6.5, 5.6.19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kierto.hub import distribution
from kierto.hub.api.entities import check_same, entity_of, of_entity, type_of
from kierto.hub.http import answers, storing
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.http.routing import Route
from kierto.ngsild import patches
from kierto.ngsild.entities import Fragment, read_attribute, read_fragment
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import Document
from kierto.ngsild.names import read_uri

Patcher = Callable[[Document, Fragment], tuple[Document, patches.Outcome]]


def append_attributes(call: Call) -> Response:
    """POST /entities/{entityId}/attrs."""
    overwrite = "noOverwrite" not in call.options
    return _many(
        call,
        "appendAttrs",
        lambda current, part: patches.append_attributes(
            current, part, now=call.now, overwrite=overwrite
        ),
    )


def update_attributes(call: Call) -> Response:
    """PATCH /entities/{entityId}/attrs."""
    return _many(
        call,
        "updateAttrs",
        lambda current, part: patches.update_attributes(current, part, now=call.now),
        nulls=True,
    )


def _many(call: Call, operation: str, patcher: Patcher, *, nulls: bool = False) -> Response:
    entity_id, payload, context = entity_of(call), call.members, call.context
    wanted = type_of(call)
    fragment = read_fragment(payload, context, now=call.now, nulls=nulls)
    if fragment.id is not None:
        check_same(fragment.id, entity_id)

    def local(rest: dict[str, Any] | None) -> patches.Outcome:
        part = fragment
        if rest is not payload:
            part = read_fragment(rest, context, now=call.now, nulls=nulls)
        outcome: patches.Outcome = storing.patch(
            call, entity_id, lambda current: patcher(current, part), wanted
        )
        return outcome

    provided = distribution.provide(call, operation, entity_id, payload, None, local)
    outcome = provided.result
    if provided.partial or (outcome is not None and outcome.not_updated):
        body = storing.update_result(outcome, provided.updated, provided.not_updated)
        response = Response(207, body)
    else:
        response = answers.no_content()
    return answers.warn(response, provided.warnings)


def update_attribute(call: Call) -> Response:
    """PATCH /entities/{entityId}/attrs/{attrId}."""
    entity_id, iri, payload = entity_of(call), attribute_of(call), call.payload
    wanted = type_of(call)
    instances = read_attribute(iri, payload, call.context, now=call.now, partial=True)

    def local(_: object) -> Any:
        return storing.patch(
            call,
            entity_id,
            lambda current: patches.partial_update_attribute(current, iri, instances, now=call.now),
            wanted,
        )

    return _one(call, "updateAttrs", payload, iri, local)


def replace_attribute(call: Call) -> Response:
    """PUT /entities/{entityId}/attrs/{attrId}."""
    entity_id, iri, payload = entity_of(call), attribute_of(call), call.payload
    wanted = type_of(call)
    instances = read_attribute(iri, payload, call.context, now=call.now)

    def local(_: object) -> Any:
        return storing.patch(
            call,
            entity_id,
            lambda current: patches.replace_attribute(current, iri, instances, now=call.now),
            wanted,
        )

    return _one(call, "replaceAttrs", payload, iri, local)


def delete_attribute(call: Call) -> Response:
    """DELETE /entities/{entityId}/attrs/{attrId}."""
    entity_id, iri = entity_of(call), attribute_of(call)
    wanted = type_of(call)
    dataset_id = call.query.get("datasetId")
    delete_all = call.flag("deleteAll")
    if dataset_id is not None:
        if delete_all:
            raise BadRequestData("Either datasetId or deleteAll=true is said, not both.")
        dataset_id = None if dataset_id == "@none" else read_uri(dataset_id, "datasetId")

    def local(_: object) -> Any:
        return storing.patch(
            call,
            entity_id,
            lambda current: patches.delete_attribute(
                current, iri, now=call.now, dataset_id=dataset_id, delete_all=delete_all
            ),
            wanted,
        )

    return _one(call, "deleteAttrs", None, iri, local)


def _one(
    call: Call,
    operation: str,
    payload: Any,
    iri: str,
    local: Callable[[Any], Any],
) -> Response:
    entity_id = entity_of(call)
    provided = distribution.provide(call, operation, entity_id, payload, [iri], local)
    return of_entity(entity_id, provided)


def attribute_of(call: Call) -> str:
    """The attribute in the path, expanded.

    Raises:
        BadRequestData: it is no name of an attribute.
    """
    iri = call.context.expand(call.params["attrId"])
    if iri[0] == "@":
        raise BadRequestData(f"{call.params['attrId']!r} is no name of an attribute.")
    return iri


_PATH = "/entities/{entityId}/attrs"
_COMMON = frozenset({"type", "options", "format", "lang"})

ROUTES = [
    Route("POST", _PATH, append_attributes, "appendAttrs", parameters=_COMMON),
    Route("PATCH", _PATH, update_attributes, "updateAttrs", parameters=_COMMON),
    Route("PATCH", f"{_PATH}/{{attrId}}", update_attribute, "updateAttrs", parameters=_COMMON),
    Route("PUT", f"{_PATH}/{{attrId}}", replace_attribute, "replaceAttrs", parameters=_COMMON),
    Route(
        "DELETE",
        f"{_PATH}/{{attrId}}",
        delete_attribute,
        "deleteAttrs",
        parameters=frozenset({"type", "datasetId", "deleteAll", "options"}),
    ),
]
