"""Finding a category by what somebody types: the whole name, or a beginning that fits only one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from kierto.repair.models import Category

FEWEST_LETTERS = 2


def category_of(text: str, categories: Iterable[Category]) -> Category | None:
    """The one category that the words mean, in any language; None if none or several could be.

    A whole name wins over a beginning, a beginning over the beginning of a later word.
    """
    wanted = _folded(text)
    if len(wanted) < FEWEST_LETTERS:
        return None
    known = [(category, _names(category)) for category in categories]
    for fits in (_is_whole, _begins, _begins_a_word):
        found = [category for category, names in known if any(fits(n, wanted) for n in names)]
        if len(found) == 1:
            return found[0]
        if found:
            return None
    return None


def _names(category: Category) -> set[str]:
    return {_folded(name) for name in (category.name, str(category), *category.names.values())}


def _is_whole(name: str, wanted: str) -> bool:
    return name == wanted


def _begins(name: str, wanted: str) -> bool:
    return name.startswith(wanted)


def _begins_a_word(name: str, wanted: str) -> bool:
    return any(word.startswith(wanted) for word in name.replace("/", " ").split())


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())
