"""The tree of kinds as pages show it: each kind with its narrower ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kierto.catalogue.models import ResourceSpecification, Theme


@dataclass(slots=True)
class Branch:
    """A kind and the narrower ones."""

    kind: ResourceSpecification
    children: list[Branch] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Kinds below this one, not counting itself."""
        return sum(1 + child.count for child in self.children)


def branches(kinds: Iterable[ResourceSpecification]) -> list[Branch]:
    """The roots, everything hung below them, by name in the reader's language."""
    by_id = {kind.pk: Branch(kind) for kind in kinds}
    roots: list[Branch] = []
    for branch in by_id.values():
        parent = by_id.get(branch.kind.parent_id) if branch.kind.parent_id else None
        (parent.children if parent else roots).append(branch)
    for branch in by_id.values():
        branch.children.sort(key=lambda each: each.kind.label.casefold())
    return sorted(roots, key=lambda each: each.kind.label.casefold())


def by_theme(kinds: Iterable[ResourceSpecification]) -> list[tuple[Theme, list[Branch]]]:
    """The roots of each theme, themes in their own order, empty ones left out."""
    roots = branches(kinds)
    return [
        (theme, found)
        for theme in Theme
        if (found := [root for root in roots if root.kind.theme == theme])
    ]
