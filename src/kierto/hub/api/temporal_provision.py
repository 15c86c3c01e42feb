"""Histories from outside: create or append, add attributes, change and delete (clauses 5.6.11 to
5.6.16; 6.18 to 6.22)."""

from __future__ import annotations

from typing import Any

from django.db.backends.utils import CursorWrapper

from kierto.hub.api import entities as current_entities
from kierto.hub.api.entities import check_same
from kierto.hub.history import erasing, keeping, receiving
from kierto.hub.history.entities import Past
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.http.routing import Route
from kierto.hub.store import reading, writing
from kierto.hub.store.writing import Change
from kierto.ngsild.entities import read_attribute
from kierto.ngsild.errors import BadRequestData, OperationNotSupported
from kierto.ngsild.members import Document
from kierto.ngsild.names import check_name, read_uri


def upsert_history(call: Call) -> Response:
    """POST /temporal/entities: a new history, with the current state it leads to, or more of one."""
    history = receiving.read_history(call.members, call.context, now=call.now)
    entity_id: str = history["id"]
    current = reading.get(call.tenant, entity_id, call.reader)

    def deed(cursor: CursorWrapper) -> bool:
        keeping.check_own(cursor, call.tenant.id, entity_id)
        return keeping.upsert(cursor, call.tenant.id, history, call.reader, implied=current is None)

    new = writing.run(deed)
    if new and current is None:
        _create_current(call, receiving.current_state(history))
    if new:
        return answers.created(f"/temporal/entities/{entity_id}")
    return answers.no_content()


def _create_current(call: Call, document: Document) -> None:
    def apply(current: Document | None) -> Document:
        return document if current is None else current

    (result,) = writing.write([Change(call.tenant, document["id"], apply, call.caller)])
    if result.error is not None:
        raise result.error


def append_attributes(call: Call) -> Response:
    """POST /temporal/entities/{entityId}/attrs."""
    entity_id = entity_of(call)
    payload = call.members
    if "id" in payload:
        check_same(read_uri(payload["id"], "id"), entity_id)
    attributes = receiving.read_attributes(payload, call.context, now=call.now)
    scope = []
    if "scope" in payload:
        scope = receiving.read_scopes(payload["scope"], attributes, call.now)
    if not attributes and not scope:
        raise BadRequestData("The fragment names no attribute.")

    def deed(cursor: CursorWrapper, past: Past) -> None:
        keeping.append(cursor, past.number, attributes, scope)

    _do(call, entity_id, deed)
    return answers.no_content()


def change_instance(call: Call) -> Response:
    """PATCH /temporal/entities/{entityId}/attrs/{attrId}/{instanceId}."""
    entity_id, iri, instance_id = entity_of(call), attribute_of(call), _instance_of(call)
    part = _fragment(call, iri)

    def deed(cursor: CursorWrapper, past: Past) -> None:
        keeping.change_instance(cursor, past, iri, instance_id, part, call.now)

    _do(call, entity_id, deed)
    return answers.no_content()


def _fragment(call: Call, iri: str) -> dict[str, Any]:
    """The one instance in the body: bare, or under the attribute's name."""
    payload: Any = {name: value for name, value in call.members.items() if name != "@context"}
    names = [name for name in payload if call.context.expand(name) == iri]
    if names and not {"type", "value", "object", "observedAt"} & payload.keys():
        payload = payload[names[0]]
    if isinstance(payload, list):
        if len(payload) != 1:
            raise BadRequestData("One instance is changed: the array holds exactly one.")
        payload = payload[0]
    instances = read_attribute(iri, payload, call.context, now=call.now, partial=True)
    return instances[0]


def delete_instance(call: Call) -> Response:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}/{instanceId}."""
    entity_id, iri, instance_id = entity_of(call), attribute_of(call), _instance_of(call)

    def deed(cursor: CursorWrapper, past: Past) -> None:
        keeping.delete_instance(cursor, past, iri, instance_id)

    _do(call, entity_id, deed)
    return answers.no_content()


def delete_attribute(call: Call) -> Response:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}."""
    entity_id, iri = entity_of(call), attribute_of(call)
    everything = call.flag("deleteAll")
    dataset = call.query.get("datasetId") or None
    if dataset is not None:
        if everything:
            raise BadRequestData("Either datasetId or deleteAll=true is said, not both.")
        dataset = None if dataset == "@none" else read_uri(dataset, "datasetId")

    def deed(cursor: CursorWrapper, past: Past) -> None:
        keeping.delete_attribute(cursor, past, iri, dataset=dataset, everything=everything)

    _do(call, entity_id, deed)
    return answers.no_content()


def delete_history(call: Call) -> Response:
    """DELETE /temporal/entities/{entityId}; also a current state that was only made of it."""
    entity_id = entity_of(call)

    def deed(cursor: CursorWrapper, past: Past) -> bool:
        erasing.erase_entity(cursor, past.number)
        return past.implied

    if _do(call, entity_id, deed):
        _delete_current(call, entity_id)
    return answers.no_content()


def _delete_current(call: Call, entity_id: str) -> None:
    """A current state nobody has written goes with the history it was made of."""

    def apply(current: Document | None) -> Document | None:
        if current is not None and current["createdAt"] == current["modifiedAt"]:
            return None
        return current

    writing.write([Change(call.tenant, entity_id, apply, call.caller)])

    def forget(cursor: CursorWrapper, past: Past) -> None:
        if past.deleted is not None:
            erasing.erase_entity(cursor, past.number)

    if reading.get(call.tenant, entity_id, call.reader) is None:
        _do(call, entity_id, forget)


def _do(call: Call, entity_id: str, deed: Any) -> Any:
    """Do something to an entity of the history that the caller may read, durably."""

    def work(cursor: CursorWrapper) -> Any:
        keeping.check_own(cursor, call.tenant.id, entity_id)
        return deed(cursor, keeping.find(cursor, call.tenant.id, entity_id, call.reader))

    return writing.run(work)


def entity_of(call: Call) -> str:
    """The entity in the path; with ``/attrs//`` behind it, the name of an attribute is missing.

    Raises:
        BadRequestData: it is no URI, or followed by an attribute without a name.
    """
    if "/attrs/" in call.params["entityId"]:
        raise BadRequestData("The name of the attribute is missing in the address.")
    return current_entities.entity_of(call)


def no_instance(call: Call) -> Response:
    """PATCH /temporal/entities/{entityId}/attrs/{attrId}: an instance is changed by its id."""
    attribute_of(call)
    raise OperationNotSupported("PATCH names an instance: add its id to the address.", status=405)


def attribute_of(call: Call) -> str:
    """The attribute in the path, expanded.

    Raises:
        BadRequestData: it is no name.
    """
    name = call.params["attrId"]
    if name.startswith("/"):
        raise BadRequestData("The name of the attribute is missing in the address.")
    check_name(name)
    return call.context.expand(name)


def _instance_of(call: Call) -> str:
    return read_uri(call.params["instanceId"], "The identifier of the instance in the address")


ROUTES = [
    Route(
        "POST",
        "/temporal/entities",
        upsert_history,
        "upsertTemporal",
        parameters=frozenset(),
        creates=True,
    ),
    Route(
        "DELETE",
        "/temporal/entities/{entityId}",
        delete_history,
        "deleteTemporal",
        parameters=frozenset(),
    ),
    Route(
        "POST",
        "/temporal/entities/{entityId}/attrs",
        append_attributes,
        "appendAttrsTemporal",
        parameters=frozenset(),
    ),
    Route(
        "DELETE",
        "/temporal/entities/{entityId}/attrs/{attrId}",
        delete_attribute,
        "deleteAttrsTemporal",
        parameters=frozenset({"datasetId", "deleteAll"}),
    ),
    Route(
        "PATCH",
        "/temporal/entities/{entityId}/attrs/{attrId}/{instanceId}",
        change_instance,
        "updateAttrInstanceTemporal",
        parameters=frozenset(),
    ),
    Route(
        "PATCH",
        "/temporal/entities/{entityId}/attrs/{attrId}",
        no_instance,
        "updateAttrInstanceTemporal",
        parameters=frozenset(),
    ),
    Route(
        "DELETE",
        "/temporal/entities/{entityId}/attrs/{attrId}/{instanceId}",
        delete_instance,
        "deleteAttrInstanceTemporal",
        parameters=frozenset(),
    ),
]
