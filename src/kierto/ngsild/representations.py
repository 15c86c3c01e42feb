"""Documents to payloads: normalized, concise, simplified (clauses 4.5.1 to 4.5.5, 4.5.18 to 4.5.24).

What comes out may share values with the document: who changes it copies it first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from kierto.ngsild.changes import with_changes
from kierto.ngsild.contexts import Context
from kierto.ngsild.geometries import is_geometry
from kierto.ngsild.instances import is_several
from kierto.ngsild.languages import choose
from kierto.ngsild.members import (
    ATTRIBUTE_MEMBERS,
    NONE,
    NULL,
    PREVIOUS_MEMBER,
    VALUE_MEMBER,
    Document,
    Instance,
)

if TYPE_CHECKING:
    from kierto.ngsild.projection import Projection

Format: TypeAlias = Literal["normalized", "concise", "simplified"]


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """How entities shall be written.

    Attributes:
        format: the representation.
        sys_attrs: whether createdAt, modifiedAt, deletedAt and expiresAt are shown.
        lang: languages wanted of LanguageProperties, as in Accept-Language.
        pick: the only members wanted (see :mod:`~kierto.ngsild.projection`).
        omit: members not wanted.
        attrs: IRIs of the only attributes wanted; identifier and type stay.
        dataset_id: datasetIds of the only instances wanted, ``@none`` for the default one.
        join: whether linked entities stand inside, beside, or not at all.
        join_level: through how many relationships.
        contained_by: identifiers of entities that are not put inside again.
    """

    format: Format = "normalized"
    sys_attrs: bool = False
    lang: str | None = None
    pick: Projection | None = None
    omit: Projection | None = None
    attrs: frozenset[str] | None = None
    dataset_id: frozenset[str] | None = None
    join: Literal["inline", "flat"] | None = None
    join_level: int = 1
    contained_by: frozenset[str] = frozenset()


NORMALIZED: Final = Shape()
_SYSTEM: Final = ("createdAt", "modifiedAt", "deletedAt", "expiresAt")
_WRITTEN_APART: Final = frozenset(
    {"type", "value", "attributes", "instanceId", "previous", *_SYSTEM}
)
_WRAPPED: Final = frozenset({"LanguageProperty", "JsonProperty", "VocabProperty"})
_LINKS: Final = frozenset({"Relationship", "ListRelationship"})
_NAMES: Final = frozenset({"objectType", "valueType", "entityTypeSealed"})


def write_entity(
    document: Document,
    context: Context,
    shape: Shape = NORMALIZED,
    *,
    linked: Mapping[str, Document] | None = None,
    before: Document | None = None,
    show_changes: bool = False,
    deleted_at: str | None = None,
) -> dict[str, Any]:
    """One entity, without ``@context``.

    Args:
        linked: entities that relationships lead to, where ``shape.join`` is ``inline``.
        before: the entity before a change: what it has lost is written as NULL (clause 5.8.6).
        show_changes: whether previous values stand beside the changed ones.
        deleted_at: when the lost was lost.

    Returns:
        The members that ``shape`` leaves; nothing may be left.
    """
    if before is not None:
        document = with_changes(before, document, show_changes=show_changes, deleted_at=deleted_at)
    inside = linked if shape.join == "inline" else None
    writer = _Writer(context, shape, inside)
    return writer.entity(document, shape.pick, shape.omit, shape.attrs, shape.join_level)


def write_deleted(
    before: Document,
    context: Context,
    shape: Shape = NORMALIZED,
    *,
    deleted_at: str,
    show_changes: bool = False,
) -> dict[str, Any]:
    """An entity that is gone: ``deletedAt``, and every attribute NULL (clause 5.8.6)."""
    gone = before | {"attributes": {}, "deletedAt": deleted_at}
    return write_entity(
        gone, context, shape, before=before, show_changes=show_changes, deleted_at=deleted_at
    )


def write_flat(
    documents: Iterable[Document],
    context: Context,
    shape: Shape,
    linked: Mapping[str, Document],
) -> list[dict[str, Any]]:
    """Entities, and after them those they lead to, each once (``join=flat``; clause 4.5.23.3)."""
    writer = _Writer(context, shape, None)
    waiting = [(document, shape.pick, shape.omit, shape.attrs) for document in documents]
    seen = {document["id"] for document, *_ in waiting} | shape.contained_by
    written: list[dict[str, Any]] = []
    for level in range(shape.join_level, -1, -1):
        reached: list[_Waiting] = []
        for document, pick, omit, attrs in waiting:
            written.append(writer.entity(document, pick, omit, attrs, 0))
            for iri, target in _targets(document, pick, omit, attrs) if level else ():
                if target in linked and target not in seen:
                    seen.add(target)
                    reached.append((linked[target], _within(pick, iri), _within(omit, iri), None))
        waiting = reached
    return [entity for entity in written if entity]


def write_instance(
    instance: Instance, context: Context, shape: Shape = NORMALIZED, *, instance_id: bool = False
) -> Any:
    """One instance of an attribute as ``shape`` has it, for histories with its instanceId."""
    written = _Writer(context, shape, None).instance(instance)
    if instance_id and isinstance(written, dict) and shape.format != "simplified":
        written["instanceId"] = instance["instanceId"]
    return written


_Waiting: TypeAlias = "tuple[Document, Projection | None, Projection | None, frozenset[str] | None]"


def _targets(
    document: Document,
    pick: Projection | None,
    omit: Projection | None,
    attrs: frozenset[str] | None,
) -> Iterable[tuple[str, str]]:
    for iri, instances in document["attributes"].items():
        if _is_wanted(iri, pick, omit, attrs):
            for instance in instances:
                if instance["type"] in _LINKS:
                    for target in _several(instance["value"]):
                        yield iri, target


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_wanted(
    member: str,
    pick: Projection | None,
    omit: Projection | None,
    attrs: frozenset[str] | None = None,
) -> bool:
    if pick is not None and member not in pick:
        return False
    if omit is not None and member in omit and omit[member] is None:
        return False
    return attrs is None or member in attrs


def _within(projection: Projection | None, iri: str) -> Projection | None:
    return None if projection is None else projection.get(iri)


class _Writer:
    """Writes the instances of one request; ``linked`` is what may stand inside."""

    __slots__ = ("_above", "_context", "_lang", "_linked", "_shape", "_sys", "instance")

    def __init__(
        self, context: Context, shape: Shape, linked: Mapping[str, Document] | None
    ) -> None:
        self._context = context
        self._shape = shape
        self._linked = linked
        self._lang = shape.lang
        self._sys = shape.sys_attrs
        self._above = set(shape.contained_by)
        self.instance: Callable[[Instance], Any] = {
            "normalized": self._normalized,
            "concise": self._concise,
            "simplified": self._simplified,
        }[shape.format]

    def entity(
        self,
        document: Document,
        pick: Projection | None,
        omit: Projection | None,
        attrs: frozenset[str] | None,
        level: int,
    ) -> dict[str, Any]:
        """One entity with the members wanted of it; ``level`` links below it stand inside."""
        written = self._head(document, pick, omit)
        compact = self._context.compact
        datasets = self._shape.dataset_id
        everything = pick is None and omit is None and attrs is None
        for iri, instances in document["attributes"].items():
            if not (everything or _is_wanted(iri, pick, omit, attrs)):
                continue
            if datasets is not None:
                instances = [one for one in instances if one.get("datasetId", NONE) in datasets]
            if not instances:
                continue
            values = self._all(instances)
            if self._linked is not None and level > 0:
                inner = (_within(pick, iri), _within(omit, iri), level - 1, document["id"])
                values = [
                    self._with_linked(instance, value, *inner)
                    for instance, value in zip(instances, values, strict=True)
                ]
            written[compact(iri)] = self._gathered(instances, values)
        return written

    def _head(
        self, document: Document, pick: Projection | None, omit: Projection | None
    ) -> dict[str, Any]:
        kinds = [self._context.compact(kind) for kind in document["type"]]
        head: dict[str, Any] = {
            "id": document["id"],
            "type": kinds[0] if len(kinds) == 1 else kinds,
        }
        if "scope" in document:
            scopes = document["scope"]
            head["scope"] = scopes[0] if len(scopes) == 1 else scopes
        if pick is not None or omit is not None:
            head = {name: item for name, item in head.items() if _is_wanted(name, pick, omit)}
        for name in _SYSTEM:
            shown = self._sys or name == "deletedAt" or (pick is not None and name in pick)
            if shown and name in document and _is_wanted(name, None, omit):
                head[name] = document[name]
        return head

    def _all(self, instances: list[Instance]) -> list[Any]:
        if len(instances) > 1 and self._shape.format == "concise":
            return [self._concise_object(instance) for instance in instances]
        return [self.instance(instance) for instance in instances]

    def _gathered(self, instances: list[Instance], values: list[Any]) -> Any:
        if len(values) == 1:
            return values[0]
        if self._shape.format != "simplified":
            return values
        return {
            "dataset": {
                instance.get("datasetId", NONE): value
                for instance, value in zip(instances, values, strict=True)
            }
        }

    def _normalized(self, instance: Instance) -> dict[str, Any]:
        kind = instance["type"]
        if self._lang is not None and kind == "LanguageProperty":
            instance = self._in_language(instance)
            kind = "Property"
        written = {"type": kind, VALUE_MEMBER[kind]: self._value(kind, instance["value"])}
        return self._qualified(instance, written)

    def _concise(self, instance: Instance) -> Any:
        written = self._concise_object(instance)
        if instance["value"] == NULL and len(written) <= 1 + ("type" in written):
            return NULL
        if len(written) == 1 and "value" in written and _is_plain(written["value"]):
            return written["value"]
        return written

    def _concise_object(self, instance: Instance) -> dict[str, Any]:
        kind = instance["type"]
        if self._lang is not None and kind == "LanguageProperty":
            instance = self._in_language(instance)
            kind = "Property"
        value = self._value(kind, instance["value"])
        written = self._qualified(instance, {VALUE_MEMBER[kind]: value})
        ambiguous = is_geometry(value) if kind == "Property" else value == NULL
        return {"type": kind, **written} if ambiguous else written

    def _simplified(self, instance: Instance) -> Any:
        kind = instance["type"]
        if kind == "LanguageProperty" and self._lang is not None:
            return self._in_language(instance)["value"]
        if kind == "ListRelationship" or instance["value"] == NULL:
            return instance["value"]
        value = self._value(kind, instance["value"])
        return {VALUE_MEMBER[kind]: value} if kind in _WRAPPED else value

    def _value(self, kind: str, value: Any) -> Any:
        if kind in {"Property", "GeoProperty", "Relationship", "JsonProperty"}:
            return value
        if kind == "VocabProperty":
            return value if value == NULL else self._context.compact_value("", value)
        if kind == "LanguageProperty":
            return {NONE: NULL} if value == NULL else value
        values = [NULL] if value == NULL else value
        return values if kind == "ListProperty" else [{"object": part} for part in values]

    def _in_language(self, instance: Instance) -> Instance:
        languages = instance["value"]
        if not isinstance(languages, dict) or not languages:
            return instance | {"type": "Property"}
        tag = choose(languages, self._lang or "*")
        return instance | {"type": "Property", "value": languages[tag], "lang": tag}

    def _qualified(self, instance: Instance, written: dict[str, Any]) -> dict[str, Any]:
        """All members of an instance beside type and value."""
        for name, item in instance.items():
            if name == "observedAtGiven":
                written["observedAt"] = item
            elif name not in _WRITTEN_APART:
                written[name] = self._names(item) if name in _NAMES else item
        if "previous" in instance:
            kind, value = instance["previous"]
            written[PREVIOUS_MEMBER[kind]] = self._value(kind, value)
        if self._sys:
            for name in _SYSTEM:
                if name in instance:
                    written[name] = instance[name]
        for iri, instances in instance.get("attributes", {}).items():
            values = self._all(instances)
            written[self._context.compact(iri)] = values[0] if len(values) == 1 else values
        return written

    def _names(self, item: Any) -> Any:
        names = self._context.compact_value("", item)
        return names[0] if isinstance(names, list) and len(names) == 1 else names

    def _with_linked(
        self,
        instance: Instance,
        value: Any,
        pick: Projection | None,
        omit: Projection | None,
        level: int,
        identifier: str,
    ) -> Any:
        """The instance with the entities it leads to; those above it are not put inside again."""
        linked = self._linked
        if linked is None or instance["type"] not in _LINKS:
            return value
        new = identifier not in self._above
        self._above.add(identifier)
        targets = _several(instance["value"])
        found = {
            target: self.entity(linked[target], pick, omit, None, level)
            for target in targets
            if target in linked and target not in self._above
        }
        if new:
            self._above.discard(identifier)
        if not found:
            return value
        several = isinstance(instance["value"], list)
        if self._shape.format == "simplified":
            entities = [found.get(target, target) for target in targets]
            return entities if several else entities[0]
        name = "entityList" if instance["type"] == "ListRelationship" else "entity"
        value[name] = list(found.values()) if several else found[targets[0]]
        return value


def _is_plain(value: Any) -> bool:
    """Whether a value alone is read again as the value of a Property."""
    if isinstance(value, dict):
        return is_geometry(value) or ATTRIBUTE_MEMBERS.isdisjoint(value)
    return not is_several(value)
