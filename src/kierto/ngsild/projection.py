"""Which members of an entity are wanted (``pick``, ``omit``; clause 4.21)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kierto.ngsild.errors import BadRequestData, TooComplexQuery
from kierto.ngsild.names import check_name
from kierto.ngsild.q_tree import ENTITY_MEMBERS

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

Projection: TypeAlias = "dict[str, Projection | None]"
"""Members: IRIs of attributes, or ``id``, ``type``, ``scope`` and the times as they are called;
each with the projection of the linked entity, or None where nothing is said about it."""

LENGTH: Final = 65_536
"""Characters of one projection."""

DEPTH: Final = 16
"""Linked entities within linked entities."""

_TOKEN = re.compile(r"[{},|]|[^{},|]+")
_SIGNS: Final = frozenset("{},|")


def parse_pick(text: str | Iterable[str], context: Context) -> Projection:
    """Read ``id,locatedAt{name,isIn{id}}``, or a list of such texts (a body by POST).

    Raises:
        BadRequestData: it is empty or no projection.
        TooComplexQuery: it is longer or deeper than a node answers.
    """
    return _parse(text, context, "pick")


def parse_omit(text: str | Iterable[str], context: Context) -> Projection:
    """Read ``omit``; the form is that of ``pick``.

    A member with a projection of its own stays; what is named within goes from the linked entity.

    Raises:
        BadRequestData: it is empty or no projection.
        TooComplexQuery: it is longer or deeper than a node answers.
    """
    return _parse(text, context, "omit")


def depth(projection: Projection | None) -> int:
    """How many relationships it goes through; more than ``joinLevel`` is a bad request."""
    if projection is None:
        return 0
    return max((1 + depth(inner) for inner in projection.values() if inner is not None), default=0)


def check_apart(pick: Projection | None, omit: Projection | None) -> None:
    """Nothing is wanted and unwanted at once.

    Raises:
        BadRequestData: a member stands in both, with nothing said about a linked entity.
    """
    if pick is None or omit is None:
        return
    for member, inner in omit.items():
        if member not in pick:
            continue
        if inner is None:
            raise BadRequestData(f"{member} stands in pick and in omit.")
        check_apart(pick[member], inner)


def write_projection(projection: Projection, context: Context | None = None) -> str:
    """The projection as text, with terms of a context or with IRIs."""
    parts = []
    for member, inner in projection.items():
        name = member if context is None or member in ENTITY_MEMBERS else context.compact(member)
        parts.append(name if inner is None else f"{name}{{{write_projection(inner, context)}}}")
    return ",".join(parts)


def _parse(text: Any, context: Context, what: str) -> Projection:
    texts = [text] if isinstance(text, str) else list(text)
    if not all(isinstance(one, str) for one in texts):
        raise BadRequestData(f"{what} is a list of names.")
    if sum(map(len, texts)) > LENGTH:
        raise TooComplexQuery(f"{what} is longer than {LENGTH} characters.")
    reader = _Reader(_TOKEN.findall(",".join(texts)), context, what)
    projection = reader.members(0)
    if reader.at < len(reader.tokens):
        raise BadRequestData(f"{what}: a brace is closed that was never opened.")
    return projection


class _Reader:
    def __init__(self, tokens: list[str], context: Context, what: str) -> None:
        self.tokens = [word for token in tokens if (word := token.strip())]
        self.context = context
        self.what = what
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def members(self, level: int) -> Projection:
        if level > DEPTH:
            raise TooComplexQuery(f"{self.what} goes through more than {DEPTH} entities.")
        found: Projection = {}
        while True:
            name = self._name()
            inner = self._inner(level)
            known = found.get(name, inner)
            # Named twice: what one of them says about the linked entity holds, both together.
            found[name] = inner if known is None else known | (inner or {})
            if self.peek() not in {",", "|"}:
                return found
            self.at += 1

    def _inner(self, level: int) -> Projection | None:
        if self.peek() != "{":
            return None
        self.at += 1
        inner = self.members(level + 1)
        if self.peek() != "}":
            raise BadRequestData(f"{self.what}: a brace is opened and never closed.")
        self.at += 1
        return inner

    def _name(self) -> str:
        name = self.peek()
        if not name or name in _SIGNS:
            raise BadRequestData(
                f"{self.what}: the name of a member is expected "
                + (f"where {name!r} stands." if name else "at the end.")
            )
        self.at += 1
        if name in ENTITY_MEMBERS:
            return name
        check_name(name)
        return self.context.expand(name)
