"""Entities by id and by query; types and attributes that there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kierto.hub.access import Reader
from kierto.hub.store.changes import Document
from kierto.hub.store.tenants import Tenant

if TYPE_CHECKING:
    from kierto.ngsild.matching import Query
    from kierto.ngsild.ordering import Ordering


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
    raise NotImplementedError


def get_many(tenant: Tenant, ids: Iterable[str], reader: Reader) -> dict[str, Document]:
    """Those of these entities that are there and may be seen, by id."""
    raise NotImplementedError


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

    Raises:
        TooComplexQuery: the query has more terms than one request may ask.
        TooManyResults: more entities match than can be put in ``order``.
    """
    raise NotImplementedError


def keys_of(tenant: Tenant, query: Query, reader: Reader) -> list[str]:
    """The ids of all entities that match, in a stable order.

    Raises:
        TooManyResults: they are more than one answer may hold.
    """
    raise NotImplementedError


def types(tenant: Tenant, reader: Reader) -> dict[str, TypeInfo]:
    """The types of the entities that the reader may see, by IRI."""
    raise NotImplementedError


def attributes(tenant: Tenant, reader: Reader) -> dict[str, AttributeInfo]:
    """The attributes of the entities that the reader may see, by IRI."""
    raise NotImplementedError


