"""Columns of a data set, and the one value that an instance of an attribute gives a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

Kind = Literal["text", "number", "truth", "time"]

TEXT: Final[Kind] = "text"
NUMBER: Final[Kind] = "number"
TRUTH: Final[Kind] = "truth"
TIME: Final[Kind] = "time"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: in the first row of a file; unique in its data set.
        kind: what its cells are: text, numbers, truths, or times (texts, UTC, RFC 3339).
        unit: of all its numbers, a code of UN/CEFACT recommendation 20 or a plain word; empty
            where there is none, or where a column of its own names it.
        iri: what it means; empty where nothing says.
    """

    name: str
    kind: Kind = TEXT
    unit: str = ""
    iri: str = ""


def cell(value: Any) -> str | int | float | bool | None:
    """A value as one cell: what has parts becomes JSON, a text in one language that text."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, dict):
        return _of_object(value)
    if isinstance(value, list) and all(isinstance(each, str) and " " not in each for each in value):
        # Identifiers and words: as people write them in one cell.
        return " ".join(value)
    return orjson.dumps(value).decode()


def _of_object(value: dict[str, Any]) -> str | int | float | bool | None:
    if set(value) <= {"@value", "@type", "@language"} and "@value" in value:
        found = value["@value"]
        return found if isinstance(found, (str, int, float, bool)) else str(found)
    return orjson.dumps(value).decode()


def said(instances: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The instance a table shows: the default one, which comes first."""
    return instances[0]


def value_of(instance: Mapping[str, Any]) -> Any:
    """What it says; a text in one language alone is that text."""
    value = instance["value"]
    if instance["type"] == "LanguageProperty" and isinstance(value, dict) and len(value) == 1:
        return next(iter(value.values()))
    return value


def kind_of(values: Sequence[Any]) -> Kind:
    """Of which kind a column of these values is."""
    kinds = {_kind(value) for value in values if value is not None}
    return kinds.pop() if len(kinds) == 1 else TEXT


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return TRUTH
    return NUMBER if isinstance(value, (int, float)) else TEXT


def unique(names: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """The names, each once: a second one of a name, in whatever case, gets a number.

    Databases and spreadsheets tell ``Name`` and ``name`` not apart.
    """
    seen = {name.casefold() for name in taken}
    found = []
    for name in names:
        free, number = name, 2
        while free.casefold() in seen:
            free, number = f"{name}_{number}", number + 1
        seen.add(free.casefold())
        found.append(free)
    return found
