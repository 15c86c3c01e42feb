"""What a subscription may say, checked (clauses 5.2.12 to 5.2.15, 5.2.21)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote

from kierto.ngsild import fields, scopes
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geo import parse_geo
from kierto.ngsild.joins import read_join
from kierto.ngsild.members import LOCATION
from kierto.ngsild.projection import Projection, check_apart, parse_omit, parse_pick
from kierto.ngsild.q import parse_q, write_q
from kierto.ngsild.selectors import read_selectors
from kierto.ngsild.temporal import parse_temporal

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

ENTITY_TRIGGERS: Final = ("entityCreated", "entityUpdated", "entityDeleted")
ATTRIBUTE_TRIGGERS: Final = ("attributeCreated", "attributeUpdated", "attributeDeleted")
TRIGGERS: Final = ENTITY_TRIGGERS + ATTRIBUTE_TRIGGERS
DEFAULT_TRIGGERS: Final = ("attributeCreated", "attributeUpdated")
ENDPOINTS: Final = frozenset({"http", "https", "mqtt", "mqtts"})
ACCEPTED: Final = ("application/json", "application/ld+json", "application/geo+json")
FORMATS: Final = ("normalized", "concise", "simplified", "keyValues")

Reader: TypeAlias = "Callable[[Any, str, Context, str], dict[str, Any]]"
"""Reads a member: ``(value, path, context, now) -> members of the stored form``."""

_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


def read_members(given: dict[str, Any], context: Context, now: str) -> dict[str, Any]:
    """The members of a subscription that are there, in the stored form; unknown ones are not.

    Raises:
        BadRequestData: one is wrong.
    """
    stored: dict[str, Any] = {}
    for name, read in READERS.items():
        if name in given:
            stored |= read(given[name], name, context, now)
    return stored


def read_expressions(given: dict[str, Any], stored: dict[str, Any], context: Context) -> None:
    """``q`` and ``csf`` into the stored form, as texts of IRIs; ``q`` sees ``expandValues``.

    Raises:
        BadRequestData: one is no query.
    """
    if "q" in given:
        expression = parse_q(
            unescaped(fields.read_text(given["q"], "q")),
            context,
            expand_values=stored.get("expandValues", ()),
            json_keys=stored.get("jsonKeys", ()),
        )
        stored["q"] = write_q(expression)
    if "csf" in given:
        stored["csf"] = write_q(parse_q(unescaped(fields.read_text(given["csf"], "csf")), context))


def unescaped(text: str) -> str:
    """A query without percent-encoding.

    It belongs to addresses, not to bodies, yet subscribers send it in bodies too and brokers in
    use read it there. A text with any other ``%`` is left as it is.
    """
    return unquote(text) if "%" in text and _ESCAPES.fullmatch(text) else text


def check_together(stored: dict[str, Any], kind: str) -> None:
    """Members that only mean something with or without others.

    Raises:
        BadRequestData: they contradict each other, or one is missing.
    """
    if "notification" not in stored:
        raise BadRequestData("notification is missing: where shall notifications be sent?")
    local = stored.get("localOnly", False)
    selectors = stored.get("entities", ())
    if not selectors and "watched" not in stored and not local:
        raise BadRequestData("entities or watchedAttributes is missing: what is subscribed to?")
    if "timeInterval" in stored:
        for other, name in (("watched", "watchedAttributes"), ("throttling", "throttling")):
            if other in stored:
                raise BadRequestData(f"timeInterval and {name} exclude each other.")
        if not selectors and not local:
            raise BadRequestData("entities is missing: which ones shall be sent every time?")
    if stored.get("localOnly") is False and any(one["types"] == "*" for one in selectors):
        raise BadRequestData("The type * means what is stored here; localOnly cannot be false.")
    if kind == "entities" and "temporalQ" in stored:
        raise BadRequestData("temporalQ is for subscriptions to context sources only.")


# ------------------------------------------------------------ single members


def _same(name: str, read: Callable[[Any, str], Any]) -> Reader:
    """A member that is kept under its own name."""
    return lambda value, path, context, now: {name: read(value, path)}


def _entities(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    return {"entities": read_selectors(value, path, context)}


def _watched(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    return {"watched": fields.read_names(value, path, context)}


def _triggers(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    return {"triggers": fields.read_each(value, path, fields.choice(*TRIGGERS))}


def _geo_q(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    given = fields.read_object(value, path)
    name = given.get("geoproperty")
    iri = (
        LOCATION if name is None else context.expand(fields.read_text(name, f"{path}.geoproperty"))
    )
    query = parse_geo(given.get("georel"), given.get("geometry"), given.get("coordinates"), iri)
    return {
        "geo": {
            "georel": given["georel"],
            "geometry": given["geometry"],
            "coordinates": query.geometry["coordinates"],
            "geoproperty": iri,
        }
    }


def _scope_q(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    return {"scopeQ": scopes.write_scope_q(scopes.parse_scope_q(fields.read_text(value, path)))}


def _temporal_q(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    given = fields.read_object(value, path)
    query = parse_temporal(
        timerel=given.get("timerel"),
        time_at=given.get("timeAt"),
        end_time_at=given.get("endTimeAt"),
        timeproperty=given.get("timeproperty"),
        required=True,
    )
    stored = {"timerel": query.timerel, "timeAt": query.time_at, "endTimeAt": query.end_time_at}
    kept = {name: text for name, text in stored.items() if text is not None}
    return {"temporalQ": kept | {"timeproperty": query.timeproperty}}


def _expires_at(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    return {"expiresAt": fields.read_future(value, path, now)}


def _joined(name: str) -> Reader:
    return lambda value, path, context, now: {name: fields.read_joined_names(value, path, context)}


def _json_ld_context(value: Any, path: str) -> str:
    return fields.read_endpoint_uri(value, path, {"http", "https"})


def _notification(value: Any, path: str, context: Context, now: str) -> dict[str, Any]:
    given = fields.read_object(value, path)
    stored: dict[str, Any] = {
        "endpoint": _endpoint(given.get("endpoint"), f"{path}.endpoint"),
    }
    for name, read in _NOTIFICATION_READERS.items():
        if given.get(name) is not None:
            stored[name] = read(given[name], f"{path}.{name}")
    _read_projections(given, stored, path, context)
    if given.get("join") is not None or given.get("joinLevel") is not None:
        mode, level = read_join(given.get("join"), given.get("joinLevel"))
        stored |= {"join": mode or "@none", "joinLevel": level}
    if stored.get("showChanges") and stored.get("format") in {"keyValues", "simplified"}:
        raise BadRequestData(f"{path}: showChanges needs a format that shows types.")
    return {"notification": stored}


def _read_projections(
    given: dict[str, Any], stored: dict[str, Any], path: str, context: Context
) -> None:
    pick: Projection | None = None
    omit: Projection | None = None
    if given.get("attributes") is not None:
        stored["attributes"] = fields.read_names(given["attributes"], f"{path}.attributes", context)
    if given.get("pick") is not None:
        pick = stored["pick"] = parse_pick(fields.read_list(given["pick"], f"{path}.pick"), context)
    if given.get("omit") is not None:
        omit = stored["omit"] = parse_omit(fields.read_list(given["omit"], f"{path}.omit"), context)
    if "attributes" in stored and (pick is not None or omit is not None):
        raise BadRequestData(f"{path}: attributes excludes pick and omit.")
    check_apart(pick, omit)


def _endpoint(value: Any, path: str) -> dict[str, Any]:
    given = fields.read_object(value, path)
    stored: dict[str, Any] = {
        "uri": fields.read_endpoint_uri(given.get("uri"), f"{path}.uri", ENDPOINTS)
    }
    for name, read in _ENDPOINT_READERS.items():
        if given.get(name) is not None:
            stored[name] = read(given[name], f"{path}.{name}")
    return stored


_ENDPOINT_READERS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "accept": fields.choice(*ACCEPTED),
    "cooldown": fields.read_positive,
    "timeout": fields.read_positive,
    "receiverInfo": fields.read_key_values,
    "notifierInfo": fields.read_key_values,
}
_NOTIFICATION_READERS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "format": fields.choice(*FORMATS),
    "sysAttrs": fields.read_boolean,
    "showChanges": fields.read_boolean,
}
READERS: Final[dict[str, Reader]] = {
    "entities": _entities,
    "watchedAttributes": _watched,
    "notificationTrigger": _triggers,
    "geoQ": _geo_q,
    "scopeQ": _scope_q,
    "temporalQ": _temporal_q,
    "expandValues": _joined("expandValues"),
    "jsonKeys": _joined("jsonKeys"),
    "datasetId": _same("datasetId", fields.read_datasets),
    "description": _same("description", fields.read_text),
    "subscriptionName": _same("subscriptionName", fields.read_text),
    "expiresAt": _expires_at,
    "isActive": _same("isActive", fields.read_boolean),
    "jsonldContext": _same("jsonldContext", _json_ld_context),
    "lang": _same("lang", fields.read_language),
    "localOnly": _same("localOnly", fields.read_boolean),
    "ngsildConformance": _same("ngsildConformance", fields.read_version),
    "splitEntities": _same("splitEntities", fields.read_boolean),
    "throttling": _same("throttling", fields.read_positive),
    "timeInterval": _same("timeInterval", fields.read_positive),
    "notification": _notification,
}
STORED_NAMES: Final = {
    "watchedAttributes": "watched",
    "notificationTrigger": "triggers",
    "geoQ": "geo",
}
"""Members that are stored under another name than they are sent."""
