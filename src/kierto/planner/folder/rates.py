"""``rates.toml``: what carrying costs, the carbon price, the periods, and the report's title."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from kierto.core.geography import ROAD_FACTOR
from kierto.core.tables import Fault
from kierto.core.text import Sentence as _
from kierto.planner.model import Rate, Rates

FILE = "rates.toml"
TOP = (
    *("title", "note", "period", "periods", "cyclic", "carbon_price", "road_factor"),
    *("default", "kinds"),
)
MOST_PERIODS = 8_784
"""The hours of a leap year."""

RATE = tuple(field.name for field in fields(Rate))


@dataclass(frozen=True, slots=True)
class RatesFile:
    """What the file says."""

    rates: Rates
    carbon_price: float = 0.0
    period: str = "week"
    periods: int = 1
    cyclic: bool = False
    title: str = ""
    note: str = ""


def read_rates(path: Path, faults: list[Fault]) -> RatesFile | None:
    """Read the file; faults are noted with their line, and the answer is then ``None``."""
    reader = _Reader(faults)
    data = reader.load(path)
    if data is None:
        return None
    before = len(faults)
    reader.known(data, TOP, "")
    default = reader.rate(data.get("default"), "default")
    kinds = {
        code: reader.rate(table, f"kinds.{code}")
        for code, table in reader.table(data, "kinds").items()
    }
    read = RatesFile(
        rates=Rates(default, kinds, reader.number(data, "road_factor", ROAD_FACTOR)),
        carbon_price=reader.number(data, "carbon_price", 0.0),
        period=reader.text(data, "period", "week"),
        periods=reader.whole(data, "periods", 1),
        cyclic=reader.yes(data, "cyclic"),
        title=reader.text(data, "title", ""),
        note=reader.text(data, "note", ""),
    )
    return read if len(faults) == before else None


class _Reader:
    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.lines: list[str] = []

    def load(self, path: Path) -> dict[str, Any] | None:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self._note(0, "", _("The file is missing."), _("Put it into the folder."))
            return None
        except UnicodeDecodeError:
            self._note(0, "", _("The text is not encoded in UTF-8."), _("Save it as UTF-8."))
            return None
        self.lines = text.splitlines()
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            self._note(
                int(place[1]) if place else len(self.lines),
                "",
                _("The line is not TOML (%(reason)s)."),
                _("Write name = number, and text between quotation marks."),
                reason=str(error).partition(" (")[0],
            )
            return None

    def known(self, table: Mapping[str, Any], names: tuple[str, ...], section: str) -> None:
        for name in table:
            if name not in names:
                self._note(
                    self._line(name, section),
                    name,
                    _("This name is not known here."),
                    _("Remove it or correct it; known are: %(known)s."),
                    known=", ".join(names),
                )

    def table(self, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        found = data.get(name, {})
        if isinstance(found, Mapping):
            return found
        self._note(
            self._line(name, ""),
            name,
            _("This must be a section."),
            _("Write it as [%(name)s]."),
            name=name,
        )
        return {}

    def rate(self, table: Any, section: str) -> Rate:
        if not isinstance(table, Mapping):
            self._note(
                0,
                section,
                _("The section [%(section)s] is missing."),
                _("Add it with cost_per_km and emissions_per_km."),
                section=section,
            )
            return Rate(0.0, 0.0)
        self.known(table, RATE, section)
        for name in ("cost_per_km", "emissions_per_km"):
            if name not in table:
                self._note(
                    self._line("", section),
                    name,
                    _("The section [%(section)s] lacks this number."),
                    _("Add it; 0 counts."),
                    section=section,
                )
        numbers = {name: self.number(table, name, 0.0, section) for name in RATE if name in table}
        return Rate(**{"cost_per_km": 0.0, "emissions_per_km": 0.0, **numbers})

    def number(
        self, table: Mapping[str, Any], name: str, default: float, section: str = ""
    ) -> float:
        value = table.get(name, default)
        usable = isinstance(value, int | float) and not isinstance(value, bool)
        if usable and math.isfinite(value):
            return float(value)
        self._note(
            self._line(name, section),
            name,
            _("“%(value)s” is not a number."),
            _("Write a number without quotation marks."),
            value=str(value),
        )
        return default

    def whole(self, table: Mapping[str, Any], name: str, default: int) -> int:
        value = table.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_PERIODS:
            return value
        self._note(
            self._line(name, ""),
            name,
            _("“%(value)s” is not a number of periods."),
            _("Write a whole number from 1 to %(most)s."),
            value=str(value),
            most=str(MOST_PERIODS),
        )
        return default

    def yes(self, table: Mapping[str, Any], name: str) -> bool:
        value = table.get(name, False)
        if isinstance(value, bool):
            return value
        self._note(
            self._line(name, ""),
            name,
            _("“%(value)s” is neither true nor false."),
            _("Write true or false without quotation marks."),
            value=str(value),
        )
        return False

    def text(self, table: Mapping[str, Any], name: str, default: str) -> str:
        value = table.get(name, default)
        if isinstance(value, str):
            return value
        self._note(
            self._line(name, ""),
            name,
            _("“%(value)s” is not text."),
            _("Put it between quotation marks."),
            value=str(value),
        )
        return default

    def line_of(self, name: str, section: str) -> int:
        return self._line(name, section)

    def _line(self, name: str, section: str) -> int:
        """The line on which a name stands in its section; that of the section if it does not."""
        inside, last = section == "", 0
        for number, line in enumerate(self.lines, start=1):
            if heading := re.match(r"\s*\[([^\]]+)\]", line):
                title = heading[1].replace('"', "").replace("'", "").strip()
                inside = title == section
                if inside or title == name:
                    last = number
            elif inside and name and re.match(rf"\s*\"?{re.escape(name)}\"?\s*=", line):
                return number
        return last

    def _note(self, line: int, column: str, problem: Any, mend: Any, **fields: str) -> None:
        self.faults.append(Fault(FILE, line, column, problem, mend, fields))


def line_in_rates(path: Path, name: str, section: str) -> int:
    """The line of a name in the file, for faults found after reading; 0 when it is not there."""
    reader = _Reader([])
    reader.load(path)
    return reader.line_of(name, section)
