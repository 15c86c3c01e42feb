"""Registrations that were looked for (clause 5.10.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from kierto.hub.distribution import registry
from kierto.hub.distribution.asking import csf_filter, pseudo_document
from kierto.hub.distribution.registry import Source
from kierto.hub.models import Registration
from kierto.ngsild import geo, registrations, times
from kierto.ngsild.contexts import Context
from kierto.ngsild.matching import Query
from kierto.ngsild.q import matches
from kierto.ngsild.registrations import Stored
from kierto.ngsild.temporal import TemporalQuery
from kierto.ngsild.times import sort_key

if TYPE_CHECKING:
    from kierto.hub.store.tenants import Tenant


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which registrations are looked for.

    Attributes:
        query: ids, types and attributes that the source must have to do with; q, place and scopes
            that the registration itself fulfils.
        csf: filter of the registration's own properties.
        temporal: a temporal query, ``None`` for sources of what is now.
    """

    query: Query
    csf: str = ""
    temporal: TemporalQuery | None = None


def find(tenant: Tenant, wanted: Wanted, context: Context, *, now: str) -> list[Source]:
    """The registrations, in the order of their names."""
    query = wanted.query
    asked = Query(query.ids, query.id_pattern, query.types, query.attrs)
    narrowed = query.ids is not None or query.types is not None or query.attrs is not None
    sources = registry.concerned(tenant.id, asked) if narrowed else registry.every(tenant.id)
    csf = csf_filter(wanted.csf, context)
    return [
        source
        for source in sources
        if registrations.available(source.stored, now=now)
        and _provides(source.stored, asked)
        and _fulfils(source.stored, query, csf)
        and _is_of_time(source.stored, wanted.temporal)
    ]


def _provides(stored: Stored, asked: Query) -> bool:
    operations = stored["operations"]
    if not operations:
        return False
    return registrations.covers(stored, asked, operations[0]) is not None


def _fulfils(stored: Stored, query: Query, csf: Any) -> bool:
    if query.q is None and csf is None and query.scope_q is None and query.geo is None:
        return True
    document = pseudo_document(stored)
    if query.q is not None and not matches(query.q, document):
        return False
    if csf is not None and not matches(csf, document):
        return False
    if query.scope_q is not None and not query.scope_q.matches(document["scope"]):
        return False
    return query.geo is None or geo.matches(query.geo, document)


def _is_of_time(stored: Stored, temporal: TemporalQuery | None) -> bool:
    """Sources of the past for temporal queries, sources of the present for all others."""
    observed, managed = stored.get("observationInterval"), stored.get("managementInterval")
    if temporal is None:
        return observed is None and managed is None
    interval = observed if temporal.timeproperty == "observedAt" else managed
    return interval is not None and _overlaps(interval, temporal)


def in_time(stored: Stored, time: TemporalQuery) -> bool:
    """Whether a source may know of the time that is meant; one that says nothing may."""
    name = "observationInterval" if time.timeproperty == "observedAt" else "managementInterval"
    return stored.get(name) is None or _overlaps(stored[name], time)


def _overlaps(interval: dict[str, str], temporal: TemporalQuery) -> bool:
    begin, end = temporal.bounds()
    if end is not None and sort_key(interval["startAt"]) >= end:
        return False
    last = interval.get("endAt")
    return begin is None or last is None or sort_key(last) >= begin


def rows(sources: Sequence[Source]) -> list[Registration]:
    """The rows of registrations, in the same order."""
    found = Registration.objects.in_bulk([source.key for source in sources])
    return [found[source.key] for source in sources if source.key in found]


def with_counters(row: Registration) -> Stored:
    """What is registered, and how the source has answered since."""
    stored: Stored = orjson.loads(row.stored)
    stored |= {"timesSent": row.times_sent, "timesFailed": row.times_failed}
    for name, at in (("lastSuccess", row.last_success), ("lastFailure", row.last_failure)):
        if at is not None:
            stored[name] = times.write_time(at)
    return stored
