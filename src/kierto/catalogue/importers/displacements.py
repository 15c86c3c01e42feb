"""Displacements from a table: of how many new things a loan or a repair makes one less.

The columns are those of the table that Kierto ships. ``activity`` is ``loan`` or ``repair``;
an empty ``kind`` means every kind. A value lies between 0 and 1, and between its low and high.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kierto.catalogue.importers.cells import RowLeft, needed
from kierto.catalogue.importers.ranges import code_of, range_of, take_ranges
from kierto.catalogue.importers.whole import taken_whole
from kierto.catalogue.models import Displacement, ResourceSpecification
from kierto.catalogue.permissions import can_import
from kierto.core.intake import Intake
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
    rows = read_table(source, name=name, required=REQUIRED, known=COLUMNS)
    return take_ranges(rows, name, Displacement, lambda row: (row["code"], _values(row, kinds)))


def _values(row: Row, kinds: dict[str, ResourceSpecification]) -> dict[str, Any]:
    code_of(row)
    activity, kind = needed(row, "activity"), row["kind"]
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
        **range_of(row, least=0, most=1),
    }
