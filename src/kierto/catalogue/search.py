"""Words to kinds, in every language at once, tolerant of typing mistakes.

Names and other names are folded (case, accents, Arabic spellings) and split into words. Each
word typed is compared with every word known; a kind scores by how well the typed words are
covered and how much of the name they cover. The index is built once per edition of the catalogue.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from rapidfuzz import fuzz, process

from kierto.catalogue.changes import edition
from kierto.catalogue.labels import reading_language
from kierto.catalogue.models import CanonicalUnit, ResourceSpecification

LEAST_SCORE = 55.0
LEAST_LIKENESS = 70.0
SHORT_WORD = 4
SENTENCE = 3  # from so many words on, a name may be a part of what was typed
WHOLE_NAME = 90.0
LONGEST_TEXT = 200
_ARABIC = str.maketrans({"ى": "ي", "ة": "ه", "ٱ": "ا", "ـ": None})
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A kind that the words may mean.

    ``score`` is 0 to 100; ``matched`` is the name that fitted best, in ``language`` (empty when
    it was the code).
    """

    kind: ResourceSpecification
    score: float
    matched: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    kind_id: int
    text: str
    language: str
    words: tuple[str, ...]
    is_label: bool


@dataclass(frozen=True, slots=True)
class _Index:
    stamp: UUID | None
    entries: tuple[_Entry, ...]
    by_word: dict[str, tuple[int, ...]]
    words: tuple[str, ...]


def folded(text: str) -> str:
    """The text without case, accents, Arabic vowel signs and variant letters."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return bare.translate(_ARABIC)


def words_of(text: str) -> tuple[str, ...]:
    """The folded words; an Arabic article is taken off."""
    words = _WORDS.findall(folded(text))
    return tuple(
        word[2:] if word.startswith("ال") and len(word) > SHORT_WORD else word for word in words
    )


def suggest_kinds(text: str, language: str | None = None, limit: int = 8) -> list[Suggestion]:
    """The kinds that ``text`` may mean, best first; names in ``language`` count a little more.

    Two queries, or one more when the catalogue has changed since the last call.
    """
    typed = words_of(text[:LONGEST_TEXT])
    if not typed:
        return []
    index, language = _index(), reading_language(language)
    best = _best_entries(index, typed, language)
    if len(typed) > 1:
        # "saw dust" for "sawdust": compound words are written apart as easily as together.
        for kind_id, found in _best_entries(index, ("".join(typed),), language).items():
            if kind_id not in best or found[0] > best[kind_id][0]:
                best[kind_id] = found
    chosen = sorted(best.items(), key=lambda item: (-item[1][0], item[1][1].text))[:limit]
    kinds = (
        ResourceSpecification.objects.select_related(
            "parent", "disposal_factor", "production_factor", "transport_mode"
        )
        .prefetch_related("labels")
        .in_bulk([kind_id for kind_id, _ in chosen])
    )
    return [
        Suggestion(kinds[kind_id], round(score, 1), entry.text, entry.language)
        for kind_id, (score, entry) in chosen
        if kind_id in kinds
    ]


def _best_entries(
    index: _Index, typed: tuple[str, ...], language: str
) -> dict[int, tuple[float, _Entry]]:
    likeness = [_alike(word, index.words) for word in typed]
    reached = {n for found in likeness for word in found for n in index.by_word[word]}
    best: dict[int, tuple[float, _Entry]] = {}
    for number in reached:
        entry = index.entries[number]
        score = _score(entry, typed, likeness)
        if score < LEAST_SCORE:
            continue
        score = min(100.0, score + 2 * (entry.language == language) + 1 * entry.is_label)
        if entry.kind_id not in best or score > best[entry.kind_id][0]:
            best[entry.kind_id] = (score, entry)
    return best


def _score(entry: _Entry, typed: tuple[str, ...], likeness: list[dict[str, float]]) -> float:
    """How well the typed words are found in the name (3/4), and how much of it they are (1/4)."""
    covered: dict[str, float] = defaultdict(float)
    total = 0.0
    for word, found in zip(typed, likeness, strict=True):
        fit, name = max((found.get(each, 0.0), each) for each in entry.words)
        total += fit * len(word)
        covered[name] = max(covered[name], fit)
    asked = total / sum(len(word) for word in typed)
    length = sum(len(word) for word in entry.words)
    reach = sum(fit * len(name) for name, fit in covered.items()) / length
    score = 0.75 * asked + 0.22 * reach
    if len(typed) >= SENTENCE and reach >= WHOLE_NAME:
        # "Denim offcuts for the sewing course": the name stands whole in a longer title.
        score = max(score, 0.6 * reach + 0.15 * asked)
    return score


def _alike(word: str, known: tuple[str, ...]) -> dict[str, float]:
    """Known words that the typed one may be, each with its likeness from 0 to 100."""
    least = 100.0 if len(word) < SHORT_WORD else LEAST_LIKENESS
    found = {
        each: score
        for each, score, _ in process.extract(
            word, known, scorer=fuzz.ratio, score_cutoff=least, limit=None
        )
    }
    if len(word) >= SHORT_WORD:
        for each in known:
            # Compound words and plurals: "farkku" in "farkkukankaan", "cork" in "corks".
            if word in each and len(each) > len(word):
                share = 100 * len(word) / len(each)
                starts = each.startswith(word)
                found[each] = max(found.get(each, 0.0), 60 + 0.35 * share + 5 * starts)
    return found


_cached: _Index | None = None


def _index() -> _Index:
    global _cached
    stamp = edition()
    if _cached is None or stamp is None or _cached.stamp != stamp:
        _cached = _build(stamp)
    return _cached


def _build(stamp: UUID | None) -> _Index:
    entries = []
    # Nobody who names a thing means money.
    things = ResourceSpecification.objects.exclude(unit=CanonicalUnit.EURO)
    for kind in things.prefetch_related("labels").order_by("path"):
        entries += [
            entry
            for label in kind.labels.all()
            for entry in _entries(kind.pk, label.language, label.label, label.synonyms)
        ]
        entries.append(_Entry(kind.pk, kind.code, "", words_of(kind.code.replace("-", " ")), False))
    usable = tuple(entry for entry in entries if entry.words)
    by_word: dict[str, list[int]] = defaultdict(list)
    for position, entry in enumerate(usable):
        for word in set(entry.words):
            by_word[word].append(position)
    return _Index(
        stamp, usable, {word: tuple(found) for word, found in by_word.items()}, tuple(by_word)
    )


def _entries(kind_id: int, language: str, label: str, synonyms: Iterable[str]) -> Iterable[_Entry]:
    yield _Entry(kind_id, label, language, words_of(label), True)
    for synonym in synonyms:
        yield _Entry(kind_id, synonym, language, words_of(synonym), False)
