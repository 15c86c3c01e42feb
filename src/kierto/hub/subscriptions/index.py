"""Which subscriptions a change may concern, found by its words and never by looking at all.

Each process remembers all subscriptions. At every transaction it asks for one number, the version
of the last change, and reads only what is newer (:mod:`.rows`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import orjson

from kierto.hub.subscriptions import rows
from kierto.hub.subscriptions.per_process import PerProcess
from kierto.hub.subscriptions.rows import Cursor, Row, Stored
from kierto.ngsild import subscriptions
from kierto.ngsild.representations import Shape

logger = logging.getLogger("kierto.hub.subscriptions")

_ALL: Final = ("*", "")

Key = tuple[str, str]
Document = dict[str, Any]


class Entry:
    """One subscription as it is remembered."""

    def __init__(self, row: Row) -> None:
        self.id = row.id
        self.tenant = row.tenant
        self.kind = row.kind
        self.urn = row.urn
        self.owner = row.owner
        self.stored: Stored = orjson.loads(row.document)

    @cached_property
    def notification(self) -> dict[str, Any]:
        """What and how to tell."""
        found: dict[str, Any] = self.stored["notification"]
        return found

    @cached_property
    def endpoint(self) -> dict[str, Any]:
        """Whom to tell: ``uri``, ``accept``, ``receiverInfo``, ``notifierInfo`` …"""
        found: dict[str, Any] = self.notification["endpoint"]
        return found

    @cached_property
    def throttling(self) -> float:
        """Seconds between two notifications at least; 0 for none."""
        return float(self.stored.get("throttling") or 0)

    @cached_property
    def by_interval(self) -> bool:
        """Whether it is told by the clock and not at changes."""
        return bool(self.stored.get("timeInterval"))

    @cached_property
    def shows_before(self) -> bool:
        """Whether its notifications say what was there before."""
        return bool(self.notification.get("showChanges")) or "attributeDeleted" in (
            self.stored.get("triggers") or ()
        )

    @cached_property
    def shape(self) -> Shape:
        """How the entities are written."""
        return subscriptions.shape_of(self.stored)

    def is_active(self, now: str) -> bool:
        """Whether it is neither paused nor expired."""
        return subscriptions.status(self.stored, now) == "active"

    @cached_property
    def keys(self) -> frozenset[Key]:
        """The words it is found under: identifiers, else types, else attributes, else all."""
        selectors = subscriptions.query_of(self.stored).selectors
        if not selectors:
            watched = self.stored.get("watched")
            return frozenset(("a", iri) for iri in watched) if watched else frozenset({_ALL})
        found: set[Key] = set()
        for selector in selectors:
            if selector.ids:
                found.update(("i", each) for each in selector.ids)
            elif selector.types is not None and not selector.types.everything:
                found.update(("t", each) for each in selector.types.mentioned)
            else:
                found.add(_ALL)
        return frozenset(found)


class Index:
    """All subscriptions, by their words."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 0
        self._tentative = False
        self._entries: dict[int, Entry] = {}
        self._words: dict[tuple[int, int], dict[Key, dict[int, Entry]]] = {}

    def refresh(self, cursor: Cursor, *, tentative: bool = False) -> bool:
        """Read what changed since the last time; whether anything did.

        Args:
            tentative: the cursor's transaction may have changed subscriptions itself, and may
                still be undone. Unless :meth:`confirm` follows, everything is read anew.
        """
        if self._tentative:
            self._start_again()
        if rows.version(cursor) == self._version:
            return False
        with self._lock:
            for row in rows.newer(cursor, self._version):
                self._forget(row.id)
                if not row.gone:
                    self._remember(row)
                self._version = max(self._version, row.version)
            self._tentative = tentative
        return True

    def confirm(self) -> None:
        """What was read is committed."""
        self._tentative = False

    def _start_again(self) -> None:
        with self._lock:
            self._version = 0
            self._entries, self._words = {}, {}
            self._tentative = False

    def get(self, subscription: int) -> Entry | None:
        """The subscription of this number."""
        return self._entries.get(subscription)

    def has_any(self, kind: int) -> bool:
        """Whether there is a subscription at all."""
        return any(key[1] == kind and words for key, words in self._words.items())

    def has_words(self, tenant: int) -> bool:
        """Whether any change of a tenant's entities may concern somebody."""
        return bool(self._words.get((tenant, rows.ENTITIES)))

    def concerning(
        self, tenant: int, before: Document | None, after: Document | None
    ) -> Iterator[Entry]:
        """Subscriptions a change of an entity may concern, each once, oldest first."""
        words = self._words.get((tenant, rows.ENTITIES))
        if not words:
            return iter(())
        keys: set[Key] = {_ALL}
        for document in (before, after):
            if document is not None:
                keys.add(("i", document["id"]))
                keys.update(("t", each) for each in document["type"])
                keys.update(("a", each) for each in document["attributes"])
        with self._lock:
            found: dict[int, Entry] = {}
            for key in keys:
                found |= words.get(key, {})
        return iter([found[number] for number in sorted(found)])

    def of_kind(self, tenant: int, kind: int) -> list[Entry]:
        """All of a tenant and kind, oldest first."""
        with self._lock:
            found: dict[int, Entry] = {}
            for each in self._words.get((tenant, kind), {}).values():
                found |= each
        return [found[number] for number in sorted(found)]

    def _remember(self, row: Row) -> None:
        try:
            entry = Entry(row)
            keys = entry.keys if row.kind == rows.ENTITIES else frozenset({_ALL})
        except Exception:  # one row that cannot be read must not silence all others
            logger.exception("The subscription %s cannot be read and is passed over.", row.urn)
            return
        self._entries[entry.id] = entry
        words = self._words.setdefault((entry.tenant, entry.kind), {})
        for key in keys:
            words.setdefault(key, {})[entry.id] = entry

    def _forget(self, subscription: int) -> None:
        entry = self._entries.pop(subscription, None)
        if entry is None:
            return
        words = self._words[entry.tenant, entry.kind]
        for key in entry.keys if entry.kind == rows.ENTITIES else (_ALL,):
            words[key].pop(subscription, None)
            if not words[key]:
                del words[key]


_index = PerProcess(Index)
current = _index.current
forget = _index.forget
