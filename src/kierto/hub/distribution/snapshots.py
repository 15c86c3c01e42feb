"""Frozen copies of what queries found (clause 5.16), read by the header NGSILD-Snapshot (6.3.22).

A snapshot is filled behind the back of the request that asks for it, from this node and its
sources, with what its maker may read; who reads it later sees only what they might have seen then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson
from django.db import DatabaseError, connections, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from kierto.hub.access import CITY, PARTNERS, PRIVATE, PUBLIC, Access, Reader
from kierto.hub.distribution import entity_maps, gathering
from kierto.hub.distribution.answers import Found, Gathered
from kierto.hub.distribution.asking import Asking, matching
from kierto.hub.distribution.retrieving import NOBODY_ELSE
from kierto.hub.models import Snapshot, SnapshotEntity
from kierto.hub.store import reading
from kierto.ngsild.errors import NgsiLdError, ResourceNotFound
from kierto.ngsild.matching import Query
from kierto.ngsild.names import read_uri

if TYPE_CHECKING:
    from kierto.hub.callers import Caller
    from kierto.hub.http import Call
    from kierto.hub.store.tenants import Tenant

logger = logging.getLogger("kierto.hub")

OF_ONE_CALLER: Final = 50
GIVEN_UP_AFTER: Final = timedelta(minutes=10)
_USED_EVERY: Final = timedelta(minutes=1)


def named(call: Call) -> Snapshot | None:
    """The snapshot that a request wants to be answered from; ``None`` where it names none.

    Raises:
        BadRequestData: its name is no URI.
        ResourceNotFound: there is none, or it is not ready.
    """
    name = call.request.headers.get("ngsild-snapshot")
    if not name:
        return None
    read_uri(name, "NGSILD-Snapshot")
    row = _standing(call.tenant).filter(name=name).first()
    if row is None or status_of(row) not in {"success", "incomplete"}:
        raise ResourceNotFound(f"There is no snapshot {name[:256]} that can be read.")
    now = timezone.now()
    if row.last_used_at < now - _USED_EVERY:
        Snapshot.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def find(tenant: Tenant, caller: Caller, name: str) -> Snapshot:
    """A snapshot of the caller.

    Raises:
        BadRequestData: the name is no URI.
        ResourceNotFound: there is none, or it is somebody else's.
    """
    read_uri(name, "The identifier of the snapshot")
    row = owned(tenant, caller).filter(name=name).first()
    if row is None:
        raise ResourceNotFound(f"There is no snapshot {name[:256]}.")
    return row


def owned(tenant: Tenant, caller: Caller) -> QuerySet[Snapshot]:
    """Snapshots that the caller may change: their own; all of them where nothing is hidden."""
    rows = _standing(tenant)
    return rows if caller.reader.everything else rows.filter(created_by=caller.agent_id)


def _standing(tenant: Tenant) -> QuerySet[Snapshot]:
    now = timezone.now()
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return Snapshot.objects.filter(lasting, tenant=tenant.id)


def status_of(row: Snapshot) -> str:
    """preparing, success, incomplete (a source did not answer) or failed."""
    if row.status == "preparing" and row.created_at < timezone.now() - GIVEN_UP_AFTER:
        return "failed"
    return row.status


def retrieve(row: Snapshot, entity_id: str, reader: Reader) -> Found:
    """One entity as it was."""
    entity = row.entities.filter(entity=entity_id).first()
    if entity is None or not reader.may_read(_access(entity)):
        return Found(None, snapshot=row.name)
    return Found(orjson.loads(entity.document), snapshot=row.name)


def query(
    row: Snapshot, query: Query, reader: Reader, limit: int, offset: int, count: bool, order: Any
) -> Gathered:
    """Entities as they were."""
    rows = row.entities.order_by("pk").iterator()
    documents = [orjson.loads(one.document) for one in rows if reader.may_read(_access(one))]
    found = [one for one in documents if query.matches(one)]
    if order is not None:
        found = order.sort(found)
    total = len(found) if count else None
    return Gathered(found[offset : offset + limit], total, snapshot=row.name)


def _access(entity: SnapshotEntity) -> Access:
    return Access(entity.visibility, frozenset(UUID(one) for one in entity.readers))


# -------------------------------------------------------------------- filling


def fill_apart(row: Snapshot, askings: Sequence[tuple[Asking, Query]]) -> None:
    """Fills the snapshot in a thread of its own; the request does not wait."""

    def work() -> None:
        try:
            fill(row, askings)
        except Exception:
            logger.exception("Snapshot %s could not be filled", row.name)
            _give_up(row)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, name="kierto-snapshot", daemon=True)
    transaction.on_commit(thread.start)


def _give_up(row: Snapshot) -> None:
    try:
        Snapshot.objects.filter(pk=row.pk).update(status="failed")
    except DatabaseError:  # what kept it from being filled may keep this from being written
        logger.exception("That snapshot %s failed could not be written", row.name)


def fill(row: Snapshot, askings: Sequence[tuple[Asking, Query]]) -> None:
    """Runs the queries and keeps what they find."""
    details: list[dict[str, Any]] = []
    entities: dict[str, SnapshotEntity] = {}
    for asking, asked in askings:
        try:
            matches = matching(asking, asked, *gathering.OPERATIONS)
            found = entity_maps.collect(asking, matches, asked)
        except NgsiLdError as error:
            details.append({"resultStatus": "failed", "problemDetails": error.problem()})
            continue
        status = "incomplete" if found.warnings else "success"
        detail: dict[str, Any] = {"resultStatus": status}
        if found.warnings:
            detail["warnings"] = found.warnings
        details.append(detail)
        for one in _frozen(row, asking, found):
            entities[one.entity] = one
    statuses = {one["resultStatus"] for one in details}
    status = statuses.pop() if len(statuses) == 1 else "incomplete"
    with transaction.atomic():
        # It may have been deleted meanwhile: then nothing of it is kept.
        if not Snapshot.objects.filter(pk=row.pk).exists():
            return
        SnapshotEntity.objects.bulk_create(entities.values(), batch_size=500)
        Snapshot.objects.filter(pk=row.pk).update(
            status=status, details=orjson.dumps(details).decode(), modified_at=timezone.now()
        )


def _frozen(row: Snapshot, asking: Asking, found: gathering.Found) -> list[SnapshotEntity]:
    levels = _levels(asking, list(found.documents))
    owners = sorted(str(one) for one in asking.reader.agents)
    return [
        SnapshotEntity(
            snapshot=row,
            entity=key,
            document=orjson.dumps(document).decode(),
            visibility=_level(key, levels, found, asking),
            readers=owners if levels.get(key, PUBLIC) == PRIVATE else [],
        )
        for key, document in found.documents.items()
    ]


def _level(key: str, levels: dict[str, int], found: gathering.Found, asking: Asking) -> int:
    """As hidden as the most hidden part: what partners told us is for partners."""
    level = levels.get(key, PUBLIC)
    elsewhere = any(name != NOBODY_ELSE for name in found.sources[key])
    trusted = asking.reader.everything or PARTNERS in asking.reader.levels
    return max(level, PARTNERS) if elsewhere and trusted else level


def _levels(asking: Asking, ids: list[str]) -> dict[str, int]:
    """The visibility of entities of this node: the first level that shows them."""
    levels: dict[str, int] = {}
    own = reading.get_many(asking.tenant, ids, asking.reader)
    for level in (PUBLIC, PARTNERS, CITY):
        left = [key for key in own if key not in levels]
        reader = Reader(frozenset(range(level + 1)))
        levels |= dict.fromkeys(reading.get_many(asking.tenant, left, reader), level)
    return {key: levels.get(key, PRIVATE) for key in own}


def clone(row: Snapshot, copy: Snapshot) -> None:
    """Copies what a snapshot holds into another one."""
    rows = list(row.entities.values("entity", "document", "visibility", "readers"))
    SnapshotEntity.objects.bulk_create(
        [SnapshotEntity(snapshot=copy, **values) for values in rows], batch_size=500
    )
