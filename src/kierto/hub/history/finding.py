"""Which entities a temporal query means: SQL narrows, the evaluator decides (clause 5.7.4)."""

# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper

from kierto.hub.access import Reader
from kierto.hub.history import entities, keys, names, reading, scoping, spans
from kierto.hub.history.entities import Past
from kierto.hub.history.files import Asked
from kierto.ngsild import geo as geo_queries
from kierto.ngsild import q as value_queries
from kierto.ngsild.errors import TooManyResults
from kierto.ngsild.matching import Query
from kierto.ngsild.temporal import TemporalQuery

BATCH = 100
#: Entities that are looked at for one query.
MOST = 50_000


class Found(NamedTuple):
    """Some entities of an answer, and how many there are in all where it was asked."""

    pasts: list[Past]
    total: int | None
    more: bool


def find(
    cursor: CursorWrapper,
    tenant: int,
    query: Query,
    time: TemporalQuery,
    reader: Reader,
    *,
    limit: int,
    offset: int,
    count: bool,
    descending: bool = False,
) -> Found:
    """Entities that have instances in the time meant and fulfil the query there, by id.

    Raises:
        TooManyResults: it would have to look at more than ``MOST``.
    """
    pasts: list[Past] = []
    met = 0
    for past in _matching(cursor, tenant, query, time, reader, descending):
        if offset <= met < offset + limit:
            pasts.append(past)
        met += 1
        if met > offset + limit and not count:
            break
    return Found(pasts, met if count else None, met > offset + limit)


def _matching(
    cursor: CursorWrapper,
    tenant: int,
    query: Query,
    time: TemporalQuery,
    reader: Reader,
    descending: bool,
) -> Iterator[Past]:
    looked = 0
    for batch in _candidates(cursor, tenant, query, reader, descending):
        looked += len(batch)
        if looked > MOST:
            raise TooManyResults(f"More than {MOST} entities would have to be looked at.")
        chosen = [
            past
            for past in batch
            if reader.may_read(past.access)
            and query.selects({"id": past.entity_id, "type": past.types})
        ]
        yield from _holding(cursor, chosen, query, time)


def _candidates(
    cursor: CursorWrapper, tenant: int, query: Query, reader: Reader, descending: bool
) -> Iterator[list[Past]]:
    where, values = _narrowed(cursor, tenant, query, reader)
    last: str | None = None
    order, beyond = ("DESC", "<") if descending else ("ASC", ">")
    while True:
        behind = f" AND entity {beyond} %s" if last is not None else ""
        cursor.execute(
            f"SELECT {entities.COLUMNS} FROM hub_historyentity WHERE {where}{behind}"
            f" ORDER BY entity {order} LIMIT {BATCH}",
            [*values, *([] if last is None else [last])],
        )
        batch = [entities.past_of(row) for row in cursor.fetchall()]
        if not batch:
            return
        yield batch
        last = batch[-1].entity_id


def _narrowed(
    cursor: CursorWrapper, tenant: int, query: Query, reader: Reader
) -> tuple[str, list[Any]]:
    where, values = ["tenant = %s"], list[Any]([tenant])
    if query.ids is not None:
        where.append(f"entity IN ({','.join(['%s'] * len(query.ids))})")
        values.extend(sorted(query.ids))
    if query.types is not None and not query.types.everything:
        called = names.find(cursor, query.types.mentioned)
        numbers = sorted(called.values()) or [0]
        where.append(
            "id IN (SELECT entity FROM hub_historytype"
            f" WHERE name IN ({','.join(['%s'] * len(numbers))}))"
        )
        values.extend(numbers)
    if not reader.everything:
        levels = sorted(reader.levels) or [-1]
        where.append(f"(visibility IN ({','.join(['%s'] * len(levels))}) OR readers <> '[]')")
        values.extend(levels)
    return " AND ".join(where), values


def _holding(
    cursor: CursorWrapper, pasts: Sequence[Past], query: Query, time: TemporalQuery
) -> Iterator[Past]:
    """Those with instances in the time meant that fulfil the query."""
    numbers = [past.number for past in pasts]
    if not numbers:
        return
    there = _there(cursor, numbers, time, wanted_names(cursor, query))
    asks = query.q is not None or query.geo is not None
    for past in pasts:
        if past.number not in there:
            continue
        if query.scope_q is not None and not scoping.intervals(cursor, past, query.scope_q, time):
            continue
        if asks and not _fulfils(cursor, past, query, time):
            continue
        yield past


def wanted_names(cursor: CursorWrapper, query: Query) -> frozenset[int] | None:
    """Numbers of the names that a query's attributes and datasets leave; None for all."""
    if query.attrs is None:
        return None
    found = names.find(cursor, query.attrs)
    return frozenset(
        number
        for (_attribute, dataset), number in found.items()
        if query.dataset_ids is None or (dataset or "@none") in query.dataset_ids
    )


def _there(
    cursor: CursorWrapper,
    numbers: Sequence[int],
    time: TemporalQuery,
    wanted: frozenset[int] | None,
) -> set[int]:
    if time.timeproperty == "observedAt":
        start, end = spans.bounds(time)
        asked = Asked(start, end, observed=not spans.is_open(time), every=1, names=wanted)
        found = reading.load(cursor, numbers, asked)
    else:
        found = spans.instances(cursor, numbers, time, wanted, None).rows
    return {number for number, rows in found.items() if rows}


def _fulfils(cursor: CursorWrapper, past: Past, query: Query, time: TemporalQuery) -> bool:
    """Whether instances in the time meant fulfil the query, all attributes taken together."""
    mentioned: set[str] = set()
    if query.q is not None:
        mentioned |= value_queries.attributes(query.q)
    if query.geo is not None:
        mentioned.add(query.geo.geoproperty)
    called = frozenset(names.find(cursor, mentioned).values())
    whole = _without_last(time)
    rows = spans.instances(cursor, [past.number], whole, called, None).rows[past.number]
    attributes = reading.attributes_of(cursor, rows)
    document = {
        "id": past.entity_id,
        "type": past.types,
        "createdAt": keys.text(past.created),
        "modifiedAt": keys.text(past.modified),
        "attributes": attributes,
    }
    if query.q is not None and not value_queries.matches(query.q, document):
        return False
    return query.geo is None or geo_queries.matches(query.geo, document)


def _without_last(time: TemporalQuery) -> TemporalQuery:
    """The times of a query, without its bound on how many."""
    return TemporalQuery(time.timerel, time.time_at, time.end_time_at, time.timeproperty)
