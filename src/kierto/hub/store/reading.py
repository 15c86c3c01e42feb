"""Entities by id and by query; types and attributes that there are."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from kierto.hub.access import Reader
from kierto.hub.store import connections, forms, watching
from kierto.hub.store.applying import access_of, is_storable
from kierto.hub.store.changes import Document
from kierto.hub.store.connections import Execute
from kierto.hub.store.finding import Search
from kierto.hub.store.narrowing import narrow
from kierto.hub.store.selecting import select, visible
from kierto.hub.store.tenants import Tenant
from kierto.hub.store.terms import sorts_of
from kierto.ngsild.errors import TooManyResults

if TYPE_CHECKING:
    from kierto.ngsild.matching import Query
    from kierto.ngsild.ordering import Ordering

KEYS: Final = 200_000
"""Ids of one answer."""

SORTED: Final = 50_000
"""Entities that one answer puts in order."""

FORMS: Final = 50_000
"""Forms of a tenant that discovery looks at."""

_IDS: Final = 500
_RESOLVED: Final = 10_000
_ONE: Final = (
    "SELECT document, visibility, readers, expires FROM hub_entity"
    " WHERE tenant = %s AND entity_id = %s"
)
_MANY: Final = (
    "SELECT document, visibility, readers, expires, entity_id FROM hub_entity"
    " WHERE tenant = %s AND entity_id IN"
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some entities of an answer.

    Attributes:
        documents: in order.
        total: how many match in all, where that was asked for.
        last: key of the last document; ``find(after=last)`` goes on behind it.
    """

    documents: list[Document]
    total: int | None = None
    last: int | None = None


@dataclass(slots=True)
class TypeInfo:
    """What is known of one type: how many entities, and their attributes with their sorts."""

    count: int = 0
    attributes: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class AttributeInfo:
    """What is known of one attribute: entities that have it, its sorts, the types of entities."""

    count: int = 0
    sorts: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)


def get(tenant: Tenant, entity_id: str, reader: Reader) -> Document | None:
    """The entity of this id, unless there is none that the reader may see."""
    found = _row(tenant, entity_id, reader)
    if found is None:
        return None
    text, visibility, readers = found
    watching.saw(tenant, entity_id, visibility, readers, reader)
    document: Document = orjson.loads(text)
    return document


def _row(tenant: Tenant, entity_id: str, reader: Reader) -> tuple[str, int, str] | None:
    if not is_storable(entity_id):
        return None
    rows = connections.read(_ONE, (tenant.id, entity_id))
    if not rows:
        return None
    text, visibility, readers, expires = rows[0]
    if expires is not None and expires <= time.time():
        return None
    if not reader.everything and not reader.may_read(access_of(visibility, readers)):
        return None
    return text, visibility, readers


def get_many(tenant: Tenant, ids: Iterable[str], reader: Reader) -> dict[str, Document]:
    """Those of these entities that are there and may be seen, by id."""
    found = _many(tenant, ids, reader)
    watching.saw_all(tenant, list(found.values()), reader)
    return found


def _many(tenant: Tenant, ids: Iterable[str], reader: Reader) -> dict[str, Document]:
    """The same, shown to nobody yet."""
    wanted = [each for each in dict.fromkeys(ids) if is_storable(each)]
    found: dict[str, Document] = {}
    now = time.time()
    for start in range(0, len(wanted), _IDS):
        part = wanted[start : start + _IDS]
        marks = ",".join(["%s"] * len(part))
        for text, visibility, readers, expires, entity_id in connections.read(
            f"{_MANY} ({marks})",
            (tenant.id, *part),
        ):
            if (expires is None or expires > now) and (
                reader.everything or reader.may_read(access_of(visibility, readers))
            ):
                found[entity_id] = orjson.loads(text)
    return {each: found[each] for each in wanted if each in found}


def find(
    tenant: Tenant,
    query: Query,
    reader: Reader,
    *,
    order: Ordering | None = None,
    limit: int = 20,
    offset: int = 0,
    count: bool = False,
    after: int | None = None,
) -> Page:
    """Entities that match, in a stable order (that of their making, unless ``order`` says).

    ``limit`` may be 0, to count alone.

    Raises:
        TooComplexQuery: too many entities would have to be looked at.
        TooManyResults: more entities match than can be put in ``order``.
    """
    if query.ids is not None:
        page = _of_ids(tenant, query, reader, order, limit, offset)
    else:
        page = _found(tenant, query, reader, order, limit, offset, count, after)
    watching.saw_all(tenant, page.documents, reader)
    return page


def _found(
    tenant: Tenant,
    query: Query,
    reader: Reader,
    order: Ordering | None,
    limit: int,
    offset: int,
    count: bool,
    after: int | None,
) -> Page:
    with connections.reading() as execute:
        search = _search(tenant, query, reader, execute)
        if order is not None:
            return _ordered(search, order, limit, offset)
        total = search.count() if count else None
        if count and total is None:
            return _counted(search, limit, offset)
        start = after or 0
        if offset and search.skips(offset):
            start, offset = search.skip(start, offset), 0
        return _paged(search, start, limit, offset, total)


def keys_of(tenant: Tenant, query: Query, reader: Reader) -> list[str]:
    """The ids of all entities that match, in a stable order.

    Raises:
        TooManyResults: they are more than one answer may hold.
    """
    if query.ids is not None:
        page = _of_ids(tenant, query, reader, None, len(query.ids), 0)
        return [document["id"] for document in page.documents]
    found: list[str] = []
    with connections.reading() as execute:
        search = _search(tenant, query, reader, execute)
        for _key, document in search.matches(0, None):
            found.append(document["id"])
            if len(found) > KEYS:
                raise TooManyResults(f"More than {KEYS} entities match. Ask for fewer.")
    return found


def _search(tenant: Tenant, query: Query, reader: Reader, execute: Execute) -> Search:
    selection = select(tenant, narrow(query), reader, execute)
    known: dict[str, Document | None] = {}

    def resolve(entity_id: str) -> Document | None:
        if entity_id not in known:
            if len(known) >= _RESOLVED:
                known.clear()
            found = _row(tenant, entity_id, reader)
            known[entity_id] = None if found is None else orjson.loads(found[0])
        return known[entity_id]

    def judge(document: Document) -> bool:
        return query.matches(document, resolve)

    return Search(selection, judge, execute)


def _paged(search: Search, after: int, limit: int, offset: int, total: int | None) -> Page:
    documents: list[Document] = []
    last = None
    wanted = offset + limit
    if limit > 0:
        for key, document in search.matches(after, wanted):
            if offset > 0:
                offset -= 1
                continue
            documents.append(document)
            last = key
            if len(documents) == limit:
                break
    return Page(documents, total, last)


def _counted(search: Search, limit: int, offset: int) -> Page:
    documents: list[Document] = []
    total, last = 0, None
    for key, document in search.matches(0, None):
        if offset <= total < offset + limit:
            documents.append(document)
            last = key
        total += 1
    return Page(documents, total, last)


def _ordered(search: Search, order: Ordering, limit: int, offset: int) -> Page:
    found: list[Document] = []
    for _key, document in search.matches(0, None):
        found.append(document)
        if len(found) > SORTED:
            raise TooManyResults(
                f"More than {SORTED} entities match; they cannot be put in order. Ask for fewer."
            )
    return Page(order.sort(found)[offset : offset + limit], len(found))


def _of_ids(
    tenant: Tenant, query: Query, reader: Reader, order: Ordering | None, limit: int, offset: int
) -> Page:
    """Entities named by their ids, in the order of those (a set has none: that of the texts)."""
    there = _many(tenant, sorted(query.ids or ()), reader)
    found = [
        document
        for document in there.values()
        if query.matches(document, lambda entity_id: get(tenant, entity_id, reader))
    ]
    if order is not None:
        found = order.sort(found)
    return Page(found[offset : offset + limit], len(found))


# ---------------------------------------------------------------- discovery


def types(tenant: Tenant, reader: Reader) -> dict[str, TypeInfo]:
    """The types of the entities that the reader may see, by IRI."""
    found: dict[str, TypeInfo] = {}
    for form, count in _counted_forms(tenant, reader):
        for iri in form["types"]:
            info = found.setdefault(iri, TypeInfo())
            info.count += count
            for attribute, sorts in sorts_of(form):
                info.attributes.setdefault(attribute, set()).update(sorts)
    return found


def attributes(tenant: Tenant, reader: Reader) -> dict[str, AttributeInfo]:
    """The attributes of the entities that the reader may see, by IRI."""
    found: dict[str, AttributeInfo] = {}
    for form, count in _counted_forms(tenant, reader):
        for attribute, sorts in sorts_of(form):
            info = found.setdefault(attribute, AttributeInfo())
            info.count += count
            info.sorts.update(sorts)
            info.types.update(form["types"])
    return found


def _counted_forms(tenant: Tenant, reader: Reader) -> list[tuple[dict[str, Any], int]]:
    with connections.reading() as execute:
        rows = visible(tenant, reader)
        own = "form IN (SELECT id FROM hub_form WHERE tenant = %s)"
        counted = execute(
            f"SELECT form, count(*) FROM hub_entity WHERE {own}{rows.sql} GROUP BY form",  # noqa: S608 - own
            [tenant.id, *rows.values],
        )
        known = forms.of(tenant, execute, FORMS)
    if known is None:
        raise TooManyResults(f"The tenant's entities have more than {FORMS} forms.")
    return [(known[form], count) for form, count in counted if form in known]
