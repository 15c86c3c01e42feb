"""The order of answers (``orderBy``; clause 4.23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kierto.ngsild.q import Document, Path

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One criterion: ``direction`` is ``asc``, ``desc``, ``dist-asc`` or ``dist-desc``."""

    path: Path
    direction: str = "asc"


@dataclass(frozen=True, slots=True)
class Ordering:
    """Criteria, the first the most important.

    Attributes:
        terms: the criteria.
        collation: BCP 47 tag of the order of texts; None is the root order.
        reference: GeoJSON from which distances are measured.
    """

    terms: tuple[OrderTerm, ...]
    collation: str | None = None
    reference: dict[str, Any] | None = None

    def sort(self, documents: Iterable[Document]) -> list[Document]:
        """The entities in order; equal ones keep theirs. Missing values come last, both ways."""
        raise NotImplementedError


def parse_order_by(
    text: str | Iterable[str],
    context: Context,
    *,
    collation: str | None = None,
    order_from: Any = None,
    order_geometry: str = "Point",
) -> Ordering:
    """Read ``name,age;desc`` or a list of such criteria.

    Args:
        text: the criteria.
        context: what the names mean.
        collation: order of texts, for example ``de-u-co-phonebk``.
        order_from: coordinates of the reference of distances, an array or its JSON text.
        order_geometry: its type.

    Raises:
        BadRequestData: they are none, or distances are asked and the reference is missing.
    """
    raise NotImplementedError
