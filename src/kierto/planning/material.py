"""What counts as material when masses are added up."""

from __future__ import annotations

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import Unit


def material_mass(kind: ResourceSpecification, amount: float) -> float:
    """Kilograms of so much of a kind; 0 for water, and for kinds without mass, such as electricity.

    Water is counted in cubic metres. A cubic metre weighs a tonne, so a tank of it would drown
    every other flow; Eurostat's material flow accounts leave it out for the same reason
    (Economy-wide material flow accounts handbook, 2018).
    """
    return 0.0 if kind.unit == Unit.CUBIC_METRE else amount * kind.kg_per_unit
