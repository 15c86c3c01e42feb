"""The canonical JSON text of a problem, written fast, and its hash.

The text is what ``json.dumps(to_plain(value), sort_keys=True, separators=(",", ":"))`` would give,
letter for letter. For each dataclass a writer is made once from its type hints, so that a hundred
thousand offers cost no hundred thousand looks at the same hints.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

from kierto.planner.plain import to_plain

Writer = Callable[[Any], str]

_quoted = json.encoder.encode_basestring


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON text (sorted keys, no blanks, UTF-8), in hexadecimal.

    Raises:
        ValueError: a number is not finite.
    """
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def canonical(value: Any) -> str:
    """The text of a dataclass.

    Raises:
        ValueError: a number is not finite.
    """
    kind: Any = type(value)
    return _writer(kind)(value)


@cache
def _writer(wanted: Hashable) -> Writer:
    """How values of this type are written."""
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        return _record(wanted)
    if wanted is str:
        return _text
    if wanted is float:
        return _number
    if wanted is int:
        return json.dumps  # as it is: a whole number stays one
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType) and len(inner) == 2 and type(None) in inner:
        return _optional(_writer(next(each for each in inner if each is not type(None))))
    if origin is tuple and inner[-1] is Ellipsis:
        return _list(_writer(inner[0]))
    if origin is tuple:
        return _fixed(tuple(_writer(each) for each in inner))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_writer(inner[1]))
    return _anything


def _record(wanted: type) -> Writer:
    """Field by field, in the order of their names."""
    hints = get_type_hints(wanted)
    names = sorted(field.name for field in dataclasses.fields(wanted))
    read = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
    heads = [f"{_quoted(name)}:" for name in names]
    writers = [_writer(hints[name]) for name in names]
    heads = ["{" + heads[0], *("," + head for head in heads[1:])]
    parts = list(zip(heads, writers, strict=True))

    def write(value: Any) -> str:
        if type(value) is not wanted:
            return _anything(value)
        text = "".join(
            [head + each(part) for (head, each), part in zip(parts, read(value), strict=True)]
        )
        return text + "}"

    return write


def _text(value: Any) -> str:
    return _quoted(value) if type(value) is str else _anything(value)


def _number(value: Any) -> str:
    if type(value) is not float:
        return _anything(value)
    if value - value != 0.0:
        raise ValueError(f"{value} is not a finite number")
    return repr(value + 0.0)  # minus zero becomes zero


def _optional(writer: Writer) -> Writer:
    return lambda value: "null" if value is None else writer(value)


def _list(writer: Writer) -> Writer:
    def write(value: Any) -> str:
        return "[" + ",".join([writer(each) for each in value]) + "]" if value else "[]"

    return write


def _fixed(writers: tuple[Writer, ...]) -> Writer:
    def write(value: Any) -> str:
        pairs = zip(writers, value, strict=True)
        return "[" + ",".join([writer(each) for writer, each in pairs]) + "]"

    return write


def _mapping(writer: Writer) -> Writer:
    def write(value: Any) -> str:
        if not value:
            return "{}"
        parts = [f"{_quoted(str(key))}:{writer(value[key])}" for key in sorted(value)]
        return "{" + ",".join(parts) + "}"

    return write


def _anything(value: Any) -> str:
    """What has no writer of its own, the plain way."""
    return json.dumps(
        to_plain(value),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
