"""When a subscription is concerned by a change of an entity (clauses 5.2.12 and 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from kierto.ngsild.contexts import CORE
from kierto.ngsild.geo import parse_geo
from kierto.ngsild.matching import Query
from kierto.ngsild.q import Document, Resolve, parse_q
from kierto.ngsild.scopes import parse_scope_q
from kierto.ngsild.selectors import selector_of

_OF_THE_NODE: Final = frozenset({"createdAt", "modifiedAt", "instanceId", "observedAtGiven"})
_ENDS: Final = frozenset({"entityDeleted", "attributeDeleted"})
_OF_ATTRIBUTES: Final = frozenset({"attributeCreated", "attributeUpdated", "attributeDeleted"})


@dataclass(frozen=True, slots=True)
class Changes:
    """Attributes (IRIs) of which an instance was created, changed or deleted."""

    created: frozenset[str]
    updated: frozenset[str]
    deleted: frozenset[str]


NOTHING: Final = Changes(frozenset(), frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class _Watch:
    query: Query
    watched: frozenset[str] | None
    triggers: frozenset[str]


def changes(before: Document | None, after: Document | None) -> Changes:
    """What differs between two states of an entity; times the node sets are no difference."""
    old = before["attributes"] if before is not None else {}
    new = after["attributes"] if after is not None else {}
    created: set[str] = set()
    updated: set[str] = set()
    deleted: set[str] = set()
    for name, instances in new.items():
        others = old.get(name)
        if others is None:
            created.add(name)
        elif others is not instances:
            _compare(name, others, instances, created, updated, deleted)
    deleted.update(name for name in old if name not in new)
    return Changes(frozenset(created), frozenset(updated), frozenset(deleted))


def _compare(
    name: str,
    old: Iterable[dict[str, Any]],
    new: Iterable[dict[str, Any]],
    created: set[str],
    updated: set[str],
    deleted: set[str],
) -> None:
    left = {instance.get("datasetId"): instance for instance in old}
    for instance in new:
        other = left.pop(instance.get("datasetId"), None)
        if other is None:
            created.add(name)
        elif other is not instance and _content(other) != _content(instance):
            updated.add(name)
    if left:
        deleted.add(name)


def _content(instance: dict[str, Any]) -> bytes:
    """What an instance says, apart from when the node learned it; 1 and true differ."""
    return orjson.dumps(_said(instance), option=orjson.OPT_SORT_KEYS)


def _said(instance: dict[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in instance.items() if name not in _OF_THE_NODE}
    if "attributes" in said:
        said["attributes"] = {
            name: [_said(one) for one in instances]
            for name, instances in said["attributes"].items()
        }
    return said


def concerns(
    stored: dict[str, Any],
    before: Document | None,
    after: Document | None,
    resolve: Resolve | None = None,
    *,
    changed: Changes | None = None,
) -> bool:
    """Whether a change of one entity is to be notified.

    Args:
        stored: the subscription; its status, throttling and timeInterval are not looked at.
        before: the entity before, None when it was created.
        after: the entity after, None when it was deleted.
        resolve: finds an entity by its id, for queries that follow relationships.
        changed: ``changes(before, after)``, where many subscriptions are asked about one change.
    """
    document = after if after is not None else before
    if document is None:
        return False
    watch = _watch(_key(stored))
    if not watch.query.selects(document):
        return False
    if changed is None:
        changed = changes(before, after)
    if not _triggered(watch, before, after, changed):
        return False
    return watch.query.filters(document, resolve)


def _triggered(
    watch: _Watch, before: Document | None, after: Document | None, changed: Changes
) -> bool:
    triggers, watched = watch.triggers, watch.watched
    if before is None:
        if "entityCreated" in triggers and _has(after, watched):
            return True
    elif after is None:
        # Its attributes went with it.
        return bool(triggers & _ENDS) and _has(before, watched)
    touched = [
        names
        for trigger, names in (
            ("attributeCreated", changed.created),
            ("attributeUpdated", changed.updated),
            ("attributeDeleted", changed.deleted),
        )
        if names and trigger in triggers
    ]
    return any(watched is None or not watched.isdisjoint(names) for names in touched)


def _has(document: Document | None, watched: frozenset[str] | None) -> bool:
    return document is not None and (
        watched is None or not watched.isdisjoint(document["attributes"])
    )


def query_of(stored: dict[str, Any]) -> Query:
    """Entities, q, geoQ and scopeQ as one question (without triggers)."""
    return _watch(_key(stored)).query


def _key(stored: dict[str, Any]) -> bytes:
    """All that decides, as one value to remember the compiled form by."""
    return orjson.dumps(
        [
            stored.get("entities"),
            stored.get("watched"),
            stored.get("triggers"),
            stored.get("q"),
            stored.get("geo"),
            stored.get("scopeQ"),
        ]
    )


@lru_cache(maxsize=8192)
def _watch(key: bytes) -> _Watch:
    entities, watched, triggers, q, geo, scope_q = orjson.loads(key)
    return _Watch(
        query=Query(
            selectors=tuple(selector_of(one) for one in entities or ()),
            q=parse_q(q, CORE) if q is not None else None,
            geo=parse_geo(geo["georel"], geo["geometry"], geo["coordinates"], geo["geoproperty"])
            if geo is not None
            else None,
            scope_q=parse_scope_q(scope_q) if scope_q is not None else None,
        ),
        watched=frozenset(watched) if watched is not None else None,
        triggers=_meant(frozenset(triggers or ())),
    )


def _meant(triggers: frozenset[str]) -> frozenset[str]:
    """``entityUpdated`` is the three triggers of attributes together (table 5.2.12-1)."""
    return triggers | _OF_ATTRIBUTES if "entityUpdated" in triggers else triggers
