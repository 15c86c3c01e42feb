"""Which rows a data set has, and with whose eyes they are read.

The rows depend on the data set alone, never on who looks: whoever may read it reads all of it.
Nothing is in it that its readers could not read or its owner could not give:

- open: what everybody may read;
- partners: that, and what partner organisations read; city: and what operators of districts read;
- restricted: what everybody may read, and what the owner's own devices measure. What the platform
  publishes of offers, agreements and the like has other parties too, and is never in it.
"""

from __future__ import annotations

from typing import Any, Final

from kierto.hub import vocabulary
from kierto.hub.access import CITY, PARTNERS, PUBLIC, VISITOR, Reader, given_by
from kierto.hub.datasets.states import Openness
from kierto.hub.models import DataSet
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geo import GeoQuery
from kierto.ngsild.matching import Query
from kierto.ngsild.members import LOCATION
from kierto.ngsild.q import parse_q
from kierto.ngsild.types import TypeSelection

TYPES: Final = 20
ATTRIBUTES: Final = 20
DAYS: Final = 3_660


def reader_for(data_set: DataSet) -> Reader:
    """With whose eyes the rows are read."""
    match data_set.openness:
        case Openness.PARTNERS:
            return Reader(frozenset({PUBLIC, PARTNERS}))
        case Openness.CITY:
            return Reader(frozenset({PUBLIC, CITY}))
        case Openness.RESTRICTED:
            return Reader(frozenset({PUBLIC}), frozenset({given_by(data_set.owner_id)}))
        case _:
            return VISITOR


def query_of(data_set: DataSet) -> Query:
    """The entities of the data set (of ``history``: those whose readings it has).

    Raises:
        NgsiLdError: what is asked means nothing (any more).
    """
    return query_from(data_set.asked)


def query_from(asked: dict[str, Any]) -> Query:
    """The same, of what somebody typed and has not saved."""
    context = vocabulary.context()
    names = [name for name in asked.get("types", ()) if isinstance(name, str)]
    if not 0 < len(names) <= TYPES:
        raise BadRequestData(f"Name 1 to {TYPES} kinds of things.")
    types = TypeSelection(tuple(frozenset({context.expand_type_name(name)}) for name in names))
    text = str(asked.get("q") or "").strip()
    return Query(
        types=types,
        q=parse_q(text, context) if text else None,
        geo=_within(asked["bbox"]) if asked.get("bbox") else None,
    )


def type_iris(data_set: DataSet) -> list[str]:
    """The types it names, expanded."""
    context = vocabulary.context()
    return [context.expand_type_name(name) for name in data_set.asked.get("types", ())]


def attribute_iris(data_set: DataSet) -> list[str]:
    """Of ``history``: the attributes whose readings it has, expanded."""
    context = vocabulary.context()
    return [context.expand(name) for name in data_set.asked.get("attributes", ())]


def days_of(data_set: DataSet) -> int:
    """Of ``history``: how many days back it goes."""
    days = data_set.asked.get("days")
    return min(DAYS, max(1, days)) if isinstance(days, int) else 365


def _within(box: Any) -> GeoQuery:
    try:
        west, south, east, north = (float(number) for number in box)
    except (TypeError, ValueError) as error:
        raise BadRequestData("A box has four numbers: west, south, east, north.") from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadRequestData("A box is west, south, east, north in degrees, the smaller first.")
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return GeoQuery("intersects", {"type": "Polygon", "coordinates": [ring]}, LOCATION)
