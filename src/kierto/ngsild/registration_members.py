"""What a registration may say, checked (clauses 5.2.8 to 5.2.11, 5.2.34, 4.3.6.3, 4.3.6.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kierto.ngsild import fields, operations
from kierto.ngsild.durations import parse_duration
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geometries import read_geometry
from kierto.ngsild.names import check_name, read_uri

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

MODES: Final = ("inclusive", "exclusive", "redirect", "auxiliary")
ENDPOINTS: Final = frozenset({"http", "https"})
_TYPES: Final = ("application/json", "application/ld+json")
_READ_ONLY: Final = frozenset(
    {
        *("id", "@id", "type", "@type", "@context", "status", "lastFailure", "lastSuccess"),
        *("timesSent", "timesFailed", "createdAt", "modifiedAt"),
    }
)

Reader: TypeAlias = "Callable[[Any, str, Context, str], dict[str, Any]]"
"""Reads a member: ``(value, path, context, now) -> members of the stored form``."""


def read_members(given: dict[str, Any], context: Context, now: str) -> dict[str, Any]:
    """The members of a registration that are there, in the stored form.

    What the specification does not know is a property of the context source, to be filtered by.

    Raises:
        BadRequestData: one is wrong.
    """
    stored: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, value in given.items():
        read = READERS.get(name)
        if read is not None:
            stored |= read(value, name, context, now)
        elif name not in _READ_ONLY:
            check_name(name)
            properties[context.expand(name)] = _plain(value)
    if properties:
        stored["csourceProperties"] = properties
    return stored


def check_together(stored: dict[str, Any]) -> None:
    """Members that only mean something with or without others.

    Raises:
        BadRequestData: one is missing, or the mode does not allow what is registered.
    """
    for name, question in (
        ("endpoint", "where does the context source answer?"),
        ("information", "what can the context source tell?"),
    ):
        if name not in stored:
            raise BadRequestData(f"{name} is missing: {question}")
    if stored["mode"] == "exclusive":
        _check_exclusive(stored["information"])
    given = stored["original"].get("operations")
    if stored["mode"] == "auxiliary" and given is not None:
        wrong = [name for name in operations.resolve(given) if name not in operations.CONSUMPTION]
        if wrong:
            raise BadRequestData(f"operations: an auxiliary source only reads, not {wrong[0]}.")


def _check_exclusive(information: list[dict[str, Any]]) -> None:
    for part in information:
        entities = part.get("entities", ())
        if not entities or any("id" not in one or "idPattern" in one for one in entities):
            raise BadRequestData("information: an exclusive source names its entities by id.")
        if not part.get("properties") and not part.get("relationships"):
            raise BadRequestData("information: an exclusive source names its attributes.")


def _plain(value: Any) -> Any:
    """The value of a property of a source, which may be written as a Property."""
    if isinstance(value, dict) and value.get("type") == "Property" and "value" in value:
        return value["value"]
    return value


# ------------------------------------------------------------ single members


def _same(name: str, read: Callable[[Any, str], Any], stored: str | None = None) -> Reader:
    return lambda value, path, context, now: {stored or name: read(value, path)}


def _information(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    return {
        "information": fields.read_each(
            value, path, lambda part, where: _part(part, where, context)
        )
    }


def _part(value: Any, path: str, context: Context) -> dict[str, Any]:
    given = fields.read_object(value, path)
    part: dict[str, Any] = {}
    if given.get("entities") is not None:
        part["entities"] = fields.read_each(
            given["entities"], f"{path}.entities", lambda one, at: _entity_info(one, at, context)
        )
    for name, stored in (("propertyNames", "properties"), ("relationshipNames", "relationships")):
        if given.get(name) is not None:
            part[stored] = fields.read_names(given[name], f"{path}.{name}", context)
    if not part:
        raise BadRequestData(f"{path} names entities, properties or relationships.")
    return part


def _entity_info(value: Any, path: str, context: Context) -> dict[str, Any]:
    given = fields.read_object(value, path)
    kinds = given.get("type")

    def read_type(name: Any, where: str) -> str:
        return context.expand_type_name(fields.read_text(name, where))

    info: dict[str, Any] = {
        "type": fields.read_each(kinds, f"{path}.type", read_type)
        if isinstance(kinds, list)
        else read_type(kinds, f"{path}.type")
    }
    if given.get("id") is not None:
        info["id"] = read_uri(given["id"], f"{path}.id")
    if given.get("idPattern") is not None:
        info["idPattern"] = fields.read_pattern(given["idPattern"], f"{path}.idPattern")
    return info


def _operations(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    def read(name: Any, where: str) -> str:
        if not isinstance(name, str) or name not in operations.NAMES:
            raise fields.refuse(where, "the name of an operation or of a group of them")
        return name

    return {"operations": operations.resolve(fields.read_each(value, path, read))}


def _context_source_info(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    info = {pair["key"]: pair["value"] for pair in fields.read_key_values(value, path)}
    for name in ("accept", "contentType"):
        if name in info:
            fields.choice(*_TYPES)(info[name], f"{path}: {name}")
    if "jsonldContext" in info:
        fields.read_endpoint_uri(info["jsonldContext"], f"{path}: jsonldContext", ENDPOINTS)
    if "ngsildConformance" in info:
        fields.read_version(info["ngsildConformance"], f"{path}: ngsildConformance")
    return {"contextSourceInfo": info}


def _expires_at(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    return {"expiresAt": fields.read_future(value, path, now)}


def _management(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    given = fields.read_object(value, path)
    kept: dict[str, Any] = {}
    for name, read in _MANAGEMENT_READERS.items():
        if given.get(name) is not None:
            kept[name] = read(given[name], f"{path}.{name}")
    return {"management": kept}


def _duration(value: Any, path: str) -> str:
    parse_duration(fields.read_text(value, path), path)
    return str(value)


def _scope(value: Any, path: str) -> list[str]:
    scopes = [value] if isinstance(value, str) else value
    return fields.read_each(scopes, path, fields.read_text)


def _endpoint(value: Any, path: str) -> str:
    return fields.read_endpoint_uri(value, path, ENDPOINTS)


_MANAGEMENT_READERS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "cacheDuration": _duration,
    "cooldown": fields.read_positive,
    "timeout": fields.read_positive,
    "localOnly": fields.read_boolean,
}
READERS: Final[dict[str, Reader]] = {
    "endpoint": _same("endpoint", _endpoint),
    "information": _information,
    "mode": _same("mode", fields.choice(*MODES)),
    "operations": _operations,
    "contextSourceInfo": _context_source_info,
    "contextSourceAlias": _same("contextSourceAlias", fields.read_text, "alias"),
    "datasetId": _same("datasetId", fields.read_datasets),
    "description": _same("description", fields.read_text),
    "registrationName": _same("registrationName", fields.read_text),
    "expiresAt": _expires_at,
    "location": _same("location", read_geometry),
    "observationSpace": _same("observationSpace", read_geometry),
    "operationSpace": _same("operationSpace", read_geometry),
    "observationInterval": _same("observationInterval", fields.read_interval),
    "managementInterval": _same("managementInterval", fields.read_interval),
    "management": _management,
    "refreshRate": _same("refreshRate", _duration),
    "scope": _same("scope", _scope),
    "tenant": _same("tenant", fields.read_text),
}
STORED_NAMES: Final = {"contextSourceAlias": "alias"}
"""Members that are stored under another name than they are sent."""
MANDATORY: Final = frozenset({"endpoint", "information", "type", "id"})
