"""Contexts that stand in this node's database: hosted, copied, or made for an answer."""

from __future__ import annotations

import time
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson
from django.db.models import Q
from django.utils import timezone

from kierto.hub.http.answers import ROOT
from kierto.hub.models import ContextKind, StoredContext

HOSTED_PATH: Final = "/jsonldContexts/"

_COUNTED = 20_000

_used: dict[UUID, tuple[int, float]] = {}


def find(name: str) -> StoredContext | None:
    """A context by its address, its own address here, or its identifier."""
    if "\0" in name:
        return None
    row = StoredContext.objects.filter(address=name).first()
    if row is not None:
        return row
    try:
        last = urlsplit(name).path.rstrip("/").rsplit("/", 1)[-1]
        if last != name and ROOT + HOSTED_PATH not in name:
            return None
        return StoredContext.objects.filter(pk=UUID(last)).first()
    except ValueError:
        return None


def visible(row: StoredContext, tenant: str) -> bool:
    """Whether a tenant may see it: copies belong to nobody, what is hosted to its tenant."""
    return row.kind == ContextKind.CACHED or row.tenant == tenant


def listed(tenant: str, kind: str | None) -> list[StoredContext]:
    """The contexts that a tenant may see, oldest first."""
    rows = StoredContext.objects.filter(Q(kind=ContextKind.CACHED) | Q(tenant=tenant))
    if kind is not None:
        rows = rows.filter(kind=kind)
    return list(rows.order_by("created_at")[:10_000])


def keep(kind: ContextKind, address: str, document: object, tenant: str = "") -> StoredContext:
    """Stores a context; a copy that stands already is renewed where it differs."""
    body = orjson.dumps(document).decode()
    row, made = StoredContext.objects.get_or_create(
        address=address, defaults={"kind": kind, "body": body, "tenant": tenant}
    )
    if not made and kind == ContextKind.CACHED and row.body != body:
        row.body, row.refreshed_at = body, timezone.now()
        row.save(update_fields=["body", "refreshed_at"])
    return row


def host(context: object, tenant: str) -> StoredContext:
    """Stores a context that this node hosts for others; it was checked before."""
    number = uuid4()
    return StoredContext.objects.create(
        pk=number,
        kind=ContextKind.HOSTED,
        address=ROOT + HOSTED_PATH + str(number),
        body=orjson.dumps({"@context": context}).decode(),
        tenant=tenant,
    )


def own_address(row: StoredContext, base: str) -> str:
    """Where this node serves a context."""
    return f"{base}{ROOT}{HOSTED_PATH}{row.pk}"


def document_of(row: StoredContext) -> Any:
    """What stands in it."""
    return orjson.loads(row.body)


def count(number: UUID) -> None:
    """One more request used it."""
    hits, _ = _used.get(number, (0, 0.0))
    if hits or len(_used) < _COUNTED:
        _used[number] = (hits + 1, time.time())


def used(number: UUID) -> tuple[int, float]:
    """How often this process used a context, and when last (seconds since 1970; 0 for never)."""
    return _used.get(number, (0, 0.0))
