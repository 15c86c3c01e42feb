"""One attribute as a client writes it, read into instances: normalized, concise or simplified."""

from __future__ import annotations

import os
from typing import Any

from kierto.ngsild import limits
from kierto.ngsild.contexts import Context
from kierto.ngsild.core_terms import CORE_TERMS, NGSI_LD
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geometries import is_geometry
from kierto.ngsild.members import (
    ATTRIBUTE_MEMBERS,
    GEOMETRIES,
    NULL,
    PROOF,
    SPECIAL_GEO_ATTRIBUTES,
    TYPE_OF_VALUE_MEMBER,
    VALUE_MEMBER,
    VALUE_MEMBERS,
    Instance,
)
from kierto.ngsild.names import check_name
from kierto.ngsild.qualifiers import read_dataset, read_member
from kierto.ngsild.reading import Reading
from kierto.ngsild.values import NOWHERE, READERS

_QUALIFIERS = frozenset({"datasetId", "observedAt", "unitCode", "expiresAt"})
_RESERVED_IRIS = frozenset(CORE_TERMS[name] for name in ATTRIBUTE_MEMBERS if name in CORE_TERMS)
_KINDS = tuple(VALUE_MEMBER)
_SPECIAL = SPECIAL_GEO_ATTRIBUTES | {PROOF}


def new_instance_id() -> str:
    """An identifier for one more instance in a history."""
    try:
        return _instance_ids.pop()
    except IndexError:
        chance = os.urandom(16 * _MADE_AT_ONCE).hex()
        made = [
            f"urn:ngsi-ld:Instance:{chance[start : start + 32]}"
            for start in range(0, len(chance), 32)
        ]
        first = made.pop()
        _instance_ids.extend(made)
        return first


# Chance comes from the system, and a call of it for each would cost more than all else here.
_MADE_AT_ONCE = 256
_instance_ids: list[str] = []
os.register_at_fork(after_in_child=_instance_ids.clear)


def attribute_iri(name: str, context: Context, path: str, payload: object = None) -> str:
    """The IRI of the name of an attribute.

    Args:
        payload: of the attribute, where an entity has it: ``value``, ``object``, ``vocab`` and
            their like are names where a whole attribute with its type stands under them.

    Raises:
        BadRequestData: it is no name, or a member that NGSI-LD keeps for itself (clause 4.5.1).
    """
    known = context.attribute_names.get(name)
    if known is not None:
        return known
    if name in VALUE_MEMBERS and isinstance(payload, dict) and payload.get("type") in _KINDS:
        return context.expand(name)
    if name in ATTRIBUTE_MEMBERS:
        raise BadRequestData(f"{path}: {name} is a member of attributes, not the name of one.")
    check_name(name)
    iri = context.expand(name)
    if iri in _RESERVED_IRIS:
        raise BadRequestData(f"{path}: {name} means {iri}, which is not the name of an attribute.")
    check_name(iri)
    if len(context.attribute_names) < limits.EXPANSIONS_REMEMBERED:
        context.attribute_names[name] = iri
    return iri


def read_instances(
    iri: str, payload: object, reading: Reading, path: str, depth: int = 0
) -> list[Instance]:
    """All instances of one attribute, the default one first, a datasetId once.

    Raises:
        BadRequestData: something in it is not as the specification asks; ``path`` leads there.
    """
    if reading.simplified:
        return _read_simplified(iri, payload, reading, path)
    if payload.__class__ is dict and reading.is_plain and depth < limits.ATTRIBUTE_DEPTH:
        instance = _read_plain(iri, payload, reading, path, depth)
        if instance is not None:
            return [instance]
    if not is_several(payload):
        return [_read(iri, payload, reading, path, depth)]
    several: list[Any] = payload  # type: ignore[assignment]
    if len(several) > limits.INSTANCES:
        raise BadRequestData(f"{path} has more than {limits.INSTANCES} instances.")
    instances = [
        _read(iri, part, reading, f"{path}[{index}]", depth) for index, part in enumerate(several)
    ]
    return _in_order(instances, path)


def _read_plain(
    iri: str, payload: dict[str, Any], reading: Reading, path: str, depth: int
) -> Instance | None:
    """A normalized attribute with its type and value, as nearly all are; None for any other."""
    kind = payload.get("type")
    member = VALUE_MEMBER.get(kind) if kind.__class__ is str else None
    if member is None or member not in payload:
        return None
    if iri in _SPECIAL and kind != "GeoProperty":
        return None
    now, value = reading.now, payload[member]
    sort = value.__class__
    if kind != "Property" or not (sort is bool or (sort is str and value != NULL)):
        value = READERS[kind](value, reading.context, f"{path}.{member}", NOWHERE)  # type: ignore[index]
    instance: Instance = {"type": kind, "value": value}
    if len(payload) > 2:
        _read_further(iri, member, payload, instance, reading, path, depth)
    instance["createdAt"] = instance["modifiedAt"] = now
    if not depth:
        instance["instanceId"] = new_instance_id()
    return instance


def _in_order(instances: list[Instance], path: str) -> list[Instance]:
    names = [instance.get("datasetId") for instance in instances]
    if len(set(names)) < len(names):
        raise BadRequestData(f"{path}: every instance has a datasetId of its own, one has none.")
    instances.sort(key=_is_named)
    return instances


def _is_named(instance: Instance) -> bool:
    return "datasetId" in instance


def _read_simplified(iri: str, payload: object, reading: Reading, path: str) -> list[Instance]:
    if isinstance(payload, dict) and set(payload) == {"dataset"}:
        datasets = payload["dataset"]
        if not isinstance(datasets, dict) or not 0 < len(datasets) <= limits.INSTANCES:
            raise BadRequestData(f"{path}.dataset is an object: datasetIds to values.")
        instances = []
        for name, item in datasets.items():
            instance = _read(iri, item, reading, f"{path}.dataset", 0)
            read_dataset("datasetId", name, instance, reading, f"{path}.dataset")
            instances.append(instance)
        return _in_order(instances, path)
    return [_read(iri, payload, reading, path, 0)]


def is_several(payload: object) -> bool:
    """Whether an array is instances of an attribute, and not the array a Property has as value."""
    if not isinstance(payload, list) or not payload:
        return False
    objects = [part for part in payload if isinstance(part, dict)]
    if any(part.get("type", part.get("@type")) in _KINDS for part in objects):
        return True
    return len(objects) == len(payload) and all(
        not VALUE_MEMBERS.isdisjoint(part) for part in objects
    )


def _read(iri: str, payload: object, reading: Reading, path: str, depth: int) -> Instance:
    if depth > limits.ATTRIBUTE_DEPTH:
        raise BadRequestData(f"{path} is nested deeper than {limits.ATTRIBUTE_DEPTH} levels.")
    kind, is_value = _recognise(payload, reading, path)
    if is_value or not isinstance(payload, dict):
        value = READERS[kind or "Property"](payload, reading.context, path, reading.nulls)
        instance: Instance = {"type": kind, "value": value}
    else:
        instance = _read_members(iri, kind, payload, reading, path, depth)
    if reading.partial and not _says_type(payload):
        instance["inferred"] = "value" if is_value else "member"
    if iri == PROOF and not isinstance(instance.get("value", NULL), dict):
        _check_proof(instance, reading, path)
    if iri in SPECIAL_GEO_ATTRIBUTES and kind not in {None, "GeoProperty"}:
        _check_place(instance, path)
    instance.setdefault("createdAt", reading.now)
    instance.setdefault("modifiedAt", reading.now)
    if not depth and "instanceId" not in instance:
        instance["instanceId"] = new_instance_id()
    return instance


def _check_proof(instance: Instance, reading: Reading, path: str) -> None:
    if not (reading.nulls and instance.get("value", NULL) == NULL):
        raise BadRequestData(f"{path}.value is an object with a proof in it (clause 4.5.2.2).")


def _check_place(instance: Instance, path: str) -> None:
    value = instance.get("value")
    if value == NULL:
        instance["type"] = "GeoProperty"
    elif "inferred" not in instance or not isinstance(value, dict):
        # Part of a geometry may be merged into one; what results is checked then.
        raise BadRequestData(f"{path} is a GeoProperty, nothing else (clause 4.7).")


def _says_type(payload: object) -> bool:
    return isinstance(payload, dict) and ("type" in payload or "@type" in payload)


def _recognise(payload: object, reading: Reading, path: str) -> tuple[str | None, bool]:
    """The type of an attribute, and whether the payload itself is its value (clause 4.5.2.3)."""
    if not isinstance(payload, dict):
        return "Property", True
    if reading.simplified:
        return _recognise_simplified(payload)
    said = payload.get("type", payload.get("@type"))
    if said is not None:
        return _recognise_type(said, payload, reading, path)
    present = [member for member in VALUE_MEMBERS if member in payload]
    if len(present) == 1:
        kind = TYPE_OF_VALUE_MEMBER[present[0]]
        return ("GeoProperty" if is_geometry(payload.get("value")) else kind), False
    if present:
        raise BadRequestData(f"{path} has more than one of {', '.join(sorted(present))}.")
    if reading.partial:
        return None, False
    if not _QUALIFIERS.isdisjoint(payload):
        raise BadRequestData(f"{path} has no value.")
    return "Property", True


def _recognise_simplified(payload: dict[str, Any]) -> tuple[str, bool]:
    if len(payload) == 1:
        member = next(iter(payload))
        if member in {"languageMap", "json", "vocab"}:
            return TYPE_OF_VALUE_MEMBER[member], False
    return ("GeoProperty" if is_geometry(payload) else "Property"), True


def _recognise_type(
    said: object, payload: dict[str, Any], reading: Reading, path: str
) -> tuple[str, bool]:
    if isinstance(said, str):
        if said in VALUE_MEMBER:
            return said, False
        if said in GEOMETRIES and "coordinates" in payload:
            return "GeoProperty", True
        if said in {"GeometryCollection", "Feature", "FeatureCollection"}:
            raise BadRequestData(f"{path}: a {said} is no geometry that NGSI-LD allows.")
        if ":" in said:
            kind = reading.context.expand(said).removeprefix(NGSI_LD)
            if kind in VALUE_MEMBER:
                return kind, False
    raise BadRequestData(
        f"{path}.type is one of {', '.join(VALUE_MEMBER)}; an object with a type of its own stands "
        "in value."
    )


def _read_members(
    iri: str, kind: str | None, payload: dict[str, Any], reading: Reading, path: str, depth: int
) -> Instance:
    instance: Instance = {} if kind is None else {"type": kind}
    value_member = "" if kind is None else VALUE_MEMBER[kind]
    if kind is not None and value_member in payload:
        instance["value"] = READERS[kind](
            payload[value_member], reading.context, f"{path}.{value_member}", reading.nulls
        )
    _read_further(iri, value_member, payload, instance, reading, path, depth)
    if "value" not in instance and not reading.partial:
        raise BadRequestData(f"{path} has no {value_member}.")
    return instance


def _read_further(
    iri: str,
    value_member: str,
    payload: dict[str, Any],
    instance: Instance,
    reading: Reading,
    path: str,
    depth: int,
) -> None:
    """What stands beside type and value: members of NGSI-LD, attributes of the attribute."""
    attributes: dict[str, list[Instance]] = {}
    for name, item in payload.items():
        if name in {"type", value_member}:
            continue
        if name in ATTRIBUTE_MEMBERS:
            read_member(name, item, instance, iri, reading, path)
        else:
            sub_path = f"{path}.{name}"
            sub = attribute_iri(name, reading.context, sub_path)
            if sub in attributes:
                raise BadRequestData(f"{sub_path} and another member mean the same, {sub}.")
            attributes[sub] = read_instances(sub, item, reading, sub_path, depth + 1)
    if attributes:
        instance["attributes"] = attributes
