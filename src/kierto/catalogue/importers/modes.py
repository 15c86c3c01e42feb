"""Ways of carrying, in the form of the table that Kierto ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kierto.catalogue.changes import next_edition
from kierto.catalogue.importers.cells import RowLeft, needed, needed_number, number
from kierto.catalogue.importers.names import LANGUAGES
from kierto.catalogue.importers.shelf import Shelf
from kierto.catalogue.importers.whole import taken_whole
from kierto.catalogue.models import TransportMode
from kierto.catalogue.permissions import can_import
from kierto.core.intake import Intake, Outcome
from kierto.core.tables import Row, read_table
from kierto.parties.models import Agent

REQUIRED = ("code", "name", "cost_per_tkm", "emissions_per_tkm", "payload_kg", "source")


def names_by_language(row: Row) -> dict[str, str]:
    """The columns ``name_fi``, ``name_it`` … that are filled."""
    return {each: row[f"name_{each}"] for each in LANGUAGES if row[f"name_{each}"]}


@taken_whole()
def import_transport(source: Path | bytes, *, name: str | None = None, by: Agent) -> Intake:
    """Take ways of carrying: euros and kg CO2e per tonne-kilometre, handling, payload, reach.

    Raises:
        NotAllowed: ``by`` is no administrator of the node.
        FaultyFile: the table's shape is wrong; nothing is taken.
    """
    can_import(by).require()
    name = name or (source.name if isinstance(source, Path) else "transport.csv")
    intake, shelf = Intake(name), Shelf(TransportMode)
    for row in read_table(source, name=name, required=REQUIRED):
        try:
            values = _values(row)
        except RowLeft as left:
            intake.note(row.file, row.line, row["code"], Outcome.LEFT, left.reason)
            continue
        intake.note(row.file, row.line, row["code"], shelf.put(row["code"], values))
    if shelf.write():
        next_edition()
    return intake


def _values(row: Row) -> dict[str, Any]:
    needed(row, "code")
    return {
        "name": needed(row, "name"),
        "names": names_by_language(row),
        "cost_per_tkm": needed_number(row, "cost_per_tkm", least=0),
        "emissions_per_tkm": needed_number(row, "emissions_per_tkm", least=0),
        "handling_cost_per_tonne": number(row, "handling_cost_per_tonne", least=0) or 0.0,
        "payload_kg": needed_number(row, "payload_kg", least=0.001),
        "longest_km": number(row, "longest_km", least=0),
        "source": needed(row, "source"),
    }
