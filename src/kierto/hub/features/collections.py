"""Collections: the types of entities that have a place, as one reader knows them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from kierto.hub import vocabulary
from kierto.hub.access import Reader
from kierto.hub.store import connections, forms, reading
from kierto.hub.store.reading import FORMS
from kierto.hub.store.tenants import Tenant
from kierto.hub.store.terms import sorts_of
from kierto.ngsild.errors import ResourceNotFound, TooManyResults
from kierto.ngsild.matching import Query
from kierto.ngsild.members import LOCATION
from kierto.ngsild.types import TypeSelection

GEO: Final = "GeoProperty"

_SIMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_SPANS: Final = (("hasBeginning", "hasEnd"), ("startDate", "endDate"), ("startsOn", "endsOn"))
"""Attributes that say when something is there, the first pair that a type has counts."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Entities of one type that have a place.

    Attributes:
        name: in addresses.
        iri: of the type.
        geometry: the attribute that says where a feature is.
        span: the attributes that say from when until when it is there; ``None``: nothing does.
    """

    name: str
    iri: str
    geometry: str
    span: tuple[str, str] | None

    @property
    def everything(self) -> Query:
        """All its features."""
        kinds = TypeSelection((frozenset({self.iri}),))
        return Query(types=kinds, attrs=frozenset({self.geometry}))


def collections_of(tenant: Tenant, reader: Reader) -> list[Collection]:
    """All that this reader may know of, by name."""
    found = [
        _collection(iri, info.attributes)
        for iri, info in reading.types(tenant, reader).items()
        if any(GEO in sorts for sorts in info.attributes.values())
    ]
    return sorted(found, key=lambda collection: collection.name)


def collection_of(tenant: Tenant, name: str, reader: Reader) -> Collection:
    """The collection of this name. Looks at the forms of entities, and at one entity.

    Raises:
        ResourceNotFound: there is none that the reader may see.
    """
    with connections.reading() as execute:
        known = forms.of(tenant, execute, FORMS)
    if known is None:
        raise TooManyResults(f"The entities have more than {FORMS} forms.")
    types: dict[str, dict[str, set[str]]] = {}
    for form in known.values():
        for iri in form["types"]:
            if name_of(iri) == name:
                attributes = types.setdefault(iri, {})
                for attribute, sorts in sorts_of(form):
                    attributes.setdefault(attribute, set()).update(sorts)
    for iri, attributes in types.items():
        if any(GEO in sorts for sorts in attributes.values()):
            collection = _collection(iri, attributes)
            if reading.find(tenant, collection.everything, reader, limit=1).documents:
                return collection
    raise ResourceNotFound(f"There is no collection {name[:100]!r}; /collections names them all.")


def _collection(iri: str, attributes: dict[str, set[str]]) -> Collection:
    places = sorted(name for name, sorts in attributes.items() if GEO in sorts)
    pairs = [(vocabulary.iri(begin), vocabulary.iri(end)) for begin, end in _SPANS]
    span = next((pair for pair in pairs if pair[0] in attributes), None)
    return Collection(name_of(iri), iri, LOCATION if LOCATION in places else places[0], span)


@lru_cache(maxsize=4_096)
def name_of(iri: str) -> str:
    """The name of a type in addresses: its term, or the end of its IRI with a mark of the rest."""
    term = vocabulary.context().compact(iri)
    if _SIMPLE.fullmatch(term):
        return term
    end = re.split(r"[/#:]", iri)[-1]
    mark = hashlib.sha256(iri.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '', end)[:80] or 'type'}-{mark}"
