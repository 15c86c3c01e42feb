"""Displacements from a table: of how many new things a loan or a repair makes one less.

The columns are those of the table that Kierto ships. ``activity`` is ``loan`` or ``repair``;
an empty ``kind`` means every kind. A value lies between 0 and 1, and between its low and high.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.text import slugify

from kierto.catalogue.changes import next_edition
from kierto.catalogue.importers.cells import RowLeft, needed, needed_number
from kierto.catalogue.importers.shelf import Shelf
from kierto.catalogue.importers.whole import taken_whole
from kierto.catalogue.models import Displacement, ResourceSpecification
from kierto.catalogue.permissions import can_import
from kierto.core.intake import Intake, Outcome
from kierto.core.tables import Row, read_table
from kierto.core.text import Sentence as _
from kierto.parties.models import Agent

REQUIRED = (
    "code", "activity", "kind", "value", "low", "high", "source", "year", "region", "quality",
)  # fmt: skip
COLUMNS = (*REQUIRED, "note")


@taken_whole()
def import_displacements(source: Path | bytes, *, name: str | None = None, by: Agent) -> Intake:
    """Take displacements, CSV or XLSX.

    Raises:
        NotAllowed: ``by`` is no administrator of the node.
        FaultyFile: the table's shape is wrong; nothing is taken.
    """
    can_import(by).require()
    name = name or (source.name if isinstance(source, Path) else "displacements.csv")
    kinds = {kind.code: kind for kind in ResourceSpecification.objects.all()}
    intake, shelf = Intake(name), Shelf(Displacement)
    seen: dict[str, int] = {}
    for row in read_table(source, name=name, required=REQUIRED, known=COLUMNS):
        code = row["code"]
        try:
            values = _values(row, kinds)
            _check(shelf, code, values, seen)
        except RowLeft as left:
            intake.note(row.file, row.line, code, Outcome.LEFT, left.reason)
            continue
        seen[code] = row.line
        intake.note(row.file, row.line, code, shelf.put(code, values))
    if shelf.write():
        next_edition()
    return intake


def _values(row: Row, kinds: dict[str, ResourceSpecification]) -> dict[str, Any]:
    code, activity, kind = needed(row, "code"), needed(row, "activity"), row["kind"]
    if slugify(code) != code.lower():
        raise RowLeft(_("The code may hold letters, digits and hyphens only."))
    if activity not in Displacement.Activity.values:
        raise RowLeft(
            _("activity is “%(text)s”; it must be one of: %(allowed)s."),
            text=activity,
            allowed=", ".join(Displacement.Activity.values),
        )
    if kind and kind not in kinds:
        raise RowLeft(_("No kind has the code “%(code)s”."), code=kind)
    return {
        "activity": activity,
        "kind": kinds.get(kind),
        "value": needed_number(row, "value", least=0, most=1),
        "low": needed_number(row, "low", least=0, most=1),
        "high": needed_number(row, "high", least=0, most=1),
        "source": needed(row, "source"),
        "year": int(needed_number(row, "year", least=1900, most=2200)),
        "region": needed(row, "region"),
        "quality": int(needed_number(row, "quality", least=1, most=5)),
        "note": row["note"],
    }


def _check(
    shelf: Shelf[Displacement], code: str, values: dict[str, Any], seen: dict[str, int]
) -> None:
    if code in seen:
        raise RowLeft(_("This code stands in line %(line)s already."), line=seen[code])
    too_long = shelf.too_long({"code": code, **values})
    if too_long:
        raise RowLeft(_("%(column)s is longer than %(limit)s characters."),
                      column=too_long[0], limit=too_long[1])  # fmt: skip
    if not values["low"] <= values["value"] <= values["high"]:
        raise RowLeft(_("The value must lie between low and high."))
