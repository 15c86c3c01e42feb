"""Subscriptions (clauses 5.2.12 to 5.2.15, 5.8, 5.11): read, changed, written.

When one is concerned by a change says :mod:`kierto.ngsild.watching`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kierto.ngsild import times
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import BadRequestData, NgsiLdError
from kierto.ngsild.fields import is_null, read_payload, without
from kierto.ngsild.names import read_uri
from kierto.ngsild.projection import write_projection
from kierto.ngsild.q import parse_q, write_q
from kierto.ngsild.representations import Shape
from kierto.ngsild.selectors import write_selector
from kierto.ngsild.subscription_members import (
    DEFAULT_TRIGGERS,
    READERS,
    STORED_NAMES,
    check_together,
    read_expressions,
    read_members,
    unescaped,
)
from kierto.ngsild.watching import Changes, changes, concerns, query_of

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

__all__ = [
    "Changes",
    "Stored",
    "apply_patch",
    "changes",
    "concerns",
    "notification",
    "query_of",
    "read_subscription",
    "registration_notification",
    "shape_of",
    "status",
    "write_subscription",
]

Stored: TypeAlias = dict[str, Any]
"""What is kept of a subscription; orjson-able, names expanded::

    {"id", "type": "Subscription", "original": {members as sent, without @context},
     "context": source|None, "kind": "entities"|"registrations",
     "entities"?: [{"types": "<text of IRIs>", "ids"?: […], "idPattern"?}], "watched"?: [iri],
     "triggers": […], "q"?: text of IRIs, "geo"?: {georel, geometry, coordinates, geoproperty},
     "scopeQ"?, "csf"?, "temporalQ"?, "datasetId"?: […], "isActive": bool, "expiresAt"?,
     "throttling"?: s, "timeInterval"?: s, "lang"?, "localOnly"?, "splitEntities"?,
     "jsonldContext"?, "expandValues"?: [iri], "jsonKeys"?: [iri], "ngsildConformance"?,
     "notification": {"endpoint": {"uri", "accept"?, "receiverInfo"?, "notifierInfo"?, "cooldown"?:
        ms, "timeout"?: ms}, "format"?, "attributes"?: [iri], "pick"?: Projection,
        "omit"?: Projection, "join"?: "inline"|"flat"|"@none", "joinLevel"?, "sysAttrs"?,
        "showChanges"?},
     "createdAt", "modifiedAt",
     "timesSent"?, "timesFailed"?, "lastNotification"?, "lastSuccess"?, "lastFailure"?}

The counters and times of the last line are the hub's: it sets them before writing.
"""

_PLAIN: Final = (
    *("scopeQ", "temporalQ", "datasetId", "description", "subscriptionName", "expiresAt"),
    *("isActive", "jsonldContext", "lang", "localOnly", "ngsildConformance", "splitEntities"),
    *("throttling", "timeInterval"),
)
_COUNTERS: Final = ("timesSent", "timesFailed")
_LAST: Final = ("lastNotification", "lastSuccess", "lastFailure")


def read_subscription(
    payload: Any, context: Context, *, now: str, kind: str = "entities"
) -> Stored:
    """Check a new subscription and bring it into the stored form.

    Args:
        payload: the body.
        context: what its names mean.
        now: normalised time.
        kind: ``entities``, or ``registrations`` for subscriptions to context sources (5.11).

    Raises:
        BadRequestData: a member is missing, of the wrong type, or contradicts another.
    """
    given = without(read_payload(payload, "The subscription"), ("@context",))
    if given.get("type", given.get("@type")) != "Subscription":
        raise BadRequestData("type is Subscription.")
    identifier = given.get("id", given.get("@id"))
    stored: Stored = {
        "id": f"urn:ngsi-ld:Subscription:{uuid.uuid4()}"
        if identifier is None
        else read_uri(identifier, "id"),
        "type": "Subscription",
        "kind": kind,
        "context": context.source,
        "createdAt": now,
        "modifiedAt": now,
    }
    given = {
        name: value for name, value in given.items() if name in READERS or name in {"q", "csf"}
    }
    given = {name: value for name, value in given.items() if not is_null(value)}
    return _complete(stored, given, context, now)


def _complete(stored: Stored, given: dict[str, Any], context: Context, now: str) -> Stored:
    stored = stored | read_members(given, context, now)
    read_expressions(given, stored, context)
    stored["original"] = stored.get("original", {}) | given
    stored.setdefault("triggers", list(DEFAULT_TRIGGERS))
    stored.setdefault("isActive", True)
    check_together(stored, stored["kind"])
    return stored


def apply_patch(stored: Stored, fragment: Any, context: Context, *, now: str) -> Stored:
    """The subscription after a partial update (5.8.2, 5.11.3).

    Members of the fragment replace those of the subscription; a null removes an optional one.

    Raises:
        BadRequestData: the fragment is none, or the result would be no subscription.
    """
    given = without(read_payload(fragment, "The fragment"), ("@context", "@type", "@id"))
    if given.get("type", "Subscription") != "Subscription":
        raise BadRequestData("type is Subscription.")
    if "id" in given and given["id"] != stored["id"]:
        raise BadRequestData("The id of a subscription cannot change.")
    given = {
        name: value for name, value in given.items() if name in READERS or name in {"q", "csf"}
    }
    if is_null(given.get("notification", "")):
        raise BadRequestData("notification cannot be removed.")
    gone = {name for name, value in given.items() if is_null(value)}
    kept = without(stored, {STORED_NAMES.get(name, name) for name in gone})
    kept["original"] = without(stored["original"], gone)
    kept["modifiedAt"] = now
    given = without(given, gone)
    if "q" not in given and "q" in kept and "expandValues" in given:
        # Values of the stored query were expanded as the old list asked; read it anew.
        given["q"] = kept["original"]["q"]
    return _complete(kept, given, context, now)


def status(stored: Stored, now: str) -> str:
    """``active``, ``paused`` or ``expired``."""
    expires = stored.get("expiresAt")
    if expires is not None and times.sort_key(expires) <= times.sort_key(now):
        return "expired"
    return "active" if stored["isActive"] else "paused"


def shape_of(stored: Stored) -> Shape:
    """How the entities of a notification are written."""
    given = stored["notification"]
    join, attributes = given.get("join"), given.get("attributes")
    form = given.get("format", "normalized")
    return Shape(
        format="simplified" if form == "keyValues" else form,
        sys_attrs=given.get("sysAttrs", False),
        lang=stored.get("lang"),
        pick=given.get("pick"),
        omit=given.get("omit"),
        attrs=None if attributes is None else frozenset(attributes),
        dataset_id=frozenset(stored["datasetId"]) if "datasetId" in stored else None,
        join=join if join in {"inline", "flat"} else None,
        join_level=given.get("joinLevel", 1),
    )


# ----------------------------------------------------------------- writing


def write_subscription(
    stored: Stored, context: Context, sys_attrs: bool = False, *, now: str | None = None
) -> dict[str, Any]:
    """The subscription as JSON (without @context), with its status and counters.

    Names are terms of ``context``; ``q`` and ``csf`` stand as they were sent where they mean the
    same under it.
    """
    written: dict[str, Any] = {"id": stored["id"], "type": stored["type"]}
    if "entities" in stored:
        written["entities"] = [
            write_selector(one, context, given)
            for one, given in zip(stored["entities"], stored["original"]["entities"], strict=True)
        ]
    if "watched" in stored:
        written["watchedAttributes"] = [context.compact(iri) for iri in stored["watched"]]
    for name in ("q", "csf"):
        if name in stored:
            written[name] = _expression(stored, name, context)
    if "geo" in stored:
        written["geoQ"] = stored["geo"] | {
            "geoproperty": context.compact(stored["geo"]["geoproperty"])
        }
        if "geoproperty" not in stored["original"].get("geoQ", {}):
            del written["geoQ"]["geoproperty"]
    for name in ("expandValues", "jsonKeys"):
        if name in stored:
            written[name] = ",".join(context.compact(iri) for iri in stored[name])
    original = stored["original"]
    for name in _PLAIN:
        if name in stored and name in original:
            written[name] = original[name]
    if stored["kind"] == "entities" or "notificationTrigger" in original:
        written["notificationTrigger"] = stored["triggers"]
    written["notification"] = _written_notification(stored, context)
    written["status"] = status(stored, now or times.now())
    if sys_attrs:
        written |= {name: stored[name] for name in ("createdAt", "modifiedAt")}
    return written


def _expression(stored: Stored, name: str, context: Context) -> str:
    meant = parse_q(stored[name], CORE)
    text = str(stored["original"].get(name, ""))
    values = stored.get("expandValues", ()) if name == "q" else ()
    try:
        same = parse_q(unescaped(text), context, expand_values=values) == meant
    except NgsiLdError:
        same = False
    return text if same else write_q(meant, context)


def _written_notification(stored: Stored, context: Context) -> dict[str, Any]:
    given = stored["notification"]
    written = dict(given)
    if "attributes" in given:
        written["attributes"] = [context.compact(iri) for iri in given["attributes"]]
    for name in ("pick", "omit"):
        if name in given:
            written[name] = [
                write_projection({member: inner}, context) for member, inner in given[name].items()
            ]
    original = stored["original"].get("notification", {})
    for name in ("join", "joinLevel"):
        if name in written and name not in original:
            del written[name]
    for name in _COUNTERS:
        if stored.get(name):
            written[name] = stored[name]
    for name in _LAST:
        if stored.get(name) is not None:
            written[name] = stored[name]
    outcome = _outcome(stored)
    return written if outcome is None else written | {"status": outcome}


def _outcome(stored: Stored) -> str | None:
    success, failure = stored.get("lastSuccess"), stored.get("lastFailure")
    if success is None and failure is None:
        return None
    if failure is None or (
        success is not None and times.sort_key(success) >= times.sort_key(failure)
    ):
        return "ok"
    return "failed"


# ----------------------------------------------------------- notifications


def notification(
    stored: Stored,
    entities: Iterable[dict[str, Any]] | dict[str, Any],
    *,
    identifier: str,
    now: str,
) -> dict[str, Any]:
    """The body of a notification (5.3.1), without @context.

    Args:
        stored: the subscription.
        entities: entities as they are written, or one FeatureCollection.
        identifier: URI of this notification.
        now: normalised time.
    """
    return {
        "id": identifier,
        "type": "Notification",
        "subscriptionId": stored["id"],
        "notifiedAt": now,
        "data": entities if isinstance(entities, dict) else list(entities),
    }


def registration_notification(
    stored: Stored,
    registrations: Iterable[dict[str, Any]],
    *,
    reason: str,
    identifier: str,
    now: str,
) -> dict[str, Any]:
    """The body of a notification about context sources (5.3.2), without @context.

    Args:
        reason: ``newlyMatching``, ``updated`` or ``noLongerMatching``.
    """
    return {
        "id": identifier,
        "type": "ContextSourceNotification",
        "subscriptionId": stored["id"],
        "notifiedAt": now,
        "data": list(registrations),
        "triggerReason": reason,
    }
