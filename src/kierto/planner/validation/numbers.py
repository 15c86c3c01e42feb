"""Numbers: one by one with words, or a whole column at once without."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from kierto.core.text import Sentence as _
from kierto.planner.errors import Flaw
from kierto.planner.model import Blend, Fallback, Limits

T = TypeVar("T")

_FINITE = _("“%(value)s” is not a finite number.")
_NUMBER = _("Give a plain number; for “as much as you like”, one that is never reached.")
_NEGATIVE = _("%(value)s is negative.")
_POSITIVE = _("Give zero or more.")


def number(
    part: str, id_: str, field: str, value: float | None, least: float | None = None
) -> Iterator[Flaw]:
    """A finite number, not below ``least``; ``None`` is no number and no flaw."""
    if value is None:
        return
    if not math.isfinite(value):
        yield Flaw(part, id_, field, _FINITE, _NUMBER, {"value": value})
    elif least is not None and value < least:
        yield Flaw(part, id_, field, _NEGATIVE, _POSITIVE, {"value": value})


def suspects(
    parts: Sequence[T],
    *,
    finite: Iterable[Callable[[T], float]] = (),
    positive: Iterable[Callable[[T], float]] = (),
) -> list[T]:
    """The parts of which some column is not finite, or not at least zero."""
    wrong = np.zeros(len(parts), dtype=np.bool_)
    for column in finite:
        wrong |= ~np.isfinite(_values(parts, column))
    for column in positive:
        values = _values(parts, column)
        wrong |= ~(np.isfinite(values) & (values >= 0))
    return [parts[i] for i in np.flatnonzero(wrong).tolist()]


def _values(parts: Sequence[T], column: Callable[[T], float]) -> np.typing.NDArray[np.float64]:
    return np.fromiter(map(column, parts), dtype=np.float64, count=len(parts))


def fallback(part: str, id_: str, value: Fallback) -> Iterator[Flaw]:
    """Both numbers of a fallback; either may be negative."""
    yield from number(part, id_, "fallback_cost", value.cost)
    yield from number(part, id_, "fallback_emissions", value.emissions)


def quality(part: str, id_: str, stated: Mapping[str, float]) -> Iterator[Flaw]:
    """Stated properties are finite; they may be negative (a temperature)."""
    for name, value in stated.items():
        yield from number(part, id_, f"quality {name}", value)


def limits(part: str, id_: str, ranges: Limits) -> Iterator[Flaw]:
    """Ranges have finite ends in order."""
    for name, (low, high) in ranges.items():
        yield from _range(part, id_, f"limit {name}", low, high)


def blends(part: str, id_: str, wanted: Iterable[Blend]) -> Iterator[Flaw]:
    """Blends name a quality and have at least one end; the ends are in order."""
    for blend in wanted:
        field = f"blend {blend.quality}"
        if not blend.quality or blend.quality == blend.per:
            yield Flaw(
                part,
                id_,
                field,
                _("The blend compares “%(quality)s” with “%(per)s”."),
                _("Name one quality, and another one if a ratio is meant."),
                {"quality": blend.quality, "per": blend.per},
            )
        if blend.low is None and blend.high is None:
            yield Flaw(
                part,
                id_,
                field,
                _("The blend has neither a lower nor an upper end."),
                _("Give one of them, or remove the blend."),
            )
        yield from _range(part, id_, field, blend.low, blend.high)


def _range(
    part: str, id_: str, field: str, low: float | None, high: float | None
) -> Iterator[Flaw]:
    yield from number(part, id_, field, low)
    yield from number(part, id_, field, high)
    if low is not None and high is not None and low > high:
        yield Flaw(
            part,
            id_,
            field,
            _("The lower end %(low)s is above the upper end %(high)s."),
            _("Swap the two."),
            {"low": low, "high": high},
        )


def profile(part: str, id_: str, values: Sequence[float], periods: int) -> Iterator[Flaw]:
    """One amount for each period, none negative; no profile at all is fine."""
    if values and len(values) != periods:
        yield Flaw(
            part,
            id_,
            "profile",
            _("The profile has %(count)s amounts, but there are %(periods)s periods."),
            _("Give one amount for each period, or none at all."),
            {"count": len(values), "periods": periods},
        )
    for period, value in enumerate(values, start=1):
        for flaw in number(part, id_, "profile", value, least=0):
            yield Flaw(part, id_, f"profile {period}", flaw.problem, flaw.mend, flaw.fields)
