"""What is wrong with a message or with a mapping: a place and a sentence, in the reader's language."""

from __future__ import annotations

from typing import Any, NamedTuple


class Why:
    """A sentence that waits for its reader's language, and what fills its placeholders."""

    __slots__ = ("fields", "sentence")

    def __init__(self, sentence: Any, **fields: Any) -> None:
        self.sentence = sentence
        self.fields = fields

    def __str__(self) -> str:
        text = str(self.sentence)
        return text % self.fields if self.fields else text

    def __repr__(self) -> str:
        return f"Why({str(self)!r})"


class Fault(NamedTuple):
    """What is wrong, and where: a path into the declaration or into the message."""

    path: str
    why: Why


class Faulty(ValueError):
    """Something cannot be read; ``why`` says so, and what it is instead."""

    def __init__(self, sentence: Any, **fields: Any) -> None:
        self.why = Why(sentence, **fields)
        super().__init__(self.why)
