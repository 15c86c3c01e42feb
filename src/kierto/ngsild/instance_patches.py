"""Changes of the instances of one attribute (clauses 5.5.8 and 5.5.12); see :mod:`.patches`."""

from __future__ import annotations

import dataclasses
from typing import Final

from kierto.ngsild.contexts import CORE, Context
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geometries import is_geometry, read_geometry
from kierto.ngsild.instances import new_instance_id
from kierto.ngsild.json_merge import merge_json
from kierto.ngsild.members import NONE, NULL, SPECIAL_GEO_ATTRIBUTES, Attributes, Instance
from kierto.ngsild.names import is_uri

_OWN: Final = frozenset({"createdAt", "modifiedAt", "instanceId", "datasetId", "type", "inferred"})


@dataclasses.dataclass(frozen=True, slots=True)
class Merging:
    """How instances are merged.

    Attributes:
        now: modifiedAt of what changes.
        observed_at: observedAt of what had one and is told none.
        context: of the request: says what words of vocabularies mean, where a bare value takes the
            type an attribute has.
        lang: language of a text that goes into a LanguageProperty.
    """

    now: str
    observed_at: str | None = None
    context: Context = CORE
    lang: str | None = None


def dataset(instance: Instance) -> str:
    """Which instance it is: its datasetId, or ``@none``."""
    name: str = instance.get("datasetId", NONE)
    return name


def is_named(instance: Instance) -> bool:
    """Whether it has a datasetId; the default instance comes first."""
    return "datasetId" in instance


def check_complete(iri: str, instance: Instance) -> None:
    """Raises BadRequestData where a new instance has no value, or not the one its name asks."""
    if "value" not in instance:
        raise BadRequestData(f"{iri} is new here, so it needs a value.")
    if iri in SPECIAL_GEO_ATTRIBUTES and instance["type"] != "GeoProperty":
        raise BadRequestData(f"{iri} is a GeoProperty, nothing else (clause 4.7).")


def instead(old: Instance | None, new: Instance, now: str) -> Instance:
    """``new`` in the place of ``old``, which leaves it its createdAt."""
    if old is None and "inferred" not in new:
        return new
    result = {name: item for name, item in new.items() if name != "inferred"}
    if old is not None:
        result["createdAt"] = old["createdAt"]
        result["modifiedAt"] = now
    return result


def overwrite_instance(old: Instance, new: Instance, iri: str, now: str) -> Instance:
    """``old`` with the members and sub-attributes of ``new``, each of them whole (5.5.8).

    Raises:
        BadRequestData: ``new`` is of another type.
    """
    new = _with_type(old, new)
    if new.get("type", old["type"]) != old["type"]:
        raise BadRequestData(f"{iri} is a {old['type']}, not a {new['type']}.")
    result = _overwritten(old, new, now)
    if "value" in new and old["type"] == "GeoProperty":
        result["value"] = read_geometry(new["value"], iri)
    if "attributes" in new:
        subs = dict(old.get("attributes", {}))
        for sub, several in new["attributes"].items():
            subs[sub] = _overlaid(subs.get(sub, []), several)
        _put_subs(result, subs)
    return result


def _overlaid(old: list[Instance], new: list[Instance]) -> list[Instance]:
    found = {dataset(instance): instance for instance in old}
    for instance in new:
        if instance.get("value", NULL) == NULL:
            found.pop(dataset(instance), None)
        else:
            found[dataset(instance)] = without_nulls(instance)
    return sorted(found.values(), key=is_named)


def merge_instances(
    iri: str, old: list[Instance], new: list[Instance], merging: Merging
) -> list[Instance]:
    """The instances of an attribute after a merge (5.5.12); none where NULL took the last one.

    Raises:
        BadRequestData: a new instance has no value, or the result would be no value.
    """
    found = {dataset(instance): instance for instance in old}
    for instance in new:
        name = dataset(instance)
        if instance.get("value") == NULL:
            found.pop(name, None)
        elif name in found:
            found[name] = _merged(iri, found[name], instance, merging)
        else:
            check_complete(iri, instance)
            found[name] = without_nulls(instance)
    return sorted(found.values(), key=is_named)


def _merged(iri: str, old: Instance, new: Instance, merging: Merging) -> Instance:
    new = _with_type(old, new, merging)
    if new.get("type", old["type"]) != old["type"]:
        check_complete(iri, new)
        return instead(old, without_nulls(new), merging.now)
    result = _overwritten(old, new, merging.now)
    if "value" in new:
        result["value"] = _merged_value(iri, old, new)
    if merging.observed_at is not None and "observedAt" in old and "observedAt" not in new:
        result["observedAt"] = merging.observed_at
        result.pop("observedAtGiven", None)
    if "attributes" in new:
        subs = dict(old.get("attributes", {}))
        for sub, instances in new["attributes"].items():
            subs[sub] = merge_instances(sub, subs.get(sub, []), instances, merging)
        _put_subs(result, subs)
    return result


def _merged_value(iri: str, old: Instance, new: Instance) -> object:
    value = new["value"]
    if not isinstance(old["value"], dict) or is_geometry(value):
        return merge_json(None, value)
    merged = merge_json(old["value"], value)
    if old["type"] == "GeoProperty":
        return read_geometry(merged, iri)
    if old["type"] == "LanguageProperty" and not merged:
        raise BadRequestData(f"{iri} would have no language left; remove it with NULL.")
    return merged


def _with_type(old: Instance, new: Instance, merging: Merging | None = None) -> Instance:
    """``new`` with the type ``old`` has, where its own was only guessed and fits that too."""
    kind = old["type"]
    if "inferred" not in new or "value" not in new or new.get("type") == kind:
        return new
    value = new["value"]
    if {kind, new["type"]} == {"Property", "GeoProperty"} and isinstance(value, dict):
        return new | {"type": kind}
    if merging is None or new["inferred"] != "value":
        return new
    fitting = _fitting(kind, value, merging.context, merging.lang)
    return new if fitting is None else new | {"type": kind, "value": fitting}


def _fitting(kind: str, value: object, context: Context, lang: str | None) -> object:
    """A simplified value as a value of a type, or ``None`` where it is none."""
    parts = value if isinstance(value, list) else [value]
    if kind in {"Relationship", "ListRelationship"}:
        fits = all(is_uri(part) for part in parts) and (kind == "Relationship" or parts is value)
        return value if fits else None
    if kind == "LanguageProperty" and all(isinstance(part, str) for part in parts):
        return {lang or NONE: value}
    if kind == "VocabProperty" and all(isinstance(part, str) and part for part in parts):
        return context.expand_value("", value)
    if kind == "ListProperty" and isinstance(value, list):
        return value
    if kind == "JsonProperty" and all(isinstance(part, dict) for part in parts):
        return value
    return None


def _overwritten(old: Instance, new: Instance, now: str) -> Instance:
    """``old`` with the plain members of ``new``; NULL removes one."""
    result = dict(old)
    if "observedAt" in new:
        result.pop("observedAtGiven", None)
    for name, item in new.items():
        if name in _OWN or name == "attributes":
            continue
        if isinstance(item, str) and item == NULL:
            result.pop(name, None)
        else:
            result[name] = item
    result["modifiedAt"] = now
    if "instanceId" in old:
        result["instanceId"] = new.get("instanceId") or new_instance_id()
    return result


def _put_subs(result: Instance, subs: Attributes) -> None:
    kept = {sub: instances for sub, instances in subs.items() if instances}
    if kept:
        result["attributes"] = kept
    else:
        result.pop("attributes", None)


def without_nulls(instance: Instance) -> Instance:
    """An instance as it is stored: what is NULL in it was never there."""
    result: Instance = {}
    for name, item in instance.items():
        if name == "attributes":
            subs = {
                sub: [without_nulls(one) for one in several if one.get("value", NULL) != NULL]
                for sub, several in item.items()
            }
            _put_subs(result, subs)
        elif name == "value":
            result[name] = merge_json(None, item)
        elif name != "inferred" and not (isinstance(item, str) and item == NULL):
            result[name] = item
    return result
