"""Types and attributes, here and at the sources (clauses 5.7.5 to 5.7.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kierto.hub.distribution.answers import Discovered
from kierto.hub.distribution.asking import Asking, Match, matching
from kierto.hub.distribution.forwarding import (
    Forward,
    Outcome,
    for_reading,
    part_of_path,
    send_all,
    spoil,
    terms_for,
)
from kierto.hub.store.reading import AttributeInfo, TypeInfo
from kierto.ngsild.contexts import Context
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.matching import Query

if TYPE_CHECKING:
    from kierto.hub.http import Call

_OPERATIONS: Final = {
    "types": ("retrieveEntityTypeDetails", "retrieveEntityTypes"),
    "type": ("retrieveEntityTypeInfo",),
    "attributes": ("retrieveAttrTypeDetails", "retrieveAttrTypes"),
    "attribute": ("retrieveAttrTypeInfo",),
}
NAMES: Final = 10_000
"""Types or attributes that are read of one answer."""


def discovery(call: Call, asking: Asking, kind: str, rows: Any) -> Discovered:
    """``rows`` of this node with what the sources add."""
    matches = matching(asking, Query(), *_OPERATIONS[kind])
    matches = [one for one in matches if one.source.mode != "auxiliary"]
    if not matches or asking.in_circle:
        return Discovered(rows)
    outcomes = send_all(asking, [_forward(call, asking, match, kind) for match in matches])
    warnings: list[str] = []
    joined = dict(rows)
    for match, outcome in zip(matches, outcomes, strict=True):
        if outcome.ok and outcome.body is not None:
            _add(joined, kind, match, outcome)
        if outcome.warning:
            warnings.append(outcome.warning)
    return Discovered(joined, warnings)


def _forward(call: Call, asking: Asking, match: Match, kind: str) -> Forward:
    terms = for_reading(terms_for(match.source, asking.context))
    query = {}
    if match.operation.endswith("Details"):
        query["details"] = "true"
    if match.source.local_only:
        query["local"] = "true"
    path = "/types" if kind in {"types", "type"} else "/attributes"
    for name in call.params.values():
        path += "/" + part_of_path(terms.context.compact(asking.context.expand(name)))
    return Forward(match.source, "GET", path, terms, query)


def _add(rows: dict[str, Any], kind: str, match: Match, outcome: Outcome) -> None:
    context = outcome.forward.terms.context
    items = outcome.body if isinstance(outcome.body, list) else [outcome.body]
    try:
        if len(items) > NAMES:
            raise BadRequestData("The answer is too long.")
        for item in items:
            if kind in {"types", "type"}:
                _add_types(rows, item, match, context)
            else:
                _add_attributes(rows, item, match, context)
    except (BadRequestData, TypeError, AttributeError, KeyError, ValueError):
        spoil(outcome, "The answer is no list of types or attributes.")


def _add_types(rows: dict[str, TypeInfo], item: Any, match: Match, context: Context) -> None:
    for name in item.get("typeList", [])[:NAMES]:
        _type_row(rows, match, context.expand(name))
    if "typeName" in item:
        row = _type_row(rows, match, context.expand(item["typeName"]))
        if row is None:
            return
        for name in item.get("attributeNames", [])[:NAMES]:
            row.attributes.setdefault(context.expand(name), set())
        for detail in item.get("attributeDetails", [])[:NAMES]:
            sorts = row.attributes.setdefault(context.expand(detail["attributeName"]), set())
            sorts |= {str(one)[:40] for one in detail.get("attributeTypes", [])[:20]}
        row.count += max(0, int(item.get("entityCount", 0)))


def _type_row(rows: dict[str, TypeInfo], match: Match, iri: str) -> TypeInfo | None:
    if match.part.types and iri not in match.part.types:
        return None
    row = rows.get(iri)
    rows[iri] = TypeInfo() if row is None else TypeInfo(row.count, dict(row.attributes))
    return rows[iri]


def _add_attributes(
    rows: dict[str, AttributeInfo], item: Any, match: Match, context: Context
) -> None:
    for name in item.get("attributeList", [])[:NAMES]:
        _attribute_row(rows, match, context.expand(name))
    if "attributeName" in item:
        row = _attribute_row(rows, match, context.expand(item["attributeName"]))
        if row is None:
            return
        row.count += max(0, int(item.get("attributeCount", 0)))
        row.types.update(context.expand(one) for one in item.get("typeNames", [])[:NAMES])
        row.sorts.update(str(one)[:40] for one in item.get("attributeTypes", [])[:20])


def _attribute_row(rows: dict[str, AttributeInfo], match: Match, iri: str) -> AttributeInfo | None:
    if match.part.attributes is not None and iri not in match.part.attributes:
        return None
    row = rows.get(iri)
    kept = (
        AttributeInfo() if row is None else AttributeInfo(row.count, set(row.sorts), set(row.types))
    )
    rows[iri] = kept
    return kept
