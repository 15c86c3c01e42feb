"""What one entity says now, read from its document. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from kierto.hub import vocabulary
from kierto.hub.history.rows import QUALITY
from kierto.hub.publishing.places import point_of
from kierto.ngsild import times
from kierto.ngsild.members import LOCATION, Document, Instance

RECENT: Final = timedelta(days=30)
"""What was last observed before is no news; it is in the history."""

STALE: Final = timedelta(days=1)
"""Values older than this are marked, where nobody knows how often they should come."""

_AHEAD: Final = timedelta(days=1)
_NAMES: Final = tuple(vocabulary.iri(name) for name in ("name", "title", "alternateName"))
_OUR_QUALITY: Final = vocabulary.iri("quality")
_GOOD: Final = "good"
_GEO: Final = "GeoProperty"


@dataclass(frozen=True, slots=True)
class Value:
    """One observed value: attribute (IRI), payload, code of the unit, when, how good it is."""

    attribute: str
    value: Any
    unit: str
    at: datetime
    quality: str

    @property
    def is_good(self) -> bool:
        """Whether nobody doubts it."""
        return self.quality == _GOOD


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing with a place that was observed; ``name`` is a text or a text by language."""

    id: str
    name: Any
    types: tuple[str, ...]
    latitude: float
    longitude: float
    values: tuple[Value, ...]

    @property
    def at(self) -> datetime:
        """When the newest of its values was read."""
        return max(value.at for value in self.values)


def seen_of(document: Document, now: datetime) -> Seen | None:
    """The thing, if it has a place and was observed lately; else None."""
    place = _place(document["attributes"].get(LOCATION))
    if place is None:
        return None
    values = [
        value
        for iri, instances in document["attributes"].items()
        if (value := _value(iri, instances)) is not None
        and now - RECENT <= value.at <= now + _AHEAD
    ]
    if not values:
        return None
    return Seen(
        document["id"],
        _name(document),
        tuple(document["type"]),
        *place,
        tuple(values),
    )


def observed_in(document: Document) -> set[str]:
    """The attributes (IRIs) of which somebody says when they were observed."""
    return {iri for iri, many in document["attributes"].items() if _value(iri, many) is not None}


def _value(iri: str, instances: list[Instance]) -> Value | None:
    """The newest observed instance of an attribute, whatever data set it is of."""
    observed = [each for each in instances if "observedAt" in each and each["type"] != _GEO]
    if not observed:
        return None
    newest = max(observed, key=lambda each: times.sort_key(each["observedAt"]))
    about = newest.get("attributes", {})
    flags = about.get(QUALITY) or about.get(_OUR_QUALITY)
    quality = flags[0].get("value") if flags else _GOOD
    return Value(
        iri,
        newest["value"],
        newest.get("unitCode", ""),
        times.as_datetime(newest["observedAt"]),
        quality if isinstance(quality, str) else _GOOD,
    )


def _place(instances: list[Instance] | None) -> tuple[float, float] | None:
    """Latitude and longitude of a point; of another geometry the middle of its bounds."""
    for instance in instances or ():
        point = point_of(instance.get("value"))
        if point is not None:
            return point[1], point[0]
    return None


def _name(document: Document) -> Any:
    for iri in _NAMES:
        instances = document["attributes"].get(iri)
        if instances and instances[0].get("value"):
            return instances[0]["value"]
    return document["id"]
