"""The cells of the folder's tables: numbers, amounts with units, places, qualities, limits.

Every reader takes the row and the column, answers with a value, and notes a fault with its line
and mend instead of raising, so that one run finds them all. A faulty cell answers with a value
that breaks nothing further.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kierto.core.geography import Point
from kierto.core.quantity import NotANumber, UnknownUnit, parse_number, unit_factor
from kierto.core.tables import Fault, Row
from kierto.core.text import Sentence as _

_NOT_A_NUMBER = _("“%(text)s” is not a number.")
_WRITE_NUMBER = _("Write digits with one decimal point, such as 2.5.")


class Cells:
    """Reads cells and collects faults; ``units`` gives each kind's unit."""

    def __init__(self, units: Mapping[str, str]) -> None:
        self.units = units
        self.faults: list[Fault] = []

    def text(self, row: Row, column: str) -> str:
        """Text that must be there."""
        if not row[column]:
            self.note(row, column, _("The cell is empty."), _("Fill it in."))
        return row[column]

    def number(
        self, row: Row, column: str, default: float | None = None, *, least: float | None = None
    ) -> float:
        """A number; an empty cell is the default, or a fault where there is none."""
        text = row[column]
        if not text:
            if default is None:
                self.note(row, column, _("The cell is empty."), _("Write a number; 0 counts."))
            return default or 0.0
        value = self._parsed(row, column, text)
        if value is not None and least is not None and value < least:
            self.note(
                row,
                column,
                _("%(text)s is below %(least)s."),
                _("Write %(least)s or more."),
                text=text,
                least=f"{least:g}",
            )
            value = None
        return least or 0.0 if value is None else value

    def optional(self, row: Row, column: str) -> float | None:
        """A number, or ``None`` for an empty cell."""
        return self._parsed(row, column, row[column]) if row[column] else None

    def amount(self, row: Row, column: str, kind: str) -> float:
        """An amount in the row's unit (column ``unit``), converted to the unit of its kind."""
        value = self.number(row, column, least=0)
        wanted, given = self.units.get(kind), row["unit"]
        if not given or wanted is None or given == wanted:
            return value
        try:
            factor, dimension = unit_factor(given)
            wanted_factor, wanted_dimension = unit_factor(wanted)
        except UnknownUnit as error:
            self.note(
                row,
                "unit",
                _("“%(unit)s” is not a unit we know."),
                _("Write %(wanted)s, the unit of the kind."),
                unit=str(error.fields["unit"]),
                wanted=wanted,
            )
            return value
        if dimension != wanted_dimension:
            self.note(
                row,
                "unit",
                _("%(given)s does not measure what %(wanted)s measures."),
                _("Give the amount in %(wanted)s, the unit of the kind."),
                given=given,
                wanted=wanted,
            )
            return value
        return float(Decimal(repr(value)) * factor / wanted_factor)

    def place(self, row: Row) -> Point | None:
        """Latitude and longitude in degrees, or no place when both are empty."""
        given = [name for name in ("latitude", "longitude") if row[name]]
        if not given:
            return None
        if len(given) == 1:
            missing = "longitude" if given == ["latitude"] else "latitude"
            self.note(
                row,
                missing,
                _("Half of the place is missing."),
                _("Fill in both latitude and longitude, or neither."),
            )
            return None
        degrees = []
        for column, limit in (("latitude", 90), ("longitude", 180)):
            value = self._parsed(row, column, row[column])
            if value is not None and abs(value) > limit:
                self.note(
                    row,
                    column,
                    _("%(text)s degrees is not on Earth."),
                    _("Write degrees between −%(limit)s and %(limit)s (WGS 84)."),
                    text=row[column],
                    limit=str(limit),
                )
                value = None
            degrees.append(value)
        latitude, longitude = degrees
        if latitude is None or longitude is None:
            return None
        return Point(latitude, longitude)

    def quality(self, row: Row, column: str = "quality") -> dict[str, float]:
        """``moisture=0.3; nitrogen=12`` as numbers by name."""
        found = {}
        for name, text in self._named(row, column, "moisture=0.3; nitrogen=12"):
            value = self._parsed(row, column, text)
            if value is not None:
                found[name] = value
        return found

    def limits(
        self, row: Row, column: str = "limits"
    ) -> dict[str, tuple[float | None, float | None]]:
        """``moisture=..0.4; nitrogen=10..30`` as ranges by name; an open end is left out."""
        found: dict[str, tuple[float | None, float | None]] = {}
        for name, text in self._named(row, column, "moisture=..0.4; nitrogen=10..30"):
            low, dots, high = (part.strip() for part in text.partition(".."))
            if not dots or not (low or high):
                self.note(
                    row,
                    column,
                    _("“%(text)s” is not a range."),
                    _("Write it as low..high, such as 10..30, ..0.4 or 5.. ."),
                    text=text,
                )
                continue
            found[name] = (
                self._parsed(row, column, low) if low else None,
                self._parsed(row, column, high) if high else None,
            )
        return found

    def _named(self, row: Row, column: str, example: str) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        for part in filter(str.strip, row[column].split(";")):
            name, equals, text = (piece.strip() for piece in part.partition("="))
            if not (name and equals and text):
                self.note(
                    row,
                    column,
                    _("“%(text)s” is not of the form name=value."),
                    _("Write it like this: %(example)s"),
                    text=part.strip(),
                    example=example,
                )
            elif name in dict(pairs):
                self.note(
                    row,
                    column,
                    _("“%(text)s” stands twice."),
                    _("Keep one of the two."),
                    text=name,
                )
            else:
                pairs.append((name, text))
        return pairs

    def _parsed(self, row: Row, column: str, text: str) -> float | None:
        try:
            return float(parse_number(text))
        except NotANumber:
            self.note(row, column, _NOT_A_NUMBER, _WRITE_NUMBER, text=text)
            return None

    def note(self, row: Row, column: str, problem: object, mend: object, **fields: str) -> None:
        """Keep a fault at this cell."""
        self.faults.append(row.fault(column, problem, mend, **fields))
