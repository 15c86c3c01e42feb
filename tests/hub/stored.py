"""Short ways to entities in the store, for its tests."""

from __future__ import annotations

from typing import Any

from kierto.hub.access import EVERYTHING, Access
from kierto.hub.callers import SYSTEM, Caller
from kierto.hub.store import reading, tenants
from kierto.hub.store.tenants import Tenant
from kierto.hub.store.writing import Change, Result, write
from kierto.ngsild import q, types
from kierto.ngsild.contexts import CORE
from kierto.ngsild.entities import read_entity
from kierto.ngsild.matching import Query

NOW = "2026-11-22T07:00:00Z"
Document = dict[str, Any]


def home() -> Tenant:
    """The default tenant."""
    return tenants.find("")


def entity(name: str, kind: str = "Light", /, **attributes: Any) -> Document:
    """A document: values are in the concise form."""
    payload = {"id": f"urn:ngsi-ld:{kind}:{name}", "type": kind, **attributes}
    return read_entity(payload, CORE, now=NOW)


def place(longitude: float, latitude: float) -> dict[str, Any]:
    """A point, as a concise attribute."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def putting(
    document: Document,
    *,
    tenant: Tenant | None = None,
    by: Caller = SYSTEM,
    access: Access | None = None,
    source: str = "",
) -> Change:
    """The change that puts a document where there is none, or another."""
    return Change(tenant or home(), document["id"], lambda _: document, by, access, source)


def removing(document: Document, *, by: Caller = SYSTEM, tenant: Tenant | None = None) -> Change:
    """The change that deletes an entity."""
    return Change(tenant or home(), document["id"], lambda _: None, by)


def put(*documents: Document, **options: Any) -> list[Result]:
    """Store documents; raises what was refused."""
    results = write([putting(document, **options) for document in documents])
    for result in results:
        if result.error is not None:
            raise result.error
    return results


def query(text: str | None = None, kind: str | None = "Light", **more: Any) -> Query:
    """A query by type and ``q``."""
    return Query(
        types=types.parse_type_selection(kind, CORE) if kind else None,
        q=q.parse_q(text, CORE) if text else None,
        **more,
    )


def found(asked: Query, **options: Any) -> list[str]:
    """The names (last part of the id) of what a query finds."""
    options.setdefault("reader", EVERYTHING)
    page = reading.find(home(), asked, **options)
    return [document["id"].rpartition(":")[2] for document in page.documents]


def count(asked: Query, **options: Any) -> int | None:
    """How many entities match."""
    options.setdefault("reader", EVERYTHING)
    return reading.find(home(), asked, limit=0, count=True, **options).total
