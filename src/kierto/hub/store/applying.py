"""What changes make of entities, worked out in memory and written with few statements.

A group is read at once (its entities locked), each change is applied in its order to what the
earlier ones left, and only the difference between the first and the last state of an entity is
written: one row, the rows of the index that differ, the boxes that differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from kierto.hub.access import OPEN, Access
from kierto.hub.store import terms
from kierto.hub.store.changes import Change, Changed, Document, Result
from kierto.hub.store.names import Key, Numbers
from kierto.hub.store.statements import BoxRow, EntityRow, Statements, TermRow
from kierto.hub.store.tenants import Tenant
from kierto.ngsild import limits, times
from kierto.ngsild.errors import AlreadyExists, BadRequestData, Forbidden, NgsiLdError

Stored = tuple[Document, Access]
_Term = tuple[terms.Name, bytes, int]


@dataclass(slots=True)
class State:
    """One entity as a group finds it and as it leaves it.

    Attributes:
        key: number of what stands in the database, or of what shall stand there.
        stored: number, document and access in the database.
        document: as it is now.
        source: what keeps it.
    """

    tenant: Tenant
    entity_id: str
    key: int = 0
    stored_key: int = 0
    stored: Stored | None = None
    document: Document | None = None
    access: Access = OPEN
    source: str = ""
    touched: bool = False


class Group:
    """The changes of one transaction."""

    def __init__(self, statements: Statements, numbers: Numbers, by: Any) -> None:
        self.changed: list[Changed] = []
        self._statements = statements
        self._numbers = numbers
        self._states: dict[tuple[int, str], State] = {}
        self._keys: list[int] = []
        self._now = times.now()
        self._system = by

    def read(self, changes: Sequence[Change]) -> None:
        """Read and lock what changes are about, all at once and in one order everywhere."""
        self._load(changes)
        self._keep_ready(sum(1 for each in self._states.values() if each.document is None))

    def apply(self, changes: Sequence[Change]) -> list[Result]:
        """Apply changes that :meth:`read` has seen, in their order; nothing is written yet."""
        return [self._change(change) for change in changes]

    # -------------------------------------------------------------- reading

    def _load(self, changes: Sequence[Change]) -> None:
        wanted: dict[int, list[str]] = {}
        for change in changes:
            place = (change.tenant.id, change.entity_id)
            if place not in self._states and is_storable(change.entity_id):
                self._states[place] = State(change.tenant, change.entity_id)
                wanted.setdefault(change.tenant.id, []).append(change.entity_id)
        for tenant in sorted(wanted):
            for row in self._statements.lock_entities(tenant, wanted[tenant]):
                self._fill(self._states[tenant, row[1]], row)

    def _fill(self, state: State, row: tuple[Any, ...]) -> None:
        key, _entity_id, text, _form, visibility, readers, source, expires = row
        document = orjson.loads(text)
        state.key = state.stored_key = key
        state.access = access_of(visibility, readers)
        state.stored = (document, state.access)
        state.document, state.source = document, source
        if expires is not None and expires <= times.as_datetime(self._now).timestamp():
            self._expire(state)

    def _expire(self, state: State) -> None:
        """Its time is over: it is deleted before anything else happens to it."""
        state.touched = True
        self._note(state, None, state.access, self._system)
        state.document, state.access, state.source = None, OPEN, ""

    # ------------------------------------------------------------- changing

    def _change(self, change: Change) -> Result:
        state = self._states.get((change.tenant.id, change.entity_id))
        if state is None:
            return Result(error=BadRequestData("The identifier cannot be stored."))
        before = state.document
        try:
            after = self._applied(state, change)
        except NgsiLdError as error:
            return Result(before, before, error)
        access = self._access_after(state, change)
        if after is before and (after is None or access == state.access):
            return Result(before, after)
        if before is None:
            state.key = self._new_key()
        state.touched = True
        self._note(state, after, access, change.by)
        state.document = after
        state.access = access if after is not None else OPEN
        state.source = change.source or state.source if after is not None else ""
        return Result(before, after)

    def _applied(self, state: State, change: Change) -> Document | None:
        before = state.document
        if before is not None:
            if not change.by.reader.may_read(state.access):
                return self._hidden(change)
            if state.source and state.source != change.source:
                after = change.apply(before)
                if after is before:
                    return after
                raise Forbidden("This entity is kept by the platform and cannot be changed here.")
        after = change.apply(before)
        if after is not None and after["id"] != change.entity_id:
            raise BadRequestData("An entity keeps its identifier.")
        if after is not None and len(after["attributes"]) > terms.BOXES:
            _check_places(after)
        return after

    def _hidden(self, change: Change) -> Document | None:
        """To who may not see an entity it is not there; only its name is taken."""
        if change.apply(None) is not None:
            raise AlreadyExists(f"There is an entity {change.entity_id[:256]} already.")
        return self._states[change.tenant.id, change.entity_id].document

    def _access_after(self, state: State, change: Change) -> Access:
        if change.access is not None:
            return change.access
        return state.access if state.document is not None else OPEN

    def _new_key(self) -> int:
        self._keep_ready(1)
        return self._keys.pop()

    def _keep_ready(self, wanted: int) -> None:
        if wanted > len(self._keys):
            # On SQLite a key counts as given only when its row is written.
            self.flush()
            self._keys = self._statements.reserve_keys(wanted)[::-1]

    def _note(self, state: State, after: Document | None, access: Access, by: Any) -> None:
        before = state.document
        self.changed.append(
            Changed(
                state.tenant,
                state.entity_id,
                state.key,
                before,
                after,
                state.access if before is not None else None,
                access if after is not None else None,
                by,
                self._now,
            )
        )

    # -------------------------------------------------------------- writing

    def flush(self) -> None:
        """Write what has changed since the last call."""
        touched = [state for state in self._states.values() if state.touched]
        if not touched:
            return
        _Writing(self._statements, self._numbers).write(touched)
        for state in touched:
            state.touched = False
            state.stored_key = state.key if state.document is not None else 0
            state.stored = (state.document, state.access) if state.document is not None else None


class _Writing:
    """The rows that make the stored states the new ones."""

    def __init__(self, statements: Statements, numbers: Numbers) -> None:
        self._statements = statements
        self._numbers = numbers
        self._old_terms: dict[int, list[_Term]] = {}
        self._new_terms: dict[int, list[_Term]] = {}
        self._old_boxes: list[int] = []
        self._new_boxes: list[tuple[int, int, terms.Box]] = []
        self._deleted: list[int] = []
        self._inserted: list[State] = []
        self._updated: list[State] = []

    def write(self, states: list[State]) -> None:
        for state in states:
            self._sort(state)
        forms: dict[int, str] = {}
        wanted: dict[tuple[int, str], str] = {}
        for state in self._inserted + self._updated:
            if state.document is not None:
                digest, content = terms.form_of(state.document)
                forms[id(state)] = digest
                wanted[state.tenant.id, digest] = content
        self._numbers.learn_forms(wanted, self._statements)
        self._learn_names()
        with self._statements.together():
            self._write_entities(forms)
            self._write_index()

    def _sort(self, state: State) -> None:
        tenant, stored, document = state.tenant.id, state.stored, state.document
        new = set[terms.Row]() if document is None else terms.rows_of(document, state.access)
        new_boxes = [] if document is None else terms.boxes_of(document)
        if stored is None:
            self._insert(state, new, new_boxes)
            return
        old, old_boxes = terms.rows_of(*stored), terms.boxes_of(stored[0])
        if document is not None and state.key == state.stored_key:
            self._updated.append(state)
            self._take(tenant, old - new, state.key)
            self._give(tenant, new - old, state.key)
            if old_boxes != new_boxes:
                self._old_boxes += _box_ids(state.key, old_boxes)
                self._box(state, new_boxes)
            return
        self._deleted.append(state.stored_key)
        self._take(tenant, old, state.stored_key)
        self._old_boxes += _box_ids(state.stored_key, old_boxes)
        self._insert(state, new, new_boxes)

    def _insert(self, state: State, rows: set[terms.Row], boxes: list[terms.Box]) -> None:
        if state.document is not None:
            self._inserted.append(state)
            self._give(state.tenant.id, rows, state.key)
            self._box(state, boxes)

    def _take(self, tenant: int, rows: Iterable[terms.Row], key: int) -> None:
        self._old_terms.setdefault(tenant, []).extend([(*row, key) for row in rows])

    def _give(self, tenant: int, rows: Iterable[terms.Row], key: int) -> None:
        self._new_terms.setdefault(tenant, []).extend([(*row, key) for row in rows])

    def _box(self, state: State, new: list[terms.Box]) -> None:
        if new:
            tenant, key = state.tenant.id, state.key
            self._new_boxes += [
                (tenant, key * terms.BOXES + place, box)
                for place, box in enumerate(boxes_within(new))
            ]

    def _write_entities(self, forms: dict[int, str]) -> None:
        if self._deleted:
            self._statements.delete_entities(self._deleted)
        if self._inserted:
            self._statements.insert_entities(self._rows(self._inserted, forms))
        if self._updated:
            self._statements.update_entities(self._rows(self._updated, forms))

    def _rows(self, states: list[State], forms: dict[int, str]) -> list[EntityRow]:
        return [
            self._row(state, state.document, forms[id(state)])
            for state in states
            if state.document is not None
        ]

    def _row(self, state: State, document: Document, digest: str) -> EntityRow:
        tenant, readers = state.tenant.id, state.access.readers
        return EntityRow(
            state.key,
            tenant,
            state.entity_id,
            orjson.dumps(document).decode(),
            self._numbers.form((tenant, digest)),
            state.access.visibility,
            " ".join(sorted(agent.hex for agent in readers)) if readers else "",
            state.source,
            expiry_of(document),
        )

    def _learn_names(self) -> None:
        wanted: set[Key] = set()
        for some in (self._new_terms, self._old_terms):
            for tenant, rows in some.items():
                wanted |= {(tenant, *name) for name in {row[0] for row in rows}}
        wanted |= {(tenant, terms.ATTRIBUTE, box[0]) for tenant, _, box in self._new_boxes}
        self._numbers.learn_names(wanted, self._statements)

    def _write_index(self) -> None:
        if old := self._numbered(self._old_terms):
            self._statements.delete_terms(old)
        if new := self._numbered(self._new_terms):
            self._statements.insert_terms(new)
        if self._old_boxes:
            self._statements.delete_boxes(self._old_boxes)
        if self._new_boxes:
            self._statements.insert_boxes([self._numbered_box(*each) for each in self._new_boxes])

    def _numbered(self, some: dict[int, list[_Term]]) -> list[TermRow]:
        names, found = self._numbers.names, list[TermRow]()
        for tenant, rows in some.items():
            numbers = {name: names[tenant, *name] for name in {row[0] for row in rows}}
            found += [(numbers[name], value, key) for name, value, key in rows]
        # Neighbours in the tree are written one after the other.
        found.sort()
        return found

    def _numbered_box(self, tenant: int, number: int, box: terms.Box) -> BoxRow:
        iri, west, south, east, north = box
        return number, west, east, south, north, self._numbers.names[tenant, terms.ATTRIBUTE, iri]


def _box_ids(key: int, boxes: list[terms.Box]) -> list[int]:
    return [key * terms.BOXES + number for number in range(len(boxes_within(boxes)))]


def boxes_within(boxes: list[terms.Box]) -> list[terms.Box]:
    """The boxes, for each attribute one where they are too many."""
    if len(boxes) <= terms.BOXES:
        return boxes
    by_name: dict[str, terms.Box] = {}
    for iri, west, south, east, north in boxes:
        _, w, s, e, n = by_name.get(iri, (iri, west, south, east, north))
        by_name[iri] = (iri, min(w, west), min(s, south), max(e, east), max(n, north))
    return list(by_name.values())


def _check_places(document: Document) -> None:
    places = sum(
        any(instance["type"] == "GeoProperty" for instance in instances)
        for instances in document["attributes"].values()
    )
    if places > terms.BOXES:
        raise BadRequestData(f"An entity has at most {terms.BOXES} attributes with a place.")


def access_of(visibility: int, readers: str) -> Access:
    """The access that a row says."""
    if not readers:
        return OPEN if visibility == 0 else Access(visibility)
    return Access(visibility, frozenset(UUID(hex=each) for each in readers.split()))


def expiry_of(document: Document) -> float | None:
    """When the entity ends, in seconds since 1970."""
    expires = document.get("expiresAt")
    return None if expires is None else times.as_datetime(expires).timestamp()


def is_storable(entity_id: str) -> bool:
    """Whether an identifier can be a row's: no NUL (PostgreSQL has none), not endless."""
    return 0 < len(entity_id) <= limits.IRI_LENGTH and "\x00" not in entity_id
