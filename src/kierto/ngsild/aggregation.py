"""Sums, means and counts over periods of a history (clause 4.5.19).

Which method goes with which kind of value is the specification's (tables 4.5.19.1-1 to -3).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

import orjson

from kierto.ngsild.durations import Duration, Periods, parse_duration
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import NULL
from kierto.ngsild.moments import moment_of
from kierto.ngsild.times import as_datetime

__all__ = [
    "METHODS",
    "Duration",
    "Row",
    "aggregate",
    "methods_for",
    "parse_duration",
    "read_methods",
]

METHODS: Final = ("totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq")

Row: TypeAlias = tuple[Any, str, str]
"""What a method comes to in one period, with the period's beginning and end."""

Sample: TypeAlias = tuple[Any, str]
"""A value and its time (``times.sort_key`` with its ``Z``)."""

_COUNTS: Final = frozenset({"totalCount", "distinctCount"})
_NUMBERS: Final = frozenset(METHODS)
_ORDERED: Final = _COUNTS | {"min", "max"}
_FITTING: Final[dict[str, frozenset[str]]] = {
    "number": _NUMBERS,
    "boolean": _NUMBERS,
    "array": _COUNTS | {"avg", "min", "max", "sum"},
    "string": _ORDERED,
    "DateTime": _ORDERED,
    "Date": _ORDERED,
    "Time": _ORDERED | {"avg"},
    "object": _COUNTS,
    "uri": _COUNTS,
}
_KINDS_OF_ATTRIBUTES: Final = {
    "Relationship": "uri",
    "ListRelationship": "uri",
    "VocabProperty": "uri",
    "LanguageProperty": "object",
    "GeoProperty": "object",
}
_DAY: Final = 86_400


def read_methods(methods: Any) -> tuple[str, ...]:
    """Methods asked for, each once; a list, or one text with commas between.

    Raises:
        BadRequestData: there is none, or one the specification does not know.
    """
    if isinstance(methods, str):
        methods = methods.split(",")
    found = list(methods) if isinstance(methods, (list, tuple)) else []
    if not found:
        raise BadRequestData("aggrMethods is missing: which values shall be aggregated how?")
    for method in found:
        if method not in METHODS:
            raise BadRequestData(
                f"aggrMethods: {str(method)[:32]!r} is not one of {', '.join(METHODS)}."
            )
    return tuple(dict.fromkeys(found))


def kind_of(attribute_type: str, value: Any) -> str:
    """Which row of the tables a value belongs to."""
    if attribute_type in _KINDS_OF_ATTRIBUTES:
        return _KINDS_OF_ATTRIBUTES[attribute_type]
    kind = type(value)
    if kind is bool:
        return "boolean"
    if kind is int or kind is float:
        return "number"
    if kind is str:
        return "string"
    if kind is list:
        return "array"
    moment = moment_of(value)
    return moment.kind if moment is not None else "object"


def methods_for(attribute_type: str, values: Iterable[Any]) -> frozenset[str]:
    """Methods that at least one of the values of an attribute is fit for."""
    kinds = {kind_of(attribute_type, value) for value in values if value != NULL}
    return frozenset().union(*(_FITTING[kind] for kind in kinds))


def aggregate(
    attribute_type: str,
    samples: Sequence[Sample],
    methods: Sequence[str],
    periods: Periods | None,
    whole: tuple[str, str],
) -> dict[str, list[Row]]:
    """What each method comes to in each period in which there are values.

    Args:
        attribute_type: ``Property``, ``Relationship`` …
        samples: values with their times; what was deleted is passed over.
        methods: names of methods; those no value is fit for are missing in the result.
        periods: how time is divided; None is one period.
        whole: beginning and end of that one period.
    """
    present = [sample for sample in samples if sample[0] != NULL]
    fitting = methods_for(attribute_type, (value for value, _ in present))
    parts = _divided(present, periods, whole)
    result: dict[str, list[Row]] = {}
    for method in methods:
        if method not in fitting:
            continue
        rows: list[Row] = []
        for values, start, end in parts:
            chosen = _chosen(method, attribute_type, values)
            if chosen:
                rows.append((_COMPUTED[method](chosen), start, end))
        result[method] = rows
    return result


def _divided(
    samples: Sequence[Sample], periods: Periods | None, whole: tuple[str, str]
) -> list[tuple[list[Any], str, str]]:
    if periods is None:
        return [([value for value, _ in samples], *whole)] if samples else []
    groups: dict[int, list[Any]] = {}
    for value, time in samples:
        groups.setdefault(periods.number(as_datetime(time)), []).append(value)
    return [(groups[number], *periods.bounds(number)) for number in sorted(groups)]


def _chosen(method: str, attribute_type: str, values: Sequence[Any]) -> list[Any]:
    """The values a method is worked out from; of a mixture, those of the kind there is most of."""
    if method in _COUNTS:
        return list(values)
    kinds: dict[str, list[Any]] = {}
    for value in values:
        kind = kind_of(attribute_type, value)
        if method in _FITTING[kind]:
            comparable, plain = _plain(kind, value)
            kinds.setdefault(comparable, []).append(plain)
    return max(kinds.values(), key=len) if kinds else []


def _plain(kind: str, value: Any) -> tuple[str, Any]:
    if kind == "boolean":
        return "number", int(value)
    if kind == "array":
        return "number", len(value)
    if kind in {"DateTime", "Date", "Time"}:
        moment = moment_of(value)
        if moment is not None:
            return kind, _Time(moment.key) if kind == "Time" else moment.text
    return kind, value


class _Time(str):
    """A time of day; it has a mean, which texts have not."""

    __slots__ = ()


def _distinct(values: Sequence[Any]) -> int:
    return len({_signature(value) for value in values})


def _signature(value: Any) -> bytes:
    if type(value) is int:
        value = float(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _sum(values: Sequence[float]) -> float | None:
    whole = [value for value in values if isinstance(value, int)]
    if len(whole) == len(values):
        return _bounded(sum(whole))
    return _finite(lambda: math.fsum(values))


def _mean(values: Sequence[Any]) -> Any:
    if isinstance(values[0], _Time):
        return _mean_time(values)
    return _finite(lambda: math.fsum(values) / len(values))


def _mean_time(values: Sequence[str]) -> str:
    seconds = []
    for value in values:
        hour, minute, second = value.split(":")
        seconds.append(int(hour) * 3600 + int(minute) * 60 + float(second))
    mean = round(math.fsum(seconds) / len(seconds)) % _DAY
    return f"{mean // 3600:02}:{mean // 60 % 60:02}:{mean % 60:02}Z"


def _deviation(values: Sequence[float]) -> float | None:
    """Of the whole population: the values of the period are all there are."""
    return _finite(lambda: statistics.pstdev(map(float, values)))


def _squares(values: Sequence[float]) -> float | None:
    whole = [value for value in values if isinstance(value, int)]
    if len(whole) == len(values):
        return _bounded(sum(value * value for value in whole))
    return _finite(lambda: math.fsum(float(value) * float(value) for value in values))


def _smallest(values: Sequence[Any]) -> Any:
    return _written(min(values))


def _largest(values: Sequence[Any]) -> Any:
    return _written(max(values))


def _written(value: Any) -> Any:
    return f"{value}Z" if isinstance(value, _Time) else value


def _bounded(value: int) -> float:
    """A whole number as JSON carries it: of 64 bits, or else approximately."""
    return value if -(2**63) <= value < 2**64 else float(value)


def _finite(compute: Callable[[], float]) -> float | None:
    """A number, or None where it is larger than numbers are."""
    try:
        value = compute()
    except (OverflowError, ValueError):
        return None
    return value if math.isfinite(value) else None


_COMPUTED: Final[dict[str, Callable[[Sequence[Any]], Any]]] = {
    "totalCount": len,
    "distinctCount": _distinct,
    "sum": _sum,
    "avg": _mean,
    "min": _smallest,
    "max": _largest,
    "stddev": _deviation,
    "sumsq": _squares,
}
