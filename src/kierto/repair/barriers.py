"""What prevents repairs: a public data set over our own repairs and all imported open data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from kierto.repair.models import Category, DataSet
from kierto.repair.own_records import shared_tickets
from kierto.repair.states import Barrier, Outcome
from kierto.repair.statistics import Cell, Filters, cells_of

LICENCE = "CC BY-SA 4.0"
LICENCE_PAGE = "https://creativecommons.org/licenses/by-sa/4.0/"

DEFINITION = (
    "Number of repairs that ended with the status “End of life”, by product category and by what "
    "prevented the repair, in the words of the Open Repair Data Standard 0.3. The share is of those "
    "repairs of the category for which a barrier was given. Categories from number 1000 on are not "
    "part of the standard."
)

COLUMNS = (
    "product_category_id", "product_category", "repair_barrier_if_end_of_life", "repairs", "share",
    "end_of_life", "barrier_given",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """How often one barrier stood in the way of one category.

    ``given`` counts the repairs of the category with any barrier, ``over`` those at the end of
    life.
    """

    category: int | None
    name: str
    barrier: str
    count: int
    given: int
    over: int

    @property
    def share(self) -> float:
        """Of those of the category for which a barrier was given."""
        return self.count / self.given

    def cells(self) -> tuple[Any, ...]:
        """The row of the data set."""
        number = "" if self.category is None else self.category
        return (number, self.name, self.barrier, self.count, round(self.share, 4), self.over,
                self.given)  # fmt: skip


def barriers(filters: Filters | None = None) -> list[Row]:
    """The data set: category by category, in each the most frequent barrier first."""
    cells = list(cells_of(filters or Filters(outcome=Outcome.END_OF_LIFE)))
    names = dict(Category.objects.values_list("pk", "name"))
    rows = _rows([cell for cell in cells if cell.outcome == Outcome.END_OF_LIFE], names)
    return sorted(rows, key=lambda row: (row.category is None, row.category, -row.count))


def _rows(cells: Iterable[Cell], names: dict[int, str]) -> list[Row]:
    over: Counter[int | None] = Counter()
    given: Counter[int | None] = Counter()
    tally: Counter[tuple[int | None, str]] = Counter()
    for cell in cells:
        over[cell.category] += cell.count
        if cell.barrier:
            given[cell.category] += cell.count
            tally[cell.category, cell.barrier] += cell.count
    return [
        Row(category, names.get(category or 0, ""), barrier, count, given[category], over[category])
        for (category, barrier), count in tally.items()
    ]


def matrix(rows: Iterable[Row]) -> list[tuple[int | None, dict[str, int], int]]:
    """Category by category: how often each barrier, and how many had any; most first."""
    found: dict[int | None, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.category, dict.fromkeys(Barrier.values, 0))[row.barrier] = row.count
    lines = [(category, counts, sum(counts.values())) for category, counts in found.items()]
    return sorted(lines, key=lambda line: -line[2])


def by_barrier(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """How often each barrier stood in the way of anything, the most frequent first."""
    tally: Counter[str] = Counter(dict.fromkeys(Barrier.values, 0))
    for row in rows:
        tally[row.barrier] += row.count
    return sorted(tally.items(), key=lambda item: -item[1])


def as_json(rows: Iterable[Row]) -> dict[str, Any]:
    """The data set with what one must know to use it."""
    return {
        "title": "Barriers to repair",
        "definition": DEFINITION,
        "standard": "Open Repair Data Standard 0.3",
        "licence": {"name": LICENCE, "page": LICENCE_PAGE},
        "sources": sources(),
        "columns": COLUMNS,
        "rows": [row.cells() for row in rows],
    }


def sources() -> list[dict[str, Any]]:
    """Whose data it is made of, to be named by whoever uses it."""
    own = {"name": settings.NODE_NAME, "source": "", "licence": LICENCE,
           "rows": shared_tickets().count()}  # fmt: skip
    columns = ("name", "source", "licence", "rows")
    sets = DataSet.objects.order_by("name").values_list(*columns)
    imported = [dict(zip(columns, row, strict=True)) for row in sets]
    return [own, *imported] if own["rows"] else imported
