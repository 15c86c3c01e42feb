"""``prices.csv`` and ``profiles.csv``: what is different in every hour.

The prices say which hours are planned. Profiles are wide (``time`` and a column for each) or long
(``time``, ``profile``, ``value``), and must cover the same hours; more of them do no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kierto.core.tables import Fault, FaultyFile, Row, read_table
from kierto.core.text import Sentence as _
from kierto.planner.dispatch.folder.hours import read_hours
from kierto.planner.dispatch.model import Hours
from kierto.planner.folder.cells import Cells

PRICES = "prices.csv"
PROFILES = "profiles.csv"
PRICE_COLUMNS = ("import_price", "export_price", "carbon")


@dataclass
class Prices:
    """The planned hours, the three series of the grid, and the rows they come from."""

    hours: list[datetime] = field(default_factory=list)
    series: dict[str, Hours] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def read_prices(path: Path, zone: ZoneInfo, cells: Cells) -> Prices:
    """Read ``prices.csv``; an empty carbon column is zero. Faults are noted in ``cells``."""
    rows = _rows(path, ("time", *PRICE_COLUMNS[:2]), cells.faults)
    hours = read_hours(rows, zone, cells.faults)
    series = {
        name: tuple(cells.number(row, name, 0.0 if name == "carbon" else None) for row in rows)
        for name in PRICE_COLUMNS
    }
    return Prices(hours, series, rows)


class Profiles:
    """The named series of ``profiles.csv``, read when asked for."""

    def __init__(self, path: Path, zone: ZoneInfo, hours: Sequence[datetime], cells: Cells) -> None:
        self.zone, self.wanted, self.cells = zone, hours, cells
        rows = _rows(path, ("time",), cells.faults) if path.is_file() else []
        self.columns: dict[str, tuple[list[Row], str]] = {}
        if rows and {"profile", "value"} <= set(rows[0].values):
            for row in rows:
                self.columns.setdefault(row["profile"], ([], "value"))[0].append(row)
        elif rows:
            names = [name for name in rows[0].values if name and name != "time"]
            self.columns = {name: (rows, name) for name in names}
        self.instants: dict[int, list[datetime]] = {}
        self.read: dict[str, Hours] = {}

    def value(self, row: Row, column: str, factor: float = 1.0) -> Hours:
        """A cell that holds a number, for all hours, or the name of a profile; times a factor."""
        text = row[column]
        name = text.lower().replace(" ", "_")
        if text in self.columns or name in self.columns:
            series = self._series(text if text in self.columns else name)
            return tuple(factor * value for value in series)
        if text and text[0] not in "+-.0123456789":
            self.cells.faults.append(
                row.fault(
                    column,
                    _("There is no profile “%(text)s”, and it is not a number."),
                    _("Correct it, or add the profile to profiles.csv."),
                    text=text,
                )
            )
            return (0.0,) * len(self.wanted)
        return (factor * self.cells.number(row, column),) * len(self.wanted)

    def _series(self, name: str) -> Hours:
        if name not in self.read:
            rows, column = self.columns[name]
            if id(rows) not in self.instants:
                self.instants[id(rows)] = read_hours(rows, self.zone, self.cells.faults)
            self.read[name] = self._aligned(name, rows, column, self.instants[id(rows)])
        return self.read[name]

    def _aligned(self, name: str, rows: list[Row], column: str, instants: list[datetime]) -> Hours:
        """The values at the planned hours. Rows follow one another, so an offset is enough."""
        if len(instants) != len(rows) or not self.wanted:
            return (0.0,) * len(self.wanted)
        first = round((self.wanted[0] - instants[0]).total_seconds() / 3600)
        if first < 0 or first + len(self.wanted) > len(rows):
            self.cells.faults.append(
                rows[0].fault(
                    name if column != "value" else "time",
                    _("The profile “%(name)s” does not cover all hours of prices.csv."),
                    _("Give it a value for each hour from %(first)s to %(last)s."),
                    name=name,
                    first=self.wanted[0].astimezone(self.zone).isoformat(timespec="minutes"),
                    last=self.wanted[-1].astimezone(self.zone).isoformat(timespec="minutes"),
                )
            )
            return (0.0,) * len(self.wanted)
        chosen = rows[first : first + len(self.wanted)]
        return tuple(self.cells.number(row, column) for row in chosen)


def _rows(path: Path, required: tuple[str, ...], faults: list[Fault]) -> list[Row]:
    if not path.is_file():
        faults.append(
            Fault(
                path.name,
                0,
                "",
                _("The file is missing."),
                _("Put it into the folder, with the columns %(columns)s."),
                {"columns": ", ".join(required)},
            )
        )
        return []
    try:
        return read_table(path, required=required)
    except FaultyFile as error:
        faults.extend(error.faults)
        return []
