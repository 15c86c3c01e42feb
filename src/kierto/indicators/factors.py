"""Factors and prices from the catalogue, and the list of those that a number used."""

from __future__ import annotations

from kierto.catalogue.models import EmissionFactor, TransportMode
from kierto.catalogue.queries import Estimate, Fallback, fallback_of, transport_of
from kierto.indicators.kinds import KindTree


class FactorBook:
    """Looks things up once per kind and remembers what was asked for."""

    def __init__(self, kinds: KindTree) -> None:
        self._kinds = kinds
        self._fallbacks: dict[int, Fallback] = {}
        self._modes: dict[int, TransportMode | None] = {}
        self.factors: dict[int, EmissionFactor] = {}
        self.modes: dict[int, TransportMode] = {}
        self.price_sources: set[str] = set()

    def disposal(self, kind: int) -> Estimate:
        """kg CO2e of disposing of one unit."""
        return self._noted(self._fallback(kind).disposal)

    def production(self, kind: int) -> Estimate:
        """kg CO2e of making one unit anew."""
        return self._noted(self._fallback(kind).production)

    def disposal_cost(self, kind: int) -> float:
        """Euros for disposing of one unit."""
        return self._priced(kind).disposal_cost

    def purchase_price(self, kind: int) -> float:
        """Euros for buying one unit new."""
        return self._priced(kind).purchase_price

    def mode(self, kind: int) -> TransportMode | None:
        """How the kind is carried."""
        if kind not in self._modes:
            self._modes[kind] = transport_of(self._kinds.by_id[kind])
        mode = self._modes[kind]
        if mode is not None:
            self.modes[mode.pk] = mode
        return mode

    def _fallback(self, kind: int) -> Fallback:
        if kind not in self._fallbacks:
            self._fallbacks[kind] = fallback_of(self._kinds.by_id[kind])
        return self._fallbacks[kind]

    def _noted(self, estimate: Estimate) -> Estimate:
        if estimate.factor is not None:
            self.factors[estimate.factor.pk] = estimate.factor
        return estimate

    def _priced(self, kind: int) -> Fallback:
        source = self._kinds.by_id[kind].price_source
        if source:
            self.price_sources.add(source)
        return self._fallback(kind)
