"""Which part of a request a registered context source can be asked for (clauses 4.3.6, 5.12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from kierto.ngsild.matching import Query, Selector
from kierto.ngsild.patterns import find_pattern
from kierto.ngsild.q import Document

Stored: TypeAlias = dict[str, Any]
EntityInfo: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What of a request a context source can be asked for.

    Attributes:
        mode: of the registration.
        ids: identifiers to ask for; empty when the registration names none and the request's own
            restriction stands.
        id_pattern: pattern to ask for, where there are no ids.
        types: types (IRIs) to ask for; empty as for ids.
        attributes: IRIs it has among those asked for; None is all that are asked for.
    """

    mode: str
    ids: frozenset[str] = frozenset()
    id_pattern: str | None = None
    types: frozenset[str] = frozenset()
    attributes: frozenset[str] | None = None


def covers(stored: Stored, asked: Query | Document, operation: str) -> Part | None:
    """What of a request the source can be asked for, or None.

    Several parts are put together into one; where they differ, that one asks for more than each
    of them (:func:`parts` keeps them apart).

    Args:
        stored: the registration; its expiry and alias are not looked at (see ``available``).
        asked: a query, or the document (or part of one) that is written; a document without types
            or without attributes is asked about by what it has.
        operation: name of clause 4.20, for example ``queryEntity``.
    """
    found = parts(stored, asked, operation)
    if not found:
        return None
    whole = found[0]
    for part in found[1:]:
        whole = _together(whole, part)
    return whole


def parts(stored: Stored, asked: Query | Document, operation: str) -> list[Part]:
    """Every part of a request the source can be asked for, one for each kind of entities."""
    if operation not in stored["operations"]:
        return []
    if isinstance(asked, Query):
        datasets = asked.dataset_ids
        selectors = _selectors(asked)
        names = asked.attrs
    else:
        datasets = None
        selectors = [_Asked(frozenset({asked["id"]}), None, frozenset(asked.get("type", ())))]
        names = frozenset(asked.get("attributes", ())) or None
    offered = stored.get("datasetId")
    if datasets is not None and offered is not None and datasets.isdisjoint(offered):
        return []
    found: dict[Part, None] = {}
    for information in stored["information"]:
        for part in _parts_of(stored["mode"], information, selectors, names):
            found[part] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Entities asked for; empty ids or None ask for all, and so on."""

    ids: frozenset[str]
    id_pattern: str | None
    types: frozenset[str]
    any_of: tuple[frozenset[str], ...] = ()


def _selectors(query: Query) -> list[_Asked]:
    own = Selector(query.types, query.ids or frozenset(), query.id_pattern)
    if not query.selectors:
        return [_asked(own)]
    found = []
    for selector in query.selectors:
        found.append(
            _asked(
                Selector(
                    selector.types or own.types,
                    selector.ids or own.ids,
                    selector.id_pattern or own.id_pattern,
                )
            )
        )
    return found


def _asked(selector: Selector) -> _Asked:
    kinds = selector.types.mentioned if selector.types is not None else frozenset()
    any_of = selector.types.any_of if selector.types is not None else ()
    return _Asked(selector.ids, None if selector.ids else selector.id_pattern, kinds, any_of)


def _parts_of(
    mode: str,
    information: dict[str, Any],
    selectors: Iterable[_Asked],
    names: frozenset[str] | None,
) -> Iterator[Part]:
    attributes = attributes_of(information)
    if attributes and names is not None:
        attributes &= names
        if not attributes:
            return
    wanted = attributes or None
    if "entities" not in information:
        for asked in selectors:
            yield Part(mode, asked.ids, asked.id_pattern, frozenset(), wanted)
        return
    for asked in selectors:
        for info in information["entities"]:
            part = _entity_part(mode, info, asked)
            if part is not None:
                yield replace(part, attributes=wanted)


def _entity_part(mode: str, info: EntityInfo, asked: _Asked) -> Part | None:
    kinds = types_of(info)
    types = kinds
    if asked.any_of:
        # A source that has entities of several types has those of each single one as well.
        fitting = [alternative for alternative in asked.any_of if alternative & kinds]
        if not fitting:
            return None
        types = kinds & frozenset().union(*fitting)
    elif asked.types:
        types = kinds & asked.types
        if not types:
            return None
    if "id" in info:
        return _by_id(mode, info["id"], types, asked)
    if "idPattern" in info:
        return _by_pattern(mode, info["idPattern"], types, asked)
    return Part(mode, asked.ids, asked.id_pattern, types)


def _by_id(mode: str, identifier: str, types: frozenset[str], asked: _Asked) -> Part | None:
    if asked.ids and identifier not in asked.ids:
        return None
    if asked.id_pattern is not None and not find_pattern(asked.id_pattern)(identifier):
        return None
    return Part(mode, frozenset({identifier}), None, types)


def _by_pattern(mode: str, pattern: str, types: frozenset[str], asked: _Asked) -> Part | None:
    if not asked.ids:
        # Whether two patterns have an identifier in common cannot be told in general (5.12).
        return Part(mode, frozenset(), asked.id_pattern or pattern, types)
    found = find_pattern(pattern)
    ids = frozenset(identifier for identifier in asked.ids if found(identifier))
    return Part(mode, ids, None, types) if ids else None


def _together(one: Part, other: Part) -> Part:
    """Both parts as one; what only one of them restricts is not restricted any more."""
    ids = one.ids | other.ids if one.ids and other.ids else frozenset()
    pattern = one.id_pattern if one.id_pattern == other.id_pattern and not ids else None
    return Part(
        mode=one.mode,
        ids=ids,
        id_pattern=pattern,
        types=one.types | other.types if one.types and other.types else frozenset(),
        attributes=one.attributes | other.attributes
        if one.attributes is not None and other.attributes is not None
        else None,
    )


def attributes_of(information: dict[str, Any]) -> frozenset[str]:
    """Properties and relationships one element of ``information`` names; empty means all."""
    return frozenset(information.get("properties", ())) | frozenset(
        information.get("relationships", ())
    )


def types_of(info: EntityInfo) -> frozenset[str]:
    """Types of one entity info."""
    kinds = info["type"]
    return frozenset({kinds}) if isinstance(kinds, str) else frozenset(kinds)


# ---------------------------------------------------------------- conflicts


def conflict(new: Stored, other: Stored) -> bool:
    """Whether both are proxied (exclusive, redirect), one exclusive, and overlap (4.3.6.3)."""
    modes = {new["mode"], other["mode"]}
    if "exclusive" not in modes or not modes <= {"exclusive", "redirect"}:
        return False
    return any(_overlap(one, two) for one in new["information"] for two in other["information"])


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names, others = attributes_of(one), attributes_of(other)
    if names and others and names.isdisjoint(others):
        return False
    if "entities" not in one or "entities" not in other:
        return True
    return any(_same_entities(info, two) for info in one["entities"] for two in other["entities"])


def _same_entities(one: EntityInfo, other: EntityInfo) -> bool:
    if "id" in one and "id" in other:
        return bool(one["id"] == other["id"])
    if types_of(one).isdisjoint(types_of(other)):
        return False
    for info, two in ((one, other), (other, one)):
        if "id" in info and "idPattern" in two:
            return find_pattern(two["idPattern"])(info["id"])
    return True
