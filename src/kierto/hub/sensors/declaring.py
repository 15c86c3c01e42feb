"""How a device's messages are to be read, as its owner declares it; checked before it is kept.

A declaration is JSON::

    {"format": "json" | "chirpstack" | "ttn" | "senml",
     "time": {"path": "at", "format": "iso" | "unix" | "unix_ms" | strptime, "zone": "UTC"},
     "counter": "seq",
     "attributes": [{"name": "fillingLevel", "path": "object.level",
                     "kind": "number" | "text" | "truth",
                     "unit": "percent", "to": "percent", "factor": 1, "offset": 0,
                     "low": 0, "high": 100, "jump": 40, "stuck": 48, "battery": 20}]}

Only ``attributes`` with ``name`` and ``path`` must be there. The number kept is (sent × factor +
offset) of ``unit``, made into ``to``; ``low``, ``high``, ``jump`` and
``battery`` (below it, its owner is told) are in the unit kept.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from kierto.hub import vocabulary
from kierto.hub.sensors import clocks, paths, units
from kierto.hub.sensors.faults import Fault, Why
from kierto.hub.sensors.paths import Path

FORMATS: Final = ("json", "chirpstack", "ttn", "senml")
KINDS: Final = ("number", "text", "truth")
MOST: Final = 50
_NAME: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9_]{0,99}|(?:https?://|urn:)[!-;=?-~]{3,250}", re.ASCII
)
TAKEN: Final = frozenset({"id", "type", "scope", "location", "name", "observedAt", "unitCode"})
_HEAD: Final = frozenset({"format", "time", "counter", "attributes"})
_OF_ATTRIBUTE: Final = frozenset(
    {
        "name",
        "path",
        "kind",
        "unit",
        "to",
        "factor",
        "offset",
        "low",
        "high",
        "jump",
        "stuck",
        "battery",
    }
)


class MappingFaulty(ValueError):
    """The declaration cannot be used; ``faults`` are all there are."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(f"{fault.path}: {fault.why}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Wanted:
    """One attribute that is read."""

    name: str
    iri: str
    path: Path
    text: str
    kind: str
    unit: str | None
    to: str
    factor: float
    offset: float
    low: float | None
    high: float | None
    jump: float | None
    stuck: int | None
    battery: float | None

    def convert(self, number: float, senml_unit: str | None = None) -> tuple[float, str]:
        """The number in the unit kept, and its code.

        Raises:
            UnitUnknown: the message says a unit that is not known.
        """
        sent = self.unit
        if sent is None and senml_unit is not None:
            sent = units.of_senml(senml_unit)
        scaled = number * self.factor + self.offset
        code = ""
        if sent is not None:
            change = units.conversion(sent, self.to)
            scaled, code = scaled * change.factor + change.offset, change.code
        # 50 °F are 10 °C, and not 9.999999999999403: no device measures twelve digits.
        return (scaled if scaled == number else float(f"{scaled:.12g}")), code


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a message says when it was read."""

    path: Path
    text: str
    form: str
    zone: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A declaration that can be used."""

    form: str
    clock: Clock | None
    counter: Path | None
    attributes: tuple[Wanted, ...]


def read_mapping(declared: Any) -> Mapping:
    """A declaration, checked.

    Raises:
        MappingFaulty: it cannot be used; every fault names its path.
    """
    faults: list[Fault] = []
    if not isinstance(declared, dict):
        raise MappingFaulty([_fault("$", _("A mapping is a JSON object."))])
    faults.extend(
        _fault(str(name), _("This is no part of a mapping."))
        for name in declared
        if name not in _HEAD
    )
    form = declared.get("format", "json")
    if form not in FORMATS:
        faults.append(_fault("format", _("Choose one of: %(known)s."), known=", ".join(FORMATS)))
    clock = _clock(declared.get("time"), faults)
    counter = _path(declared["counter"], "counter", faults) if declared.get("counter") else None
    listed = declared.get("attributes")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        faults.append(
            _fault("attributes", _("Name at least one value, and at most %(most)s."), most=MOST)
        )
        listed = []
    wanted = [
        _attribute(each, f"attributes[{place}]", form, faults) for place, each in enumerate(listed)
    ]
    there = [each for each in wanted if each is not None]
    names = [each.iri for each in there]
    faults.extend(
        _fault(f"attributes[{place}].name", _("Another value has this name already."))
        for place, iri in enumerate(names)
        if iri in names[:place]
    )
    if faults:
        raise MappingFaulty(faults)
    return Mapping(form, clock, counter, tuple(there))


def _attribute(declared: Any, where: str, form: str, faults: list[Fault]) -> Wanted | None:
    if not isinstance(declared, dict):
        faults.append(_fault(where, _("An attribute is a JSON object.")))
        return None
    before = len(faults)
    faults.extend(
        _fault(f"{where}.{name}", _("This is no part of an attribute."))
        for name in declared
        if name not in _OF_ATTRIBUTE
    )
    name = declared.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in TAKEN:
        faults.append(
            _fault(f"{where}.name", _("Write one word, such as fillingLevel, or an IRI."))
        )
    kind = declared.get("kind", "number")
    if kind not in KINDS:
        faults.append(
            _fault(f"{where}.kind", _("Choose one of: %(known)s."), known=", ".join(KINDS))
        )
    said = declared.get("path")
    # A name of SenML is a name, not a path: it may hold any sign.
    if form == "senml" and isinstance(said, str) and 0 < len(said) <= 300:
        path: Path | None = (said,)
    else:
        path = _path(said, f"{where}.path", faults)
    numbers = {part: _number(declared.get(part), f"{where}.{part}", faults) for part in _NUMBERS}
    stuck = numbers["stuck"]
    if stuck is not None and (stuck < 2 or stuck != int(stuck)):
        faults.append(_fault(f"{where}.stuck", _("Write a whole number, 2 or more.")))
    low, high = numbers["low"], numbers["high"]
    if low is not None and high is not None and low >= high:
        faults.append(_fault(f"{where}.high", _("The highest must be above the lowest.")))
    unit, to = _units(declared, where, faults)
    if len(faults) > before or path is None or not isinstance(name, str):
        return None
    factor = numbers["factor"]
    return Wanted(
        name, vocabulary.context().expand(name), path, str(said), kind, unit, to,
        1.0 if factor is None else factor, numbers["offset"] or 0.0, low, high, numbers["jump"],
        None if stuck is None else int(stuck), numbers["battery"],
    )  # fmt: skip


_NUMBERS: Final = ("factor", "offset", "low", "high", "jump", "stuck", "battery")


def _units(declared: dict[str, Any], where: str, faults: list[Fault]) -> tuple[str | None, str]:
    unit, to = declared.get("unit"), declared.get("to", "")
    if (unit is not None and not isinstance(unit, str)) or not isinstance(to, str):
        faults.append(_fault(f"{where}.unit", _("Write a unit, such as degC, percent or kWh.")))
        return None, ""
    if unit is not None:
        try:
            units.conversion(unit, to)
        except units.UnitUnknown as error:
            faults.append(Fault(f"{where}.unit", error.why))
    elif to:
        try:
            units.conversion(to)
        except units.UnitUnknown as error:
            faults.append(Fault(f"{where}.to", error.why))
    return unit, to


def _number(value: Any, where: str, faults: list[Fault]) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
        faults.append(_fault(where, _("Write a number.")))
        return None
    return float(value) if math.isfinite(value) else None


def _path(value: Any, where: str, faults: list[Fault]) -> Path | None:
    if not isinstance(value, str):
        faults.append(
            _fault(
                where,
                _("This is no path. Write the names that lead to the value, such as object.level."),
            )
        )
        return None
    try:
        return paths.read_path(value)
    except paths.PathFault as error:
        faults.append(Fault(where, error.why))
        return None


def _clock(declared: Any, faults: list[Fault]) -> Clock | None:
    if declared is None:
        return None
    if not isinstance(declared, dict) or not declared.keys() <= {"path", "format", "zone"}:
        faults.append(_fault("time", _("A time has a path, a format and perhaps a zone.")))
        return None
    path = _path(declared.get("path"), "time.path", faults)
    form, zone = declared.get("format", "iso"), declared.get("zone", "UTC")
    if not isinstance(form, str) or not (form in clocks.FORMATS or "%" in form) or len(form) > 60:
        faults.append(
            _fault(
                "time.format",
                _("Write iso, unix, unix_ms or a pattern such as %(example)s."),
                example="%d.%m.%Y %H:%M",
            )
        )
    try:
        ZoneInfo(zone)
    except Exception:  # zoneinfo raises whatever its file system does
        faults.append(_fault("time.zone", _("Write a time zone, such as Europe/Helsinki.")))
    return None if path is None else Clock(path, str(declared["path"]), form, zone)


def _fault(path: str, sentence: Any, **fields: Any) -> Fault:
    return Fault(path, Why(sentence, **fields))
