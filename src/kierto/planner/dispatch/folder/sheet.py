"""``district.toml``: title, time zone, carbon price, and the limits of the shared connection."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kierto.core.tables import Fault
from kierto.core.text import Sentence as _
from kierto.planner.dispatch.model import SHORTAGE_PRICE

FILE = "district.toml"
UTC = ZoneInfo("UTC")
TEXTS = ("title", "note", "timezone")
NUMBERS = ("carbon_price", "import_limit", "export_limit", "shortage_price")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the file says; the carbon price in EUR per kg CO2e."""

    title: str = ""
    note: str = ""
    zone: ZoneInfo = UTC
    carbon_price: float = 0.0
    import_limit: float | None = None
    export_limit: float | None = None
    shortage_price: float = SHORTAGE_PRICE


def read_sheet(path: Path, faults: list[Fault]) -> Sheet:
    """Read the file; a folder without one has no limits and no carbon price, in UTC."""
    if not path.is_file():
        return Sheet()
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except UnicodeDecodeError:
        faults.append(
            Fault(FILE, 0, "", _("The text is not encoded in UTF-8."), _("Save it as UTF-8."))
        )
        return Sheet()
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        faults.append(
            Fault(
                FILE,
                int(place[1]) if place else 0,
                "",
                _("The line is not TOML (%(reason)s)."),
                _("Write name = number, and text between quotation marks."),
                {"reason": str(error).partition(" (")[0]},
            )
        )
        return Sheet()
    return _sheet(data, text, faults)


def line_in_sheet(path: Path, name: str) -> int:
    """The line on which a name stands; 0 when it does not."""
    return _line(path.read_text(encoding="utf-8-sig"), name) if path.is_file() else 0


def _sheet(data: Mapping[str, Any], text: str, faults: list[Fault]) -> Sheet:
    fields: dict[str, Any] = {}
    for name, value in data.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if name == "timezone":
            try:
                fields["zone"] = ZoneInfo(str(value))
            except (KeyError, ValueError, OSError):
                _note(
                    faults, text, name, value,
                    _("“%(value)s” is not a time zone."),
                    _("Write one of the IANA names, such as Europe/Helsinki."),
                )  # fmt: skip
        elif name in NUMBERS and number and math.isfinite(value):
            fields[name] = float(value)
        elif name in NUMBERS:
            _note(
                faults, text, name, value,
                _("“%(value)s” is not a number."),
                _("Write a number without quotation marks."),
            )  # fmt: skip
        elif name in TEXTS and isinstance(value, str):
            fields[name] = value
        else:
            _note(
                faults, text, name, value,
                _("This name is not known here, or its value is not text."),
                _("Remove it or correct it; known are: %(known)s."),
            )  # fmt: skip
    return Sheet(**fields)


def _note(
    faults: list[Fault], text: str, name: str, value: object, problem: Any, mend: Any
) -> None:
    fields = {"value": str(value), "known": ", ".join((*TEXTS, *NUMBERS))}
    faults.append(Fault(FILE, _line(text, name), name, problem, mend, fields))


def _line(text: str, name: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*\[?{re.escape(name)}\]?\s*(=|$)", line):
            return number
    return 0
