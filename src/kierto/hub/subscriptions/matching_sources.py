"""Whether a registration is one that a subscription to context sources asks for (5.11.7)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kierto.ngsild import geo, q, subscriptions, times
from kierto.ngsild.contexts import CORE
from kierto.ngsild.matching import Selector
from kierto.ngsild.patterns import find_pattern
from kierto.ngsild.types import TypeSelection

Stored = dict[str, Any]

_PLACES = ("location", "observationSpace", "operationSpace")


def matching_parts(subscription: Stored, source: Stored, now: str | None) -> list[int]:
    """The places in ``information`` of the parts that match; empty when the source does not.

    Args:
        subscription: the stored subscription.
        source: the stored registration.
        now: looks at the registration's expiry, place, times and properties too; with None only
            the parts are chosen.
    """
    if now is not None and not (
        _stands(source, now)
        and _place_matches(subscription, source)
        and _time_matches(subscription, source)
        and _properties_match(subscription, source)
    ):
        return []
    selectors = subscriptions.query_of(subscription).selectors
    watched = frozenset(subscription.get("watched") or ())
    return [
        number
        for number, part in enumerate(source["information"])
        if _entities_match(selectors, part.get("entities") or ())
        and _attributes_match(watched, part)
    ]


def _stands(source: Stored, now: str) -> bool:
    expires = source.get("expiresAt")
    return not expires or times.sort_key(expires) > times.sort_key(now)


def _entities_match(selectors: tuple[Selector, ...], registered: Any) -> bool:
    if not selectors or not registered:
        return True
    return any(_selector_matches(one, other) for one in selectors for other in registered)


def _selector_matches(selector: Selector, registered: dict[str, Any]) -> bool:
    types = registered.get("type") or []
    types = [types] if isinstance(types, str) else types
    if selector.types is not None and types and not _types_meet(selector.types, types):
        return False
    ids = registered.get("id")
    ids = [ids] if isinstance(ids, str) else ids
    pattern = registered.get("idPattern")
    if selector.ids:
        if ids:
            return not selector.ids.isdisjoint(ids)
        return pattern is None or any(find_pattern(pattern)(each) for each in selector.ids)
    if selector.id_pattern is not None and ids:
        return any(find_pattern(selector.id_pattern)(each) for each in ids)
    return True


def _types_meet(asked: TypeSelection, registered: list[str]) -> bool:
    return asked.everything or not asked.mentioned.isdisjoint(registered)


def _attributes_match(watched: frozenset[str], part: dict[str, Any]) -> bool:
    names = [*(part.get("properties") or ()), *(part.get("relationships") or ())]
    return not watched or not names or not watched.isdisjoint(names)


def _place_matches(subscription: Stored, source: Stored) -> bool:
    asked = subscriptions.query_of(subscription).geo
    if asked is None:
        return True
    original = source.get("original") or {}
    attributes = {
        CORE.expand(member): [{"type": "GeoProperty", "value": original[member]}]
        for member in _PLACES
        if isinstance(original.get(member), dict)
    }
    document = {"id": source["id"], "type": [], "attributes": attributes}
    return geo.matches(asked, document)


def _time_matches(subscription: Stored, source: Stored) -> bool:
    asked = subscription.get("temporalQ")
    intervals = {
        "observedAt": source.get("observationInterval"),
        "createdAt": source.get("managementInterval"),
        "modifiedAt": source.get("managementInterval"),
        "deletedAt": source.get("managementInterval"),
    }
    if not asked:
        # Who asks for no time asks for what is now; a source with intervals has the past.
        return not any(intervals.values())
    interval = intervals.get(asked.get("timeproperty", "observedAt"))
    return bool(interval) and _overlaps(asked, interval)


def _overlaps(asked: dict[str, Any], interval: dict[str, Any] | Any) -> bool:
    start = times.as_datetime(interval["startAt"])
    end = times.as_datetime(interval["endAt"]) if interval.get("endAt") else None
    at = times.as_datetime(asked["timeAt"])
    if asked["timerel"] == "before":
        return start < at
    if asked["timerel"] == "after":
        return end is None or end > at
    return start < times.as_datetime(asked["endTimeAt"]) and (end is None or end > at)


def _properties_match(subscription: Stored, source: Stored) -> bool:
    text = subscription.get("csf")
    if not text:
        return True
    attributes = {
        name: [{"type": "Property", "value": value}]
        for name, value in (source.get("csourceProperties") or {}).items()
    }
    return q.matches(_expression(text), {"id": source["id"], "type": [], "attributes": attributes})


@lru_cache(maxsize=1024)
def _expression(text: str) -> Any:
    return q.parse_q(text, CORE)
