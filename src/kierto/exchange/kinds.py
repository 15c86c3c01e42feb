"""The whole tree of kinds in a few queries, as the planner wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from kierto.catalogue.labels import label_of
from kierto.catalogue.models import CanonicalUnit, ResourceSpecification
from kierto.catalogue.queries import composition_of, fallback_of, linked_kinds, transport_of
from kierto.planner.model import Kind, Rate, Rates

NOT_CARRIED = Rate(cost_per_km=0.0, emissions_per_km=0.0, max_km=0.0)
"""A kind without any way of carrying stays where it is."""

LABEL_LANGUAGE = "en"
"""Labels are part of the frozen problem; one language keeps its digest the same for everybody."""


@dataclass(frozen=True)
class KindBook:
    """Every kind with its parents linked in memory, so that what is inherited costs no query."""

    by_id: dict[int, ResourceSpecification]

    @classmethod
    def load(cls) -> Self:
        """All kinds but money, parents linked."""
        things = ResourceSpecification.objects.exclude(unit=CanonicalUnit.EURO)
        return cls(linked_kinds(things))

    def planner_kinds(self) -> tuple[Kind, ...]:
        """The tree in the planner's words."""
        return tuple(
            Kind(
                code=kind.code,
                unit=kind.unit,
                parent=kind.parent.code if kind.parent is not None else None,
                label=label_of(kind, LABEL_LANGUAGE),
            )
            for kind in self.by_id.values()
        )

    def rates(self, road_factor: float) -> Rates:
        """Carrying one unit of each kind: euros and kg CO2e per km, and euros for loading."""
        return Rates(
            default=NOT_CARRIED,
            by_kind={kind.code: _rate(kind) for kind in self.by_id.values()},
            road_factor=road_factor,
        )

    def fallback(self, kind: ResourceSpecification, way: str) -> tuple[float, float]:
        """Euros and kg CO2e of one unit disposed of, or bought new."""
        found = fallback_of(kind)
        if way == "disposal":
            return found.disposal_cost, found.disposal_emissions
        return found.purchase_price, found.production_emissions

    def composition(self, kind: ResourceSpecification) -> dict[str, float]:
        """The known properties of a kind."""
        known = composition_of(kind)
        return {name: value for name, value in sorted(known.items()) if value is not None}


def _rate(kind: ResourceSpecification) -> Rate:
    mode = transport_of(kind)
    if mode is None:
        return NOT_CARRIED
    tonnes = kind.kg_per_unit / 1000
    return Rate(
        cost_per_km=mode.cost_per_tkm * tonnes,
        emissions_per_km=mode.emissions_per_tkm * tonnes,
        handling_cost=mode.handling_cost_per_tonne * tonnes,
        max_km=mode.longest_km,
    )
