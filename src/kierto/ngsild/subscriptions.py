"""Subscriptions (clauses 5.2.12 to 5.2.15, 5.8): reading, writing, and when one is concerned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from kierto.ngsild.matching import Query
from kierto.ngsild.q import Document, Resolve

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

Stored: TypeAlias = dict[str, Any]
"""What is kept of a subscription; orjson-able, names expanded::

    {"id", "type": "Subscription", "original": {payload without @context}, "context": source|None,
     "entities"?: [{"types": "<text of IRIs>", "ids"?: […], "idPattern"?}], "watched"?: [iri],
     "triggers": […], "q"?: text of IRIs, "geo"?: {georel, geometry, coordinates, geoproperty},
     "scopeQ"?, "csf"?, "datasetId"?: […], "attributes"?: [iri], "isActive": bool, "expiresAt"?,
     "throttling"?: s, "timeInterval"?: s, "lang"?, "localOnly"?, "splitEntities"?,
     "jsonldContext"?, "notification": {…as given, names expanded in attributes/pick/omit…},
     "createdAt", "modifiedAt",
     "timesSent", "timesFailed", "lastNotification"?, "lastSuccess"?, "lastFailure"?}
"""


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
    raise NotImplementedError


def apply_patch(stored: Stored, fragment: Any, context: Context, *, now: str) -> Stored:
    """The subscription after a partial update (5.8.2); a null removes an optional member.

    Raises:
        BadRequestData: the result would be no subscription.
    """
    raise NotImplementedError


def write_subscription(
    stored: Stored, context: Context, sys_attrs: bool = False, *, now: str | None = None
) -> dict[str, Any]:
    """The subscription as JSON (without @context), with its status and counters."""
    raise NotImplementedError


def status(stored: Stored, now: str) -> str:
    """``active``, ``paused`` or ``expired``."""
    raise NotImplementedError


def query_of(stored: Stored) -> Query:
    """Entities, q, geoQ and scopeQ as one question (without triggers)."""
    raise NotImplementedError


def concerns(
    stored: Stored,
    before: Document | None,
    after: Document | None,
    resolve: Resolve | None = None,
) -> bool:
    """Whether a change of one entity is to be notified.

    Args:
        stored: the subscription; its status, throttling and timeInterval are not looked at.
        before: the entity before, None when it was created.
        after: the entity after, None when it was deleted.
    """
    raise NotImplementedError


def notification(
    stored: Stored, entities: Iterable[dict[str, Any]], *, identifier: str, now: str
) -> dict[str, Any]:
    """The body of a notification (5.3.1) around entities that are written already."""
    raise NotImplementedError
