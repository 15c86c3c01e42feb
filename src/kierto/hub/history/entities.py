"""Entities the history knows: what they were, when, and who may read of them."""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db.backends.utils import CursorWrapper

from kierto.hub.access import Access, Reader
from kierto.hub.history import keys, names
from kierto.hub.store.blocks import Block, arrays, new_cursor, unnest

COLUMNS = (
    "id, tenant, entity, types, scope, visibility, readers, created, modified, deleted, implied"
)
_MANY = 400
_FACTS = (
    *(("types", "text"), ("scope", "text"), ("visibility", "smallint"), ("readers", "text")),
    *(("modified", "bigint"), ("deleted", "bigint"), ("implied", "boolean"), ("id", "bigint")),
)
_NEW = Block(
    "hub_historyentity",
    (
        *(("tenant", "int"), ("entity", "text"), ("created", "bigint"), ("implied", "boolean")),
        *_FACTS[:6],
    ),
    # Another process may make it at this moment.
    "ON CONFLICT (tenant, entity) DO UPDATE SET modified = excluded.modified"
    " RETURNING id, tenant, entity",
)
NUMBERED = Block("hub_historyentity", (("id", "bigint"), *_NEW.columns))
TYPES = Block(
    "hub_historytype", (("name", "bigint"), ("entity", "bigint")), "ON CONFLICT DO NOTHING"
)


class Past(NamedTuple):
    """One entity of the history; ``created``, ``modified``, ``deleted`` are moments."""

    number: int
    tenant: int
    entity_id: str
    types: list[str]
    scope: list[str]
    access: Access
    created: int
    modified: int
    deleted: int | None
    implied: bool


class Kept(NamedTuple):
    """An entity's number, and the scopes it had before."""

    number: int
    scope: list[str]


class Seen(NamedTuple):
    """What a change says of an entity; ``document`` is its last state, there or gone."""

    tenant: int
    entity_id: str
    document: dict[str, Any]
    access: Access
    deleted: int | None
    implied: bool = False


def past_of(row: Sequence[Any]) -> Past:
    """The entity of a row of the database."""
    number, tenant, entity, types, scope, visibility, readers, created, modified, *rest = row
    people = frozenset(UUID(each) for each in orjson.loads(readers))
    return Past(
        number,
        tenant,
        entity,
        orjson.loads(types),
        orjson.loads(scope),
        Access(visibility, people),
        created,
        modified,
        rest[0],
        bool(rest[1]),
    )


def find(cursor: CursorWrapper, tenant: int, entity_ids: Sequence[str]) -> dict[str, Past]:
    """Entities by their ids, whoever may read them."""
    found: dict[str, Past] = {}
    for start in range(0, len(entity_ids), _MANY):
        part = list(entity_ids[start : start + _MANY])
        marks = ",".join(["%s"] * len(part))
        cursor.execute(
            f"SELECT {COLUMNS} FROM hub_historyentity WHERE tenant = %s AND entity IN ({marks})",
            [tenant, *part],
        )
        for row in cursor.fetchall():
            past = past_of(row)
            found[past.entity_id] = past
    return found


def get(cursor: CursorWrapper, tenant: int, entity_id: str, reader: Reader) -> Past | None:
    """The entity, if the reader may read it."""
    past = find(cursor, tenant, [entity_id]).get(entity_id)
    return past if past is not None and reader.may_read(past.access) else None


def keep(cursor: CursorWrapper, seen: Sequence[Seen]) -> dict[tuple[int, str], Kept]:
    """Write what changes say of entities; each by tenant and id."""
    last: dict[tuple[int, str], Seen] = {(each.tenant, each.entity_id): each for each in seen}
    ids: dict[int, list[str]] = {}
    for tenant, entity_id in last:
        ids.setdefault(tenant, []).append(entity_id)
    known = {
        (tenant, entity_id): past
        for tenant, some in ids.items()
        for entity_id, past in find(cursor, tenant, some).items()
    }
    numbered = _insert(cursor, [each for place, each in last.items() if place not in known])
    types = {numbered[place]: last[place].document["type"] for place in numbered}
    changed: dict[int, list[str]] = {}
    for place, past in known.items():
        if past.types != last[place].document["type"]:
            changed[past.number] = last[place].document["type"]
        numbered[place] = past.number
    _update(cursor, [(past, last[place]) for place, past in known.items()])
    _put_types(cursor, types, changed)
    return {
        place: Kept(number, known[place].scope if place in known else [])
        for place, number in numbered.items()
    }


def _facts(each: Seen) -> tuple[Any, ...]:
    """types, scope, visibility, readers, modified, deleted."""
    document = each.document
    scope, readers = document.get("scope"), each.access.readers
    return (
        orjson.dumps(document["type"]).decode(),
        orjson.dumps(scope).decode() if scope else "[]",
        int(each.access.visibility),
        orjson.dumps(sorted(str(one) for one in readers)).decode() if readers else "[]",
        keys.micros(document["modifiedAt"]),
        each.deleted,
    )


def _insert(cursor: CursorWrapper, new: Sequence[Seen]) -> dict[tuple[int, str], int]:
    """The numbers of entities that were not there."""
    if not new:
        return {}
    rows = [
        (
            each.tenant,
            each.entity_id,
            keys.micros(each.document["createdAt"]),
            each.implied,
            *_facts(each),
        )
        for each in new
    ]
    if cursor.db.vendor == "sqlite":
        # Nobody else writes within this transaction, so the next numbers are known.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'hub_historyentity'")
        found = cursor.fetchone()
        first = (found[0] if found else 0) + 1
        NUMBERED.insert(cursor, [(number, *row) for number, row in enumerate(rows, first)])
        return {(row[0], row[1]): number for number, row in enumerate(rows, first)}
    with cursor.db.wrap_database_errors:
        done = _NEW.on_postgresql(new_cursor(cursor.db.connection), rows)
        return {(tenant, entity_id): number for number, tenant, entity_id in done.fetchall()}


def _update(cursor: CursorWrapper, known: Sequence[tuple[Past, Seen]]) -> None:
    rows = [
        # Whoever makes a deleted entity anew says what its state is.
        (*_facts(each), past.implied and past.deleted is None, past.number)
        for past, each in known
    ]
    if not rows:
        return
    if cursor.db.vendor == "sqlite":
        cursor.executemany(
            "UPDATE hub_historyentity SET types = %s, scope = %s, visibility = %s, readers = %s,"
            " modified = %s, deleted = %s, implied = %s WHERE id = %s",
            rows,
        )
        return
    with cursor.db.wrap_database_errors:
        new_cursor(cursor.db.connection).execute(
            "UPDATE hub_historyentity e SET types = n.types, scope = n.scope,"
            " visibility = n.visibility, readers = n.readers, modified = n.modified,"
            f" deleted = n.deleted, implied = n.implied FROM {unnest(_FACTS)}"
            " AS n(types, scope, visibility, readers, modified, deleted, implied, id)"
            " WHERE e.id = n.id",
            arrays(_FACTS, rows),
        )


def _put_types(
    cursor: CursorWrapper, new: dict[int, list[str]], changed: dict[int, list[str]]
) -> None:
    types = new | changed
    found = names.numbers(cursor, {(each, "") for many in types.values() for each in many})
    if changed:
        cursor.executemany(
            "DELETE FROM hub_historytype WHERE entity = %s", [(number,) for number in changed]
        )
    TYPES.insert(
        cursor, [(found[each, ""], number) for number, many in types.items() for each in many]
    )
