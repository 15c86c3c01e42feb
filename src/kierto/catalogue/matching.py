"""How well what somebody wrote about a thing fits what somebody else looks for.

Words match names and descriptions as people wrote them, forgiving a typo, and the kinds whose
names or synonyms they resemble in any language of the catalogue, with everything narrower. The
number of queries depends neither on the words nor on how much is compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from kierto.catalogue.queries import suggest_kinds
from kierto.catalogue.search import words_of

SHORTEST_FUZZY = 4
LONG_WORD = 8
"""Words of four letters forgive one slip (a letter more, less, other, or two swapped), of eight
letters two. Shorter ones must match as they are: “oil” is too near to “soil”."""


class Wanted:
    """What was typed, matched against titles, descriptions and kinds."""

    def __init__(self, text: str) -> None:
        self.words = words_of(text)
        self.kinds = [
            (suggestion.kind.path, suggestion.score) for suggestion in suggest_kinds(text)
        ]

    def rank(self, title: str, description: str, path: str) -> float:
        """0 for no match; higher for a better one. ``path`` is that of the kind."""
        title_words = words_of(title)
        if not self.words:
            return 0.0
        if all(word in title_words for word in self.words):
            return 4.0
        best = max((s for p, s in self.kinds if path.startswith(p)), default=0.0)
        if all(is_among(word, title_words) for word in self.words):
            return 3.0 + best / 1000
        if best:
            return 2.0 + best / 1000
        everything = title_words + words_of(description)
        return 1.0 if all(is_among(word, everything) for word in self.words) else 0.0


def is_among(word: str, words: Iterable[str]) -> bool:
    """Whether one of the words is this one, begins with it, or differs by a slip."""
    slips = 0 if len(word) < SHORTEST_FUZZY else 1 if len(word) < LONG_WORD else 2
    return any(
        other.startswith(word)
        or (slips > 0 and OSA.distance(word, other, score_cutoff=slips) <= slips)
        for other in words
    )
