"""The rows by which entities are found, held against the documents and put right.

Needed when :mod:`.terms` gives other rows than it did: what stands in the index then cannot be
worked out any more, so it is read. Entities are looked at in the order of their keys, a portion at
a time, without a lock; only where something differs the entity is locked, worked out once more,
and put right in the common commit. So a node may run beside, and whoever was interrupted goes on
from the last key, or simply begins again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.db import connection

from kierto.hub.store import connections, terms, writing
from kierto.hub.store.applying import access_of, boxes_within, expiry_of
from kierto.hub.store.names import Numbers
from kierto.hub.store.statements import EntityRow, Statements, TermRow, statements_on

PORTION: Final = 20_000
"""Entities that are looked at together: each portion reads the whole index once."""

AT_ONCE: Final = 200
"""Entities that are put right in one commit."""

SLACK: Final = 1e-4
"""Degrees by which a box may be larger than what lies in it: SQLite rounds outwards."""

Names = dict[tuple[int, str, str], int]
_Sides = tuple[float, float, float, float, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come.

    Attributes:
        key: of the last entity that was looked at; go on behind it.
        looked: entities so far.
        mended: entities (or what is left of them) that were not as they should be.
    """

    key: int
    looked: int
    mended: int


def reindex(after: int = 0, *, portion: int = PORTION) -> Iterator[Progress]:
    """Put the index right, portion by portion; says after each how far it has come.

    Args:
        after: the key behind which to begin.
    """
    looked = mended = 0
    while True:
        rows = _portion(after, portion)
        last = rows[-1][0] if rows else after
        # Rows of entities that are gone may lie behind the last one.
        until = last if len(rows) == portion else None
        differing = _differing(rows, after, until)
        keys = sorted(differing)
        for start in range(0, len(keys), AT_ONCE):
            some = {key: differing[key] for key in keys[start : start + AT_ONCE]}
            writing.run(lambda _cursor, some=some: _mend(some))  # type: ignore[misc]
        looked, mended, after = looked + len(rows), mended + len(keys), last
        yield Progress(last, looked, mended)
        if until is None:
            return


# --------------------------------------------------------------------- looking


def _portion(after: int, count: int) -> list[tuple[Any, ...]]:
    return connections.read(
        "SELECT key, tenant, document, form, visibility, readers, expires FROM hub_entity"
        " WHERE key > %s ORDER BY key LIMIT %s",
        (after, count),
    )


def _differing(
    rows: Sequence[tuple[Any, ...]], after: int, until: int | None
) -> dict[int, list[tuple[int, bytes]]]:
    """Entities of which something is not as it should be, with the rows that stand for them."""
    numbers, forms = _names(), _forms()
    found = _terms(after, until)
    boxes = _boxes(after, until)
    differing: dict[int, list[tuple[int, bytes]]] = {}
    for key, tenant, text, form, visibility, readers, expires in rows:
        document = orjson.loads(text)
        wanted = _wanted(tenant, terms.rows_of(document, access_of(visibility, readers)), numbers)
        standing = found.pop(key, [])
        lying = boxes.pop(key, [])
        digest, _content = terms.form_of(document)
        if (
            wanted is None
            or wanted != set(standing)
            or forms.get(form) != (tenant, digest)
            or expires != expiry_of(document)
            or not _same_places(tenant, boxes_within(terms.boxes_of(document)), lying, numbers)
        ):
            differing[key] = standing
    # What is left belongs to nobody, or to entities that came meanwhile: they are looked at again.
    for key in found.keys() | boxes.keys():
        differing[key] = found.get(key, [])
    return differing


def _wanted(
    tenant: int, rows: Iterable[terms.Row], numbers: Names
) -> set[tuple[int, bytes]] | None:
    """The rows by number; ``None`` where a name has none yet, so a row is missing."""
    wanted = set()
    for name, value in rows:
        number = numbers.get((tenant, *name))
        if number is None:
            return None
        wanted.add((number, value))
    return wanted


def _same_places(
    tenant: int, wanted: Sequence[terms.Box], lying: Sequence[_Sides], numbers: Names
) -> bool:
    """Whether each box stands, holds what lies in it, and is hardly larger."""
    if len(wanted) != len(lying):
        return False
    for (iri, west, south, east, north), (w, s, e, n, name) in zip(wanted, lying, strict=True):
        if numbers.get((tenant, terms.ATTRIBUTE, iri)) != name:
            return False
        gaps = (west - w, south - s, e - east, n - north)
        if any(not 0 <= gap <= SLACK for gap in gaps):
            return False
    return True


def _names() -> Names:
    rows = connections.read("SELECT tenant, kind, text, id FROM hub_name", ())
    return {(tenant, kind, text): number for tenant, kind, text, number in rows}


def _forms() -> dict[int, tuple[int, str]]:
    rows = connections.read("SELECT id, tenant, digest FROM hub_form", ())
    return {number: (tenant, digest) for number, tenant, digest in rows}


def _terms(after: int, until: int | None) -> dict[int, list[tuple[int, bytes]]]:
    """Rows of the index, by entity."""
    where, values = _span("entity", after, until)
    found: dict[int, list[tuple[int, bytes]]] = {}
    rows = connections.read(f"SELECT name, value, entity FROM hub_term WHERE {where}", values)  # noqa: S608 - own names
    for name, value, entity in rows:
        found.setdefault(entity, []).append((name, bytes(value)))
    return found


def _boxes(after: int, until: int | None) -> dict[int, list[_Sides]]:
    """Boxes, by entity, in their order."""
    first = (after + 1) * terms.BOXES - 1
    last = None if until is None else (until + 1) * terms.BOXES - 1
    where, values = _span("id", first, last)
    found: dict[int, list[_Sides]] = {}
    rows = connections.read(
        f"SELECT id, west, south, east, north, name_low FROM hub_box WHERE {where}",  # noqa: S608 - own names
        values,
    )
    for number, west, south, east, north, name in sorted(rows):
        found.setdefault(number // terms.BOXES, []).append((west, south, east, north, round(name)))
    return found


def _span(column: str, after: int, until: int | None) -> tuple[str, list[int]]:
    if until is None:
        return f"{column} > %s", [after]
    return f"{column} > %s AND {column} <= %s", [after, until]


# --------------------------------------------------------------------- mending


def _mend(differing: Mapping[int, list[tuple[int, bytes]]]) -> None:
    """Puts entities right, inside the writer's transaction."""
    statements, numbers = statements_on(connection), Numbers()
    locked = _lock(statements, differing.keys())
    wanted: dict[int, set[tuple[tuple[int, str, str], bytes]]] = {}
    places: dict[int, list[terms.Box]] = {}
    for key, (tenant, row) in locked.items():
        document, access = orjson.loads(row[2]), access_of(row[4], row[5])
        wanted[key] = {((tenant, *n), value) for n, value in terms.rows_of(document, access)}
        places[key] = boxes_within(terms.boxes_of(document))
    asked = {name for rows in wanted.values() for name, _value in rows}
    asked |= {
        (locked[key][0], terms.ATTRIBUTE, box[0]) for key, some in places.items() for box in some
    }
    numbers.learn_names(asked, statements)
    by_key = {
        key: {(numbers.names[name], value) for name, value in rows} for key, rows in wanted.items()
    }
    with statements.together():
        _mend_terms(statements, differing, by_key)
        statements.delete_boxes(
            [key * terms.BOXES + place for key in differing for place in range(terms.BOXES)]
        )
        boxes = [
            (key * terms.BOXES + place, w, e, s, n,
             numbers.names[locked[key][0], terms.ATTRIBUTE, iri])
            for key, some in places.items()
            for place, (iri, w, s, e, n) in enumerate(some)
        ]  # fmt: skip
        if boxes:
            statements.insert_boxes(boxes)
    _mend_entities(statements, numbers, locked)


def _mend_terms(
    statements: Statements,
    differing: Mapping[int, list[tuple[int, bytes]]],
    wanted: Mapping[int, set[tuple[int, bytes]]],
) -> None:
    stale: list[TermRow] = [
        (name, value, key)
        for key, standing in differing.items()
        for name, value in standing
        if (name, value) not in wanted.get(key, ())
    ]
    missing: list[TermRow] = [
        (name, value, key)
        for key, rows in wanted.items()
        for name, value in rows - set(differing[key])
    ]
    if stale:
        statements.delete_terms(sorted(stale))
    if missing:
        statements.insert_terms(sorted(missing))


def _mend_entities(
    statements: Statements,
    numbers: Numbers,
    locked: Mapping[int, tuple[int, tuple[Any, ...]]],
) -> None:
    """Form and expiry, where they are not those of the document."""
    forms = {}
    for key, (tenant, row) in locked.items():
        forms[key] = (tenant, *terms.form_of(orjson.loads(row[2])))
    numbers.learn_forms(
        {(tenant, digest): content for tenant, digest, content in forms.values()}, statements
    )
    changed = []
    for key, (tenant, row) in locked.items():
        form = numbers.form(forms[key][:2])
        expires = expiry_of(orjson.loads(row[2]))
        if (form, expires) != (row[3], row[7]):
            changed.append(
                EntityRow(key, tenant, row[1], row[2], form, row[4], row[5], row[6], expires)
            )
    if changed:
        statements.update_entities(changed)


def _lock(statements: Statements, keys: Collection[int]) -> dict[int, tuple[int, tuple[Any, ...]]]:
    """Tenant and row of each entity that is still there, by its key."""
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tenant, entity_id FROM hub_entity WHERE key IN ({marks})",  # noqa: S608 - marks
            list(keys),
        )
        by_tenant: dict[int, list[str]] = {}
        for tenant, entity_id in cursor.fetchall():
            by_tenant.setdefault(tenant, []).append(entity_id)
    return {
        row[0]: (tenant, tuple(row))
        for tenant in sorted(by_tenant)
        for row in statements.lock_entities(tenant, by_tenant[tenant])
        if row[0] in keys
    }
