"""Maps of distributed queries (clauses 5.5.14, 5.14): which entities, in which order, from whom.

A map is made for whoever asked and is theirs alone; visitors share theirs, which hold nothing that
is not public. It lives for a quarter of an hour, or as long as was asked for up to a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import orjson
from django.db.models import Q
from django.utils import timezone

from kierto.hub.distribution import gathering
from kierto.hub.distribution.answers import Document, Gathered
from kierto.hub.distribution.asking import Asking, Match, asking_of, matching
from kierto.hub.distribution.durations import read_duration
from kierto.hub.distribution.gathering import DEEPEST
from kierto.hub.distribution.retrieving import NOBODY_ELSE
from kierto.hub.models import EntityMap
from kierto.hub.store import reading
from kierto.hub.store.reading import Page
from kierto.ngsild.errors import BadRequestData, ResourceNotFound, TooManyResults
from kierto.ngsild.matching import Query
from kierto.ngsild.names import read_uri
from kierto.ngsild.times import as_datetime, read_time

if TYPE_CHECKING:
    from kierto.hub.callers import Caller
    from kierto.hub.http import Call
    from kierto.hub.store.tenants import Tenant

LIFETIME: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(days=1)
OF_ONE_CALLER: Final = 200
"""Maps that one caller (or all visitors together) may have at a time; the oldest give way."""

PATH: Final = "/ngsi-ld/v1/entityMaps/"

Entries = list[tuple[str, list[str]]]


def named(call: Call) -> EntityMap | None:
    """The map that a request refers to; ``None`` where it names none.

    Raises:
        BadRequestData: its name is no URI.
        ResourceNotFound: there is none, or it is somebody else's, or it has expired.
    """
    said = call.request.headers.get("ngsild-entitymap") or call.query.get("entityMapId")
    if not said:
        return None
    return find(call.tenant, call.caller, said.rsplit("/", 1)[-1])


def known(call: Call) -> tuple[EntityMap | None, bool]:
    """The map that a request for one entity refers to, and whether it wants one.

    A map that is gone is made anew (clause 5.7.1.4).
    """
    try:
        kept = named(call)
    except ResourceNotFound:
        return None, True
    return kept, call.flag("entityMap")


def sources_of(row: EntityMap, entity_id: str) -> list[str] | None:
    """Who has a part of an entity, as the map says; ``None`` where it does not know it."""
    found: list[str] | None = dict(orjson.loads(row.entries)).get(entity_id)
    return found


def find(tenant: Tenant, caller: Caller, name: str) -> EntityMap:
    """A map that the caller may use.

    Raises:
        BadRequestData: the name is no URI.
        ResourceNotFound: there is none, or it is somebody else's, or it has expired.
    """
    read_uri(name, "The identifier of the entity map")
    theirs = Q(agent_id=caller.agent_id, open=caller.reader.everything)
    rows = EntityMap.objects.filter(
        theirs, tenant=tenant.id, name=name, expires_at__gt=timezone.now()
    )
    row = rows.first()
    if row is None:
        raise ResourceNotFound(f"There is no entity map {name[:256]}.")
    return row


def lifetime_of(call: Call) -> timedelta:
    """How long the map is wanted for; the node may make it shorter.

    Raises:
        BadRequestData: it is no duration.
    """
    text = call.query.get("entityMapLifetime")
    return LIFETIME if text is None else min(LONGEST, read_duration(text, "entityMapLifetime"))


def make(
    tenant: Tenant, caller: Caller, entries: Entries, lifetime: timedelta = LIFETIME
) -> EntityMap:
    """Keeps a map."""
    now = timezone.now()
    EntityMap.objects.filter(expires_at__lte=now).delete()
    theirs = EntityMap.objects.filter(agent_id=caller.agent_id, open=caller.reader.everything)
    many = theirs.order_by("-created_at").values_list("pk", flat=True)[OF_ONE_CALLER - 1 :]
    EntityMap.objects.filter(pk__in=list(many)).delete()
    return EntityMap.objects.create(
        tenant=tenant.id,
        name=f"urn:ngsi-ld:EntityMap:{uuid4()}",
        entries=orjson.dumps(entries).decode(),
        agent_id=caller.agent_id,
        open=caller.reader.everything,
        expires_at=now + lifetime,
    )


def prolong(row: EntityMap, expires_at: object) -> None:
    """Sets when the map ends; never later than the node keeps maps.

    Raises:
        BadRequestData: it is no time.
    """
    if not isinstance(expires_at, str):
        raise BadRequestData("expiresAt is a time such as 2026-11-22T07:00:00Z.")
    wanted = as_datetime(read_time(expires_at))
    row.expires_at = min(wanted, timezone.now() + LONGEST)
    row.save(update_fields=["expires_at"])


def written(row: EntityMap) -> dict[str, Any]:
    """The map as JSON (clause 5.2.39)."""
    return {
        "id": row.name,
        "type": "EntityMap",
        "entityMap": dict(orjson.loads(row.entries)),
        "expiresAt": row.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


# ------------------------------------------------------------------- queries


def collect(asking: Asking, matches: Sequence[Match], query: Query) -> gathering.Found:
    """All entities of a query, here and at the sources.

    Raises:
        TooManyResults: they are more than a map holds.
    """

    def local(limit: int, offset: int, count: bool) -> Page:
        return reading.find(
            asking.tenant, query, asking.reader, limit=limit, offset=offset, count=count
        )

    found = gathering.gather(asking, matches, query, local, DEEPEST)
    if len(found.documents) >= DEEPEST:
        raise TooManyResults(f"A map holds up to {DEEPEST} entities; narrow the query.")
    return found


def first_page(
    call: Call,
    asking: Asking,
    matches: Sequence[Match],
    query: Query,
    limit: int,
    offset: int,
    count: bool,
) -> Gathered:
    """A page of a query, and a map that keeps its order from now on."""
    lifetime = lifetime_of(call)
    found = collect(asking, matches, query)
    row = make(call.tenant, call.caller, list(found.sources.items()), lifetime)
    documents = list(found.documents.values())
    return Gathered(
        documents[offset : offset + limit],
        len(documents) if count else None,
        found.warnings,
        PATH + row.name,
        made=True,
    )


def page(
    call: Call, row: EntityMap, query: Query, limit: int, offset: int, count: bool
) -> Gathered:
    """A page of the entities in a map, as they are now; those that are gone leave the map."""
    asking = asking_of(call)
    entries: Entries = orjson.loads(row.entries)
    warnings: list[str] = []
    kept: dict[str, Document] = {}
    gone: set[str] = set()
    at = 0
    while at < len(entries) and (count or len(kept) < offset + limit):
        portion = entries[at : at + max(limit, 100)]
        at += len(portion)
        documents = _now(asking, query, portion, warnings)
        kept.update((key, documents[key]) for key, _ in portion if key in documents)
        gone |= {key for key, _ in portion if key not in documents}
    if gone and not warnings:
        left = [entry for entry in entries if entry[0] not in gone]
        EntityMap.objects.filter(pk=row.pk).update(entries=orjson.dumps(left).decode())
    ids = list(kept)[offset : offset + limit]
    return Gathered(
        [kept[one] for one in ids],
        len(kept) if count else None,
        list(dict.fromkeys(warnings)),
        PATH + row.name,
    )


def _now(
    asking: Asking, query: Query, entries: Entries, warnings: list[str]
) -> dict[str, Document]:
    """The entities of some entries that still match, from the sources that had them."""
    ids = [key for key, _ in entries]
    own = reading.get_many(asking.tenant, ids, asking.reader)
    names = {name for _, sources in entries for name in sources} - {NOBODY_ELSE}
    if not names:
        return {key: one for key, one in own.items() if query.matches(one)}
    narrowed = Query(ids=frozenset(ids), types=query.types, selectors=query.selectors)
    found = matching(asking, narrowed, *gathering.OPERATIONS)
    matches = [one for one in found if one.source.name in names]

    def local(limit: int, offset: int, count: bool) -> Page:
        return Page([own[key] for key in ids if key in own])

    gathered = gathering.gather(asking, matches, narrowed, local, len(ids))
    warnings.extend(gathered.warnings)
    return {key: one for key, one in gathered.documents.items() if query.matches(one)}
