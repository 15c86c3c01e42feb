"""Measured properties and limits, between what people type and what is stored.

Of an offer: ``moisture = 0.6`` ↔ ``{"moisture": 0.6}``. Of a need: ``moisture = 0.2 to 0.7``,
``moisture <= 0.7``, ``nitrogen >= 0.01`` ↔ ``{"moisture": [0.2, 0.7]}`` with ``null`` for an open
end. One on each line, or separated by semicolons. Fractions are of wet mass, heating value is
MJ/kg: the catalogue's own properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kierto.core.quantity import NotANumber, parse_number
from kierto.exchange.errors import BadQuality, UnknownQuality

PROPERTIES = (
    "moisture",
    "carbon",
    "nitrogen",
    "phosphorus",
    "potassium",
    "heating_value",
)
_PART = re.compile(
    r"^(?P<name>[A-Za-z_ ]+?)\s*(?P<sign><=|>=|≤|≥|=|:)\s*(?P<first>[-\d.,]+)"
    r"(?:\s*(?:\.\.|–|to)\s*(?P<second>[-\d.,]+))?$"
)


def read_measured(text: str) -> dict[str, float]:
    """Properties of an offer.

    Raises:
        BadQuality: a line cannot be read, or gives a range where one value is wanted.
        UnknownQuality: the catalogue has no such property.
    """
    found: dict[str, float] = {}
    for part, name, match in _parts(text):
        if match["sign"] not in "=:" or match["second"]:
            raise BadQuality(text=part)
        found[name] = _number(match["first"], part)
    return found


def read_limits(text: str) -> dict[str, list[float | None]]:
    """Limits of a need: lowest and highest by property.

    Raises:
        BadQuality: a line cannot be read, or its range is backwards.
        UnknownQuality: the catalogue has no such property.
    """
    found: dict[str, list[float | None]] = {}
    for part, name, match in _parts(text):
        low, high = found.get(name, [None, None])
        first = _number(match["first"], part)
        if match["second"]:
            low, high = first, _number(match["second"], part)
        elif match["sign"] in ("<=", "≤"):
            high = first
        elif match["sign"] in (">=", "≥"):
            low = first
        else:
            low = high = first
        if low is not None and high is not None and low > high:
            raise BadQuality(text=part)
        found[name] = [low, high]
    return found


def write_quality(quality: Mapping[str, Any]) -> str:
    """The text that reads back to ``quality``, one property a line."""
    return "\n".join(_line(name, value) for name, value in sorted(quality.items()))


def _line(name: str, value: Any) -> str:
    if not isinstance(value, list | tuple):
        return f"{name} = {value:g}"
    low, high = value
    if low is None:
        return f"{name} <= {high:g}"
    if high is None:
        return f"{name} >= {low:g}"
    return f"{name} = {low:g} to {high:g}"


def _parts(text: str) -> Iterator[tuple[str, str, re.Match[str]]]:
    for part in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
        match = _PART.match(part)
        if match is None:
            raise BadQuality(text=part)
        name = match["name"].strip().lower().replace(" ", "_")
        if name not in PROPERTIES:
            raise UnknownQuality(name=name, known=", ".join(PROPERTIES))
        yield part, name, match


def _number(text: str, part: str) -> float:
    try:
        return float(parse_number(text))
    except NotANumber:
        raise BadQuality(text=part) from None
