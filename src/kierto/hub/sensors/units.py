"""Units of readings: what a device says, by pint, and the code the interface carries.

Codes are those of UN/CEFACT Recommendation 20 (revision 17, 2021), units of SenML those of RFC 8428
(IETF 2018), section 12.1.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

import pint
from django.utils.translation import gettext_lazy as _

from kierto.hub.sensors.faults import Faulty

CODES: Final[dict[str, str]] = {
    "": "C62",
    "1": "C62",
    "percent": "P1",
    "ppm": "59",
    "degC": "CEL",
    "degF": "FAH",
    "K": "KEL",
    "W": "WTT",
    "kW": "KWT",
    "Wh": "WHR",
    "kWh": "KWH",
    "J": "JOU",
    "V": "VLT",
    "mV": "2Z",
    "A": "AMP",
    "mA": "4K",
    "Hz": "HTZ",
    "lx": "LUX",
    "lm": "LUM",
    "cd": "CDL",
    "Pa": "PAL",
    "hPa": "A97",
    "kPa": "KPA",
    "bar": "BAR",
    "m": "MTR",
    "cm": "CMT",
    "mm": "MMT",
    "km": "KMT",
    "g": "GRM",
    "kg": "KGM",
    "t": "TNE",
    "L": "LTR",
    "m**3": "MTQ",
    "m**3/h": "MQH",
    "s": "SEC",
    "min": "MIN",
    "h": "HUR",
    "day": "DAY",
    "m/s": "MTS",
    "km/h": "KMH",
    "deg": "DD",
    "ug/m**3": "GQ",
    "mg/m**3": "GP",
    "dB": "2N",
}
"""Unit as pint writes it: its code. These are the units that readings may be kept in."""

_OF_SENML: Final[dict[str, str]] = {
    "": "", "Cel": "degC", "K": "K", "%": "percent", "%RH": "percent", "%EL": "percent",
    "/": "", "V": "V", "A": "A", "W": "W", "J": "J", "lx": "lx", "lm": "lm", "cd": "cd",
    "Pa": "Pa", "Hz": "Hz", "m": "m", "m2": "m**2", "m3": "m**3", "l": "L", "m/s": "m/s", "m3/s": "m**3/s",
    "kg": "kg", "g": "g", "s": "s", "rad": "rad", "deg": "deg", "dB": "dB", "count": "",
}  # fmt: skip
_SYMBOLS: Final = {
    **{code: unit.replace("**3", "³") for unit, code in CODES.items()},
    "C62": "", "P1": "%", "CEL": "°C", "FAH": "°F", "DD": "°", "GQ": "µg/m³", "MQH": "m³/h", "DAY": "d",
}  # fmt: skip
_WITHOUT_PINT: Final = frozenset({"", "1", "percent", "ppm", "dB"})
_LONGEST: Final = 40


class UnitUnknown(Faulty):
    """Nobody knows the unit, or it cannot become the other one."""


class Conversion(NamedTuple):
    """Number in the unit kept = number sent × ``factor`` + ``offset``; ``code`` of the unit kept."""

    factor: float
    offset: float
    code: str


@cache
def conversion(sent: str, kept: str = "") -> Conversion:
    """From the unit a device sends to the one that is kept (empty: the same).

    Raises:
        UnitUnknown: one is unknown, they measure different things, or no code is known.
    """
    kept = kept or sent
    code = CODES.get(kept) or _code_like(kept)
    if sent == kept:
        return Conversion(1.0, 0.0, code)
    if {sent, kept} & {"dB"}:
        raise UnitUnknown(_("%(unit)s cannot become %(kept)s."), unit=sent, kept=kept)
    try:
        low = float(_quantity(0.0, sent).to(_quantity(1.0, kept).units).magnitude)
        high = float(_quantity(1.0, sent).to(_quantity(1.0, kept).units).magnitude)
    except pint.errors.PintError as error:
        raise _unlike(sent, kept) from error
    return Conversion(high - low, low, code)


def code_of(unit: str | None) -> str:
    """The code of a unit of a mapping; "" where there is none."""
    return "" if unit is None else conversion(unit).code


def symbol_of(code: str) -> str:
    """How people write the unit of a code; a code that nobody knows is shown as it is."""
    return _SYMBOLS.get(code, code)


def _unlike(sent: str, kept: str) -> UnitUnknown:
    if not sent:
        return UnitUnknown(_("A number without a unit cannot become %(kept)s."), kept=kept)
    return UnitUnknown(_("%(unit)s cannot become %(kept)s."), unit=sent, kept=kept)


def of_senml(unit: str) -> str:
    """The unit of a SenML record, as pint writes it.

    Raises:
        UnitUnknown: it is none of those that devices commonly send.
    """
    if unit not in _OF_SENML:
        raise UnitUnknown(_("The SenML unit %(unit)s is not known."), unit=unit[:_LONGEST])
    return _OF_SENML[unit]


def _code_like(unit: str) -> str:
    """The code of a unit written in another way (``celsius`` for ``degC``)."""
    wanted = _quantity(1.0, unit).units
    for known, code in CODES.items():
        if known not in _WITHOUT_PINT and _quantity(1.0, known).units == wanted:
            return code
    raise UnitUnknown(
        _("%(unit)s has no code here. Keep it in one of: %(known)s."),
        unit=unit,
        known=", ".join(filter(None, CODES)),
    )


def _quantity(number: float, unit: str) -> Any:
    unit = "" if unit == "1" else unit
    if len(unit) > _LONGEST or "**" in unit.replace("**2", "").replace("**3", ""):
        raise UnitUnknown(_("%(unit)s is no unit."), unit=unit[:_LONGEST])
    try:
        return _registry().Quantity(number, _registry().Unit(unit))
    except Exception as error:  # pint's parser raises what its tokenizer meets
        raise UnitUnknown(_("%(unit)s is no unit."), unit=unit) from error


@cache
def _registry() -> pint.UnitRegistry[Any]:
    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(cache_folder=None)
    return registry
