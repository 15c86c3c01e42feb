"""Choices of words joined by ``;`` (and) and ``,`` or ``|`` (or), with parentheses.

Types (clause 4.17) and scopes (clause 4.19) are chosen in this one form. What is read is a
disjunction of conjunctions, whatever the depth of the parentheses.
"""

from __future__ import annotations

import re
from typing import Final

from kierto.ngsild.errors import BadRequestData, TooComplexQuery

LENGTH: Final = 16_384
"""Characters of one selection."""

ALTERNATIVES: Final = 1_000
"""Conjunctions one selection may come down to."""

DEPTH: Final = 32
"""Parentheses in parentheses."""

_TOKEN = re.compile(r"[();,|]|[^();,|]+")
_SIGNS: Final = frozenset("();,|")

Alternatives = list[tuple[str, ...]]


def parse_selection(text: str, what: str) -> tuple[tuple[str, ...], ...]:
    """The alternatives of a selection, each the words that must all hold.

    Args:
        text: for example ``(Home;Vehicle)|Motorhome``.
        what: names the parameter in an error, for example ``type``.

    Raises:
        BadRequestData: parentheses or operators stand where they mean nothing.
        TooComplexQuery: it is longer or deeper than a node answers.
    """
    if len(text) > LENGTH:
        raise TooComplexQuery(f"{what} is longer than {LENGTH} characters.")
    found = _Reader(_TOKEN.findall(text), what)
    alternatives = found.disjunction(0)
    if found.at < len(found.tokens):
        raise BadRequestData(f"{what}: {found.tokens[found.at]!r} stands where nothing may follow.")
    return tuple(dict.fromkeys(alternatives))


class _Reader:
    def __init__(self, tokens: list[str], what: str) -> None:
        self.tokens = [word for token in tokens if (word := token.strip())]
        self.what = what
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def disjunction(self, depth: int) -> Alternatives:
        alternatives = self.conjunction(depth)
        while self.peek() in {",", "|"}:
            self.at += 1
            alternatives = alternatives + self.conjunction(depth)
            self._limit(len(alternatives))
        return alternatives

    def conjunction(self, depth: int) -> Alternatives:
        alternatives = self.word(depth)
        while self.peek() == ";":
            self.at += 1
            other = self.word(depth)
            self._limit(len(alternatives) * len(other))
            alternatives = [
                tuple(dict.fromkeys(left + right)) for left in alternatives for right in other
            ]
        return alternatives

    def word(self, depth: int) -> Alternatives:
        word = self.peek()
        self.at += 1
        if word == "(":
            if depth >= DEPTH:
                raise TooComplexQuery(f"{self.what} has more than {DEPTH} nested parentheses.")
            inner = self.disjunction(depth + 1)
            if self.peek() != ")":
                raise BadRequestData(f"{self.what}: a parenthesis is opened and never closed.")
            self.at += 1
            return inner
        if not word or word in _SIGNS:
            raise BadRequestData(
                f"{self.what}: a name is expected "
                + (f"where {word!r} stands." if word else "at the end.")
            )
        return [(word,)]

    def _limit(self, count: int) -> None:
        if count > ALTERNATIVES:
            raise TooComplexQuery(f"{self.what} comes to more than {ALTERNATIVES} alternatives.")
