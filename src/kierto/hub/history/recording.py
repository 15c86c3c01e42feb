"""Listens to the store: every new instance of an attribute becomes a row, in the same transaction.

What an attribute was stays when it changes, and when it or its entity is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

from kierto.hub.history import entities, keys, names, rows
from kierto.hub.store.writing import Changed
from kierto.ngsild import times
from kierto.ngsild.instances import new_instance_id
from kierto.ngsild.members import NULL

Instance = dict[str, Any]
_NO_SCOPE: list[str] = []


def record(changes: Sequence[Changed], cursor: CursorWrapper) -> Callable[[], None] | None:
    """Append what changed; called by the store inside its transaction."""
    kept = entities.keep(cursor, [_seen(change) for change in changes])
    scopes = {place: entity.scope for place, entity in kept.items()}
    found: list[tuple[int, names.Name, Instance]] = []
    for change in changes:
        place = (change.tenant.id, change.entity_id)
        entity, after = kept[place].number, change.after
        if after is None:
            continue
        if change.before is None:
            found += [(entity, name, instance) for name, instance in _all_of(after)]
        else:
            found += [(entity, name, instance) for name, instance in news(change)]
        scope = after.get("scope", _NO_SCOPE)
        if scope != scopes[place]:
            found.append((entity, names.SCOPE, scope_note(scope, after["modifiedAt"])))
        scopes[place] = scope
    append(cursor, found)
    return None


def append(cursor: CursorWrapper, found: Sequence[tuple[int, names.Name, Instance]]) -> None:
    """Write (number of the entity, name, instance) as rows."""
    if not found:
        return
    numbered = names.numbers(cursor, {name for _entity, name, _instance in found})
    made = [
        rows.row_of(keys.series_of(entity, numbered[name]), instance)
        for entity, name, instance in found
    ]
    rows.insert(cursor, made)
    rows.note_series(cursor, made)


def _all_of(document: dict[str, Any]) -> list[tuple[names.Name, Instance]]:
    """Every instance of an entity that was not there; readings of devices are known already."""
    return [
        ((iri, each.get("datasetId", "")), each)
        for iri, instances in document["attributes"].items()
        for each in instances
        if not each["instanceId"].startswith(keys.READING_ID)
    ]


def news(change: Changed) -> Iterator[tuple[names.Name, Instance]]:
    """Instances that were not there before, and a note of each that is there no more."""
    before, after = change.before, change.after
    if after is None:
        return
    old = {} if before is None else before["attributes"]
    for iri, instances in after["attributes"].items():
        was = old.get(iri, ())
        if was is instances:
            continue
        known = {each["instanceId"] for each in was}
        for each in instances:
            # Readings of devices are in the history already, on the fast path.
            if each["instanceId"] not in known and not each["instanceId"].startswith(
                keys.READING_ID
            ):
                yield (iri, each.get("datasetId", "")), each
    yield from _gone(old, after)


def _gone(old: dict[str, list[Instance]], after: dict[str, Any]) -> Iterator[Any]:
    for iri, instances in old.items():
        there = after["attributes"].get(iri, ())
        if there is instances:
            continue
        datasets = {each.get("datasetId", "") for each in there}
        for each in instances:
            if each.get("datasetId", "") not in datasets:
                yield (iri, each.get("datasetId", "")), _farewell(each, after["modifiedAt"])


def _farewell(instance: Instance, at: str) -> Instance:
    """What stands for an attribute from its deletion on."""
    note: Instance = {"type": instance["type"], "value": NULL}
    if "datasetId" in instance:
        note["datasetId"] = instance["datasetId"]
    return note | {
        "createdAt": instance["createdAt"],
        "modifiedAt": at,
        "deletedAt": at,
        "instanceId": new_instance_id(),
    }


def scope_note(scope: list[str], at: str) -> Instance:
    """Scopes as the history holds them: a Property observed when it was set (clause 4.5.6)."""
    note: Instance = {"type": "Property", "value": scope}
    note["observedAt" if scope else "deletedAt"] = at
    return note | {"createdAt": at, "modifiedAt": at, "instanceId": new_instance_id()}


def _seen(change: Changed) -> entities.Seen:
    document = change.after if change.after is not None else change.before
    access = change.access_after if change.access_after is not None else change.access_before
    if document is None or access is None:  # pragma: no cover - the store reports real changes
        raise ValueError("A change without an entity before or after it.")
    return entities.Seen(
        tenant=change.tenant.id,
        entity_id=change.entity_id,
        document=document,
        access=access,
        deleted=keys.micros(times.read_time(change.at)) if change.after is None else None,
    )
