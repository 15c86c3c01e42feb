"""The tree of kinds in memory: mass, broader kinds, names."""

from __future__ import annotations

from functools import cached_property

from kierto.catalogue.labels import label_of
from kierto.catalogue.models import ResourceSpecification
from kierto.catalogue.queries import linked_kinds
from kierto.planning.material import material_mass


class KindTree:
    """Every kind with its parents linked, loaded once for a whole computation."""

    @cached_property
    def by_id(self) -> dict[int, ResourceSpecification]:
        """All kinds, parents linked, so that what is inherited costs no query."""
        return linked_kinds()

    def mass(self, kind: int, amount: float) -> float:
        """Kilograms of so much of a kind; 0 for kinds without mass, such as electricity."""
        return amount * self.by_id[kind].kg_per_unit

    def material(self, kind: int, amount: float) -> float:
        """The same without water; see :func:`~kierto.planning.material.material_mass`."""
        return material_mass(self.by_id[kind], amount)

    def accepts(self, wanted: int, given: int) -> bool:
        """Whether what was given serves where ``wanted`` was asked for."""
        broad, narrow = self.by_id[wanted], self.by_id[given]
        return narrow.unit == broad.unit and narrow.is_within(broad)

    def root(self, kind: int) -> int:
        """The broadest kind above it, or itself: the family to which it belongs."""
        step = self.by_id[kind]
        while step.parent_id is not None:
            step = self.by_id[step.parent_id]
        return step.pk

    def depth(self, kind: int) -> int:
        """How narrow a kind is: the length of its path."""
        return len(self.by_id[kind].path)

    def label(self, kind: int) -> str:
        """The name in the reader's language."""
        return label_of(self.by_id[kind])
