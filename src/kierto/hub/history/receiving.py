"""Reads histories that clients send (clauses 5.2.20, 5.6.11, 5.6.12)."""

from __future__ import annotations

from typing import Any

from kierto.ngsild import limits, times
from kierto.ngsild.contexts import Context
from kierto.ngsild.entities import read_attribute, read_entity, read_scope
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.instances import attribute_iri, new_instance_id
from kierto.ngsild.members import ENTITY_MEMBERS, NULL, Attributes, Document, Instance

_HEAD = ("id", "@id", "type", "@type", "expiresAt")


def read_history(payload: dict[str, Any], context: Context, *, now: str) -> dict[str, Any]:
    """A temporal entity: id, type, createdAt, modifiedAt, attributes with all their instances,
    ``scope`` as instances, ``last_scope`` as texts.

    Raises:
        BadRequestData: it is none; the detail names the member.
    """
    head = read_entity({name: payload[name] for name in _HEAD if name in payload}, context, now=now)
    attributes = read_attributes(payload, context, now=now)
    history: dict[str, Any] = head | {"attributes": attributes}
    if "scope" in payload:
        history["scope"] = read_scopes(payload["scope"], attributes, now)
        latest = max(history["scope"], key=lambda one: times.sort_key(one["observedAt"]))
        history["last_scope"] = latest["value"]
    return history


def read_attributes(payload: dict[str, Any], context: Context, *, now: str) -> Attributes:
    """Attributes of a temporal fragment: name, its instances in time.

    Raises:
        BadRequestData: one is not as the specification asks.
    """
    if len(payload) > limits.ATTRIBUTES:
        raise BadRequestData(f"An entity has at most {limits.ATTRIBUTES} attributes.")
    attributes: Attributes = {}
    for name, value in payload.items():
        if name in ENTITY_MEMBERS:
            continue
        iri = attribute_iri(name, context, name)
        attributes.setdefault(iri, []).extend(read_instances(iri, value, context, now=now))
    return attributes


def read_instances(iri: str, value: Any, context: Context, *, now: str) -> list[Instance]:
    """All instances of one attribute; a deleted one has the value NULL.

    Raises:
        BadRequestData: one is not as the specification asks.
    """
    found = []
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, dict):
            raise BadRequestData(f"{context.compact(iri)}: an instance in time is an object.")
        plain = {name: item for name, item in part.items() if name not in _OF_THE_NODE}
        instance = read_attribute(iri, plain, context, now=now, nulls=True)[0]
        if instance["value"] == NULL:
            instance["deletedAt"] = instance.get("observedAt", now)
        found.append(instance)
    return found


_OF_THE_NODE = frozenset({"instanceId", "createdAt", "modifiedAt", "deletedAt"})


def read_scopes(value: Any, attributes: Attributes, now: str) -> list[Instance]:
    """Scopes in time; plain ones hold from the first instance on."""
    parts = value if isinstance(value, list) else [value]
    if any(isinstance(part, dict) for part in parts):
        return [_scope_instance(part, now) for part in parts]
    observed = [
        one["observedAt"] for many in attributes.values() for one in many if "observedAt" in one
    ]
    first = min([*observed, now], key=times.sort_key)
    return [_noted(read_scope(value), first, now)]


def _scope_instance(part: Any, now: str) -> Instance:
    if not isinstance(part, dict) or "value" not in part:
        raise BadRequestData("scope: an instance in time is a Property with a value.")
    observed = part.get("observedAt", now)
    if not isinstance(observed, str):
        raise BadRequestData("scope.observedAt is a time such as 2026-11-22T07:00:00Z.")
    scopes = [] if part["value"] in ([], NULL) else read_scope(part["value"])
    return _noted(scopes, times.read_time(observed), now)


def _noted(scopes: list[str], observed: str, now: str) -> Instance:
    note: Instance = {"type": "Property", "value": scopes, "observedAt": observed}
    if not scopes:
        note["deletedAt"] = observed
    return note | {"createdAt": now, "modifiedAt": now, "instanceId": new_instance_id()}


def current_state(history: dict[str, Any]) -> Document:
    """The entity as the history leaves it: the latest instance of each attribute and dataset."""
    attributes: Attributes = {}
    for iri, instances in history["attributes"].items():
        latest: dict[str, Instance] = {}
        for one in instances:
            place = one.get("datasetId", "")
            if place not in latest or _time(latest[place]) <= _time(one):
                latest[place] = one
        there = [one for _place, one in sorted(latest.items()) if "deletedAt" not in one]
        if there:
            attributes[iri] = there
    document: Document = {
        name: history[name]
        for name in ("id", "type", "createdAt", "modifiedAt", "expiresAt")
        if name in history
    }
    if history.get("last_scope"):
        document["scope"] = history["last_scope"]
    return document | {"attributes": attributes}


def _time(instance: Instance) -> str:
    time: str = instance.get("observedAt") or instance["modifiedAt"]
    return times.sort_key(time)
