"""Entities in the simplified, concise or full form, as rows and points for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from kierto.catalogue.labels import in_language

LONGEST: Final = 120
SHOWN: Final = 4
_LANGUAGES: Final = frozenset({*(code for code, _name in settings.LANGUAGES), "sv", "fr", "@none"})
_APART: Final = {"id", "type", "@context", "scope", "createdAt", "modifiedAt", "expiresAt"}
_NAMES: Final = ("name", "title", "alternateName")
_SERIES: Final = frozenset({"values", "objects"})
_PAYLOAD: Final = (
    "value", "object", "languageMap", "vocab", "valueList", "objectList", "json", "values",
    "objects",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One entity in a list."""

    id: str
    name: str
    types: list[str]
    facts: list[tuple[str, str]]
    href: str


def entity_address(identifier: str) -> str:
    """The page of an entity."""
    return f"{reverse('hub:entity')}?{urlencode({'id': identifier})}"


def rows_of(body: Any) -> list[Row]:
    """Rows of a list of entities; of anything else none."""
    entities = body if isinstance(body, list) else []
    return [_row(entity) for entity in entities if isinstance(entity, dict) and "id" in entity]


def _row(entity: dict[str, Any]) -> Row:
    facts = [
        (name, plain_text(value))
        for name, value in entity.items()
        if name not in _APART and name not in _NAMES and name != "location"
    ]
    facts.sort(key=lambda fact: fact[1].startswith("urn:"))
    return Row(
        id=entity["id"],
        name=name_of(entity),
        types=types_of(entity),
        facts=[(name, text) for name, text in facts if text][:SHOWN],
        href=entity_address(entity["id"]),
    )


def types_of(entity: dict[str, Any]) -> list[str]:
    """Names of its types."""
    found = entity.get("type", [])
    return [found] if isinstance(found, str) else [str(each) for each in found]


def name_of(entity: dict[str, Any]) -> str:
    """What people call it, or its id."""
    for name in _NAMES:
        if name in entity:
            text = plain_text(entity[name])
            if text:
                return text
    return str(entity["id"])


def plain_text(value: Any) -> str:
    """A value as a line of text, cut where it is long."""
    value = payload_of(value)
    if isinstance(value, dict):
        if "coordinates" in value:
            return str(value.get("type", ""))
        if "@value" in value:
            return str(value["@value"])
        if "languageMap" in value:
            value = value["languageMap"]
        if value and all(_is_language(name) for name in value):
            return _cut(str(in_language(value, next(iter(value.values())))))
        return _cut(", ".join(f"{name}: {_short(part)}" for name, part in value.items()))
    if isinstance(value, list):
        return _cut(", ".join(_short(payload_of(part)) for part in value))
    return _cut(_short(value))


def payload_of(value: Any) -> Any:
    """What an attribute says, whichever way it is written."""
    if isinstance(value, dict):
        for member in _PAYLOAD:
            if member in value and "coordinates" not in value:
                found = value[member]
                return _newest(found) if member in _SERIES else found
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [payload_of(part) for part in value]
    return value


def _is_language(name: str) -> bool:
    return name in _LANGUAGES


def _newest(series: Any) -> Any:
    """The value of the last pair of value and time (clause 4.5.9: simplified temporal form)."""
    pair = series[-1] if isinstance(series, list) and series else None
    return pair[0] if isinstance(pair, list) and pair else None


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def points_of(body: Any, base: str = "") -> dict[str, Any] | None:
    """What a map shows: entities that lie at a point; ``None`` where none does."""
    del base
    entities = body if isinstance(body, list) else [body]
    points = []
    for entity in entities:
        if isinstance(entity, dict) and "id" in entity:
            found = _point(entity.get("location"))
            if found is not None:
                points.append(
                    {
                        "id": entity["id"],
                        "label": name_of(entity),
                        "lon": found[0],
                        "lat": found[1],
                        "kind": (types_of(entity) or [""])[0],
                        "href": entity_address(entity["id"]),
                    }
                )
    return {"points": points, "lines": []} if points else None


def _point(location: Any) -> tuple[float, float] | None:
    shape = payload_of(location)
    if isinstance(shape, list) and shape:
        shape = shape[0]
    if not isinstance(shape, dict) or shape.get("type") != "Point":
        return None
    coordinates = shape.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    return float(coordinates[0]), float(coordinates[1])
