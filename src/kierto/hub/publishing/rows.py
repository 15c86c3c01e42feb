"""The rows of a data set, read as they are asked for: never all of them in memory.

What stands in them depends on the data set alone, never on who looks; whoever calls has asked
``datasets.permissions.can_read_rows`` before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kierto.hub.datasets.exports import EXPORTS
from kierto.hub.datasets.states import Kind
from kierto.hub.models import DataSet
from kierto.hub.publishing import entities, past
from kierto.hub.publishing.columns import Column, cell
from kierto.hub.publishing.entities import Document
from kierto.hub.publishing.places import LATITUDE, LONGITUDE
from kierto.ngsild.errors import BadRequestData


@dataclass(frozen=True, slots=True)
class Table:
    """A data set as a table.

    Attributes:
        columns: in the order of a file.
        rows: by column, flat; absent cells are missing or ``None``.
    """

    columns: tuple[Column, ...]
    rows: Iterator[dict[str, Any]]


def columns(data_set: DataSet) -> list[Column]:
    """The columns, with kind and unit.

    Raises:
        NgsiLdError: what the data set asks means nothing (any more).
    """
    return list(table(data_set, limit=0).columns)


def rows(data_set: DataSet, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The rows, by column: texts, numbers, truths; times are texts, UTC; parts are JSON.

    Raises:
        NgsiLdError: what the data set asks means nothing (any more).
    """
    return table(data_set, limit).rows


def table(data_set: DataSet, limit: int | None = None) -> Table:
    """Columns and rows, from one look at the data.

    Raises:
        NgsiLdError: what the data set asks means nothing (any more).
    """
    if data_set.kind == Kind.HISTORY:
        return Table(past.COLUMNS, past.rows_of(data_set, limit))
    if data_set.kind == Kind.PLATFORM:
        return _of_platform(data_set, limit)
    shown = entities.layout(data_set)
    found = (entities.row_of(each, shown) for each in entities.documents(data_set, limit))
    return Table(tuple(entities.columns_of(shown)), found)


def shapes(data_set: DataSet) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Rows with their geometries, for maps; a row without a place has none.

    Raises:
        NgsiLdError: what the data set asks means nothing (any more).
    """
    if data_set.kind == Kind.ENTITIES:
        shown = entities.layout(data_set)
        return (
            (entities.row_of(document, shown), _geometry(document))
            for document in entities.documents(data_set)
        )
    return ((row, _point(row)) for row in table(data_set).rows)


def _point(row: dict[str, Any]) -> dict[str, Any] | None:
    longitude, latitude = row.get(LONGITUDE.name), row.get(LATITUDE.name)
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _geometry(document: Document) -> dict[str, Any] | None:
    found = entities.place_of(document)
    return found if isinstance(found, dict) and "type" in found else None


def _of_platform(data_set: DataSet, limit: int | None) -> Table:
    export = EXPORTS.get(str(data_set.asked.get("export", "")))
    if export is None:
        raise BadRequestData("The records that this data set names are not kept here any more.")
    found = (
        {name: cell(value) for name, value in row.items()} for row in islice(export.rows(), limit)
    )
    return Table(tuple(Column(name) for name in export.columns), found)
