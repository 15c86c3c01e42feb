"""Open repair data out of the node: one set as it came in, our own repairs, or all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from kierto.repair.models import DataSet, OpenRecord
from kierto.repair.ords import write_ords
from kierto.repair.own_records import own_rows

CHUNK = 2000


def export_repairs(
    data_set: DataSet | None = None, *, own: bool = False, imported: bool = False
) -> Iterator[str]:
    """The text of a file of the standard, row by row.

    Args:
        data_set: one imported set, every row as it came in.
        own: our own repairs, as far as they may be shared.
        imported: all imported sets together; an id that stands in several comes once.
    """
    return write_ords(_rows(data_set, own, imported))


def _rows(data_set: DataSet | None, own: bool, imported: bool) -> Iterator[Sequence[str]]:
    if own:
        yield from own_rows()
    if data_set is not None:
        yield from _cells(data_set.records.order_by("line"))
    if imported:
        records = OpenRecord.objects.filter(counts=True)
        yield from _cells(records.order_by("data_set__imported_at", "data_set", "line"))


def _cells(records: QuerySet[OpenRecord]) -> Iterator[Sequence[str]]:
    return records.values_list("cells", flat=True).iterator(chunk_size=CHUNK)
