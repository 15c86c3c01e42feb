"""One question about entities, whoever asks: a query, a subscription, a forwarded result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kierto.ngsild import geo as geo_queries
from kierto.ngsild import q as value_queries
from kierto.ngsild.patterns import find_pattern
from kierto.ngsild.q import Document, Expression, Resolve
from kierto.ngsild.scopes import ScopeQuery
from kierto.ngsild.types import TypeSelection

if TYPE_CHECKING:
    from kierto.ngsild.geo import GeoQuery


@dataclass(frozen=True, slots=True)
class Selector:
    """Some entities: by type, and by identifiers or by a pattern of them (clause 5.2.33)."""

    types: TypeSelection | None = None
    ids: frozenset[str] = frozenset()
    id_pattern: str | None = None

    def matches(self, document: Document) -> bool:
        """Whether the entity is one of them."""
        if self.ids:
            if document["id"] not in self.ids:
                return False
        elif self.id_pattern is not None and not find_pattern(self.id_pattern)(document["id"]):
            return False
        return self.types is None or self.types.matches(document["type"])


@dataclass(frozen=True, slots=True)
class Query:
    """Which entities are meant; what is None asks nothing. All that is given must hold.

    Attributes:
        ids: identifiers, one of which the entity has.
        id_pattern: RE2, found anywhere in the identifier. Ignored when ``ids`` are given.
        types: the types it has.
        attrs: IRIs of attributes, one of which it has.
        q: what its values fulfil.
        geo: where it stands.
        scope_q: its scopes.
        selectors: selectors of a query by POST or of a subscription, one of which it fulfils.
        dataset_ids: datasets (``@none`` is the default one) of which ``attrs`` must have one.
    """

    ids: frozenset[str] | None = None
    id_pattern: str | None = None
    types: TypeSelection | None = None
    attrs: frozenset[str] | None = None
    q: Expression | None = None
    geo: GeoQuery | None = None
    scope_q: ScopeQuery | None = None
    selectors: tuple[Selector, ...] = ()
    dataset_ids: frozenset[str] | None = None

    def selects(self, document: Document) -> bool:
        """Whether identity and types fit, whatever the entity says."""
        if self.ids is not None:
            if document["id"] not in self.ids:
                return False
        elif self.id_pattern is not None and not find_pattern(self.id_pattern)(document["id"]):
            return False
        if self.types is not None and not self.types.matches(document["type"]):
            return False
        return not self.selectors or any(one.matches(document) for one in self.selectors)

    def filters(self, document: Document, resolve: Resolve | None = None) -> bool:
        """Whether what the entity says fits: attributes, values, place, scopes."""
        if self.attrs is not None and not self._has_one_of(self.attrs, document):
            return False
        if self.scope_q is not None and not self.scope_q.matches(document.get("scope")):
            return False
        if self.q is not None and not value_queries.matches(self.q, document, resolve):
            return False
        return self.geo is None or geo_queries.matches(self.geo, document)

    def matches(self, document: Document, resolve: Resolve | None = None) -> bool:
        """Whether the entity is meant.

        Args:
            document: the entity, in the internal form.
            resolve: finds an entity by its id, for queries that follow relationships.
        """
        return self.selects(document) and self.filters(document, resolve)

    def _has_one_of(self, names: frozenset[str], document: Document) -> bool:
        attributes = document["attributes"]
        if self.dataset_ids is None:
            return not names.isdisjoint(attributes)
        return any(
            instance.get("datasetId", "@none") in self.dataset_ids
            for name in names
            for instance in attributes.get(name, ())
        )
