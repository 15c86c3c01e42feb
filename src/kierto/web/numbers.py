"""Numbers for people: by locale, with their unit, in a prefix that reads well.

Three significant digits unless somebody asks for the exact amount: nobody's estimate is better,
and a weighed amount is shown as it was entered (``quantity_text``).
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kierto.core.money import Money
from kierto.core.quantity import Quantity

Number = Decimal | float | int

NO_BREAK = "\u00a0"
DIGITS = 3
SCALE_DIGITS = 6
LARGEST = 1e15
"""From here on a number means nothing to anybody and is written in powers of ten."""

# Unit → (smallest amount, divisor, symbol), largest first. The last one takes the rest.
_PREFIXES: dict[str, tuple[tuple[float, float, str], ...]] = {
    # "12,400 t" reads easier than "12.4 kt", so tonnes are the largest.
    "kg": ((1e3, 1e3, "t"), (0, 1, "kg")),
    "kgCO2e": ((1e3, 1e3, "t\u00a0CO₂e"), (0, 1, "kg\u00a0CO₂e")),
    "kWh": ((1e6, 1e6, "GWh"), (1e3, 1e3, "MWh"), (0, 1, "kWh")),
    "m2": ((1e4, 1e4, "ha"), (0, 1, "m²")),
}

_SPELLINGS = {
    "kg co2e": "kgCO2e",
    "kgco2e": "kgCO2e",
    "kg co₂e": "kgCO2e",
    "m³": "m3",
    "m²": "m2",
    "×": "item",
    "items": "item",
    "€": "EUR",
    "eur": "EUR",
    "%": "percent",
    "share": "ratio",
    "1": "ratio",
    "index": "",
}
_SYMBOLS = {"m3": "m³", "m2": "m²", "tkm": "t·km"}


def locale_of(language: str | None = None) -> Locale:
    """Babel's locale of the reader's language; English where Babel has none."""
    try:
        return Locale.parse((language or get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def number_text(value: Number, digits: int | None = DIGITS) -> str:
    """The number by locale, at so many significant digits; ``None`` shows it exactly."""
    exact = Decimal(str(value))
    if abs(float(exact)) >= LARGEST:
        return f"{exact:.2E}"
    shown = exact if digits is None else significant(exact, digits)
    return format_decimal(shown, format="#,##0.######", locale=locale_of())


def significant(value: Decimal, digits: int) -> Decimal:
    """Rounded to so many significant digits; digits before the decimal mark are kept sensible.

    >>> significant(Decimal("12.437"), 3)
    Decimal('12.4')
    """
    if value == 0:
        return Decimal(0)
    places = digits - 1 - value.copy_abs().adjusted()
    return round(value, places) if places <= 0 else round(value, min(places, 6))


def canonical_spelling(unit: Any) -> str:
    """The key by which this module knows the unit; unknown ones come back as they are."""
    text = str(unit or "").strip()
    return _SPELLINGS.get(text.lower(), text)


def amount_text(value: Number | None, unit: Any = "", digits: int | None = DIGITS) -> str:
    """``12400, "kg"`` → "12.4 t"; money, shares and counts in their own manner.

    ``digits=None`` shows the exact number and keeps the unit without prefix.
    """
    if value is None or not math.isfinite(value):
        return "–"
    return _with_symbol(value, *_scaled([value], canonical_spelling(unit), digits), digits)


def range_text(
    value: Number, low: Number | None, high: Number | None, unit: Any = "", digits: int = DIGITS
) -> str:
    """ "12.4 t CO₂e (9.1–16.2)": one prefix for all three, the bounds at one digit less."""
    if low is None or high is None or (low == high == value):
        return amount_text(value, unit, digits)
    key = canonical_spelling(unit)
    divisor, symbol = _scaled([value], key, digits)
    factor = 100.0 if key == "ratio" else 1.0
    low_text, high_text = (
        number_text(float(bound) / divisor * factor, max(digits - 1, 1)) for bound in (low, high)
    )
    return _("%(amount)s (%(low)s–%(high)s)") % {
        "amount": _with_symbol(value, divisor, symbol, digits),
        "low": low_text,
        "high": high_text,
    }


def money_text(value: Number | Money | None, currency: str = "EUR") -> str:
    """Cents below a hundred, whole units above."""
    if value is None:
        return "–"
    if isinstance(value, Money):
        return money_text(value.amount, value.currency)
    if abs(float(value)) >= LARGEST:
        return f"{number_text(value)}{NO_BREAK}{currency}"
    whole = abs(float(value)) >= 100 or value == int(value)
    return format_currency(
        round(value) if whole else value,
        currency,
        locale=locale_of(),
        currency_digits=not whole,
        format=_whole_money() if whole else None,
    )


def _whole_money() -> str:
    pattern: str = locale_of().currency_formats["standard"].pattern
    return pattern.replace(".00", "")


def per_text(amount: str, period: str) -> str:
    """ "3 t" and "week" → "3 t a week"; other words become "3 € per tonne"."""
    sentences = {
        "day": _("%(amount)s a day"),
        "week": _("%(amount)s a week"),
        "month": _("%(amount)s a month"),
        "year": _("%(amount)s a year"),
        "once": _("%(amount)s once"),
    }
    sentence = sentences.get(str(period), _("%(amount)s per %(unit)s"))
    return sentence % {"amount": amount, "unit": symbol_of(period)}


def quantity_text(thing: Any) -> str:
    """A quantity as somebody entered it: a :class:`Quantity`, or a row that keeps one.

    Rows have ``entered_value`` and ``entered_unit``; without them the canonical amount is shown
    exactly, in the unit of the row's kind.
    """
    if isinstance(thing, Quantity):
        return _entered(thing.value, thing.unit)
    value, unit = getattr(thing, "entered_value", ""), getattr(thing, "entered_unit", "")
    if value:
        return _entered(value, unit)
    amount = getattr(thing, "resource_quantity", None)
    kind = getattr(thing, "conforms_to", None) or getattr(thing, "kind", None)
    if amount is None:
        effort = getattr(thing, "effort_quantity", None)
        return "–" if effort is None else amount_text(effort, "h", None)
    return amount_text(amount, getattr(kind, "unit", ""), None)


def _entered(value: Any, unit: str) -> str:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return f"{value}{NO_BREAK}{unit}"
    return _with_symbol(_weighed(number), 1, canonical_spelling(unit), None)


def _weighed(number: Decimal) -> Decimal:
    """Whole units in full, and no more decimals than a good scale shows."""
    whole_digits = max(number.copy_abs().adjusted() + 1, 1)
    return round(number, max(SCALE_DIGITS - whole_digits, 0))


def scale_for(values: list[Number], unit: Any) -> tuple[float, str]:
    """Divisor and symbol in which all the values read well together: for axes and columns."""
    known = [value for value in values if math.isfinite(value)]
    divisor, symbol = _scaled(known or [0], canonical_spelling(unit), DIGITS)
    match symbol:
        case "ratio":
            return 0.01, "%"
        case "percent":
            return 1, "%"
    return divisor, symbol_of(symbol)


def _scaled(values: list[Number], key: str, digits: int | None) -> tuple[float, str]:
    """Divisor and symbol that suit the largest of the values."""
    largest = max(abs(float(value)) for value in values)
    for smallest, divisor, symbol in _PREFIXES.get(key, ()) if digits is not None else ():
        if largest >= smallest:
            return divisor, symbol
    return 1, key


def _with_symbol(value: Number, divisor: float, symbol: str, digits: int | None) -> str:
    if abs(float(value)) >= LARGEST:
        return f"{number_text(value)}{NO_BREAK}{symbol}"
    match symbol:
        case "EUR":
            return money_text(value if digits is None else _estimated(value, digits))
        case "ratio":
            return _percent(float(value), digits)
        case "percent":
            return _percent(float(value) / 100, digits)
        case "item":
            return items_text(value)
    number = Decimal(str(value)) / Decimal(str(divisor)) if divisor != 1 else value
    text = number_text(number, digits)
    return f"{text}{NO_BREAK}{symbol_of(symbol)}" if symbol else text


def _estimated(value: Number, digits: int) -> Number:
    """Money as good as an estimate is: cents and single euros of small sums are left alone."""
    return significant(Decimal(str(value)), digits) if abs(float(value)) >= 1000 else value


def _percent(share: float, digits: int | None) -> str:
    places = 0 if abs(share) >= 0.1 or share == 0 or (digits is not None and digits < 3) else 1
    pattern: str = locale_of().percent_formats[None].pattern
    if places:
        pattern = pattern.replace("0%", "0.0%").replace("0\u00a0%", "0.0\u00a0%")
    return format_percent(share, format=pattern, locale=locale_of())


def items_text(value: Number) -> str:
    """ "1 item", "12 items" with the plural forms of the language."""
    count = round(value) if value == int(value) else 2
    return ngettext("%(count)s item", "%(count)s items", count) % {"count": number_text(value)}


def symbol_of(unit: Any) -> str:
    key = canonical_spelling(unit)
    if key == "EUR":
        return "€"
    if "kgCO2e" in key:
        return key.replace("kgCO2e", f"kg{NO_BREAK}CO₂e")
    return _SYMBOLS.get(key, key).replace("CO2e", "CO₂e").replace("CO2", "CO₂")
