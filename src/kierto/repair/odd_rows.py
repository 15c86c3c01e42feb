"""The odd rows of a data set: page by page for people, all of them as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from kierto.core.tables import write_csv
from kierto.repair.models import DataSet, OpenRecord
from kierto.repair.oddities import ODDITIES
from kierto.repair.ords import COLUMNS
from kierto.repair.states import Barrier, Outcome

PAGE_SIZE = 50
HEADER = ("line", "id", "code", "column", "cell")
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class OddCell:
    """A cell that is odd: where it stands, and what stands in it."""

    line: int
    key: str
    code: str
    column: str
    cell: str


def odd_cells(record: OpenRecord, only: str = "") -> Iterator[OddCell]:
    """The odd cells of one row, or those with one code."""
    cells = dict(zip(COLUMNS, record.cells, strict=True))
    for code in record.odd.split():
        if not only or code == only:
            for column in _columns(code, cells):
                yield OddCell(record.line, record.key, code, column, cells[column])


def _columns(code: str, cells: dict[str, str]) -> list[str]:
    """A label may be written otherwise in three columns; every other code is about one."""
    if code != "label_variant":
        return [ODDITIES[code][0]]
    status, barrier = cells["repair_status"], cells["repair_barrier_if_end_of_life"]
    found = [
        *(["repair_status"] if status not in Outcome.values else []),
        *(["repair_barrier_if_end_of_life"] if barrier not in ["", *Barrier.values] else []),
    ]
    return found or ["product_category"]


def _odd(data_set: DataSet, code: str = "") -> QuerySet[OpenRecord]:
    records = data_set.records.order_by("line").only("line", "key", "cells", "odd", "data_set_id")
    return records.filter(odd__contains=f" {code} ") if code else records.exclude(odd="")


def odd_page(data_set: DataSet, code: str, number: Any) -> tuple[Page[OpenRecord], list[OddCell]]:
    """A page of the rows that are odd in one way, and their odd cells.

    The count is that of the report, so that a page reads no more rows than it shows.
    """
    paginator = Paginator(_odd(data_set, code), PAGE_SIZE)
    paginator.count = data_set.oddities.get(code, 0)
    page = paginator.get_page(number)
    return page, [cell for record in page.object_list for cell in odd_cells(record, code)]


def odd_lines(data_set: DataSet) -> Iterator[str]:
    """The table of all odd cells, as text, piece by piece."""
    yield write_csv(HEADER, ())
    rows: list[tuple[Any, ...]] = []
    for record in _odd(data_set).iterator(chunk_size=CHUNK):
        rows += [(c.line, c.key, c.code, c.column, c.cell) for c in odd_cells(record)]
        if len(rows) >= CHUNK:
            yield _text(rows)
            rows = []
    yield _text(rows)


def _text(rows: list[tuple[Any, ...]]) -> str:
    return write_csv(HEADER, rows).split("\r\n", 1)[1]
