"""Sentences that wait for their reader's language.

Below Django's floor there is no gettext of a request, yet errors and explanations are written
there. A :class:`Sentence` keeps the English source text; whoever shows it has told
:func:`speak_with` how to translate. Without that, it speaks English.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _english(message: str) -> str:
    return message


_translate: Callable[[str], str] = _english


def speak_with(translate: Callable[[str], str]) -> None:
    """Use ``translate`` (for example Django's ``gettext``) for every sentence from now on."""
    global _translate
    _translate = translate


class Sentence:
    """A translatable text, translated each time it is read.

    ``Sentence("%(count)s rows") % {"count": 3}`` is text at once; keep the sentence itself and its
    fields apart wherever the reader may be another person than the writer.
    """

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return _translate(self.message)

    def __mod__(self, fields: Any) -> str:
        filled: str = str(self) % fields
        return filled

    def __repr__(self) -> str:
        return f"Sentence({self.message!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and other.message == self.message

    def __hash__(self) -> int:
        return hash(self.message)
