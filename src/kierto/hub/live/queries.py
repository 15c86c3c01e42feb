"""Finds what has a place and was observed lately, as one reader may see it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from django.utils import timezone

from kierto.hub.access import Reader, reader_of
from kierto.hub.live.seen import STALE, Seen, observed_in, seen_of
from kierto.hub.models import Alarm, Device
from kierto.hub.sensors.alarms import SILENT_AFTER
from kierto.hub.sensors.queries import open_alarms
from kierto.hub.sensors.states import DeviceState
from kierto.hub.store import connections, forms, reading, selecting, tenants
from kierto.hub.store.tenants import Tenant
from kierto.hub.store.terms import sorts_of
from kierto.ngsild.geo import GeoQuery
from kierto.ngsild.matching import Query
from kierto.ngsild.members import LOCATION, Document
from kierto.ngsild.types import TypeSelection
from kierto.parties.models import Agent, District

MOST: Final = 1_000
"""Things that one map shows."""

LOOKED_AT: Final = 3_000
"""Entities that one answer reads to find them."""

PROBED: Final = 5_000
"""Entities of one form that are looked through for an observed value; some ``SAMPLE`` suffice."""

SAMPLE: Final = 20
FORGOTTEN_AFTER: Final = 60.0
"""Seconds for which a form without observed values is believed to have none."""

_GEO: Final = "GeoProperty"
_probed: dict[tuple[int, str], tuple[float, frozenset[str]]] = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the map is narrowed to; empty: everything. ``kind`` and ``attribute`` are IRIs."""

    kind: str = ""
    attribute: str = ""
    district: District | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """Something seen, with what this reader may know of its device.

    Attributes:
        is_stale: nothing came for longer than it should.
        alarms: open ones, for those who look after it.
    """

    seen: Seen
    is_stale: bool
    alarms: tuple[Alarm, ...]

    @property
    def state(self) -> str:
        """``alarm``, ``stale``, ``doubtful`` or ``good``: what matters most of it."""
        if self.alarms:
            return "alarm"
        if self.is_stale:
            return "stale"
        return "good" if all(value.is_good for value in self.seen.values) else "doubtful"


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader sees: things, whether there are more, and what can be chosen (IRIs)."""

    things: tuple[Thing, ...]
    is_cut: bool
    kinds: frozenset[str]
    attributes: frozenset[str]


def look(by: Agent | None, asked: Asked, now: datetime | None = None) -> Found:
    """The things that ``by`` may see, those first whose newest value is newest."""
    now = now or timezone.now()
    tenant, reader = tenants.find(""), reader_of(by)
    observed = _observed_forms(tenant, reader)
    kinds = frozenset(iri for types, _attributes in observed for iri in types)
    attributes = frozenset(iri for _types, its in observed for iri in its)
    documents = _documents(tenant, reader, asked, kinds, attributes)
    seen = [thing for each in documents if (thing := seen_of(each, now)) is not None]
    if asked.attribute:
        seen = [each for each in seen if any(v.attribute == asked.attribute for v in each.values)]
    seen.sort(key=lambda each: (-each.at.timestamp(), each.id))
    is_cut = len(seen) > MOST or len(documents) == LOOKED_AT
    return Found(tuple(_things(by, tenant, seen[:MOST], now)), is_cut, kinds, attributes)


def _documents(
    tenant: Tenant, reader: Reader, asked: Asked, kinds: frozenset[str], attributes: frozenset[str]
) -> Sequence[Document]:
    kinds = kinds & {asked.kind} if asked.kind else kinds
    attributes = attributes & {asked.attribute} if asked.attribute else attributes
    if not kinds or not attributes:
        return []
    query = Query(
        types=TypeSelection(tuple(frozenset({iri}) for iri in sorted(kinds))),
        attrs=attributes,
        geo=_within(asked.district),
    )
    return reading.find(tenant, query, reader, limit=LOOKED_AT).documents


def _within(district: District | None) -> GeoQuery | None:
    if district is None or not district.area:
        return None
    return GeoQuery("intersects", district.area, LOCATION)


# ------------------------------------------------------------------- forms


def _observed_forms(tenant: Tenant, reader: Reader) -> list[tuple[list[str], frozenset[str]]]:
    """Types and observed attributes of each form of which the reader sees an entity.

    Whether values of a form are observed is in its entities alone. One that has such values is
    known for good; one that has none is looked at again after a minute.
    """
    with connections.reading() as execute:
        known = forms.of(tenant, execute, reading.FORMS) or {}
        placed = {
            number: form
            for number, form in known.items()
            if any(iri == LOCATION and _GEO in sorts for iri, sorts in sorts_of(form))
        }
        observed = {
            number: (form["types"], its)
            for number, form in placed.items()
            if (its := _observed(tenant, number, form, execute))
        }
        if not observed:
            return []
        test, value = selecting.member("form", list(observed))
        rows = selecting.visible(tenant, reader)
        found = execute(
            f"SELECT DISTINCT form FROM hub_entity WHERE {test}{rows.sql}",  # noqa: S608 - own
            [value, *rows.values],
        )
    return [observed[number] for (number,) in found]


def _observed(
    tenant: Tenant, number: int, form: dict[str, Any], execute: connections.Execute
) -> frozenset[str]:
    place = (tenant.id, orjson.dumps(form, option=orjson.OPT_SORT_KEYS).decode())
    checked, found = _probed.get(place, (0.0, frozenset[str]()))
    if found or time.monotonic() - checked < FORGOTTEN_AFTER:
        return found
    rows = execute(
        "SELECT document FROM (SELECT document FROM hub_entity WHERE form = %s LIMIT %s) AS part"
        " WHERE document LIKE %s LIMIT %s",
        [number, PROBED, '%"observedAt"%', SAMPLE],
    )
    found = frozenset(iri for (text,) in rows for iri in observed_in(orjson.loads(text)))
    if len(_probed) > reading.FORMS:
        _probed.clear()
    _probed[place] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Look at all forms anew; for tests, which undo what they write."""
    _probed.clear()


# ----------------------------------------------------------------- devices


def _things(
    by: Agent | None, tenant: Tenant, seen: Sequence[Seen], now: datetime
) -> Iterable[Thing]:
    """What is seen, with the rhythm of its device and the alarms that ``by`` may see."""
    ids = [each.id for each in seen]
    listening = Device.objects.filter(
        tenant_id=tenant.id, entity_id__in=ids, state=DeviceState.ACTIVE
    )
    devices = {row[0]: row[1:] for row in listening.values_list("entity_id", "pk", "interval")}
    alarms: dict[Any, list[Alarm]] = {}
    if by is not None and devices:
        own = [pk for pk, _interval in devices.values()]
        for alarm in open_alarms(by).filter(device__in=own):
            alarms.setdefault(alarm.device_id, []).append(alarm)
    for each in seen:
        pk, interval = devices.get(each.id, (None, None))
        late = timedelta(seconds=SILENT_AFTER * interval) if interval else STALE
        yield Thing(each, now - each.at > late, tuple(alarms.get(pk, ())))
