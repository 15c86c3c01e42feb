"""The order of texts (clause 4.23): the root order of Unicode, and what languages do otherwise.

Texts are compared first by their letters, then by accents, then by case, as the Unicode Collation
Algorithm (UTS #10) does, over the letters Python's own Unicode tables know: space and punctuation,
symbols, digits, Latin, then the other scripts as Unicode numbers them. It is no ICU: letters whose
order ICU tailors and that are not in the table below take their place by their accents.

Sources: Unicode Technical Standard #10, revision 51 (2024); Unicode CLDR 46 (2024), collation
charts, for the order of letters in the languages below.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, TypeAlias

from kierto.ngsild.errors import BadRequestData

# Letters that stand after another one as letters of their own; digraphs count as one letter.
_AFTER: Final[dict[str, tuple[str, ...]]] = {
    "az": ("cç", "eə", "gğ", "hxıi", "oö", "sş", "uü"),
    "bs": ("cčć", "d dž đ", "l lj", "n nj", "sš", "zž"),
    "cs": ("cč", "h ch", "rř", "sš", "zž"),
    "da": ("zæøå",),
    "es": ("nñ",),
    "et": ("sšzž", "wõäöü"),
    "fi": ("zåäö",),
    "hr": ("cčć", "d dž đ", "l lj", "n nj", "sš", "zž"),
    "hu": ("c cs", "d dz dzs", "g gy", "l ly", "n ny", "oö", "s sz", "t ty", "uü", "z zs"),
    "lt": ("cč", "sš", "zž"),
    "lv": ("cč", "gģ", "kķ", "lļ", "nņ", "sš", "zž"),
    "nb": ("zæøå",),
    "nn": ("zæøå",),
    "no": ("zæøå",),
    "pl": ("aą", "cć", "eę", "lł", "nń", "oó", "sś", "zźż"),
    "ro": ("aăâ", "iî", "sș", "tț"),
    "sk": ("aä", "cč", "h ch", "oô", "sš", "zž"),
    "sl": ("cčć", "dđ", "sš", "zž"),
    "sq": ("cç", "d dh", "eë", "g gj", "l ll", "n nj", "r rr", "s sh", "t th", "x xh", "z zh"),
    "sv": ("zåäö",),
    "tr": ("cç", "gğ", "hıi", "oö", "sş", "uü"),
}
_PHONE_BOOK: Final = {"ä": "ae", "ö": "oe", "ü": "ue"}
_EXPANDED: Final = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i"}
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_LONGEST_TAG: Final = 64
_STRENGTHS: Final = {"level1": 1, "level2": 2, "level3": 3, "level4": 3, "identic": 4}
LONGEST: Final = 512
"""Signs of a text that decide where it stands."""

_REMEMBERED: Final = 8_192
_SPACE, _MARK, _SYMBOL, _DIGIT, _LETTER = range(5)


_Sign: TypeAlias = "tuple[tuple[Any, ...] | None, tuple[int, ...], int]"
"""A letter, its accents, its case; without a letter the accents belong to the one before."""
_Signs: TypeAlias = tuple[_Sign, ...]


class Collation:
    """An order of texts; ``key(text)`` sorts in it.

    Attributes:
        language: whose order of letters it is; ``und`` is nobody's.
    """

    def __init__(self, language: str, keys: dict[str, str]) -> None:
        self.language = language
        self._strength = _STRENGTHS.get(keys.get("ks", "level3"), 3)
        self._upper_first = keys.get("kf") == "upper"
        self._numbers = keys.get("kn") in {"", "true", "yes"}
        phone_book = keys.get("co", "").startswith("phonebk")
        self._expanded = _EXPANDED | (_PHONE_BOOK if phone_book else {})
        self._letters = _letters_of(language)
        self._longest = max(map(len, self._letters), default=1)

        self._known: dict[str, _Signs] = {}

    def key(self, text: str) -> tuple[Any, ...]:
        """A key under which texts sort in this order; what follows ``LONGEST`` signs is equal."""
        letters: list[tuple[Any, ...]] = []
        accents: list[tuple[int, ...]] = []
        cases: list[int] = []
        at, text = 0, unicodedata.normalize("NFC", text[:LONGEST])
        while at < len(text):
            end = self._end_of_letter(text, at)
            for primary, accent, case in self._signs(text[at:end]):
                if primary is not None:
                    letters.append(primary)
                    accents.append(accent)
                    cases.append(case)
                elif accents:
                    accents[-1] += accent
            at = end
        levels: tuple[Any, ...] = (letters, accents, cases, text)
        return levels[: self._strength]

    def _end_of_letter(self, text: str, at: int) -> int:
        if self._numbers and text[at].isdecimal():
            end = at + 1
            while end < len(text) and text[end].isdecimal():
                end += 1
            return end
        for length in range(self._longest, 1, -1):
            if text[at : at + length].lower() in self._letters:
                return at + length
        return at + 1

    def _signs(self, letter: str) -> _Signs:
        known = self._known.get(letter)
        if known is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            known = self._known[letter] = tuple(self._read(letter))
        return known

    def _read(self, letter: str) -> Iterator[_Sign]:
        if self._numbers and letter.isdecimal():
            digits = "".join(str(unicodedata.decimal(one)) for one in letter).lstrip("0")
            yield (_DIGIT, len(digits), digits), (), 0
            return
        lower = letter.lower()
        case = int(lower != letter) * (-1 if self._upper_first else 1)
        own = self._letters.get(lower)
        if own is not None:
            yield (_LETTER, *own), (), case
            return
        expanded = self._expanded.get(lower)
        for sign in expanded or unicodedata.normalize("NFKD", letter.casefold()):
            if unicodedata.combining(sign):
                yield None, (ord(sign),), 0
                continue
            primary = _primary(sign)
            if primary is not None:
                yield primary, ((1,) if expanded else ()), case


def _primary(sign: str) -> tuple[Any, ...] | None:
    kind = unicodedata.category(sign)
    if kind[0] == "L":
        return _LETTER, sign, 0
    if kind[0] == "N":
        return _DIGIT, unicodedata.numeric(sign, -1.0), sign
    if kind[0] == "Z" or sign in "\t\n\r\v\f":
        return _SPACE, 0, sign
    if kind[0] in "CM":
        return None
    return (_MARK if kind[0] == "P" else _SYMBOL), 0, sign


def _letters_of(language: str) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for row in _AFTER.get(language, ()):
        first, *others = row.split() if " " in row else list(row)
        for place, letter in enumerate(others, 1):
            found[letter] = (first, place)
    return found


@lru_cache(maxsize=256)
def parse_collation(tag: str | None) -> Collation:
    """The order a BCP 47 tag names, for example ``de-u-co-phonebk``; None is the root order.

    A language without an order of its own here takes the root order, as in ICU.

    Raises:
        BadRequestData: it is no tag.
    """
    if not tag:
        return Collation("und", {})
    if len(tag) > _LONGEST_TAG or not _TAG.fullmatch(tag):
        raise BadRequestData(
            f"collation: {tag[:_LONGEST_TAG]!r} is no tag such as de or und-u-ks-level2."
        )
    language, *parts = tag.lower().split("-")
    keys: dict[str, str] = {}
    if "u" in parts:
        key = ""
        for part in parts[parts.index("u") + 1 :]:
            if len(part) == 1:
                break
            if len(part) == 2:
                key = part
                keys[key] = ""
            elif key:
                keys[key] += part
    if "ks" in keys and keys["ks"] not in _STRENGTHS:
        raise BadRequestData(f"collation: ks is one of {', '.join(_STRENGTHS)}.")
    return Collation(language, keys)
