"""Which scopes are meant (clause 4.19): ``/Madrid/+/ParqueNorte``, ``/Madrid/#``, ``/#``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.selections import parse_selection

LEVELS: Final = 64
"""Levels of one scope."""


@dataclass(frozen=True, slots=True)
class ScopePattern:
    """One scope asked for.

    Attributes:
        levels: names of the levels; ``+`` stands for any one.
        below: whether the whole tree below is meant too (``/#`` at the end).
    """

    levels: tuple[str, ...]
    below: bool = False

    @property
    def prefix(self) -> str:
        """The scope down to the first ``+``; what matches is equal to it or stands below it."""
        fixed = self.levels[: self.levels.index("+")] if "+" in self.levels else self.levels
        return "".join(f"/{level}" for level in fixed)

    def accepts(self, levels: list[str]) -> bool:
        """Whether a scope of these levels is meant."""
        if len(levels) < len(self.levels) or (len(levels) > len(self.levels) and not self.below):
            return False
        return all(
            wanted in ("+", level) for wanted, level in zip(self.levels, levels, strict=False)
        )


@dataclass(frozen=True, slots=True)
class ScopeQuery:
    """Alternatives of scopes; an entity must have every scope of one alternative."""

    any_of: tuple[tuple[ScopePattern, ...], ...]

    def matches(self, scopes: Iterable[str] | str | None) -> bool:
        """Whether an entity with these scopes is meant; one without any never is."""
        if not scopes:
            return False
        given = [_levels(scope) for scope in ([scopes] if isinstance(scopes, str) else scopes)]
        return any(
            all(any(pattern.accepts(levels) for levels in given) for pattern in patterns)
            for patterns in self.any_of
        )


def parse_scope_q(text: str) -> ScopeQuery:
    """Read a scope query; a scope may be written without its leading ``/``.

    Raises:
        BadRequestData: a level is empty, or ``#`` stands anywhere but at the end.
        TooComplexQuery: it is too long.
    """
    return ScopeQuery(
        tuple(tuple(_pattern(word) for word in words) for words in parse_selection(text, "scopeQ"))
    )


def write_scope_q(query: ScopeQuery) -> str:
    """The query as text; reading it gives the same query."""
    return ",".join(
        f"({';'.join(map(_write, patterns))})" if len(patterns) > 1 else _write(patterns[0])
        for patterns in query.any_of
    )


def _write(pattern: ScopePattern) -> str:
    return "".join(f"/{level}" for level in pattern.levels) + ("/#" if pattern.below else "")


def _levels(scope: str) -> list[str]:
    return scope.removeprefix("/").split("/")


def _pattern(word: str) -> ScopePattern:
    levels = [level.strip() for level in _levels(word)]
    below = levels[-1] == "#"
    if below:
        levels.pop()
    if len(levels) > LEVELS:
        raise BadRequestData(f"scopeQ: {word[:64]!r} has more than {LEVELS} levels.")
    if any(not level or "#" in level or ("+" in level and level != "+") for level in levels):
        raise BadRequestData(f"scopeQ: {word[:64]!r} is no scope such as /Madrid/+/Gardens/#.")
    return ScopePattern(tuple(levels), below)
