"""The statements of the writer, for one transaction on one connection.

:class:`OnSqlite` and :class:`OnPostgresql` do the same; both go past Django's cursor, which looks
at every statement anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

import orjson

from kierto.hub.store.blocks import Block, arrays, new_cursor, unnest
from kierto.hub.store.names import Key

COLUMNS: Final = "key, entity_id, document, form, visibility, readers, source, expires"
ENTITIES: Final = Block(
    "hub_entity",
    (
        *(("key", "bigint"), ("tenant", "smallint"), ("entity_id", "text"), ("document", "text")),
        *(("form", "int"), ("visibility", "smallint"), ("readers", "text"), ("source", "text")),
        ("expires", "float8"),
    ),
)
# Whoever takes no notice of what is there: rows of an entity whose making was cut short are no
# reason to stop, and what another process made shows by the number of rows.
NEW_ENTITIES: Final = Block(ENTITIES.table, ENTITIES.columns, "ON CONFLICT DO NOTHING")
TERMS: Final = Block(
    "hub_term",
    (("name", "int"), ("value", "bytea"), ("entity", "bigint")),
    "ON CONFLICT DO NOTHING",
)
_BOX: Final = tuple(
    (name, "float8") for name in ("west", "east", "south", "north", "name_low", "name_high")
)
BOXES: Final = Block("hub_box", (("id", "bigint"), *_BOX))
BOXES_ON_SQLITE: Final = Block("hub_box", BOXES.columns, verb="INSERT OR REPLACE")
TermRow: TypeAlias = tuple[int, bytes, int]
BoxRow: TypeAlias = tuple[int, float, float, float, float, int]
"""id, west, east, south, north, name."""

SPARE: Final = 200
"""Keys that a process takes at once on PostgreSQL."""

_spare: list[int] = []
_spare_lock = threading.Lock()


class EntityRow(NamedTuple):
    """A row of ``hub_entity`` to be written, in the order of its columns."""

    key: int
    tenant: int
    entity_id: str
    document: str
    form: int
    visibility: int
    readers: str
    source: str
    expires: float | None


class Taken(Exception):
    """Another process has made an entity of this id since this transaction looked."""


class Statements(Protocol):
    """What a transaction of the store asks of its connection."""

    def lock_entities(self, tenant: int, ids: list[str]) -> Iterable[tuple[Any, ...]]: ...
    def reserve_keys(self, count: int) -> list[int]: ...
    def find_names(self, keys: Sequence[Key]) -> dict[Key, int]: ...
    def add_names(self, keys: Sequence[Key]) -> None: ...
    def find_forms(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]: ...
    def add_forms(self, rows: Sequence[tuple[int, str, str]]) -> None: ...
    def insert_entities(self, rows: list[EntityRow]) -> None: ...
    def update_entities(self, rows: list[EntityRow]) -> None: ...
    def delete_entities(self, keys: list[int]) -> None: ...
    def insert_terms(self, rows: list[TermRow]) -> None: ...
    def delete_terms(self, rows: list[TermRow]) -> None: ...
    def insert_boxes(self, rows: list[BoxRow]) -> None: ...
    def delete_boxes(self, ids: list[int]) -> None: ...
    def together(self) -> AbstractContextManager[None]:
        """What is inserted, changed and deleted within goes over in one go."""


class OnSqlite:
    """Statements of SQLite. The transaction is IMMEDIATE, so nobody else writes meanwhile."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def lock_entities(self, tenant: int, ids: list[str]) -> Iterable[tuple[Any, ...]]:
        if len(ids) == 1:
            sql = f"SELECT {COLUMNS} FROM hub_entity WHERE tenant = ? AND entity_id = ?"  # noqa: S608 - own names
            return self._all(sql, (tenant, ids[0]))
        sql = (
            f"SELECT {COLUMNS} FROM hub_entity WHERE tenant = ?"  # noqa: S608 - own names
            " AND entity_id IN (SELECT value FROM json_each(?))"
        )
        return self._all(sql, (tenant, orjson.dumps(ids).decode()))

    def reserve_keys(self, count: int) -> list[int]:
        found = self._all("SELECT seq FROM sqlite_sequence WHERE name = 'hub_entity'", ())
        first = (found[0][0] if found else 0) + 1
        return list(range(first, first + count))

    def find_names(self, keys: Sequence[Key]) -> dict[Key, int]:
        sql = "SELECT id FROM hub_name WHERE tenant = ? AND kind = ? AND text = ?"
        return {key: rows[0][0] for key in keys if (rows := self._all(sql, key))}

    def add_names(self, keys: Sequence[Key]) -> None:
        self._raw.executemany("INSERT INTO hub_name (tenant, kind, text) VALUES (?, ?, ?)", keys)

    def find_forms(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
        sql = "SELECT id FROM hub_form WHERE tenant = ? AND digest = ?"
        return {key: rows[0][0] for key in keys if (rows := self._all(sql, key))}

    def add_forms(self, rows: Sequence[tuple[int, str, str]]) -> None:
        self._raw.executemany(
            "INSERT INTO hub_form (tenant, digest, content) VALUES (?, ?, ?)", rows
        )

    def insert_entities(self, rows: list[EntityRow]) -> None:
        ENTITIES.on_sqlite(self._raw, rows)

    def update_entities(self, rows: list[EntityRow]) -> None:
        self._raw.executemany(
            "UPDATE hub_entity SET document = ?4, form = ?5, visibility = ?6, readers = ?7,"
            " source = ?8, expires = ?9 WHERE key = ?1",
            rows,
        )

    def delete_entities(self, keys: list[int]) -> None:
        self._raw.executemany("DELETE FROM hub_entity WHERE key = ?", [(key,) for key in keys])

    def insert_terms(self, rows: list[TermRow]) -> None:
        TERMS.on_sqlite(self._raw, rows)

    def delete_terms(self, rows: list[TermRow]) -> None:
        self._raw.executemany(
            "DELETE FROM hub_term WHERE name = ? AND value = ? AND entity = ?", rows
        )

    def insert_boxes(self, rows: list[BoxRow]) -> None:
        # A name without thickness would leave every box without volume, and the tree, which splits
        # by volume, without shape.
        BOXES_ON_SQLITE.on_sqlite(self._raw, [(*row, row[5] + 0.5) for row in rows])

    def delete_boxes(self, ids: list[int]) -> None:
        self._raw.executemany("DELETE FROM hub_box WHERE id = ?", [(each,) for each in ids])

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _all(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        return list(self._raw.execute(sql, parameters).fetchall())


class OnPostgresql:
    """Statements of PostgreSQL. Rows are locked in the order of ids, so that nobody waits in a
    circle; what another process makes at the same moment raises :class:`Taken`."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._inserted: list[tuple[Any, int]] = []

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._raw.pipeline():
            yield
        inserted, self._inserted = self._inserted, []
        if any(cursor.rowcount != expected for cursor, expected in inserted):
            raise Taken

    def lock_entities(self, tenant: int, ids: list[str]) -> Iterable[tuple[Any, ...]]:
        return self._all(
            f"SELECT {COLUMNS} FROM hub_entity WHERE tenant = %s AND entity_id = ANY(%s)"  # noqa: S608 - own names
            " ORDER BY entity_id FOR NO KEY UPDATE",
            (tenant, ids),
        )

    def reserve_keys(self, count: int) -> list[int]:
        # A sequence gives without regard to transactions, so what is left over serves the next.
        with _spare_lock:
            if len(_spare) < count:
                found = self._all(
                    "SELECT nextval(pg_get_serial_sequence('hub_entity', 'key'))"
                    " FROM generate_series(1, %s)",
                    (count + SPARE,),
                )
                _spare[:] = [key for (key,) in found]
            taken = _spare[:count]
            del _spare[:count]
        return taken

    def find_names(self, keys: Sequence[Key]) -> dict[Key, int]:
        found = self._all(
            "SELECT n.tenant, n.kind, n.text, n.id FROM hub_name n JOIN unnest(%s::int[],"
            " %s::text[], %s::text[]) AS w(t, k, x) ON n.tenant = w.t AND n.kind = w.k"
            " AND n.text = w.x",
            [list(column) for column in zip(*keys, strict=True)],
        )
        return {(tenant, kind, text): number for tenant, kind, text, number in found}

    def add_names(self, keys: Sequence[Key]) -> None:
        self._new_cursor().execute(
            "INSERT INTO hub_name (tenant, kind, text) SELECT * FROM unnest(%s::smallint[],"
            " %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*keys, strict=True)],
        )

    def find_forms(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
        found = self._all(
            "SELECT f.tenant, f.digest, f.id FROM hub_form f JOIN unnest(%s::int[], %s::text[])"
            " AS w(t, d) ON f.tenant = w.t AND f.digest = w.d",
            [list(column) for column in zip(*keys, strict=True)],
        )
        return {(tenant, digest): number for tenant, digest, number in found}

    def add_forms(self, rows: Sequence[tuple[int, str, str]]) -> None:
        self._new_cursor().execute(
            "INSERT INTO hub_form (tenant, digest, content) SELECT * FROM unnest(%s::smallint[],"
            " %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*rows, strict=True)],
        )

    def insert_entities(self, rows: list[EntityRow]) -> None:
        rows = sorted(rows, key=lambda row: (row.tenant, row.entity_id))
        cursor = NEW_ENTITIES.on_postgresql(self._new_cursor(), rows)
        self._inserted.append((cursor, len(rows)))

    def update_entities(self, rows: list[EntityRow]) -> None:
        names = ", ".join(name for name, _ in ENTITIES.columns)
        self._new_cursor().execute(
            "UPDATE hub_entity e SET document = n.document, form = n.form,"  # noqa: S608 - own names
            " visibility = n.visibility, readers = n.readers, source = n.source,"
            f" expires = n.expires FROM {unnest(ENTITIES.columns)} AS n({names})"
            " WHERE e.key = n.key",
            arrays(ENTITIES.columns, rows),
        )

    def delete_entities(self, keys: list[int]) -> None:
        self._new_cursor().execute("DELETE FROM hub_entity WHERE key = ANY(%b)", [keys])

    def insert_terms(self, rows: list[TermRow]) -> None:
        TERMS.on_postgresql(self._new_cursor(), rows)

    def delete_terms(self, rows: list[TermRow]) -> None:
        self._new_cursor().execute(
            f"DELETE FROM hub_term t USING {unnest(TERMS.columns)} AS o(name, value, entity)"  # noqa: S608 - own names
            " WHERE t.name = o.name AND t.value = o.value AND t.entity = o.entity",
            arrays(TERMS.columns, rows),
        )

    def insert_boxes(self, rows: list[BoxRow]) -> None:
        BOXES.on_postgresql(self._new_cursor(), [(*row, row[5]) for row in rows])

    def delete_boxes(self, ids: list[int]) -> None:
        self._new_cursor().execute("DELETE FROM hub_box WHERE id = ANY(%b)", [ids])

    def _new_cursor(self) -> Any:
        return new_cursor(self._raw)

    def _all(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        return list(self._new_cursor().execute(sql, parameters).fetchall())


def statements_on(connection: Any) -> Statements:
    """The statements for a Django connection that is open."""
    raw = connection.connection
    return OnSqlite(raw) if connection.vendor == "sqlite" else OnPostgresql(raw)


def forget() -> None:
    """Take no key that was given by another database."""
    with _spare_lock:
        _spare.clear()
