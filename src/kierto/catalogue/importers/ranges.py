"""Rows of a table that give a value with its range and where it is published.

Emission factors and displacements are such rows, each under a code of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model
from django.utils.text import slugify

from kierto.catalogue.changes import next_edition
from kierto.catalogue.importers.cells import RowLeft, needed, needed_number
from kierto.catalogue.importers.shelf import Shelf
from kierto.core.intake import Intake, Outcome
from kierto.core.tables import Row
from kierto.core.text import Sentence as _

Read = Callable[[Row], tuple[str, dict[str, Any]]]
"""The code of a row and the values of its fields; raises RowLeft with the reason."""


def take_ranges(rows: Iterable[Row], name: str, model: type[Model], read: Read) -> Intake:
    """Take each row that can be read and fits; the others are left with the reason."""
    intake, shelf = Intake(name), Shelf(model)
    seen: dict[str, int] = {}
    for row in rows:
        code = row["code"] or row["id"]
        try:
            code, values = read(row)
            _check(shelf, code, values, seen)
        except RowLeft as left:
            intake.note(row.file, row.line, code, Outcome.LEFT, left.reason)
            continue
        seen[code] = row.line
        intake.note(row.file, row.line, code, shelf.put(code, values))
    if shelf.write():
        next_edition()
    return intake


def code_of(row: Row) -> str:
    """The code in a table of our own form.

    Raises:
        RowLeft: it is missing, or no code.
    """
    code = needed(row, "code")
    if slugify(code) != code.lower():
        raise RowLeft(_("The code may hold letters, digits and hyphens only."))
    return code


def range_of(row: Row, **bounds: float) -> dict[str, Any]:
    """Value, low and high (from ``least`` to ``most`` if given), and where they are published.

    Raises:
        RowLeft: a cell is missing, or no such number.
    """
    return {
        **{name: needed_number(row, name, **bounds) for name in ("value", "low", "high")},
        "source": needed(row, "source"),
        "year": int(needed_number(row, "year", least=1900, most=2200)),
        "region": needed(row, "region"),
        "quality": int(needed_number(row, "quality", least=1, most=5)),
        "note": row["note"],
    }


def _check(shelf: Shelf[Any], code: str, values: dict[str, Any], seen: dict[str, int]) -> None:
    if code in seen:
        raise RowLeft(_("This code stands in line %(line)s already."), line=seen[code])
    too_long = shelf.too_long({"code": code, **values})
    if too_long:
        raise RowLeft(_("%(column)s is longer than %(limit)s characters."),
                      column=too_long[0], limit=too_long[1])  # fmt: skip
    if not values["low"] <= values["value"] <= values["high"]:
        raise RowLeft(_("The value must lie between low and high."))
