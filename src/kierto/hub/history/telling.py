"""Histories of entities as NGSI-LD writes them: instances, values, aggregated values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.backends.utils import CursorWrapper

from kierto.hub.history import aggregating, keys, names, reading, scoping, spans
from kierto.hub.history import rows as rows_of_history
from kierto.hub.history.entities import Past
from kierto.hub.history.rows import Row
from kierto.hub.history.spans import Range
from kierto.ngsild.contexts import Context
from kierto.ngsild.members import TEMPORAL_MEMBER
from kierto.ngsild.representations import Shape
from kierto.ngsild.scopes import ScopeQuery
from kierto.ngsild.temporal import History, TemporalQuery, write_history


def tell(
    cursor: CursorWrapper,
    pasts: Sequence[Past],
    query: TemporalQuery,
    shape: Shape,
    context: Context,
    *,
    page: int,
    scopes: ScopeQuery | None = None,
) -> tuple[list[dict[str, Any]], Range | None]:
    """Entities as JSON (without @context), and what the page covers if that is not all.

    Args:
        cursor: of the database.
        pasts: the entities.
        query: which instances.
        shape: how they are written, which attributes.
        context: of the names.
        page: most instances of one entity.
        scopes: only instances of times when the scopes fulfilled this.

    Raises:
        TooManyResults: more instances are needed than one answer looks at.
    """
    called = wanted_names(cursor, pasts, shape)
    if query.aggr_methods:
        return [
            aggregating.aggregated(cursor, past, query, shape, context, called) for past in pasts
        ], None
    span = spans.instances(cursor, [past.number for past in pasts], query, called, page)
    told = []
    for past in pasts:
        rows = span.rows[past.number]
        if scopes is not None:
            rows = scoping.within(rows, scoping.intervals(cursor, past, scopes, query))
        history = history_of(cursor, past, rows, query)
        element = write_history(history, context, replace(shape, attrs=None), query)
        told.append(_with_cut(cursor, element, span.cut.get(past.number, {}), shape, context))
    return told, span.range


def _with_cut(
    cursor: CursorWrapper,
    element: dict[str, Any],
    cut: dict[int, str],
    shape: Shape,
    context: Context,
) -> dict[str, Any]:
    """Attributes whose instances are all on other pages are there, and empty."""
    for number, (name, _dataset) in names.of(cursor, cut).items():
        if name != names.SCOPE[0]:
            kind = cut[number]
            empty: Any = []
            if shape.format == "simplified":
                empty = {"type": kind, TEMPORAL_MEMBER[kind]: []}
            element.setdefault(context.compact(name), empty)
    return element


def wanted_names(
    cursor: CursorWrapper, pasts: Sequence[Past], shape: Shape
) -> frozenset[int] | None:
    """Numbers of the names that a shape leaves; None for all."""
    if not (shape.attrs or shape.pick or shape.omit or shape.dataset_id):
        return None
    series = reading.series_of(cursor, [past.number for past in pasts])
    numbers = {one % keys.NAMES for many in series.values() for one in many}
    return frozenset(
        number for number, name in names.of(cursor, numbers).items() if _is_wanted(name, shape)
    )


def _is_wanted(name: names.Name, shape: Shape) -> bool:
    attribute, dataset = name
    if name == names.SCOPE:
        return _has_scope(shape)
    if shape.attrs is not None and attribute not in shape.attrs:
        return False
    if shape.pick is not None and attribute not in shape.pick:
        return False
    if shape.omit is not None and attribute in shape.omit:
        return False
    return shape.dataset_id is None or (dataset or "@none") in shape.dataset_id


def _has_scope(shape: Shape) -> bool:
    if shape.pick is not None:
        return "scope" in shape.pick
    return shape.omit is None or "scope" not in shape.omit


def history_of(
    cursor: CursorWrapper, past: Past, rows: Sequence[Row], query: TemporalQuery
) -> History:
    """An entity with these instances, and the scope that held when the time meant began."""
    attributes = reading.attributes_of(cursor, rows)
    scope = attributes.pop(names.SCOPE[0], [])
    held = scoping.at_start(cursor, past, query) if query.timeproperty == "observedAt" else None
    if held is not None and query.last_n is None:
        scope = [rows_of_history.instance_of(held, "", ""), *scope]
    history: History = {
        "id": past.entity_id,
        "type": past.types,
        "createdAt": keys.text(past.created),
        "modifiedAt": keys.text(past.modified),
        "attributes": attributes,
    }
    if past.deleted is not None:
        history["deletedAt"] = keys.text(past.deleted)
    if scope:
        history["scope"] = scope
    return history
