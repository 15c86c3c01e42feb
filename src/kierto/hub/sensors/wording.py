"""Values as people write them: by locale, with their unit, a share as percent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kierto.hub.entity_rows import plain_text
from kierto.hub.sensors import units
from kierto.hub.sensors.kinds import SHARES

DIGITS: Final = 4
"""No sensor measures more."""

_LARGEST: Final = 10**15
"""From here on a number is written in powers of ten."""


def value_text(name: str, value: Any, code: str) -> str:
    """A value of the attribute with this short name; ``code`` is its UN/CEFACT unit or empty."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if not isinstance(value, (int, float)):
        return plain_text(value)
    factor, symbol = shown_as(name, code)
    if symbol == "%" and abs(value) < _LARGEST:
        share = _rounded(value * factor / 100)
        return format_percent(share, locale=_locale(), decimal_quantization=False)
    return f"{number_text(value)}\u00a0{symbol}" if symbol else number_text(value)


def shown_as(name: str, code: str) -> tuple[float, str]:
    """What a number is multiplied by for people, and its unit as they write it."""
    if name in SHARES and code in {"", "C62"}:
        return 100.0, "%"
    return 1.0, units.symbol_of(code)


def number_text(value: float) -> str:
    """A number by locale."""
    if abs(value) >= _LARGEST:
        return f"{Decimal(value):.3E}"
    return format_decimal(_rounded(value), format="#,##0.######", locale=_locale())


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _locale() -> Locale:
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
