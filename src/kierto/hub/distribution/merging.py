"""One entity out of the parts that several sources have of it (clause 4.5.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kierto.ngsild.members import Attributes, Document, Instance
from kierto.ngsild.times import sort_key


def merged(parts: Sequence[Document], fillers: Sequence[Document] = ()) -> Document | None:
    """The entity, or ``None`` where nobody has it.

    Where several have the same instance of an attribute (the same dataset), the one observed last
    counts, else the one modified last; the first where they say neither.

    Args:
        parts: of this node and of inclusive, exclusive and redirect sources, this node's first.
        fillers: of auxiliary sources: used only for what the others have not.
    """
    whole: Document | None = None
    for part in parts:
        whole = part if whole is None else _joined(whole, part, _newer)
    for filler in fillers:
        whole = filler if whole is None else _joined(whole, filler, _first)
    return whole


def _joined(one: Document, other: Document, choose: _Choice) -> Document:
    joined = {**other, **one}
    joined["type"] = _union(one["type"], other["type"])
    scope = _union(one.get("scope", ()), other.get("scope", ()))
    if scope:
        joined["scope"] = scope
    joined["createdAt"] = min(one["createdAt"], other["createdAt"], key=sort_key)
    joined["modifiedAt"] = max(one["modifiedAt"], other["modifiedAt"], key=sort_key)
    joined["attributes"] = _attributes(one["attributes"], other["attributes"], choose)
    return joined


def _union(one: Iterable[str], other: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*one, *other]))


def _attributes(one: Attributes, other: Attributes, choose: _Choice) -> Attributes:
    attributes = dict(one)
    for name, instances in other.items():
        mine = attributes.get(name)
        attributes[name] = instances if mine is None else _instances(mine, instances, choose)
    return attributes


def _instances(one: list[Instance], other: list[Instance], choose: _Choice) -> list[Instance]:
    by_dataset = {instance.get("datasetId", ""): instance for instance in one}
    for instance in other:
        dataset = instance.get("datasetId", "")
        mine = by_dataset.get(dataset)
        by_dataset[dataset] = instance if mine is None else choose(mine, instance)
    # The default instance stands first.
    return sorted(by_dataset.values(), key=lambda instance: "datasetId" in instance)


class _Choice:
    """Which of two instances counts."""

    def __call__(self, one: Instance, other: Instance) -> Instance:
        return one


class _Newer(_Choice):
    def __call__(self, one: Instance, other: Instance) -> Instance:
        for name in ("observedAt", "modifiedAt"):
            mine, theirs = one.get(name), other.get(name)
            if mine is None and theirs is None:
                continue
            if mine is None or theirs is None:
                return one if theirs is None else other
            if mine != theirs:
                return one if sort_key(mine) >= sort_key(theirs) else other
        return one


_first = _Choice()
_newer = _Newer()


def without(document: Document, names: frozenset[str] | None) -> Document | None:
    """The entity without attributes that belong elsewhere; ``None`` where all of it does.

    Args:
        names: IRIs, or ``None`` for the whole entity.
    """
    if names is None:
        return None
    attributes = document["attributes"]
    if names.isdisjoint(attributes):
        return document
    kept = {name: value for name, value in attributes.items() if name not in names}
    return {**document, "attributes": kept}
