"""Which sources a request concerns, found by the words they are registered under.

Nothing is scanned: a look-up goes by an index of the database, and its result is remembered until
a registration of the tenant changes. A process notices the changes of another within
``LOOK_SECONDS``; its own it knows at once.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Q

from kierto.hub.models import Registration, RegistrationKey
from kierto.hub.store import connections
from kierto.ngsild.matching import Query
from kierto.ngsild.registrations import Stored

LOOK_SECONDS: Final = 0.1

_REMEMBERED: Final = 4_096


@dataclass(frozen=True, slots=True)
class Source:
    """A registered context source.

    Attributes:
        key: of its row.
        tenant: number of the tenant it is registered in.
        stored: what it registered.
    """

    key: int
    tenant: int
    stored: Stored

    @property
    def name(self) -> str:
        """Identifier of the registration."""
        return str(self.stored["id"])

    @property
    def mode(self) -> str:
        """inclusive, exclusive, redirect or auxiliary."""
        return str(self.stored["mode"])

    @property
    def local_only(self) -> bool:
        """Whether the source answers for itself and asks nobody else (clause 4.3.6.4)."""
        said = self.stored.get("management", {}).get("localOnly")
        return bool(said) or self.stored["original"].get("localOnly") is True

    @property
    def only_fills(self) -> bool:
        """Whether it is believed only where nobody else says anything: auxiliary sources, and
        nodes of other cities, which have no say in what is ours."""
        return self.mode == "auxiliary" or "node" in self.stored

    @property
    def label(self) -> str:
        """How it is named in warnings: its name, else its alias, else its registration."""
        named = self.stored["original"].get("registrationName")
        return str(
            named if isinstance(named, str) and named else self.stored.get("alias") or self.name
        )


@dataclass(frozen=True, slots=True)
class Words:
    """What a request names; ``None`` where it does not narrow."""

    ids: frozenset[str] | None = None
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None


@dataclass(slots=True)
class _Known:
    looked: float
    state: UUID | str | None
    kinds: frozenset[str]


_lock = threading.Lock()
_known: dict[int, _Known] = {}
_found: OrderedDict[tuple[int, UUID | str | None, Words], tuple[Source, ...]] = OrderedDict()


def forget(tenant: int | None = None) -> None:
    """The registrations of a tenant (``None``: of all) are looked up anew."""
    with _lock:
        if tenant is None:
            _known.clear()
            _found.clear()
        else:
            _known.pop(tenant, None)


def is_empty(tenant: int) -> bool:
    """Whether nobody is registered at all: the question that every request begins with."""
    return not _look(tenant).kinds


def words_of(asked: Query | dict[str, Any]) -> Words:
    """What a query, or a document that is written, names."""
    if isinstance(asked, dict):
        return Words(
            frozenset({asked["id"]}),
            frozenset(asked["type"]) or None,
            frozenset(asked["attributes"]) or None,
        )
    ids, types = asked.ids, None
    if asked.types is not None and not asked.types.everything:
        types = asked.types.mentioned
    if asked.selectors:
        selectors = asked.selectors
        if ids is None and all(one.ids for one in selectors):
            ids = frozenset().union(*(one.ids for one in selectors))
        if types is None and all(one.types is not None and one.types.any_of for one in selectors):
            types = frozenset().union(*(one.types.mentioned for one in selectors if one.types))
    return Words(ids, types, asked.attrs)


def concerned(tenant: int, asked: Query | dict[str, Any]) -> tuple[Source, ...]:
    """Sources that may have to do with a request; ``registrations.covers`` decides."""
    known = _look(tenant)
    if not known.kinds:
        return ()
    wanted = words_of(asked)
    # What no registration is found by is no part of the question: fewer questions to remember.
    words = Words(
        wanted.ids if "i" in known.kinds else None,
        wanted.types if "t" in known.kinds else None,
        wanted.attributes if "a" in known.kinds else None,
    )
    key = (tenant, known.state, words)
    found = _found.get(key)
    if found is None:
        found = tuple(_sources(_rows(tenant, words)))
        with _lock:
            _found[key] = found
            while len(_found) > _REMEMBERED:
                _found.popitem(last=False)
    return found


def every(tenant: int) -> tuple[Source, ...]:
    """All sources of a tenant (for lists and subscriptions), in the order of their names."""
    known = _look(tenant)
    key = (tenant, known.state, Words(frozenset({""}), frozenset(), frozenset()))
    found = _found.get(key)
    if found is None:
        found = tuple(_sources(Registration.objects.filter(tenant=tenant)))
        with _lock:
            _found[key] = found
    return found


def _look(tenant: int) -> _Known:
    now = time.monotonic()
    known = _known.get(tenant)
    if known is not None and now < known.looked + LOOK_SECONDS and not connection.in_atomic_block:
        return known
    if known is not None:
        known.looked = now  # one looks; the others need not wait for it
    # By the few connections that all threads share: this is asked in each of them.
    found = connections.read(
        "SELECT state FROM hub_registration_state WHERE tenant = %s", (tenant,)
    )
    state = found[0][0] if found else None
    if known is not None and known.state == state:
        return known
    kinds = frozenset[str]()
    if state is not None:
        rows = RegistrationKey.objects.filter(tenant=tenant)
        kinds = frozenset(rows.values_list("kind", flat=True).distinct())
    known = _Known(now, state, kinds)
    with _lock:
        _known[tenant] = known
    return known


def _rows(tenant: int, words: Words) -> Iterable[Registration]:
    keys = Q(kind="*") | _under("t", words.types) | _under("a", words.attributes)
    keys |= _under("i", words.ids)
    numbers = RegistrationKey.objects.filter(keys, tenant=tenant).values("registration")
    return Registration.objects.filter(pk__in=numbers)


def _under(kind: str, words: Collection[str] | None) -> Q:
    return Q(kind=kind) if words is None else Q(kind=kind, word__in=sorted(words))


def _sources(rows: Iterable[Registration]) -> list[Source]:
    sources = [Source(row.pk, row.tenant, orjson.loads(row.stored)) for row in rows]
    return sorted(sources, key=lambda source: source.name)


def keys_of(stored: Stored) -> set[tuple[str, str]]:
    """The words a registration stands under: (kind, word)."""
    keys: set[tuple[str, str]] = set()
    for part in stored["information"]:
        selectors = part.get("entities") or ()
        for selector in selectors:
            keys |= _keys_of_selector(selector)
        if not selectors:
            names = [*part.get("properties", ()), *part.get("relationships", ())]
            keys |= {("a", name) for name in names} or {("*", "")}
    return keys or {("*", "")}


def _keys_of_selector(selector: dict[str, Any]) -> set[tuple[str, str]]:
    if "id" in selector:
        ids = selector["id"] if isinstance(selector["id"], list) else [selector["id"]]
        return {("i", one) for one in ids}
    types = selector.get("type", ())
    found = {("t", one) for one in ([types] if isinstance(types, str) else types)}
    return found or {("*", "")}
