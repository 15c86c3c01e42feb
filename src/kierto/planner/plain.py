"""Dataclasses to plain JSON values and back.

Only the shapes that the planner's own dataclasses use are understood: numbers, text, enums,
optional values, tuples, mappings with text keys, frozen sets of tuples and nested dataclasses.
Numbers typed ``float`` are always written as floats, so that ``5`` and ``5.0`` are one input.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """The value as JSON knows it: dictionaries, lists, text, numbers, booleans, ``None``."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: getattr(value, name) if kind is int else to_plain(getattr(value, name))
            for name, kind in _hints(type(value)).items()
        }
    match value:
        case bool():
            return value
        case Enum():
            return value.value
        case Mapping():
            return {str(key): to_plain(item) for key, item in sorted(value.items())}
        case frozenset():
            return sorted(to_plain(item) for item in value)
        case tuple() | list():
            return [to_plain(item) for item in value]
        case int() | float():
            return float(value) + 0.0  # minus zero becomes zero
        case _:
            return value


def from_plain(wanted: type[T], value: Any) -> T:
    """The inverse of :func:`to_plain` for a dataclass.

    Raises:
        ValueError: a field is missing, unknown, or not of its type.
    """
    built: T = _build(wanted, value)
    return built


@cache
def _hints(wanted: type) -> dict[str, Any]:
    return get_type_hints(wanted)


def _build(wanted: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(wanted):
        return _build_dataclass(wanted, value)
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        options = [option for option in inner if option is not type(None)]
        return None if value is None else _build(options[0], value)
    if origin is tuple:
        each = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_build(kind, item) for kind, item in zip(each, value, strict=True))
    if origin is frozenset:
        return frozenset(_build(inner[0], item) for item in value)
    if origin is not None:  # the mappings
        return {key: _build(inner[1], item) for key, item in value.items()}
    if wanted is Any or isinstance(value, wanted):
        return value
    if wanted is float and isinstance(value, int):
        return float(value)
    if issubclass(wanted, Enum):
        return wanted(value)
    raise ValueError(f"{value!r} is not a {wanted.__name__}")


def _build_dataclass(wanted: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is not a {wanted.__name__}")
    names = {field.name for field in dataclasses.fields(wanted)}
    if unknown := sorted(set(value) - names):
        raise ValueError(f"{wanted.__name__} has no {', '.join(unknown)}")
    hints = _hints(wanted)
    try:
        return wanted(**{name: _build(hints[name], item) for name, item in value.items()})
    except TypeError as error:
        raise ValueError(f"{wanted.__name__}: {error}") from None


class Plain:
    """A dataclass that goes to plain JSON values and back."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_dict` reads them back to an equal object."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_dict` wrote.

        Raises:
            ValueError: a field is missing, unknown or not of its type.
        """
        return from_plain(cls, data)


class Timed(Plain):
    """A result that knows how many ``seconds`` it took, which no two runs share."""

    __slots__ = ()

    def to_dict(self, *, timed: bool = True) -> dict[str, Any]:
        """Plain JSON values. With ``timed=False`` equal problems give equal bytes."""
        plain = super().to_dict()
        if not timed:
            del plain["seconds"]
        return plain
