"""The statements of the writer, for one transaction on one connection.

:class:`OnSqlite` and :class:`OnPostgresql` do the same; both go past Django's cursor, which looks
at every statement anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import orjson

from kierto.hub.store.names import Key

COLUMNS: Final = "key, entity_id, document, form, visibility, readers, source, expires"
TermRow: TypeAlias = tuple[int, bytes, int]
BoxRow: TypeAlias = tuple[int, float, float, float, float, int]
"""id, west, east, south, north, name."""

SPARE: Final = 200
"""Keys that a process takes at once on PostgreSQL."""

_spare: list[int] = []
_spare_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class EntityRow:
    """A row of ``hub_entity`` to be written."""

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
        self._raw.executemany(
            "INSERT INTO hub_entity (key, tenant, entity_id, document, form, visibility, readers,"
            " source, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(row.key, row.tenant, row.entity_id, row.document, row.form),
                    *(row.visibility, row.readers, row.source, row.expires),
                )
                for row in rows
            ],
        )

    def update_entities(self, rows: list[EntityRow]) -> None:
        self._raw.executemany(
            "UPDATE hub_entity SET document = ?, form = ?, visibility = ?, readers = ?,"
            " source = ?, expires = ? WHERE key = ?",
            [
                (
                    *(row.document, row.form, row.visibility, row.readers),
                    *(row.source, row.expires, row.key),
                )
                for row in rows
            ],
        )

    def delete_entities(self, keys: list[int]) -> None:
        self._raw.executemany("DELETE FROM hub_entity WHERE key = ?", [(key,) for key in keys])

    def insert_terms(self, rows: list[TermRow]) -> None:
        # OR IGNORE: rows of an entity whose making was cut short are no reason to stop.
        self._raw.executemany(
            "INSERT OR IGNORE INTO hub_term (name, value, entity) VALUES (?, ?, ?)", rows
        )

    def delete_terms(self, rows: list[TermRow]) -> None:
        self._raw.executemany(
            "DELETE FROM hub_term WHERE name = ? AND value = ? AND entity = ?", rows
        )

    def insert_boxes(self, rows: list[BoxRow]) -> None:
        # A name without thickness would leave every box without volume, and the tree, which splits
        # by volume, without shape.
        self._raw.executemany(
            "INSERT OR REPLACE INTO hub_box VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6 + 0.5)", rows
        )

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
        import psycopg

        # Bound by the server: arrays go over in binary, six times faster than as text.
        self._new_cursor: Callable[[], Any] = lambda: psycopg.Cursor(raw)
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
        cursor = self._new_cursor()
        cursor.execute(
            "INSERT INTO hub_entity (key, tenant, entity_id, document, form, visibility, readers,"
            " source, expires) SELECT * FROM unnest(%b::bigint[], %b::smallint[], %b::text[],"
            " %b::text[], %b::int[], %b::smallint[], %b::text[], %b::text[], %b::float8[])"
            " ON CONFLICT DO NOTHING",
            [
                [row.key for row in rows],
                [row.tenant for row in rows],
                [row.entity_id for row in rows],
                [row.document for row in rows],
                [row.form for row in rows],
                [row.visibility for row in rows],
                [row.readers for row in rows],
                [row.source for row in rows],
                [row.expires for row in rows],
            ],
        )
        self._inserted.append((cursor, len(rows)))

    def update_entities(self, rows: list[EntityRow]) -> None:
        self._new_cursor().execute(
            "UPDATE hub_entity e SET document = n.document, form = n.form,"
            " visibility = n.visibility, readers = n.readers, source = n.source,"
            " expires = n.expires FROM unnest(%b::bigint[], %b::text[], %b::int[],"
            " %b::smallint[], %b::text[], %b::text[], %b::float8[]) AS n(key, document, form,"
            " visibility, readers, source, expires) WHERE e.key = n.key",
            [
                [row.key for row in rows],
                [row.document for row in rows],
                [row.form for row in rows],
                [row.visibility for row in rows],
                [row.readers for row in rows],
                [row.source for row in rows],
                [row.expires for row in rows],
            ],
        )

    def delete_entities(self, keys: list[int]) -> None:
        self._new_cursor().execute("DELETE FROM hub_entity WHERE key = ANY(%b)", [keys])

    def insert_terms(self, rows: list[TermRow]) -> None:
        self._new_cursor().execute(
            "INSERT INTO hub_term (name, value, entity) SELECT * FROM"
            " unnest(%b::int[], %b::bytea[], %b::bigint[]) ON CONFLICT DO NOTHING",
            _term_columns(rows),
        )

    def delete_terms(self, rows: list[TermRow]) -> None:
        self._new_cursor().execute(
            "DELETE FROM hub_term t USING unnest(%b::int[], %b::bytea[], %b::bigint[])"
            " AS o(name, value, entity) WHERE t.name = o.name AND t.value = o.value"
            " AND t.entity = o.entity",
            _term_columns(rows),
        )

    def insert_boxes(self, rows: list[BoxRow]) -> None:
        self._new_cursor().execute(
            "INSERT INTO hub_box (id, west, east, south, north, name_low, name_high)"
            " SELECT id, w, e, s, n, name, name FROM unnest(%b::bigint[], %b::float8[],"
            " %b::float8[], %b::float8[], %b::float8[], %b::float8[]) AS o(id, w, e, s, n, name)",
            [
                [row[0] for row in rows],
                *([float(row[side]) for row in rows] for side in range(1, 6)),
            ],
        )

    def delete_boxes(self, ids: list[int]) -> None:
        self._new_cursor().execute("DELETE FROM hub_box WHERE id = ANY(%b)", [ids])

    def _all(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        return list(self._new_cursor().execute(sql, parameters).fetchall())


def _term_columns(rows: list[TermRow]) -> list[list[Any]]:
    names, values, entities = zip(*rows, strict=True)
    return [list(names), list(values), list(entities)]


def statements_on(connection: Any) -> Statements:
    """The statements for a Django connection that is open."""
    raw = connection.connection
    return OnSqlite(raw) if connection.vendor == "sqlite" else OnPostgresql(raw)


def forget() -> None:
    """Take no key that was given by another database."""
    with _spare_lock:
        _spare.clear()
