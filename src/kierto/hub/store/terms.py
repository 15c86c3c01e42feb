"""What an entity is found by: rows of the index, from its document alone.

A value is one byte that says its sort, then bytes that sort as the values do:

====  =========================================================================================
n N   a number, as eight bytes (IEEE 754, sign turned); within a list the capital letter
t T   a text in UTF-8, cut after ``TEXT`` bytes (then 0xFF); capital: within a list, and objects
      of relationships, which are equal or not but never greater
d D   a date, time or both: a letter for which, then its text
b B   true or false
``+``   there are several values, so that one may be above a bound and another below the next
``*``   so many values that none of them is here: the entity is asked itself
====  =========================================================================================

Types, scopes and readers are names of their own kinds. Changing what this module gives needs a
migration that makes all rows anew: rows are taken away by working out again what they were.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, TypeAlias

import orjson
import shapely

from kierto.hub.access import Access
from kierto.ngsild.geo import shape_of
from kierto.ngsild.moments import Moment, moment_of, read_moment
from kierto.ngsild.q_evaluator import objects_of, texts_of

ATTRIBUTE: Final = "a"
TYPE: Final = "t"
SCOPE: Final = "s"
READER: Final = "r"

TEXT: Final = 60
"""Bytes of a text that stand in the index; longer ones are told apart by the documents."""

VALUES: Final = 64
"""Values of one attribute that stand in the index."""

BOXES: Final = 64
"""Geometries of one entity that stand in the index; what is more shares the last box."""

SEVERAL: Final = b"+"
OVERFLOW: Final = b"*"
NOTHING: Final = b""
Name: TypeAlias = tuple[str, str]
Row: TypeAlias = tuple[Name, bytes]
Box: TypeAlias = tuple[str, float, float, float, float]

_DOUBLE: Final = struct.Struct(">d")
_LONG: Final = struct.Struct(">Q")
_ALL: Final = (1 << 64) - 1
_MOMENTS: Final = {"DateTime": b"t", "Date": b"d", "Time": b"o"}


def number(value: float) -> bytes:
    """Eight bytes that sort as numbers do; integers beyond all doubles sort with the infinite."""
    try:
        packed = _DOUBLE.pack(value + 0.0)
    except OverflowError:
        packed = _DOUBLE.pack(math.inf if value > 0 else -math.inf)
    if packed[0] < 0x80:
        return bytes((packed[0] | 0x80,)) + packed[1:]
    return _LONG.pack(_LONG.unpack(packed)[0] ^ _ALL)


def text(value: str) -> bytes:
    """The bytes of a text, cut."""
    encoded = value.encode("utf-8", "replace")
    return encoded if len(encoded) <= TEXT else encoded[:TEXT] + b"\xff"


def moment(value: Moment) -> bytes:
    """The bytes of a date or time."""
    return _MOMENTS[value.kind] + value.key.encode()


def rows_of(document: dict[str, Any], access: Access) -> set[Row]:
    """Every row of the index that stands for an entity."""
    rows: set[Row] = {((TYPE, iri), NOTHING) for iri in document["type"]}
    for iri, instances in document["attributes"].items():
        name = (ATTRIBUTE, iri)
        if len(instances) == 1:
            instance = instances[0]
            value, kind = instance["value"], instance["type"]
            if kind == "Property" and (value.__class__ is float or value.__class__ is int):
                rows.add((name, b"n" + number(value)))
                continue
            values = _values_of(instance)
        else:
            values = [value for instance in instances for value in _values_of(instance)]
        if len(values) > 1:
            values = [OVERFLOW] if len(values) > VALUES else [*values, SEVERAL]
        for value in values:
            rows.add((name, value))
    scopes = document.get("scope")
    if scopes:
        for scope in [scopes] if isinstance(scopes, str) else scopes:
            rows.add(((SCOPE, ""), scope_value(scope)))
    for agent in access.readers:
        rows.add(((READER, agent.hex), NOTHING))
    return rows


def scope_value(scope: str) -> bytes:
    """A scope in the index begins with a stroke, however it was written."""
    return text("/" + scope.removeprefix("/"))


def _values_of(instance: dict[str, Any]) -> list[bytes]:
    kind, value = instance["type"], instance["value"]
    if kind == "Property":
        return _plain(value)
    if kind == "GeoProperty":
        return []
    if kind == "LanguageProperty":
        return [row for each in texts_of(value) if isinstance(each, str) for row in _plain(each)]
    if kind in {"Relationship", "ListRelationship"}:
        return _plain([each for each in objects_of(value) if isinstance(each, str)])
    return _plain(value)


def _plain(value: Any) -> list[bytes]:
    kind = type(value)
    if kind is float or kind is int:
        return [b"n" + number(value)]
    if kind is str:
        # Most texts begin with no digit and are no time.
        if value[:1].isdigit():
            found = read_moment(value)
            if found is not None:
                return [b"t" + text(value), b"d" + moment(found)]
        return [b"t" + text(value)]
    if kind is bool:
        return [b"b\x01" if value else b"b\x00"]
    if kind is dict:
        return _typed(value)
    if kind is list:
        if len(value) > VALUES:
            return [OVERFLOW]
        return [
            each[:1].upper() + each[1:]
            for part in value
            if type(part) is not list
            for each in _plain(part)
        ]
    return []


def _typed(value: dict[str, Any]) -> list[bytes]:
    """``{"@type": …, "@value": …}`` is asked as what stands within."""
    if "@value" not in value:
        return []
    inner = value["@value"]
    values = [] if type(inner) in {dict, list} else _plain(inner)
    found = moment_of(value)
    if found is not None and (other := b"d" + moment(found)) not in values:
        values.append(other)
    return values


def boxes_of(document: dict[str, Any]) -> list[Box]:
    """Where the entity's geometries lie: attribute, west, south, east, north (degrees)."""
    boxes: list[Box] = []
    for iri, instances in document["attributes"].items():
        for instance in instances:
            if instance["type"] == "GeoProperty":
                bounds = _bounds_of(instance["value"])
                if bounds is not None:
                    boxes.append((iri, *bounds))
    return boxes


def _bounds_of(geometry: Any) -> tuple[float, float, float, float] | None:
    if geometry.__class__ is dict and geometry.get("type") == "Point":
        position = geometry.get("coordinates")
        if position.__class__ is list and len(position) >= 2:
            x, y = position[0], position[1]
            if type(x) in {int, float} and type(y) in {int, float}:
                return x, y, x, y
    shape = shape_of(geometry)
    if shape is None:
        return None
    west, south, east, north = (float(side) for side in shapely.bounds(shape))
    return None if math.isnan(west) else (west, south, east, north)


def form_of(document: dict[str, Any]) -> tuple[str, str]:
    """Digest and text of an entity's form: its types, its attributes and their sorts."""
    attributes = document["attributes"]
    kinds = tuple(
        [
            instances[0]["type"]
            if len(instances) == 1
            else tuple(sorted({instance["type"] for instance in instances}))
            for instances in attributes.values()
        ]
    )
    return _form_of(tuple(document["type"]), tuple(attributes), kinds)


@lru_cache(maxsize=2048)
def _form_of(types: tuple[str, ...], names: tuple[str, ...], kinds: Any) -> tuple[str, str]:
    attributes = {
        iri: kind if isinstance(kind, str) else kind[0] if len(kind) == 1 else list(kind)
        for iri, kind in zip(names, kinds, strict=True)
    }
    content = orjson.dumps(
        {"types": sorted(types), "attributes": attributes},
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.blake2b(content, digest_size=16).hexdigest(), content.decode()


def sorts_of(form: dict[str, Any]) -> Iterator[tuple[str, Iterable[str]]]:
    """Attribute and sorts, for each attribute of a form."""
    for iri, sorts in form["attributes"].items():
        yield iri, (sorts,) if isinstance(sorts, str) else sorts
