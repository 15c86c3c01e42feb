"""Notifications of sources about copies: judged here, and told on to the subscriber (5.8.6).

A source is believed as far as a query would believe it: only about what it is registered for, only
while its registration stands, and another city's node never about what stands here. Whether an
entity is told on is decided by the subscription itself, not by the source.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.conf import settings
from django.db import connection

from kierto.hub import contexts
from kierto.hub.access import EVERYTHING, PARTNERS, Reader
from kierto.hub.distribution.merging import merged
from kierto.hub.distribution.receiving import ENTITIES as MOST
from kierto.hub.distribution.receiving import of_part
from kierto.hub.distribution.registry import Source
from kierto.hub.http import bodies
from kierto.hub.http.links import context_address
from kierto.hub.http.messages import Response
from kierto.hub.models import SubscriptionCopy
from kierto.hub.subscriptions import circles, index, lanes, listening, owners, tenants_by_id
from kierto.hub.subscriptions.copies.payloads import WORD, name_in
from kierto.hub.subscriptions.copies.planning import OPERATION
from kierto.hub.subscriptions.copies.reading import Told, read_told
from kierto.hub.subscriptions.index import Entry
from kierto.hub.subscriptions.outbox import Owed
from kierto.ngsild import registrations, subscriptions, times
from kierto.ngsild.contexts import CORE, Context
from kierto.ngsild.errors import BadRequestData, OperationNotSupported, ResourceNotFound

if TYPE_CHECKING:
    from kierto.hub.http.messages import Request
    from kierto.ngsild.members import Document

METHOD: Final = "POST"
NOBODY: Final = "Nobody here asked for this notification."


def take(request: Request) -> Response:
    """What a source tells; 200 when what is to be told on is written down.

    Raises:
        OperationNotSupported: it is no POST.
        BadRequestData: it is no notification.
        ResourceNotFound: nobody here asked for it.
        LoopDetected: it is a notification of this very node.
    """
    from kierto.hub.store import writing

    if request.method != METHOD:
        raise OperationNotSupported(f"{request.method[:16]} is not offered here.", status=405)
    circles.refuse_own(request.headers)
    known = _known(request)
    body = bodies.parse(request.body)
    if not isinstance(body, dict) or body.get("type") != "Notification":
        raise BadRequestData("The body is no Notification.")
    row, entry, reader = _expected(body.get("subscriptionId"), known)
    happened = [
        one
        for told in read_told(_elements(body), _context(request), now=times.now())
        if (one := _judged(told, row, entry, reader)) is not None
    ]
    owed = [(entry, each) for each in _owed(entry, happened)]
    if owed:
        at_once = writing.run(lambda cursor: listening.write_owed(cursor, owed))
        lanes.send(at_once)
    return Response(200)


def _known(request: Request) -> str:
    """The copy whose word is said; empty where an open node believes everybody who knows a name.

    It is asked before the body is read: of strangers nothing is.
    """
    said = request.headers.get(WORD.lower())
    if said is None and settings.HUB_OPEN:
        return ""
    name = None if said is None else name_in(said)
    if name is None:
        raise ResourceNotFound(NOBODY)
    return name


def _expected(name: object, known: str) -> tuple[SubscriptionCopy, Entry, Reader]:
    """The copy a notification is about, its subscription, and what the subscriber may read."""
    nobody = ResourceNotFound(NOBODY)
    row = None
    if isinstance(name, str) and known in {"", name}:
        row = SubscriptionCopy.objects.filter(urn=name).exclude(wanted="").first()
    if row is None:
        raise nobody
    with connection.cursor() as cursor:
        index.current().refresh(cursor)
    entry = index.current().get(row.subscription)
    reader = None if entry is None else owners.reader_for(entry.owner)
    if entry is None or reader is None or not entry.is_active(times.now()):
        raise nobody
    if row.partners and not (reader.everything or PARTNERS in reader.levels):
        raise nobody
    return row, entry, reader


def _elements(body: dict[str, Any]) -> list[Any]:
    data = body.get("data")
    elements = data if isinstance(data, list) else [data]
    if len(elements) > MOST:
        raise BadRequestData(f"The notification is about more than {MOST} entities.")
    return elements


def _context(request: Request) -> Context:
    link = request.headers.get("link")
    address = context_address(link) if link else None
    return CORE if address is None else contexts.context_for(address)


# --------------------------------------------------------------------- judging


def _judged(
    told: Told, row: SubscriptionCopy, entry: Entry, reader: Reader
) -> dict[str, Any] | None:
    """What happened, as the outbox keeps it; ``None`` where the subscriber is not to be told."""
    source = Source(row.registration, entry.tenant, orjson.loads(row.source))
    query = subscriptions.query_of(entry.stored)
    part = registrations.covers(source.stored, query, OPERATION)
    now = times.now()
    if part is None or not registrations.available(source.stored, now=now):
        return None
    if told.after is None:
        gone = of_part(part, told.before)
        if gone is None or not query.selects(gone) or _is_ours(source, entry, gone):
            return None
        return {"at": now, "after": None, "before": gone}
    after = of_part(part, told.after)
    whole = None if after is None else _whole(after, source, entry, reader)
    if whole is None or not query.matches(whole):
        return None
    happened: dict[str, Any] = {"at": now, "after": whole}
    if told.lost:
        lost = {iri: each for iri, each in told.lost.items() if iri not in whole["attributes"]}
        happened["before"] = whole | {"attributes": {**whole["attributes"], **lost}}
    return happened


def _whole(document: Document, source: Source, entry: Entry, reader: Reader) -> Document | None:
    """The entity with what this node has of it, where parts of one may be spread."""
    from kierto.hub.store import reading

    if entry.stored.get("splitEntities") is not True:
        return None if _is_ours(source, entry, document) else document
    own = reading.get(tenants_by_id.tenant(entry.tenant), document["id"], reader)
    parts = [] if own is None else [own]
    if source.only_fills:
        return merged(parts, [document])
    return merged([*parts, document])


def _is_ours(source: Source, entry: Entry, document: Document) -> bool:
    """Whether another city tells of an entity that stands here: it has no say in it."""
    from kierto.hub.store import reading

    if not source.only_fills:
        return False
    tenant = tenants_by_id.tenant(entry.tenant)
    return reading.get(tenant, document["id"], EVERYTHING) is not None


def _owed(entry: Entry, happened: list[dict[str, Any]]) -> list[Owed]:
    now = time.time()
    if entry.by_interval:
        found = [each["after"] for each in happened if each["after"] is not None]
        payload = orjson.dumps({"at": times.now(), "found": found})
        return [Owed(entry.id, "", payload, now)] if found else []
    return [
        Owed(entry.id, (each["after"] or each["before"])["id"], orjson.dumps(each), now)
        for each in happened
    ]
