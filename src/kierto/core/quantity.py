"""Quantities with units. Stored in one canonical unit per dimension, shown as they were entered.

Canonical units are kg, kWh, m³, m², item, hour and euro; conversion is by pint. Numbers are decimals,
so that a ledger adds up to the last digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any

import pint

from kierto.core.errors import DomainError
from kierto.core.text import Sentence as _

PLACES = Decimal("0.000001")
"""Quantities are kept to a millionth of the canonical unit (a milligram, a cubic centimetre)."""

LARGEST = Decimal("1e13")


class Unit(StrEnum):
    """The canonical unit of each dimension."""

    KILOGRAM = "kg"
    KILOWATT_HOUR = "kWh"
    CUBIC_METRE = "m3"
    SQUARE_METRE = "m2"
    ITEM = "item"
    HOUR = "h"
    EURO = "EUR"


SYMBOLS = {
    Unit.KILOGRAM: "kg",
    Unit.KILOWATT_HOUR: "kWh",
    Unit.CUBIC_METRE: "m³",
    Unit.SQUARE_METRE: "m²",
    Unit.ITEM: "×",
    Unit.HOUR: "h",
    Unit.EURO: "€",
}

# Accepted spellings → (pint expression, canonical unit). Ambiguous ones ("ton") are left out.
_SPELLINGS: dict[str, tuple[str, Unit]] = {
    "mg": ("milligram", Unit.KILOGRAM),
    "g": ("gram", Unit.KILOGRAM),
    "kg": ("kilogram", Unit.KILOGRAM),
    "t": ("tonne", Unit.KILOGRAM),
    "tonne": ("tonne", Unit.KILOGRAM),
    "tonnes": ("tonne", Unit.KILOGRAM),
    "lb": ("pound", Unit.KILOGRAM),
    "wh": ("watt_hour", Unit.KILOWATT_HOUR),
    "kwh": ("kilowatt_hour", Unit.KILOWATT_HOUR),
    "mwh": ("megawatt_hour", Unit.KILOWATT_HOUR),
    "gwh": ("gigawatt_hour", Unit.KILOWATT_HOUR),
    "mj": ("megajoule", Unit.KILOWATT_HOUR),
    "gj": ("gigajoule", Unit.KILOWATT_HOUR),
    "l": ("litre", Unit.CUBIC_METRE),
    "litre": ("litre", Unit.CUBIC_METRE),
    "litres": ("litre", Unit.CUBIC_METRE),
    "m3": ("meter**3", Unit.CUBIC_METRE),
    "m2": ("meter**2", Unit.SQUARE_METRE),
    "ha": ("hectare", Unit.SQUARE_METRE),
    "item": ("item", Unit.ITEM),
    "items": ("item", Unit.ITEM),
    "piece": ("item", Unit.ITEM),
    "pieces": ("item", Unit.ITEM),
    "pcs": ("item", Unit.ITEM),
    "min": ("minute", Unit.HOUR),
    "h": ("hour", Unit.HOUR),
    "hour": ("hour", Unit.HOUR),
    "hours": ("hour", Unit.HOUR),
    "day": ("day", Unit.HOUR),
    "days": ("day", Unit.HOUR),
    "eur": ("euro", Unit.EURO),
    "€": ("euro", Unit.EURO),
}

_PINT_CANONICAL = {
    Unit.KILOGRAM: "kilogram",
    Unit.KILOWATT_HOUR: "kilowatt_hour",
    Unit.CUBIC_METRE: "meter**3",
    Unit.SQUARE_METRE: "meter**2",
    Unit.ITEM: "item",
    Unit.HOUR: "hour",
    Unit.EURO: "euro",
}

_TEXT = re.compile(r"^\s*(?P<number>[+-]?[\d.,\u00a0\u202f' ]*\d)\s*(?P<unit>[^\d\s].*?)?\s*$")


class UnknownUnit(DomainError):
    """The unit is not one that Kierto knows."""

    code = "unknown_unit"
    sentence = _("“%(unit)s” is not a unit we know. Use one of: %(known)s.")


class WrongDimension(DomainError):
    """Kilograms were wanted and hours were given, or the like."""

    code = "wrong_dimension"
    sentence = _(
        "“%(unit)s” does not measure this. Give the amount in %(wanted)s or a unit of the same sort."
    )


class NotANumber(DomainError):
    """The text is not a number, or one too large to mean anything."""

    code = "not_a_number"
    sentence = _(
        "“%(text)s” is not a number we can read. Write digits with one decimal point or comma, such as 2.5 or 2,5."
    )


@cache
def _registry() -> pint.UnitRegistry[Any]:
    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(non_int_type=Decimal, cache_folder=None)
    registry.define("item = [item]")
    registry.define("euro = [currency]")
    return registry


@cache
def unit_factor(unit: str) -> tuple[Decimal, Unit]:
    """How many canonical units one of ``unit`` is, and which canonical unit that is.

    Raises:
        UnknownUnit: the spelling is not known.
    """
    spelling = unit.strip().lower().replace("³", "3").replace("²", "2").replace("×", "item")
    found = _SPELLINGS.get(spelling)
    if found is None:
        raise UnknownUnit(unit=unit, known="kg, t, kWh, MWh, MJ, l, m³, m², item, h, €")
    expression, canonical = found
    quantity = _registry().Quantity(Decimal(1), expression).to(_PINT_CANONICAL[canonical])
    return Decimal(quantity.magnitude), canonical


def parse_number(text: str) -> Decimal:
    """Read a decimal in the spellings of Europe: ``1 234,5``, ``1'234.5``, ``1234.5``, ``2,5``.

    A lone comma or point is the decimal mark; where both stand, the last one is. Refuses text
    whose grouping is ambiguous (``1,234,5``) instead of guessing.

    Raises:
        NotANumber: the text cannot be read as one number, or is absurdly large.
    """
    cleaned = re.sub(r"[\u00a0\u202f' ]", "", text.strip())
    mark = max(cleaned.rfind(","), cleaned.rfind("."))
    whole, fraction = (cleaned, "") if mark < 0 else (cleaned[:mark], cleaned[mark + 1 :])
    groups = re.split(r"[.,]", whole)
    grouped = len(groups) > 1
    if grouped and (
        any(len(group) != 3 for group in groups[1:]) or cleaned[mark] in whole or not fraction
    ):
        raise NotANumber(text=text)
    try:
        number = Decimal("".join(groups) + ("." + fraction if fraction else ""))
    except InvalidOperation:
        raise NotANumber(text=text) from None
    if not number.is_finite() or abs(number) >= LARGEST:
        raise NotANumber(text=text)
    return number


def rounded(value: Decimal) -> Decimal:
    """The value at the ledger's resolution (six decimals, half to even)."""
    return value.quantize(PLACES, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount as somebody entered it: ``Quantity(Decimal("2.5"), "t")``."""

    value: Decimal
    unit: str

    @classmethod
    def parse(cls, text: str, default_unit: str | None = None) -> Quantity:
        """Read ``"2,5 t"``; without a unit in the text, ``default_unit`` counts.

        Raises:
            NotANumber: no number, or a unit is missing and no default given.
            UnknownUnit: the unit is not known.
        """
        match = _TEXT.match(text)
        if match is None:
            raise NotANumber(text=text)
        unit = match["unit"] or default_unit
        if unit is None:
            raise NotANumber(text=text)
        unit_factor(unit)
        return cls(parse_number(match["number"]), unit)

    @property
    def canonical_unit(self) -> Unit:
        """The canonical unit of this quantity's dimension."""
        return unit_factor(self.unit)[1]

    @property
    def canonical(self) -> Decimal:
        """The amount in the canonical unit, at the ledger's resolution."""
        return rounded(self.value * unit_factor(self.unit)[0])

    def amount_in(self, unit: Unit | str) -> Decimal:
        """The amount in canonical ``unit``.

        Raises:
            WrongDimension: the quantity measures something else.
        """
        if self.canonical_unit != unit:
            raise WrongDimension(unit=self.unit, wanted=SYMBOLS[Unit(unit)])
        return self.canonical

    def __str__(self) -> str:
        return f"{self.value.normalize():f} {self.unit}"
