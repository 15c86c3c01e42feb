"""Subscribing, changing, ending; and reading how it goes (clauses 5.8, 5.11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import connection

from kierto.hub import contexts, outgoing
from kierto.hub.distribution import identity
from kierto.hub.refusals import Refused
from kierto.hub.store import tenants
from kierto.hub.subscriptions import books, index, lanes, mqtt, outbox, owners, rows
from kierto.hub.subscriptions.copies import showing, working
from kierto.hub.subscriptions.rows import SOURCES, Row, Stored
from kierto.ngsild import subscriptions
from kierto.ngsild.errors import (
    BadRequestData,
    LoopDetected,
    OperationNotSupported,
    ResourceNotFound,
)
from kierto.ngsild.names import is_uri

if TYPE_CHECKING:
    from kierto.hub.callers import Caller
    from kierto.hub.store.tenants import Tenant
    from kierto.ngsild.contexts import Context

_OUTCOME_SECONDS: Final = 1.0

# RFC 9110, 5.1 and 5.5.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}", re.ASCII)
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]{0,8192}")

KINDS: Final = {rows.ENTITIES: "entities", rows.SOURCES: "registrations"}


def subscribe(
    payload: Any,
    context: Context,
    *,
    kind: int,
    tenant: Tenant,
    by: Caller,
    now: str,
    base: str,
    via: str = "",
    public: bool = False,
) -> str:
    """A new subscription; its identifier. Returns when it is durable.

    Args:
        base: scheme and host of this node as the subscriber wrote them, for addresses of
            contexts in notifications.
        via: nodes that the request passed: the subscription is a copy of one of theirs.
        public: the subscriber is to be told no more than everybody may read.

    Raises:
        BadRequestData: it is no subscription, or points where the node does not call.
        LdContextNotAvailable: the context for its notifications cannot be had.
        AlreadyExists: there is one of this name.
        LoopDetected: it is a copy of a subscription of this very node.
    """
    from kierto.hub.store import writing

    if identity.alias(tenant.name) in identity.visited(via):
        raise LoopDetected("The subscription came from this node; it knows what changes here.")
    stored = subscriptions.read_subscription(payload, context, now=now, kind=KINDS[kind])
    stored["base"] = base
    if via:
        stored["via"] = via
    _check(stored)
    if "jsonldContext" not in stored:
        implied = contexts.implied_address(context.source, base, tenant.name)
        if implied is not None:
            stored["jsonldContext"] = stored["original"]["jsonldContext"] = implied
    owner = owners.owner_of(by, public=public)
    number = writing.run(lambda cursor: rows.create(cursor, tenant.id, kind, stored, owner))
    _changed(number, kind, tenant)
    return str(stored["id"])


def change(
    name: str,
    fragment: Any,
    context: Context,
    *,
    kind: int,
    tenant: Tenant,
    by: Caller,
    now: str,
) -> None:
    """Change some members of a subscription.

    Raises:
        ResourceNotFound: the caller has none of this name.
        BadRequestData: the result would be no subscription.
    """
    from kierto.hub.store import writing

    def apply(cursor: Any) -> int:
        row = _mine(cursor, name, kind=kind, tenant=tenant, by=by)
        stored = subscriptions.apply_patch(row.stored(), fragment, context, now=now)
        rows.change(cursor, row, stored)
        return row.id

    _check_name(name)
    with connection.cursor() as cursor:
        # Checked outside of the common commit: a name, or a context, may take its time.
        row = _mine(cursor, name, kind=kind, tenant=tenant, by=by)
        _check(subscriptions.apply_patch(row.stored(), fragment, context, now=now))
    _changed(writing.run(apply), kind, tenant)


def _changed(number: int, kind: int, tenant: Tenant) -> None:
    if kind == SOURCES:
        _tell_all_matching(number)
    else:
        working.subscription_changed(tenant.id)


def unsubscribe(name: str, *, kind: int, tenant: Tenant, by: Caller) -> None:
    """End a subscription; what is still owed to it is not sent.

    Raises:
        ResourceNotFound: the caller has none of this name.
    """
    from kierto.hub.store import writing

    _check_name(name)
    writing.run(
        lambda cursor: rows.remove(cursor, _mine(cursor, name, kind=kind, tenant=tenant, by=by))
    )
    if kind != SOURCES:
        working.subscription_changed(tenant.id)


def end_all_by(agent_id: UUID, token_id: UUID) -> None:
    """End the subscriptions that were made by a token; it has been withdrawn."""
    from kierto.hub.store import writing

    owner = owners.of_token(agent_id, token_id)

    def end(cursor: Any) -> None:
        for row in rows.of_owner(cursor, owner):
            rows.remove(cursor, row)

    writing.run(end)
    working.subscription_changed(tenants.find("").id)


def retrieve(name: str, *, kind: int, tenant: Tenant, by: Caller) -> Stored:
    """The stored form of one subscription, with how it goes.

    Raises:
        ResourceNotFound: the caller has none of this name.
    """
    _check_name(name)
    with connection.cursor() as cursor:
        row = _visible(cursor, name, kind=kind, tenant=tenant, by=by)
    # Who was just told and asks at once sees what came of it.
    lanes.current().wait_for(row.id, _OUTCOME_SECONDS)

    def read(cursor: Any) -> list[Row]:
        return [_visible(cursor, name, kind=kind, tenant=tenant, by=by)]

    return _settled(read, by, kind)[0]


def listed(
    *, kind: int, tenant: Tenant, by: Caller, limit: int, offset: int
) -> tuple[list[Stored], int]:
    """The caller's subscriptions (all of them for an administrator), and how many there are."""
    total = 0

    def read(cursor: Any) -> list[Row]:
        nonlocal total
        whose = None if "admin" in by.scopes else owners.prefix_of(by)
        found, total = rows.page(cursor, tenant.id, kind, whose, limit, offset)
        return found

    return _settled(read, by, kind), total


def _settled(read: Any, by: Caller, kind: int) -> list[Stored]:
    """Rows with what this process has not written down yet."""
    book = books.current()
    while True:
        generation, _ = book.pending(0)
        with connection.cursor() as cursor:
            found: list[Row] = read(cursor)
        pending = [book.pending(row.id) for row in found]
        if all(each[0] == generation for each in pending):
            break
    stored = []
    for row, (_, tally) in zip(found, pending, strict=True):
        told = (row if tally is None else books.merged(row, tally)).stored()
        if row.kind != kind:
            told = showing.to_sources(told, row.id)
        stored.append(told if owners.is_mine(row.owner, by) else without_secrets(told))
    return stored


def without_secrets(stored: Stored) -> Stored:
    """A subscription as others see it: without what is said to the endpoint only."""
    copy = dict(stored)
    copy["notification"] = _covered(copy["notification"])
    original = copy.get("original")
    if isinstance(original, dict) and isinstance(original.get("notification"), dict):
        copy["original"] = original | {"notification": _covered(original["notification"])}
    return copy


def _covered(notification: dict[str, Any]) -> dict[str, Any]:
    endpoint = dict(notification["endpoint"])
    if endpoint.get("receiverInfo"):
        endpoint["receiverInfo"] = [
            {"key": pair["key"], "value": "***"} for pair in endpoint["receiverInfo"]
        ]
    scheme, _, rest = str(endpoint["uri"]).partition("://")
    endpoint["uri"] = f"{scheme}://{rest.rpartition('@')[2]}"
    return notification | {"endpoint": endpoint}


def _mine(cursor: Any, name: str, *, kind: int, tenant: Tenant, by: Caller) -> Row:
    """The caller's own, to be changed."""
    if kind == SOURCES and rows.find_copied(cursor, tenant.id, name) is not None:
        raise OperationNotSupported(
            f"This one belongs to the subscription {showing.original_of(name)[:256]}; change that."
        )
    return _visible(cursor, name, kind=kind, tenant=tenant, by=by)


def _visible(cursor: Any, name: str, *, kind: int, tenant: Tenant, by: Caller) -> Row:
    row = rows.find(cursor, tenant.id, kind, name)
    if row is None and kind == SOURCES:
        row = rows.find_copied(cursor, tenant.id, name)
    if row is None or not (owners.is_mine(row.owner, by) or "admin" in by.scopes):
        raise ResourceNotFound(f"There is no subscription {name[:256]}.")
    return row


def _check_name(name: str) -> None:
    if not is_uri(name):
        raise BadRequestData(f"{name[:256]!r} is no URI.")


def _check(stored: Stored) -> None:
    endpoint = stored["notification"]["endpoint"]
    uri = str(endpoint["uri"])
    for pair in endpoint.get("receiverInfo") or ():
        if not _HEADER_NAME.fullmatch(pair["key"]) or not _HEADER_VALUE.fullmatch(pair["value"]):
            raise BadRequestData("receiverInfo: a pair cannot be said as a header.")
    try:
        if uri.startswith(("mqtt:", "mqtts:")):
            mqtt.check(uri, endpoint)
        else:
            outgoing.check(uri)
    except Refused as error:
        raise BadRequestData(f"notification.endpoint.uri: {error}") from error
    wanted = stored.get("jsonldContext")
    if wanted is not None:
        if not is_uri(wanted):
            raise BadRequestData("jsonldContext is no URI.")
        contexts.context_for(wanted)


def _tell_all_matching(number: int) -> None:
    """A subscription to sources begins with all that match (clause 5.11.7)."""
    from kierto.hub.store import writing
    from kierto.hub.subscriptions import sources
    from kierto.ngsild import times

    with connection.cursor() as cursor:
        index.current().refresh(cursor)
    entry = index.current().get(number)
    owed = sources.all_matching(entry) if entry and entry.is_active(times.now()) else None
    if owed is not None:
        writing.run(lambda cursor: outbox.add(cursor, [owed]))
        lanes.send([owed])
