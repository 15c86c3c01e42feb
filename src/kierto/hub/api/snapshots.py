"""Snapshots: made, cloned, looked at, changed, deleted (clause 5.16; 6.36 to 6.38)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import orjson
from django.db import transaction
from django.utils import timezone

from kierto.hub.distribution import snapshots
from kierto.hub.distribution.asking import Asking, filters_in
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.http.queries import filters_of, narrows, selectors_of
from kierto.hub.http.routing import Route
from kierto.hub.models import Snapshot
from kierto.ngsild import times
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import (
    AlreadyExists,
    BadRequestData,
    OperationNotSupported,
    TooManyResults,
)
from kierto.ngsild.matching import Query
from kierto.ngsild.names import read_uri
from kierto.ngsild.q import attributes, matches, parse_q

PATH = "/snapshots"
QUERIES: Final = 20
WRITABLE = frozenset({"snapshotPriority", "expiresAt"})
SEARCHED = frozenset(
    {"id", "type", "snapshotStatus", "snapshotPriority", "expiresAt", "createdAt", "lastUsedAt"}
    | {"modifiedAt"}
)
LONGEST: Final = timedelta(days=366)


def create(call: Call) -> Response:
    """POST /snapshots."""
    members = call.members
    if "snapshotTemporalQueries" in members:
        raise OperationNotSupported("Snapshots of the history are not kept; leave them out.")
    said = members.get("snapshotQueries")
    if not isinstance(said, list) or not 0 < len(said) <= QUERIES:
        raise BadRequestData(f"A snapshot has snapshotQueries, one to {QUERIES} of them.")
    asked = [_query(call, one) for one in said]
    row = _row(call, members, {"snapshotQueries": said})
    snapshots.fill_apart(row, asked)
    return answers.created(f"{PATH}/{row.name}")


def _row(call: Call, members: dict[str, Any], kept: dict[str, Any]) -> Snapshot:
    unknown = sorted(set(members) - WRITABLE - {"id", "type", "snapshotQueries", "@context"})
    if members.get("type", "Snapshot") != "Snapshot" or unknown:
        raise BadRequestData(
            f"A snapshot has no member {unknown[0][:64]}." if unknown else "The type is Snapshot."
        )
    name = members.get("id")
    name = f"urn:ngsi-ld:Snapshot:{uuid4()}" if name is None else read_uri(name, "id")
    with transaction.atomic():
        if Snapshot.objects.filter(tenant=call.tenant.id, name=name).exists():
            raise AlreadyExists(f"There is a snapshot {name[:256]} already.")
        if snapshots.owned(call.tenant, call.caller).count() >= snapshots.OF_ONE_CALLER:
            raise TooManyResults(
                f"You have {snapshots.OF_ONE_CALLER} snapshots already; delete some."
            )
        return Snapshot.objects.create(
            tenant=call.tenant.id,
            name=name,
            members=orjson.dumps(kept).decode(),
            priority=_priority(members),
            expires_at=_expiry(members),
            created_by_id=call.caller.agent_id,
        )


def _query(call: Call, one: Any) -> tuple[Asking, Query]:
    """One query of a snapshot, read: who asks, and for what."""
    if not isinstance(one, dict) or one.get("type") != "Query":
        raise BadRequestData('A query of a snapshot is an object of the type "Query".')
    if "temporalQ" in one:
        raise BadRequestData("temporalQ is no part of snapshotQueries.")
    geo = one.get("geoQ") or {}
    if not isinstance(geo, dict):
        raise BadRequestData("geoQ is an object with georel, geometry and coordinates.")
    context = call.context
    said = {name: value for name, value in {**one, **geo}.items() if name != "type"}
    query = filters_of(said, context, selectors_of(one.get("entities"), context))
    if not narrows(query):
        raise BadRequestData("A query of a snapshot is too wide: name entities or attributes.")
    asking = Asking(
        tenant=call.tenant,
        reader=call.reader,
        context=context,
        now=call.now,
        via=call.loop,
        headers={},
        local=call.local,
        csf=str(one.get("csf", "")),
        split=one.get("splitEntities") is True,
        filters=filters_in(one),
    )
    return asking, query


def clone(call: Call) -> Response:
    """POST /snapshots/{snapshotId}/clone."""
    row, members = _find(call), call.members if call.request.body else {}
    kept = orjson.loads(row.members)
    with transaction.atomic():
        copy = _row(call, {"snapshotPriority": row.priority, **members}, kept)
        snapshots.clone(row, copy)
        copy.status, copy.details = snapshots.status_of(row), row.details
        copy.save(update_fields=["status", "details"])
    return answers.created(f"{PATH}/{copy.name}")


def retrieve(call: Call) -> Response:
    """GET /snapshots/{snapshotId}."""
    return answers.of_element(call, _written(_find(call)))


def change(call: Call) -> Response:
    """PATCH /snapshots/{snapshotId}."""
    row, members = _find(call), call.members
    fixed = sorted(set(members) - WRITABLE - {"type", "@context"})
    if fixed:
        raise BadRequestData(f"{fixed[0][:64]} of a snapshot cannot be changed.")
    if "snapshotPriority" in members:
        row.priority = _priority(members)
    if "expiresAt" in members:
        row.expires_at = _expiry(members)
    row.modified_at = timezone.now()
    row.save(update_fields=["priority", "expires_at", "modified_at"])
    return answers.of_element(call, _written(row))


def delete(call: Call) -> Response:
    """DELETE /snapshots/{snapshotId}."""
    _find(call).delete()
    return answers.no_content()


def purge(call: Call) -> Response:
    """DELETE /snapshots: those of the caller that fulfil ``q``."""
    text = call.query.get("q")
    if not text:
        raise BadRequestData("Say with q which snapshots go, such as q=snapshotPriority<5.")
    wanted = parse_q(text, CORE)
    foreign = attributes(wanted) - {CORE.expand(name) for name in SEARCHED}
    if foreign:
        raise BadRequestData("q may only speak of members of a snapshot.")
    rows = snapshots.owned(call.tenant, call.caller)
    gone = [row.pk for row in rows if matches(wanted, _as_document(row))]
    Snapshot.objects.filter(pk__in=gone).delete()
    return answers.no_content()


def _as_document(row: Snapshot) -> dict[str, Any]:
    written = _written(row)
    return {
        "id": row.name,
        "type": [CORE.expand("Snapshot")],
        "createdAt": written["createdAt"],
        "modifiedAt": written["modifiedAt"],
        "attributes": {
            CORE.expand(name): [{"type": "Property", "value": written[name]}]
            for name in SEARCHED - {"id", "type", "createdAt", "modifiedAt"}
            if name in written
        },
    }


def _find(call: Call) -> Snapshot:
    return snapshots.find(call.tenant, call.caller, call.params["snapshotId"])


def _priority(members: dict[str, Any]) -> int:
    said = members.get("snapshotPriority", 5)
    if not isinstance(said, int) or isinstance(said, bool) or not 1 <= said <= 10:
        raise BadRequestData("snapshotPriority is a whole number from 1 to 10.")
    return said


def _expiry(members: dict[str, Any]) -> Any:
    said = members.get("expiresAt")
    if said is None:
        return None
    if not isinstance(said, str):
        raise BadRequestData("expiresAt is a time such as 2026-11-22T07:00:00Z.")
    moment = times.as_datetime(times.read_time(said))
    if moment <= timezone.now():
        raise BadRequestData("expiresAt is over already.")
    return min(moment, timezone.now() + LONGEST)


def _written(row: Snapshot) -> dict[str, Any]:
    """The snapshot as JSON (clause 5.2.41)."""
    written = {
        "id": row.name,
        "type": "Snapshot",
        **orjson.loads(row.members),
        "snapshotStatus": snapshots.status_of(row),
        "snapshotPriority": row.priority,
        "snapshotQueriesDetails": orjson.loads(row.details),
        "createdAt": times.write_time(row.created_at),
        "modifiedAt": times.write_time(row.modified_at),
        "lastUsedAt": times.write_time(row.last_used_at),
    }
    if row.expires_at is not None:
        written["expiresAt"] = times.write_time(row.expires_at)
    return written


_ONE = f"{PATH}/{{snapshotId}}"
_NONE: frozenset[str] = frozenset()

ROUTES = [
    Route("POST", PATH, create, "createSnapshot", parameters=_NONE),
    Route("DELETE", PATH, purge, "purgeSnapshots", parameters=frozenset({"q"})),
    Route("GET", _ONE, retrieve, "retrieveSnapshotStatus", parameters=_NONE),
    Route("PATCH", _ONE, change, "updateSnapshotStatus", parameters=_NONE),
    Route("DELETE", _ONE, delete, "deleteSnapshot", parameters=_NONE),
    Route("POST", f"{_ONE}/clone", clone, "cloneSnapshot", parameters=_NONE),
]
