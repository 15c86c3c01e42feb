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

COLUMNS = (
    "id, tenant, entity, types, scope, visibility, readers, created, modified, deleted, implied"
)
_MANY = 400


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
    known: dict[tuple[int, str], Past] = {}
    for tenant in {each.tenant for each in seen}:
        ids = list(dict.fromkeys(each.entity_id for each in seen if each.tenant == tenant))
        known |= {(tenant, past.entity_id): past for past in find(cursor, tenant, ids).values()}
    numbered = {place: past.number for place, past in known.items()}
    last: dict[tuple[int, str], Seen] = {(each.tenant, each.entity_id): each for each in seen}
    changed_types: dict[int, list[str]] = {}
    for place, each in last.items():
        past = known.get(place)
        if past is None:
            numbered[place] = _insert(cursor, each)
        else:
            _update(cursor, past, each)
        if past is None or past.types != each.document["type"]:
            changed_types[numbered[place]] = each.document["type"]
    if changed_types:
        _put_types(cursor, changed_types, new=[n for p, n in numbered.items() if p not in known])
    return {
        place: Kept(number, known[place].scope if place in known else [])
        for place, number in numbered.items()
    }


def _facts(each: Seen) -> list[Any]:
    document = each.document
    return [
        orjson.dumps(document["type"]).decode(),
        orjson.dumps(document.get("scope", [])).decode(),
        int(each.access.visibility),
        orjson.dumps(sorted(str(one) for one in each.access.readers)).decode(),
        keys.micros(document["modifiedAt"]),
        each.deleted,
    ]


def _insert(cursor: CursorWrapper, each: Seen) -> int:
    cursor.execute(
        "INSERT INTO hub_historyentity"
        " (tenant, entity, created, implied, types, scope, visibility, readers, modified, deleted)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (tenant, entity)"
        " DO UPDATE SET modified = excluded.modified RETURNING id",
        [
            each.tenant,
            each.entity_id,
            keys.micros(each.document["createdAt"]),
            each.implied,
            *_facts(each),
        ],
    )
    number: int = cursor.fetchone()[0]
    return number


def _update(cursor: CursorWrapper, past: Past, each: Seen) -> None:
    cursor.execute(
        "UPDATE hub_historyentity SET types = %s, scope = %s, visibility = %s, readers = %s,"
        " modified = %s, deleted = %s, implied = %s WHERE id = %s",
        # Whoever makes a deleted entity anew says what its state is.
        [*_facts(each), past.implied and past.deleted is None, past.number],
    )


def _put_types(cursor: CursorWrapper, types: dict[int, list[str]], new: Sequence[int]) -> None:
    found = names.numbers(cursor, {(each, "") for many in types.values() for each in many})
    fresh = set(new)
    cursor.executemany(
        "DELETE FROM hub_historytype WHERE entity = %s",
        [(number,) for number in types if number not in fresh],
    )
    cursor.executemany(
        "INSERT INTO hub_historytype (name, entity) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [(found[each, ""], number) for number, many in types.items() for each in many],
    )
