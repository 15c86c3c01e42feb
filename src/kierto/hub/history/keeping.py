"""Writes histories that come from outside: create, append, change one instance, delete
(clauses 5.6.11 to 5.6.16). Every function is work for ``store.writing.run``."""

# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

from kierto.hub.access import OPEN, Access, Reader
from kierto.hub.history import entities, erasing, files, keys, names, reading, recording, rows
from kierto.hub.history.entities import Past, Seen
from kierto.hub.history.files import Asked
from kierto.hub.history.rows import Row
from kierto.ngsild.errors import BadRequestData, Forbidden, ResourceNotFound

Attributes = Mapping[str, Sequence[dict[str, Any]]]


def find(cursor: CursorWrapper, tenant: int, entity_id: str, reader: Reader) -> Past:
    """The entity.

    Raises:
        ResourceNotFound: the history knows none that the reader may read.
    """
    past = entities.get(cursor, tenant, entity_id, reader)
    if past is None:
        raise ResourceNotFound(f"The history knows no entity {entity_id[:256]}.")
    return past


def check_own(cursor: CursorWrapper, tenant: int, entity_id: str) -> None:
    """Raises Forbidden where the platform itself keeps the entity, and so its history."""
    cursor.execute(
        "SELECT source FROM hub_entity WHERE tenant = %s AND entity_id = %s", [tenant, entity_id]
    )
    row = cursor.fetchone()
    if row is not None and row[0]:
        raise Forbidden("The platform itself keeps this entity; nobody else changes its history.")


def upsert(
    cursor: CursorWrapper,
    tenant: int,
    history: dict[str, Any],
    reader: Reader,
    access: Access = OPEN,
    implied: bool = False,
) -> bool:
    """Take a history in: a new entity, or more types, scopes and instances of one.

    Returns:
        whether the history did not know the entity.

    Raises:
        ResourceNotFound: there is one, which the reader may not read.
    """
    entity_id = history["id"]
    there = entities.find(cursor, tenant, [entity_id]).get(entity_id)
    if there is not None and not reader.may_read(there.access):
        raise ResourceNotFound(f"The history knows no entity {entity_id[:256]}.")
    document = {
        "type": history["type"],
        "scope": history.get("last_scope", []),
        "createdAt": history["createdAt"],
        "modifiedAt": history["modifiedAt"],
    }
    deleted = None
    if there is not None:
        document["type"] = list(dict.fromkeys([*there.types, *history["type"]]))
        document["scope"] = document["scope"] or there.scope
        access, deleted = there.access, there.deleted
    seen = Seen(tenant, entity_id, document, access, deleted, implied=implied)
    number = entities.keep(cursor, [seen])[tenant, entity_id].number
    append(cursor, number, history["attributes"], history.get("scope", ()))
    return there is None


def append(
    cursor: CursorWrapper,
    number: int,
    attributes: Attributes,
    scope: Sequence[dict[str, Any]] = (),
) -> None:
    """More instances of an entity's attributes and scopes.

    What was observed at a moment of which the series knows an instance takes its place and keeps
    its id, so a history that is sent twice is there once.
    """
    found = [
        (number, (attribute, instance.get("datasetId", "")), instance)
        for attribute, instances in attributes.items()
        for instance in instances
    ]
    called = names.numbers(cursor, {name for _number, name, _instance in found})
    filed = {file.month for file in files.listed(cursor, files.ROWS)}
    put = []
    for _number, name, instance in found:
        series = keys.series_of(number, called[name])
        row = None
        if "observedAt" in instance:
            row = _observed(cursor, series, instance, filed)
        put.append(rows.row_of(series, instance) if row is None else row)
    rows.put(cursor, put)
    rows.note_series(cursor, put)
    recording.append(cursor, [(number, names.SCOPE, instance) for instance in scope])


def _observed(
    cursor: CursorWrapper, series: int, instance: dict[str, Any], filed: set[int]
) -> Row | None:
    """The row of an instance, in the place of the one that was observed at the same moment.

    Files are not read here, since everybody who writes would wait: an instance that comes by this
    way has an id made of its series and moment, so it hides its older self in a file, too.
    """
    at = keys.micros(instance["observedAt"])
    month = keys.month_of(at)
    instance["instanceId"] = keys.observed_id(series, at)
    if month in filed:
        return None
    cursor.execute(
        f"SELECT {rows.COLUMNS} FROM hub_historyinstance WHERE month = %s AND series = %s"
        " AND at = %s AND observed AND NOT gone ORDER BY twin LIMIT 1",
        [month, series, at],
    )
    found = cursor.fetchone()
    if found is None:
        return None
    row = Row(*found)
    kept = rows.instance_of(row, "", "")
    instance |= {"instanceId": kept["instanceId"], "createdAt": kept["createdAt"]}
    return rows.row_of(series, instance)._replace(twin=row.twin)


def delete_attribute(
    cursor: CursorWrapper, past: Past, attribute: str, *, dataset: str | None, everything: bool
) -> None:
    """An attribute: its default instances, those of a dataset, or all.

    Raises:
        ResourceNotFound: the history knows none.
    """
    called = {
        number
        for (_attribute, found), number in names.find(cursor, [attribute]).items()
        if everything or found == (dataset or "")
    }
    series = [
        one
        for one in reading.series_of(cursor, [past.number])[past.number]
        if one % keys.NAMES in called
    ]
    if not series:
        raise ResourceNotFound(f"The history knows no such attribute of {past.entity_id[:256]}.")
    erasing.erase_series(cursor, series)


def find_instance(
    cursor: CursorWrapper, past: Past, attribute: str, instance_id: str
) -> tuple[Row, dict[str, Any]]:
    """One instance of an attribute by its id, in the database or in a file.

    Raises:
        ResourceNotFound: there is none.
    """
    called = frozenset(names.find(cursor, [attribute]).values())
    wanted = _of_reading(instance_id)
    asked = Asked(observed=False, names=called, twin=keys.twin_of(instance_id))
    if wanted is not None:
        asked = Asked(wanted[1], wanted[1] + 1, names=called)
    for row in reading.load(cursor, [past.number], asked)[past.number]:
        instance = reading.attributes_of(cursor, [row])[attribute][0]
        if instance["instanceId"] == instance_id:
            return row, instance
    raise ResourceNotFound(f"There is no instance {instance_id[:256]} of this attribute.")


def _of_reading(instance_id: str) -> tuple[int, int] | None:
    """Series and moment of a reading, as its id says them."""
    if not instance_id.startswith(keys.READING_ID):
        return None
    series, _, at = instance_id.removeprefix(keys.READING_ID).rpartition("-")
    try:
        return int(series, 16), int(at, 16)
    except ValueError:
        return None


def delete_instance(cursor: CursorWrapper, past: Past, attribute: str, instance_id: str) -> None:
    """One instance.

    Raises:
        ResourceNotFound: there is none.
    """
    row, _instance = find_instance(cursor, past, attribute, instance_id)
    erasing.erase_row(cursor, row)


def change_instance(
    cursor: CursorWrapper,
    past: Past,
    attribute: str,
    instance_id: str,
    part: dict[str, Any],
    now: str,
) -> None:
    """Change what a fragment says of one instance; it keeps its id.

    Raises:
        ResourceNotFound: there is none.
        BadRequestData: the fragment is of another type.
    """
    row, instance = find_instance(cursor, past, attribute, instance_id)
    if part.get("type") not in {None, instance["type"]}:
        raise BadRequestData(f"The instance is a {instance['type']}, and stays one.")
    kept = {name: value for name, value in part.items() if name not in _ITS_OWN}
    changed = {**instance, **kept, "modifiedAt": now}
    if part.get("datasetId", instance.get("datasetId")) != instance.get("datasetId"):
        raise BadRequestData("The datasetId of an instance is not changed; delete and add it.")
    new = rows.row_of(row.series, changed)
    if row.twin == 0:  # a reading stays one as far as its key goes, so that a repeated one is known
        new = new._replace(twin=0)
    if (new.month, *new.key) != (row.month, *row.key):
        erasing.erase_row(cursor, row)
    rows.put(cursor, [new])
    rows.note_series(cursor, [new])


_ITS_OWN = frozenset({"type", "instanceId", "createdAt", "modifiedAt"})
