"""Emission factors: the UK government's flat file, and our own table with a range.

Of the flat file (one row an activity, unit and gas) the rows that state the whole ``kg CO2e``
with a value are taken. Their range follows from the quality by a rule of this project, since the
publisher states none: ±15 % for transport and fuels (quality 2), ±30 % for materials and waste
(quality 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from kierto.catalogue.importers.cells import RowLeft, needed
from kierto.catalogue.importers.ranges import code_of, range_of, take_ranges
from kierto.catalogue.importers.whole import taken_whole
from kierto.catalogue.models import EmissionFactor
from kierto.catalogue.permissions import can_import
from kierto.core.errors import DomainError
from kierto.core.intake import Intake
from kierto.core.quantity import parse_number
from kierto.core.tables import Fault, FaultyFile, Row, read_table
from kierto.core.text import Sentence as _
from kierto.parties.models import Agent

OWN_COLUMNS = (
    "code", "activity", "value", "unit", "low", "high", "source", "year", "region", "quality",
    "note",
)  # fmt: skip
FLAT_COLUMNS = (
    "id", "scope", "level_1", "level_2", "level_3", "level_4", "column_text", "uom", "ghg/unit",
)  # fmt: skip
VALUE_COLUMN = "ghg_conversion_factor_"
PUBLISHER = "Department for Energy Security and Net Zero"
TITLE = "UK Government GHG Conversion Factors for Company Reporting"
WHOLE_GAS = "kg CO2e"
SPREAD = {1: 0.05, 2: 0.15, 3: 0.3, 4: 0.5, 5: 0.8}
"""Half-width of the range by quality, as a share of the value, where the source states none."""

COARSE_TOPICS = ("material use", "waste disposal", "hotel stay", "homeworking")

# Unit as published → (our unit, how many of ours one of theirs is).
UNITS: dict[str, tuple[str, Decimal]] = {
    "tonnes": ("kg", Decimal(1000)),
    "kg": ("kg", Decimal(1)),
    "tonne.km": ("tkm", Decimal(1)),
    "km": ("km", Decimal(1)),
    "miles": ("km", Decimal("1.609344")),
    "passenger.km": ("pkm", Decimal(1)),
    "kwh": ("kWh", Decimal(1)),
    "kwh (net cv)": ("kWh", Decimal(1)),
    "kwh (gross cv)": ("kWh", Decimal(1)),
    "gj": ("kWh", Decimal(1000) / Decimal("3.6")),
    "litres": ("m3", Decimal("0.001")),
    "million litres": ("m3", Decimal(1000)),
    "cubic metres": ("m3", Decimal(1)),
    "m3": ("m3", Decimal(1)),
    "room per night": ("item", Decimal(1)),
}


@taken_whole()
def import_factors(source: Path | bytes, *, name: str | None = None, by: Agent) -> Intake:
    """Take a table of emission factors, CSV or XLSX, in the flat-file form or our own.

    Raises:
        NotAllowed: ``by`` is no administrator of the node.
        FaultyFile: the table's shape is wrong; nothing is taken.
    """
    can_import(by).require()
    name = name or (source.name if isinstance(source, Path) else "factors.csv")
    rows = read_table(source, name=name)
    if "ghg/unit" in (rows[0].values if rows else {}):
        return take_ranges(rows, name, EmissionFactor, _flat_reader(rows))
    _require(rows, name, OWN_COLUMNS[:-1])
    return take_ranges(rows, name, EmissionFactor, _own_values)


def _require(rows: list[Row], name: str, columns: Iterable[str]) -> None:
    found = list(rows[0].values) if rows else []
    faults = [
        Fault(
            name,
            1,
            column,
            _("The header lacks this column."),
            _("Add it; the columns found are: %(found)s."),
            {"found": ", ".join(found)},
        )
        for column in columns
        if column not in found
    ]
    if faults or not rows:
        raise FaultyFile(
            faults
            or [Fault(name, 0, "", _("The file has no rows."), _("Write a row under the header."))]
        )


def _own_values(row: Row) -> tuple[str, dict[str, Any]]:
    code = code_of(row)
    return code, {
        "activity": needed(row, "activity"),
        "unit": needed(row, "unit"),
        **range_of(row),
    }


def _flat_reader(rows: list[Row]) -> Callable[[Row], tuple[str, dict[str, Any]]]:
    first = rows[0]
    _require(rows, first.file, FLAT_COLUMNS)
    column = next((each for each in first.values if each.startswith(VALUE_COLUMN)), "")
    year = column.removeprefix(VALUE_COLUMN)
    if not year.isdigit() or not 1990 <= int(year) <= 2200:
        raise FaultyFile(
            [
                Fault(
                    first.file,
                    1,
                    column,
                    _("No column holds the factors of a year."),
                    _("Keep the published header, such as “GHG Conversion Factor 2025”."),
                )
            ]
        )
    return lambda row: _flat_values(row, column, int(year))


def _flat_values(row: Row, column: str, year: int) -> tuple[str, dict[str, Any]]:
    if row["ghg/unit"] != WHOLE_GAS:
        raise RowLeft(
            _("The row states one gas only (%(gas)s); the row with all of them is taken."),
            gas=row["ghg/unit"] or "–",
        )
    if not row[column]:
        raise RowLeft(_("The source gives no value here."))
    unit, size = _unit(row["uom"])
    try:
        value = float(parse_number(row[column]) / size)
    except DomainError as error:
        raise RowLeft("%(error)s", error=error) from error
    quality = 3 if row["level_1"].lower() in COARSE_TOPICS else 2
    spread = abs(value) * SPREAD[quality]
    return f"uk-{year}-{slugify(needed(row, 'id').replace('_', '-'))}", {
        "activity": _activity(row),
        "value": value,
        "unit": unit,
        "low": value - spread,
        "high": value + spread,
        "source": f"{TITLE} {year}, {PUBLISHER}, row {row['id']}",
        "year": year,
        "region": "UK",
        "quality": quality,
        "note": f"{row['scope']}; published per {row['uom']}",
    }


def _unit(text: str) -> tuple[str, Decimal]:
    found = UNITS.get(text.strip().lower())
    if found is None:
        raise RowLeft(
            _("“%(unit)s” is not a unit of ours. We know: %(known)s."),
            unit=text,
            known=", ".join(UNITS),
        )
    return found


def _activity(row: Row) -> str:
    parts = (row[f"level_{n}"] for n in range(1, 5))
    return ": ".join(part for part in (*parts, row["column_text"]) if part)
