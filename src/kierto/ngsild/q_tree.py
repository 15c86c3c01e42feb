"""The tree a query (``q``) is read into, and how it is written again (clause 4.9).

The tree is public: an index is narrowed by walking it, an entity is judged by
:func:`kierto.ngsild.q.matches`. Names of attributes are IRIs; names the specification reserves for
members (``observedAt``, ``createdAt``, ``unitCode`` …) stay short, so they never look like one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from kierto.ngsild.comparisons import Pattern, Span, Value, acceptance, as_times
from kierto.ngsild.moments import Moment

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

ENTITY_MEMBERS: Final = frozenset(
    {"id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt"}
)
"""Members of an entity that a path may begin with."""

INSTANCE_MEMBERS: Final = frozenset(
    {
        *("observedAt", "createdAt", "modifiedAt", "deletedAt", "expiresAt"),
        *("unitCode", "datasetId", "instanceId", "objectType", "valueType", "type"),
    }
)
"""Members of an attribute that a path may end with."""

TEMPORAL_MEMBERS: Final = frozenset(
    {"observedAt", "createdAt", "modifiedAt", "deletedAt", "expiresAt"}
)


@dataclass(frozen=True, slots=True)
class Link:
    """One step ``relationship{…}`` to another entity; ``types`` (IRIs) limit which."""

    attribute: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """Where a term looks: ``link{…{names[0].names[1]…[members[0].members[1]…]}…}``.

    Attributes:
        names: an attribute (IRI) or a member of the entity; then sub-attributes or a member.
        members: the way into a compound value; of a LanguageProperty one language or ``*``.
        links: relationships to follow first.
    """

    names: tuple[str, ...]
    members: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def first(self) -> str:
        """The name in the entity that is asked (the first link, or the first name)."""
        return self.links[0].attribute if self.links else self.names[0]


@dataclass(frozen=True, slots=True)
class Compare:
    """``path operator value``; ``accepts(payload)`` judges one value of an entity."""

    path: Path
    operator: str
    value: Value
    accepts: Callable[[Any], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        value = as_times(self.value) if self.path.names[-1] in TEMPORAL_MEMBERS else self.value
        object.__setattr__(self, "accepts", acceptance(self.operator, value))


@dataclass(frozen=True, slots=True)
class Exists:
    """``path``: there is such an element."""

    path: Path


@dataclass(frozen=True, slots=True)
class NotExists:
    """``!path``: there is none."""

    path: Path


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    terms: tuple[Expression, ...]


Term: TypeAlias = Compare | Exists | NotExists
Expression: TypeAlias = And | Or | Compare | Exists | NotExists


def terms(expression: Expression) -> Iterator[Term]:
    """Every comparison and every test of existence, from left to right."""
    if isinstance(expression, (And, Or)):
        for part in expression.terms:
            yield from terms(part)
    else:
        yield expression


def attributes(expression: Expression) -> frozenset[str]:
    """IRIs of the attributes of the asked entity; members such as ``modifiedAt`` are not among."""
    return frozenset(
        first for term in terms(expression) if (first := term.path.first) not in ENTITY_MEMBERS
    )


def link_depth(expression: Expression) -> int:
    """How many relationships the longest path follows; 0 asks the entity alone."""
    return max((len(term.path.links) for term in terms(expression)), default=0)


# ------------------------------------------------------------------ writing


def write_q(expression: Expression, context: Context | None = None) -> str:
    """The expression as text: names as terms of ``context``, or as ``<IRI>`` without one.

    Reading the second kind of text gives the same expression under every context.
    """
    return _write(expression, namer(context), False)


def namer(context: Context | None) -> Callable[[str], str]:
    """How names are written in a query: terms where the context has one, otherwise ``<IRI>``."""
    if context is None:
        return _bracketed

    def name(iri: str) -> str:
        term = context.compact(iri)
        return term if term.replace("_", "a").isalnum() else _bracketed(iri)

    return name


def _bracketed(iri: str) -> str:
    return f"<{iri}>"


def _write(node: Expression, name: Callable[[str], str], inner: bool) -> str:
    if isinstance(node, (And, Or)):
        text = (";" if isinstance(node, And) else "|").join(
            _write(part, name, True) for part in node.terms
        )
        return f"({text})" if inner else text
    path = write_path(node.path, name)
    if isinstance(node, Compare):
        return f"{path}{node.operator}{_write_value(node.value)}"
    return path if isinstance(node, Exists) else f"!{path}"


def write_path(path: Path, name: Callable[[str], str] = _bracketed) -> str:
    """A path as text; ``name`` writes an IRI."""
    names = ".".join(part if _is_member(part) else name(part) for part in path.names)
    text = names + (f"[{'.'.join(path.members)}]" if path.members else "")
    for link in reversed(path.links):
        hint = ",".join(map(name, link.types)) + ":" if link.types else ""
        text = f"{name(link.attribute)}{{{hint}{text}}}"
    return text


def _is_member(name: str) -> bool:
    return name in ENTITY_MEMBERS or name in INSTANCE_MEMBERS


def _write_value(value: Value) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_write_value, value))
    if isinstance(value, Span):
        return f"{_write_value(value.low)}..{_write_value(value.high)}"
    if isinstance(value, Pattern):
        return '"' + value.source.replace('"', '\\"') + '"'
    if isinstance(value, Moment):
        return value.text
    return orjson.dumps(value).decode() if not isinstance(value, int) else _write_integer(value)


def _write_integer(value: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
