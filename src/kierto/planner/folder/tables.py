"""The tables of a folder: their files and columns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kierto.core.tables import Fault, FaultyFile, Row, read_table
from kierto.core.text import Sentence as _


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the folder."""

    file: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    may_lack: bool = False


PLACE = ("latitude", "longitude")
DISPOSAL = ("disposal_cost", "disposal_emissions")
BUYING = ("buying_cost", "buying_emissions")
FALLBACK = ("fallback_cost", "fallback_emissions")

TABLES = {
    "kinds": Table("kinds.csv", ("code", "unit"), ("parent", "label", "source")),
    "offers": Table(
        "offers.csv",
        ("id", "agent", "kind", "amount", "disposal_cost"),
        ("unit", *PLACE, "disposal_emissions", "minimum_lot", "quality", "source"),
    ),
    "needs": Table(
        "needs.csv",
        ("id", "agent", "kind", "amount", "buying_cost"),
        ("unit", *PLACE, "buying_emissions", "limits", "source"),
    ),
    "processors": Table(
        "processors.csv",
        ("id", "agent", "capacity"),
        (*PLACE, "cost", "emissions", "minimum", "opening_cost", "source"),
        may_lack=True,
    ),
    "streams": Table(
        "streams.csv",
        ("processor", "direction", "kind", "amount"),
        (*FALLBACK, "quality", "limits", "source"),
        may_lack=True,
    ),
    "storages": Table(
        "storages.csv",
        ("id", "agent", "kind", "capacity"),
        ("unit", *PLACE, "cost", "emissions", "loss", "source"),
        may_lack=True,
    ),
    "profiles": Table(
        "profiles.csv", ("id", "period", "amount"), ("unit", "source"), may_lack=True
    ),
    "blends": Table(
        "blends.csv", ("sink", "quality"), ("per", "low", "high", "source"), may_lack=True
    ),
    "arcs": Table(
        "arcs.csv", ("source", "sink", "cost"), ("emissions", "km", "note"), may_lack=True
    ),
}
"""The tables and their columns. A column ``source`` (a note in arcs) says where numbers are from;
it is kept for people and read by nobody."""


def read_rows(folder: Path, table: Table, faults: list[Fault]) -> list[Row] | None:
    """Rows, or ``None`` when the file cannot be read; an absent optional table is empty."""
    path = folder / table.file
    if not path.is_file():
        if table.may_lack:
            return []
        faults.append(
            Fault(
                table.file,
                0,
                "",
                _("The file is missing."),
                _("Put it into the folder, with the columns %(columns)s."),
                {"columns": ", ".join(table.required)},
            )
        )
        return None
    try:
        known: Collection[str] = (*table.required, *table.optional)
        return read_table(path, required=table.required, known=known)
    except FaultyFile as error:
        faults.extend(error.faults)
        return None
