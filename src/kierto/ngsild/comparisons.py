"""What a value of a query accepts among the values of entities (clause 4.9, operators).

:func:`acceptance` works out once, when a query is read, what is asked again and again.
"""

from __future__ import annotations

import operator as operators
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kierto.ngsild.moments import Moment, moment_of, read_moment
from kierto.ngsild.patterns import find_pattern


@dataclass(frozen=True, slots=True)
class Span:
    """``low..high``, both ends in it."""

    low: Scalar
    high: Scalar


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression (RE2 syntax); found anywhere in a text."""

    source: str


Scalar: TypeAlias = str | bool | int | float | Moment
Value: TypeAlias = Scalar | Span | Pattern | tuple[Scalar, ...]
Accepts: TypeAlias = Callable[[Any], bool]

_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">": operators.gt,
    ">=": operators.ge,
    "<": operators.lt,
    "<=": operators.le,
}


def acceptance(operator: str, value: Value) -> Accepts:
    """A test of one value (opaque JSON) of an attribute.

    ``==`` accepts an array that holds the value, ``!=`` refuses it. Values of another type than
    the one asked for are unequal, and neither greater nor less.
    """
    if isinstance(value, Pattern):
        return _pattern(value.source, wanted=operator == "~=")
    if operator in _ORDERS:
        return _ordered(_ORDERS[operator], value)
    equal = _listed(_equal(value))
    if operator == "==":
        return equal

    def unequal(payload: Any) -> bool:
        return not equal(payload)

    return unequal


def as_times(value: Value) -> Value:
    """The value with texts that name a time read as times, for members such as ``observedAt``."""
    if isinstance(value, tuple):
        return tuple(map(_as_time, value))
    if isinstance(value, Span):
        return Span(_as_time(value.low), _as_time(value.high))
    return value if isinstance(value, Pattern) else _as_time(value)


def _as_time(value: Scalar) -> Scalar:
    return (read_moment(value) or value) if isinstance(value, str) else value


def _bare(payload: Any) -> Any:
    """The value within ``{"@type": …, "@value": …}``."""
    return payload["@value"] if type(payload) is dict and "@value" in payload else payload


def _listed(accepts: Accepts) -> Accepts:
    def accepts_any(payload: Any) -> bool:
        if type(payload) is list:
            return any(map(accepts, payload))
        return accepts(payload)

    return accepts_any


def _equal(value: Value) -> Accepts:
    if isinstance(value, tuple):
        return _one_of(value)
    if isinstance(value, Span):
        low = _ordered(operators.ge, value.low)
        high = _ordered(operators.le, value.high)
        return lambda payload: low(payload) and high(payload)
    if isinstance(value, Moment):
        return _moment(operators.eq, value)
    if isinstance(value, bool):
        return lambda payload: _bare(payload) is value
    if isinstance(value, (int, float)):
        return _number(operators.eq, value)
    return _text(operators.eq, str(value))


def _one_of(values: tuple[Scalar, ...]) -> Accepts:
    """Plain texts and numbers are looked up, however many there are; the rest is asked in turn."""
    texts = frozenset(one for one in values if type(one) is str and read_moment(one) is None)
    numbers = frozenset(one for one in values if type(one) in (int, float))
    others = [
        _equal(one)
        for one in values
        if type(one) not in (int, float) and not (type(one) is str and one in texts)
    ]

    def accepts(payload: Any) -> bool:
        bare = _bare(payload)
        kind = type(bare)
        if (kind is str and bare in texts) or (kind in (int, float) and bare in numbers):
            return True
        return any(other(payload) for other in others)

    return accepts


def _ordered(compare: Callable[[Any, Any], bool], value: Value) -> Accepts:
    if isinstance(value, Moment):
        return _moment(compare, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(compare, value)
    return _text(compare, str(value))


def _number(compare: Callable[[Any, Any], bool], value: float) -> Accepts:
    def accepts(payload: Any) -> bool:
        kind = type(payload)
        if kind is int or kind is float:
            return compare(payload, value)
        if kind is dict:
            inner = _bare(payload)
            return type(inner) in (int, float) and compare(inner, value)
        return False

    return accepts


def _text(compare: Callable[[Any, Any], bool], value: str) -> Accepts:
    moment = read_moment(value)

    def accepts(payload: Any) -> bool:
        text = _bare(payload)
        return type(text) is str and compare(text, value)

    def accepts_time(payload: Any) -> bool:
        # Times are compared as times, also where the query puts them in quotes.
        other = moment_of(payload)
        if moment is not None and other is not None and other.kind == moment.kind:
            return compare(other.key, moment.key)
        return accepts(payload)

    return accepts if moment is None else accepts_time


def _moment(compare: Callable[[Any, Any], bool], value: Moment) -> Accepts:
    kind, key = value.kind, value.key

    def accepts(payload: Any) -> bool:
        moment = moment_of(payload)
        return moment is not None and moment.kind == kind and compare(moment.key, key)

    return accepts


def _pattern(source: str, *, wanted: bool) -> Accepts:
    found = find_pattern(source)

    def accepts(payload: Any) -> bool:
        text = _bare(payload)
        return type(text) is str and found(text) is wanted

    return accepts
