"""What the parameters of ``/items`` ask for (OGC 17-069r4, clause 7.15)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from kierto.hub import vocabulary
from kierto.hub.access import Reader
from kierto.hub.features.collections import Collection
from kierto.hub.store import reading
from kierto.hub.store.tenants import Tenant
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geo import GeoQuery
from kierto.ngsild.matching import Query
from kierto.ngsild.moments import Moment, read_moment
from kierto.ngsild.q_tree import And, Compare, Exists, Expression, NotExists, Or, Path
from kierto.ngsild.times import as_datetime, sort_key, write_time

PAGE: Final = 10
LARGEST_PAGE: Final = 1_000
LARGEST_OFFSET: Final = 10_000_000
FILTERS: Final = 20
"""Properties that one request names."""

KNOWN: Final = frozenset({"bbox", "datetime", "limit", "offset", "f"})

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)


def query_of(
    said: Mapping[str, str], collection: Collection, tenant: Tenant, reader: Reader
) -> Query:
    """The features that are asked for.

    Raises:
        BadRequestData: a parameter is unknown, or means nothing.
    """
    terms: list[Expression] = []
    query = collection.everything
    if "bbox" in said:
        query = replace(query, geo=_box(said["bbox"], collection.geometry))
    if "datetime" in said:
        terms += _within(said["datetime"], collection)
    names = [name for name in said if name not in KNOWN]
    if len(names) > FILTERS:
        raise BadRequestData(f"The request names more than {FILTERS} properties.")
    for name in names:
        terms.append(_having(name, said[name], collection, tenant, reader))
    if terms:
        query = replace(query, q=terms[0] if len(terms) == 1 else And(tuple(terms)))
    return query


def page_of(said: Mapping[str, str]) -> tuple[int, int]:
    """``limit`` and ``offset``; a limit above the largest gives the largest (clause 7.15.2).

    Raises:
        BadRequestData: one is no such number.
    """
    limit = min(_whole(said, "limit", PAGE, 1), LARGEST_PAGE)
    offset = _whole(said, "offset", 0, 0)
    if offset > LARGEST_OFFSET:
        raise BadRequestData(f"offset is above {LARGEST_OFFSET}; narrow the question instead.")
    return limit, offset


def _whole(said: Mapping[str, str], name: str, default: int, smallest: int) -> int:
    text = said.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < smallest:
        raise BadRequestData(f"{name} is {text[:40]!r}; write a whole number from {smallest}.")
    return int(text)


# -------------------------------------------------------------------- where


def _box(text: str, geometry: str) -> GeoQuery:
    numbers = [_degrees(part) for part in text.split(",")[:7]]
    if len(numbers) not in {4, 6}:
        raise BadRequestData("bbox has four numbers (west,south,east,north), or six with heights.")
    half = len(numbers) // 2
    (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise BadRequestData(
            "bbox is west,south,east,north in degrees, with south not above north."
        )
    if west > east and abs(west) == 180:
        west = -180.0
    elif west > east and abs(east) == 180:
        east = 180.0
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    parts = [_part(left, south, right, north) for left, right in spans]
    kind, first = parts[0]
    shape: dict[str, Any] = {"type": kind, "coordinates": first}
    if len(parts) == 2:  # over the 180th meridian
        shape = {"type": f"Multi{kind}", "coordinates": [part for _kind, part in parts]}
    return GeoQuery("intersects", shape, geometry)


def _degrees(text: str) -> float:
    number = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
    if not math.isfinite(number):
        raise BadRequestData(f"bbox holds {text[:40]!r}, which is no number.")
    return number


def _part(west: float, south: float, east: float, north: float) -> tuple[str, list[Any]]:
    if west == east and south == north:
        return "Point", [west, south]
    if west == east or south == north:
        return "LineString", [[west, south], [east, north]]
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return "Polygon", [ring]


# --------------------------------------------------------------------- when


def _within(text: str, collection: Collection) -> list[Expression]:
    first, last = _interval(text)
    if collection.span is None:
        # Nothing says when it is there, so the question is when it last changed.
        path = Path(("modifiedAt",))
        return [
            Compare(path, operator, moment)
            for operator, moment in ((">=", first), ("<=", last))
            if moment is not None
        ]
    begin, end = (Path((iri,)) for iri in collection.span)
    terms: list[Expression] = [Exists(begin)] if last is None else [_either(begin, "<=", last)]
    if first is not None:
        # Without an end it goes on.
        terms.append(Or((_either(end, ">=", first), NotExists(end))))
    return terms


def _either(path: Path, operator: str, moment: Moment) -> Expression:
    """Compares with dates and with moments, whichever the attribute holds."""
    day = Moment("Date", moment.text[:10], moment.text[:10])
    return Or((Compare(path, operator, moment), Compare(path, operator, day)))


def _interval(text: str) -> tuple[Moment | None, Moment | None]:
    parts = text.split("/")
    if len(parts) == 1:
        return _instant(text, start=True), _instant(text, start=False)
    if len(parts) != 2:
        raise BadRequestData("datetime is one moment, or two with a slash between them.")
    first, last = (
        None if part in {"", ".."} else _instant(part, start=part_is_first)
        for part, part_is_first in zip(parts, (True, False), strict=True)
    )
    if first is None and last is None:
        raise BadRequestData("datetime is open on both sides; leave it out.")
    if first is not None and last is not None and first.key > last.key:
        raise BadRequestData("datetime ends before it begins.")
    return first, last


def _instant(text: str, *, start: bool) -> Moment:
    """A moment of RFC 3339; a date is the whole day."""
    moment = read_moment(text.strip())
    if moment is None or moment.kind == "Time":
        raise BadRequestData(
            f"datetime holds {text[:40]!r}; write a moment such as 2026-11-22T09:00:00Z."
        )
    if moment.kind == "DateTime":
        return moment
    whole = as_datetime(f"{moment.text}T00:00:00Z")
    if not start:
        whole += timedelta(days=1) - timedelta(microseconds=1)
    normal = write_time(whole)
    return Moment("DateTime", normal, sort_key(normal))


# --------------------------------------------------------------------- what


def _having(
    name: str, text: str, collection: Collection, tenant: Tenant, reader: Reader
) -> Expression:
    iri = _expanded(name)
    known = iri is not None and reading.find(
        tenant, replace(collection.everything, attrs=frozenset({iri})), reader, limit=1
    )
    if iri is None or not known or not known.documents or iri == collection.geometry:
        raise BadRequestData(
            f"The parameter {name[:64]!r} is unknown: no feature here has such a property."
        )
    path = Path((iri,))
    meant: list[Any] = [text]
    if _WHOLE.fullmatch(text):
        meant.append(int(text))
    elif _NUMBER.fullmatch(text):
        meant.append(float(text))
    elif text in {"true", "false"}:
        meant.append(text == "true")
    elif (moment := read_moment(text)) is not None:
        meant.append(moment)
    terms = [Compare(path, "==", value) for value in meant]
    return terms[0] if len(terms) == 1 else Or(tuple(terms))


def _expanded(name: str) -> str | None:
    if not name or len(name) > 200 or name.startswith("@") or not name.isprintable():
        return None
    try:
        return vocabulary.context().expand(name)
    except BadRequestData:
        return None
