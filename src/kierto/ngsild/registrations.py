"""Registrations of context sources (clauses 5.2.9 to 5.2.11, 5.9, 5.12): who can be asked what."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kierto.ngsild import operations, times
from kierto.ngsild.coverage import Part, conflict, covers, parts
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.fields import is_null, read_payload, without
from kierto.ngsild.names import read_uri
from kierto.ngsild.registration_members import (
    MANDATORY,
    MODES,
    READERS,
    STORED_NAMES,
    check_together,
    read_members,
)

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

__all__ = [
    "MODES",
    "Part",
    "Stored",
    "apply_patch",
    "available",
    "conflict",
    "covers",
    "parts",
    "read_registration",
    "write_registration",
]

Stored: TypeAlias = dict[str, Any]
"""What is kept of a registration; orjson-able, names expanded::

    {"id", "type": "ContextSourceRegistration", "original": {members as sent, without @context},
     "context": source|None, "endpoint": url, "mode": …, "operations": [names, groups resolved],
     "information": [{"entities"?: [{"type": iri|[iri], "id"?, "idPattern"?}],
                      "properties"?: [iri], "relationships"?: [iri]}],
     "tenant"?, "alias"?, "datasetId"?: […], "scope"?: […], "expiresAt"?,
     "location"?, "observationSpace"?, "operationSpace"?: GeoJSON,
     "contextSourceInfo"?: {key: value}, "management"?: {…}, "csourceProperties"?: {iri: value},
     "observationInterval"?, "managementInterval"?: {"startAt", "endAt"?},
     "createdAt", "modifiedAt", "timesSent"?, "timesFailed"?, "lastSuccess"?, "lastFailure"?}

The counters and times of the last line are the hub's: it sets them before writing.
"""

TYPE: Final = "ContextSourceRegistration"


def read_registration(payload: Any, context: Context, *, now: str) -> Stored:
    """Check a new registration and bring it into the stored form.

    Raises:
        BadRequestData: a member is missing, wrong, or contradicts another.
    """
    given = without(read_payload(payload, "The registration"), ("@context",))
    if given.get("type", given.get("@type")) != TYPE:
        raise BadRequestData(f"type is {TYPE}.")
    for name in ("endpoint", "information"):
        if name in given and is_null(given[name]):
            raise BadRequestData(f"{name} is missing.")
    identifier = given.get("id", given.get("@id"))
    stored: Stored = {
        "id": f"urn:ngsi-ld:ContextSourceRegistration:{uuid.uuid4()}"
        if identifier is None
        else read_uri(identifier, "id"),
        "type": TYPE,
        "context": context.source,
        "createdAt": now,
        "modifiedAt": now,
    }
    return _complete(stored, {}, _said(given), context, now)


def _said(given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in given.items()
        if not is_null(value) and name not in {"id", "@id", "type", "@type"}
    }


def _complete(
    stored: Stored, original: dict[str, Any], given: dict[str, Any], context: Context, now: str
) -> Stored:
    read = read_members(given, context, now)
    if "csourceProperties" in read and "csourceProperties" in stored:
        read["csourceProperties"] = stored["csourceProperties"] | read["csourceProperties"]
    stored = stored | read
    stored["original"] = original | given
    stored.setdefault("mode", "inclusive")
    if "operations" not in stored["original"]:
        offered = operations.resolve([operations.DEFAULT])
        if stored["mode"] == "auxiliary":
            offered = [name for name in offered if name in operations.CONSUMPTION]
        stored["operations"] = offered
    check_together(stored)
    return stored


def apply_patch(stored: Stored, fragment: Any, context: Context, *, now: str) -> Stored:
    """The registration after a partial update (5.9.3); a null removes an optional member.

    Raises:
        BadRequestData: the fragment is none, or the result would be no registration.
    """
    given = without(read_payload(fragment, "The fragment"), ("@context",))
    if given.get("type", given.get("@type", TYPE)) != TYPE:
        raise BadRequestData(f"type is {TYPE}.")
    identifier = given.get("id", given.get("@id", stored["id"]))
    if identifier != stored["id"]:
        raise BadRequestData("The id of a registration cannot change.")
    gone = {name for name, value in given.items() if is_null(value)}
    if gone & MANDATORY:
        raise BadRequestData(f"{min(gone & MANDATORY)} cannot be removed.")
    kept = without(stored, {STORED_NAMES.get(name, name) for name in gone if name in READERS})
    if "csourceProperties" in kept:
        lost = {context.expand(name) for name in gone if name not in READERS}
        kept["csourceProperties"] = without(kept["csourceProperties"], lost)
    kept["modifiedAt"] = now
    return _complete(kept, without(stored["original"], gone), _said(given), context, now)


def available(stored: Stored, *, now: str, visited: Collection[str] = ()) -> bool:
    """Whether the registration stands: not expired, and not of a source already passed."""
    expires = stored.get("expiresAt")
    if expires is not None and times.sort_key(expires) <= times.sort_key(now):
        return False
    return stored.get("alias") not in visited


# ----------------------------------------------------------------- writing


def write_registration(stored: Stored, context: Context, sys_attrs: bool = False) -> dict[str, Any]:
    """The registration as JSON (without @context), with its status and counters.

    Members are as they were sent; names are terms of ``context``.
    """
    written: dict[str, Any] = {"id": stored["id"], "type": stored["type"]}
    written["information"] = [_written_part(part, context) for part in stored["information"]]
    original = stored["original"]
    for name in READERS:
        if name in original and name != "information":
            written[name] = original[name]
    values = {context.compact(iri): iri for iri in stored.get("csourceProperties", {})}
    for name, iri in values.items():
        written[name] = _given_property(stored, name, iri)
    for name in ("timesSent", "timesFailed"):
        if stored.get(name):
            written[name] = stored[name]
    for name in ("lastSuccess", "lastFailure"):
        if stored.get(name) is not None:
            written[name] = stored[name]
    status = _status(stored)
    if status is not None:
        written["status"] = status
    if sys_attrs:
        written |= {name: stored[name] for name in ("createdAt", "modifiedAt")}
    return written


def _written_part(part: dict[str, Any], context: Context) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if "entities" in part:
        written["entities"] = [_written_entity(one, context) for one in part["entities"]]
    for stored, name in (("properties", "propertyNames"), ("relationships", "relationshipNames")):
        if stored in part:
            written[name] = [context.compact(iri) for iri in part[stored]]
    return written


def _written_entity(info: dict[str, Any], context: Context) -> dict[str, Any]:
    kinds = info["type"]
    types = context.compact(kinds) if isinstance(kinds, str) else list(map(context.compact, kinds))
    return {name: info[name] for name in ("id", "idPattern") if name in info} | {"type": types}


def _given_property(stored: Stored, name: str, iri: str) -> Any:
    """The property as it was sent, where it can still be told by its name."""
    value = stored["csourceProperties"][iri]
    given = stored["original"].get(name)
    if isinstance(given, dict) and given.get("type") == "Property" and given.get("value") == value:
        return given
    return value


def _status(stored: Stored) -> str | None:
    success, failure = stored.get("lastSuccess"), stored.get("lastFailure")
    if success is None and failure is None:
        return None
    if failure is None or (
        success is not None and times.sort_key(success) >= times.sort_key(failure)
    ):
        return "ok"
    return "failed"
