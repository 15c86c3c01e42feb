"""Records of the platform that are no entities and can be published as a data set.

An app registers an export; whatever it gives, everybody may read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Export:
    """One sort of records.

    Attributes:
        key: as it stands in ``DataSet.asked["export"]``.
        label: for people.
        columns: names, in their order.
        rows: the records, as text or numbers by column; read as they are asked for.
        count: how many there are.
        by_month: the first day of each month in which some happened, and how many, in order.
        span: when the first and the last of them happened; ``None``: there is none.
    """

    key: str
    label: Any
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Mapping[str, Any]]]
    count: Callable[[], int]
    by_month: Callable[[], list[tuple[date, int]]]
    span: Callable[[], tuple[datetime, datetime] | None]


EXPORTS: Final[dict[str, Export]] = {}


def register(export: Export) -> None:
    """Make it one that can be published."""
    EXPORTS[export.key] = export
