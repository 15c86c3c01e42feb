"""Attributes of derived entities, in the form in which documents are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from kierto.core.quantity import Unit
from kierto.hub import vocabulary
from kierto.ngsild.instances import new_instance_id
from kierto.ngsild.members import Document, Instance
from kierto.ngsild.times import write_time

UNIT_CODES = {
    Unit.KILOGRAM: "KGM",
    Unit.KILOWATT_HOUR: "KWH",
    Unit.CUBIC_METRE: "MTQ",
    Unit.SQUARE_METRE: "MTK",
    Unit.ITEM: "C62",
    Unit.HOUR: "HUR",
    Unit.EURO: "EUR",
}
"""Codes of UN/CEFACT recommendation 20 (money: ISO 4217), as NGSI-LD asks for."""


def urn(kind: str, key: object) -> str:
    """The id of a derived entity."""
    return f"urn:ngsi-ld:{kind}:{key}"


def agent_urn(agent_id: UUID) -> str:
    """The id under which an agent is known: it says nothing about who it is."""
    return urn("Agent", agent_id)


def prop(value: Any, unit: str | None = None) -> Instance | None:
    """A Property; nothing where there is no value."""
    if value in (None, "", [], {}):
        return None
    instance: Instance = {"type": "Property", "value": _plain(value)}
    if unit:
        instance["unitCode"] = unit
    return instance


def quantity(value: Decimal | float | None, unit: str) -> Instance | None:
    """A Property with the unit of a kind of things."""
    return prop(value, UNIT_CODES[Unit(unit)])


def rel(target: str | None) -> Instance | None:
    """A Relationship."""
    return {"type": "Relationship", "value": target} if target else None


def words(by_language: Mapping[str, str]) -> Instance | None:
    """A LanguageProperty."""
    filled = {language: text for language, text in by_language.items() if text}
    return {"type": "LanguageProperty", "value": filled} if filled else None


def point(latitude: float, longitude: float) -> Instance:
    """A GeoProperty: a point."""
    return geometry({"type": "Point", "coordinates": [longitude, latitude]})


def geometry(shape: Mapping[str, Any]) -> Instance:
    """A GeoProperty of any GeoJSON geometry."""
    return {"type": "GeoProperty", "value": dict(shape)}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):  # a word of a list of choices, which the index must see as text
        return value.value
    if isinstance(value, Decimal):
        whole = value.to_integral_value()
        return int(whole) if value == whole else float(value)
    if isinstance(value, datetime):
        return {"@type": "DateTime", "@value": write_time(value)}
    if isinstance(value, date):
        return {"@type": "Date", "@value": value.isoformat()}
    return value


def document(
    identifier: str, types: Iterable[str], now: str, attributes: Mapping[str, Instance | None]
) -> Document:
    """An entity of these attributes; terms are those of the vocabulary, empty ones are left out."""
    found = {}
    for term, instance in attributes.items():
        if instance is not None:
            instance |= {"createdAt": now, "modifiedAt": now, "instanceId": new_instance_id()}
            found[LOCATION if term == "location" else vocabulary.iri(term)] = [instance]
    return {
        "id": identifier,
        "type": [vocabulary.iri(name) for name in types],
        "createdAt": now,
        "modifiedAt": now,
        "attributes": found,
    }


LOCATION = "https://uri.etsi.org/ngsi-ld/location"


def carried_over(current: Document, wanted: Document) -> Document:
    """What shall be, with every attribute that says the same left as it was.

    The very ``current`` where nothing differs, so that nothing is written.
    """
    before, after = current["attributes"], wanted["attributes"]
    kept = {
        name: before[name] if _says_the_same(before.get(name), instances) else instances
        for name, instances in after.items()
    }
    same = before.keys() == kept.keys() and all(before[name] is kept[name] for name in kept)
    if same and current["type"] == wanted["type"]:
        return current
    return {**wanted, "createdAt": current["createdAt"], "attributes": kept}


_SYSTEM = ("createdAt", "modifiedAt", "instanceId")


def _says_the_same(old: list[Instance] | None, new: list[Instance]) -> bool:
    if old is None or len(old) != len(new):
        return False
    return all(_said(one) == _said(other) for one, other in zip(old, new, strict=True))


def _said(instance: Instance) -> Instance:
    return {name: value for name, value in instance.items() if name not in _SYSTEM}
