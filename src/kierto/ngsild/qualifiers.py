"""Members of an attribute beside its type and value: times, unit, datasetId, types it leads to."""

from __future__ import annotations

from collections.abc import Callable

from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import NONE, NULL, PROOF, SYSTEM_TIMES, Instance
from kierto.ngsild.names import read_uri
from kierto.ngsild.reading import Reading
from kierto.ngsild.times import read_time
from kierto.ngsild.values import read_types

_WITH_UNITS = frozenset({"Property", "GeoProperty", "ListProperty"})
_LINKS = frozenset({"Relationship", "ListRelationship"})


def read_member(
    name: str, item: object, instance: Instance, iri: str, reading: Reading, path: str
) -> None:
    """Put one member into an instance, checked.

    Raises:
        BadRequestData: it does not stand here, or is not as the specification asks.
    """
    read = _MEMBERS.get(name)
    if read is None:
        raise BadRequestData(f"{path}.{name} does not stand in a {instance.get('type', 'change')}.")
    path = f"{path}.{name}"
    if reading.nulls and item == NULL and name in _REMOVABLE:
        instance[name] = NULL
    elif name in {"entityIdSealed", "entityTypeSealed"} and iri != PROOF:
        raise BadRequestData(f"{path} only stands in ngsildproof.")
    else:
        read(name, item, instance, reading, path)


def _pass_over(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    """What the node says itself: a client may send it back, nobody believes it (clause 5.6.1)."""


def _keep_time(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    if reading.keep_times:
        _time(name, item, instance, reading, path)


def _instance_id(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    if reading.keep_times:
        instance[name] = read_uri(item, path)


def _time(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    if not isinstance(item, str):
        raise BadRequestData(f"{path} is a time such as 2026-11-22T07:00:00Z.")
    try:
        instance[name] = time = read_time(item)
    except BadRequestData as error:
        raise BadRequestData(f"{path}: {error.detail}") from error
    if time != item and name == "observedAt":
        instance["observedAtGiven"] = item  # given back as it came (clause 4.6.4)


def read_dataset(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    """A datasetId; ``@none`` says that there is none (clause 4.5.5)."""
    if item != NONE:
        instance[name] = read_uri(item, path)


def _unit(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    if instance.get("type", "Property") not in _WITH_UNITS:
        raise BadRequestData(f"{path}: a {instance['type']} has no unit.")
    _text(name, item, instance, reading, path)


def _text(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    if not isinstance(item, str) or not item or item == NULL:
        raise BadRequestData(f"{path} is a text.")
    instance[name] = item


def _object_type(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    if instance.get("type", "Relationship") not in _LINKS:
        raise BadRequestData(f"{path}: only relationships lead to entities of a type.")
    instance[name] = read_types(item, reading.context, path)


def _value_type(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    kind = instance.get("type")
    if kind in _LINKS:
        raise BadRequestData(f"{path}: a {kind} has no value.")
    if kind == "LanguageProperty" and item != "langString":
        raise BadRequestData(f"{path} of a LanguageProperty is langString.")
    _text(name, item, instance, reading, path)
    instance[name] = reading.context.expand_value("", item)


def _sealed_type(name: str, item: object, instance: Instance, reading: Reading, path: str) -> None:
    instance[name] = reading.context.expand_value("", read_types(item, reading.context, path))
    if isinstance(item, str):
        instance[name] = instance[name][0]


_REMOVABLE = frozenset({"observedAt", "unitCode", "expiresAt", "objectType", "valueType", "lang"})
_MEMBERS: dict[str, Callable[[str, object, Instance, Reading, str], None]] = {
    "@type": _pass_over,
    "instanceId": _instance_id,
    **dict.fromkeys(SYSTEM_TIMES, _keep_time),
    "observedAt": _time,
    "expiresAt": _time,
    "datasetId": read_dataset,
    "unitCode": _unit,
    "objectType": _object_type,
    "valueType": _value_type,
    "lang": _text,
    "entityIdSealed": _text,
    "entityTypeSealed": _sealed_type,
}
