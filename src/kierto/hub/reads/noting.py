"""Writes down who read what is not for everybody, before the answer is sent.

One statement in the next group commit counts up the row of this reader, thing, way and hour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from kierto.hub.access import PRIVATE, Reader
from kierto.hub.callers import Caller
from kierto.hub.models import How, ReadLog, What
from kierto.hub.store import writing
from kierto.hub.store.applying import access_of
from kierto.parties.models import Agent

KEPT: Final = timedelta(days=365)
"""So long is kept who read what."""

READS_NOTHING: Final = Reader(frozenset())
"""What is noted is who read; what else they may read is asked nowhere here."""

_COUNT_UP: Final = (
    "INSERT INTO hub_readlog (key, what, data_set_id, tenant, entity_id, reader_id, token_id, how,"
    " times, rows, first_at, at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (key) DO UPDATE SET times = hub_readlog.times + excluded.times,"
    " rows = hub_readlog.rows + excluded.rows, at = excluded.at"
)
_OWNED: Final = (
    "INSERT INTO hub_readowner (read_id, owner) SELECT id, %s FROM hub_readlog WHERE key = %s"
    " ON CONFLICT (owner, read_id) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A private entity that an answer showed.

    Attributes:
        tenant: number of its tenant.
        entity_id: which.
        owners: agents that stand among its readers.
    """

    tenant: int
    entity_id: str
    owners: frozenset[UUID] = frozenset()


def note_seen(seen: Mapping[tuple[int, str], str], caller: Caller, how: How) -> None:
    """The same, of what :func:`kierto.hub.store.watching.watch` filled."""
    found = [
        Seen(tenant, entity_id, access_of(PRIVATE, readers).readers)
        for (tenant, entity_id), readers in seen.items()
    ]
    note_entities(found, caller, how)


def note_entities(seen: Sequence[Seen], caller: Caller, how: How) -> None:
    """Somebody was shown these; returns when that is durable."""
    if not seen or (caller.agent_id is None and caller.token_id is None):
        return
    once = list({(each.tenant, each.entity_id): each for each in seen}.values())
    moment = timezone.now()
    rows = [_of_entity(each, caller, how, moment) for each in once]
    owners = [
        (_plain(owner), row[0])
        for each, row in zip(once, rows, strict=True)
        for owner in sorted(each.owners)
    ]
    _write(rows, owners)


def note_data_set(
    data_set_id: UUID, caller: Caller, how: How, *, times: int = 1, rows: int = 0
) -> None:
    """Somebody took rows of a restricted data set; returns when that is durable.

    Args:
        data_set_id: which.
        caller: who.
        how: on which way.
        times: 0 adds rows to a reading that was noted when it began.
        rows: how many were taken.
    """
    moment = timezone.now()
    key = _key(What.DATA_SET, data_set_id, "", caller, how, moment)
    row = [key, What.DATA_SET.value, _plain(data_set_id), 0, "", *_who(caller), how.value,
           times, rows, _stored(moment), _stored(moment)]  # fmt: skip
    _write([row], [])


def note_preview(data_set_id: UUID, by: Agent, rows: int) -> None:
    """Somebody signed in was shown the first rows of a restricted data set on its page."""
    caller = Caller(f"agent {by.pk}", by.pk, frozenset({"read"}), frozenset({""}), READS_NOTHING)
    note_data_set(data_set_id, caller, How.PREVIEW, rows=rows)


def forget_old() -> int:
    """Readings older than :data:`KEPT` go; how many."""
    found = ReadLog.objects.filter(at__lt=timezone.now() - KEPT)
    _all, by_model = found.delete()
    return by_model.get("hub.ReadLog", 0)


def _of_entity(each: Seen, caller: Caller, how: How, moment: datetime) -> list[Any]:
    key = _key(What.ENTITY, each.tenant, each.entity_id, caller, how, moment)
    return [key, What.ENTITY.value, None, each.tenant, each.entity_id, *_who(caller), how.value,
            1, 1, _stored(moment), _stored(moment)]  # fmt: skip


def _key(what: What, first: object, second: str, caller: Caller, how: How, moment: datetime) -> str:
    hour = moment.strftime("%Y-%m-%dT%H")
    parts = (what, first, second, caller.agent_id, caller.token_id, how, hour)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _who(caller: Caller) -> list[Any]:
    return [_plain(caller.agent_id), _plain(caller.token_id)]


def _plain(identifier: UUID | None) -> Any:
    """As the database keeps it."""
    if identifier is None or connection.vendor == "postgresql":
        return identifier
    return identifier.hex


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _write(rows: Sequence[Sequence[Any]], owners: Iterable[tuple[Any, str]]) -> None:
    pairs = list(owners)

    def work(cursor: CursorWrapper) -> None:
        cursor.executemany(_COUNT_UP, rows)
        if pairs:
            cursor.executemany(_OWNED, pairs)

    writing.run(work)
