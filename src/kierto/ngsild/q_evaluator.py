"""Judging an entity by the tree of a query (clause 4.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias

from kierto.ngsild.q_tree import (
    ENTITY_MEMBERS,
    INSTANCE_MEMBERS,
    And,
    Compare,
    Exists,
    Expression,
    Or,
    Path,
)

Document: TypeAlias = dict[str, Any]
Resolve: TypeAlias = Callable[[str], Document | None]

RELATIONS: Final = frozenset({"Relationship", "ListRelationship"})
ANY_LANGUAGE: Final = ("*",)
_NO_ATTRIBUTES: Final[dict[str, Any]] = {}


def matches(expression: Expression, document: Document, resolve: Resolve | None = None) -> bool:
    """Whether the entity fulfils the expression.

    Args:
        expression: as :func:`kierto.ngsild.q.parse_q` reads it.
        document: the entity in the internal form.
        resolve: finds another entity by its id, for paths such as ``owner{name}``; without it no
            such path leads anywhere.
    """
    if isinstance(expression, Compare):
        return _compares(expression, document, resolve)
    if isinstance(expression, And):
        for term in expression.terms:  # noqa: SIM110 - half the time of a generator
            if not matches(term, document, resolve):
                return False
        return True
    if isinstance(expression, Or):
        for term in expression.terms:  # noqa: SIM110 - half the time of a generator
            if matches(term, document, resolve):
                return True
        return False
    found = next(values_at(expression.path, document, resolve), None)
    return (found is not None) is isinstance(expression, Exists)


def _compares(term: Compare, document: Document, resolve: Resolve | None) -> bool:
    path = term.path
    if len(path.names) == 1 and not path.members and not path.links:
        instances = document["attributes"].get(path.names[0])
        if instances is not None:
            for one in instances:  # noqa: SIM110 - half the time of a generator
                if _accepts(term, one["type"], one["value"]):
                    return True
            return False
    return any(_accepts(term, kind, value) for kind, value in values_at(path, document, resolve))


def _accepts(term: Compare, kind: str, value: Any) -> bool:
    """Whether one instance does. ``kind`` is its type, or empty for a value within a value."""
    if kind in {"Property", ""}:
        return term.accepts(value)
    if kind == "LanguageProperty":
        return _accepts_texts(term, texts_of(value))
    if kind in RELATIONS:
        return term.operator in {"==", "!="} and term.accepts(objects_of(value))
    return term.accepts(value)


def _accepts_texts(term: Compare, texts: list[str]) -> bool:
    """Texts of a LanguageProperty: one fulfils the term; none contradicts a negative one."""
    if term.operator in {"==", "!="}:
        return term.accepts(texts)
    if term.operator == "!~=":
        return bool(texts) and all(map(term.accepts, texts))
    return any(map(term.accepts, texts))


def values_at(
    path: Path, document: Document, resolve: Resolve | None = None
) -> Iterator[tuple[str, Any]]:
    """Every value a path leads to, with the type of its attribute (empty within a value)."""
    for entity in _linked(path, document, resolve):
        first = path.names[0]
        instances = entity["attributes"].get(first)
        if instances is None:
            if first in ENTITY_MEMBERS and first in entity and len(path.names) == 1:
                yield "", entity[first]
            continue
        for name in path.names[1:-1]:
            instances = _below(instances, name)
        if len(path.names) > 1:
            last = path.names[-1]
            if last in INSTANCE_MEMBERS:
                yield from (("", one[last]) for one in instances if last in one)
                continue
            instances = _below(instances, last)
        for instance in instances:
            yield from _within(instance, path.members)


def _linked(path: Path, document: Document, resolve: Resolve | None) -> Iterable[Document]:
    entities: Iterable[Document] = (document,)
    for link in path.links:
        if resolve is None:
            return ()
        entities = _follow(entities, link.attribute, frozenset(link.types), resolve)
    return entities


def _follow(
    entities: Iterable[Document], attribute: str, types: frozenset[str], resolve: Resolve
) -> Iterator[Document]:
    seen: set[str] = set()
    for entity in entities:
        for instance in entity["attributes"].get(attribute, ()):
            if instance["type"] not in RELATIONS:
                continue
            for identifier in objects_of(instance["value"]):
                if identifier in seen:
                    continue
                seen.add(identifier)
                linked = resolve(identifier)
                if linked is not None and (not types or not types.isdisjoint(linked["type"])):
                    yield linked


def _below(instances: Iterable[Document], name: str) -> list[Document]:
    return [
        inner
        for instance in instances
        for inner in instance.get("attributes", _NO_ATTRIBUTES).get(name, ())
    ]


def _within(instance: Document, members: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    kind, value = instance["type"], instance["value"]
    if not members:
        yield kind, value
    elif kind == "LanguageProperty":
        if members == ANY_LANGUAGE:
            yield kind, value
        elif len(members) == 1 and type(value) is dict and members[0] in value:
            yield kind, {members[0]: value[members[0]]}
    else:
        for member in members:
            if type(value) is not dict or member not in value:
                return
            value = value[member]
        yield "", value


def texts_of(value: Any) -> list[str]:
    """Every text of a language map, whatever its language."""
    if type(value) is not dict:
        return [value] if type(value) is str else []
    texts: list[str] = []
    for text in value.values():
        if type(text) is list:
            texts.extend(text)
        else:
            texts.append(text)
    return texts


def objects_of(value: Any) -> list[str]:
    """Identifiers of a Relationship or a ListRelationship (of ``{"object": …}`` too)."""
    if type(value) is str:
        return [value]
    if type(value) is not list:
        return []
    return [one["object"] if type(one) is dict and "object" in one else one for one in value]
