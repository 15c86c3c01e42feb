"""Entities as rows: one each, with a column for each attribute, in the order of their making."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kierto.hub import vocabulary
from kierto.hub.datasets.contents import query_of, reader_for, type_iris
from kierto.hub.models import DataSet
from kierto.hub.publishing.columns import TEXT, TIME, Column, cell, kind_of, said, unique, value_of
from kierto.hub.publishing.places import LATITUDE, LONGITUDE, PLACED, placed, point_of
from kierto.hub.store import reading, tenants
from kierto.ngsild.members import LOCATION

A_PAGE: Final = 1_000
"""Entities that stand in memory at once."""

SAMPLE: Final = 500
"""Entities that are looked at to know of which kind columns are."""

MOST: Final = 400
"""Attributes that a table shows."""

_FIRST: Final = (Column("id"), Column("type"))
_LAST: Final = (Column("modified_at", TIME),)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """One attribute as columns.

    Attributes:
        iri: the attribute.
        value: the column of its values.
        unit: the column that says in what unit each is; ``None`` where all have the same.
        observed: the column of the moments of observation; ``None`` where there are none.
    """

    iri: str
    value: Column
    unit: Column | None
    observed: Column | None

    @property
    def columns(self) -> list[Column]:
        """Its columns, in order."""
        return [each for each in (self.value, self.unit, self.observed) if each is not None]

    def write(self, row: dict[str, Any], document: Document) -> None:
        """Fill its cells of a row."""
        instances = document["attributes"].get(self.iri)
        if not instances:
            return
        one = said(instances)
        row[self.value.name] = cell(value_of(one))
        if self.unit is not None:
            row[self.unit.name] = one.get("unitCode")
        if self.observed is not None:
            row[self.observed.name] = one.get("observedAt")


def layout(data_set: DataSet) -> list[Shown]:
    """The attributes, as the entities of today have them."""
    sample = _first(data_set, SAMPLE)
    iris = _attributes(data_set, sample)[:MOST]
    context = vocabulary.context()
    taken = [column.name for column in (*_FIRST, *PLACED, *_LAST)]
    names = unique([context.compact(iri) for iri in iris], taken)
    return [_shown(iri, name, sample) for iri, name in zip(iris, names, strict=True)]


def columns_of(shown: list[Shown]) -> list[Column]:
    """All columns, in order."""
    middle = [column for each in shown for column in each.columns]
    names = unique([column.name for column in middle])
    if names != [column.name for column in middle]:
        middle = list({column.name: column for column in middle}.values())
    return [*_FIRST, *middle, *PLACED, *_LAST]


def documents(data_set: DataSet, limit: int | None = None) -> Iterator[Document]:
    """The entities, a page at a time."""
    query, reader, tenant = query_of(data_set), reader_for(data_set), tenants.find("")
    after, left = None, limit
    while left is None or left > 0:
        size = A_PAGE if left is None else min(A_PAGE, left)
        page = reading.find(tenant, query, reader, limit=size, after=after)
        yield from page.documents
        if len(page.documents) < size:
            return
        after = page.last
        left = None if left is None else left - size


def row_of(document: Document, shown: list[Shown]) -> dict[str, Any]:
    """One entity as a row."""
    context = vocabulary.context()
    row: dict[str, Any] = {
        "id": document["id"],
        "type": " ".join(map(context.compact, document["type"])),
    }
    for each in shown:
        each.write(row, document)
    point = point_of(place_of(document))
    row[LATITUDE.name], row[LONGITUDE.name] = placed(point)
    row["modified_at"] = document.get("modifiedAt")
    return row


def place_of(document: Document) -> dict[str, Any] | None:
    """The geometry of an entity: its location, else its first place."""
    attributes = document["attributes"]
    instances = attributes.get(LOCATION) or next(
        (each for each in attributes.values() if each[0]["type"] == "GeoProperty"), None
    )
    return None if not instances else said(instances)["value"]


def _first(data_set: DataSet, count: int) -> list[Document]:
    return list(documents(data_set, count))


def _attributes(data_set: DataSet, sample: list[Document]) -> list[str]:
    """Those of the sample in their order, then those that other entities of the types have."""
    found: dict[str, None] = {}
    for document in sample:
        for iri, instances in document["attributes"].items():
            if instances[0]["type"] != "GeoProperty":
                found.setdefault(iri)
    if len(sample) == SAMPLE:
        known = reading.types(tenants.find(""), reader_for(data_set))
        for iri in type_iris(data_set):
            if iri in known:
                for attribute, sorts in sorted(known[iri].attributes.items()):
                    if sorts != {"GeoProperty"}:
                        found.setdefault(attribute)
    return list(found)


def _shown(iri: str, name: str, sample: list[Document]) -> Shown:
    ones = [said(each["attributes"][iri]) for each in sample if iri in each["attributes"]]
    # What stands after the sample may have another unit, so one is only told where all is seen.
    whole = len(sample) < SAMPLE
    units = {str(each["unitCode"]) for each in ones if "unitCode" in each}
    same = len(units) == 1 and whole and all("unitCode" in each for each in ones)
    kind = kind_of([cell(value_of(each)) for each in ones]) if ones else TEXT
    return Shown(
        iri=iri,
        value=Column(name, kind, next(iter(units)) if same else "", iri),
        unit=Column(f"{name}_unit") if units and not same else None,
        observed=Column(f"{name}_observed_at", TIME)
        if any("observedAt" in each for each in ones)
        else None,
    )
