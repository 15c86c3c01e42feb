"""What the catalogue announces, and the stamp by which every process notices a change."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from kierto.catalogue.models import Edition
from kierto.core.announce import announce

ONLY = 1


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    """Kinds, names, factors, ways of carrying or recipes are no longer what they were."""

    edition: UUID


def edition() -> UUID | None:
    """Stamp of the present state; None before the first import."""
    return Edition.objects.filter(pk=ONLY).values_list("stamp", flat=True).first()


def next_edition() -> UUID:
    """Stamp a change of the catalogue and announce it. Call it inside the transaction."""
    stamp = uuid4()
    Edition.objects.update_or_create(pk=ONLY, defaults={"stamp": stamp})
    announce(CatalogueChanged(edition=stamp))
    return stamp


def wait_for_others() -> None:
    """Let only one transaction change the catalogue at a time (SQLite does so by itself)."""
    Edition.objects.get_or_create(pk=ONLY)
    Edition.objects.select_for_update().get(pk=ONLY)
