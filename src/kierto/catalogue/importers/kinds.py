"""Kinds of things from a table: CSV or XLSX, the form of the catalogue that Kierto ships.

A kind may be broader or narrower than others of the same file or of the catalogue, in any order
of rows. Columns that are absent leave what is known as it is; an empty cell in a column that is
there empties it (a price or factor is then inherited).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kierto.catalogue.changes import next_edition
from kierto.catalogue.importers.cells import RowLeft, flag, needed, number
from kierto.catalogue.importers.names import LANGUAGES, NameShelf, names_in
from kierto.catalogue.importers.shelf import Shelf
from kierto.catalogue.importers.whole import taken_whole
from kierto.catalogue.models import (
    CanonicalUnit,
    EmissionFactor,
    ResourceSpecification,
    Theme,
    TransportMode,
)
from kierto.catalogue.permissions import can_import
from kierto.core.intake import Intake, Outcome
from kierto.core.tables import Row, read_table
from kierto.core.text import Sentence as _
from kierto.parties.models import Agent

FRACTIONS = ("moisture", "carbon", "nitrogen", "phosphorus", "potassium")
REQUIRED = ("code", "parent", "unit", "theme")
KNOWN = (
    *REQUIRED, "waste_code", "hazardous", *FRACTIONS, "heating_value", "kg_per_unit",
    "disposal_cost", "purchase_price", "disposal_factor", "production_factor", "transport",
    "price_source", "composition_source",
    *(f"{part}_{language}" for language in LANGUAGES for part in ("label", "synonyms")),
)  # fmt: skip
CODE = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@taken_whole()
def import_kinds(source: Path | bytes, *, name: str | None = None, by: Agent) -> Intake:
    """Take kinds, with their names where the table has columns ``label_en``, ``synonyms_en`` ….

    Raises:
        NotAllowed: ``by`` is no administrator of the node.
        FaultyFile: the table's shape is wrong; nothing is taken.
    """
    can_import(by).require()
    name = name or (source.name if isinstance(source, Path) else "kinds.csv")
    rows = read_table(source, name=name, required=REQUIRED, known=KNOWN)
    return _Import(name).take(rows)


class _Import:
    """One file's journey: read every row, place it in the tree, then write all at once."""

    def __init__(self, name: str) -> None:
        self.intake = Intake(name)
        self.kinds = Shelf(ResourceSpecification)
        self.names = NameShelf()
        self.factors = {factor.code: factor for factor in EmissionFactor.objects.all()}
        self.modes = {mode.code: mode for mode in TransportMode.objects.all()}
        self.parents = {
            kind.code: kind.path.strip("/").split("/")[-2:-1] for kind in self.kinds.rows.values()
        }

    def take(self, rows: list[Row]) -> Intake:
        readable = {row["code"]: row for row in reversed(rows) if self._is_sound(row)}
        placed = self._placed(readable)
        for row in rows:
            code = row["code"]
            if readable.get(code) is row and code in placed:
                self._put(row, code, placed[code])
        self._write()
        self.intake.rows.sort(key=lambda outcome: outcome.line)
        return self.intake

    def _leave(self, row: Row, reason: Any) -> None:
        self.intake.note(row.file, row.line, row["code"], Outcome.LEFT, reason)

    def _is_sound(self, row: Row) -> bool:
        try:
            self._values(row)
            names_in(row)
        except RowLeft as left:
            self._leave(row, left.reason)
            return False
        return True

    def _placed(self, rows: dict[str, Row]) -> dict[str, str]:
        """Codes of the rows that find their place in the tree, with their paths."""
        parents = {code: "".join(found) for code, found in self.parents.items()}
        parents |= {code: row["parent"] for code, row in rows.items()}
        placed: dict[str, str] = {}
        for code, row in rows.items():
            path, step = [code], parents[code]
            while step and step in parents and step not in path:
                path.append(step)
                step = parents[step]
            if step:
                self._leave(row, self._misplaced(step, path))
            else:
                placed[code] = "/" + "/".join(reversed(path)) + "/"
        return placed

    def _misplaced(self, step: str, path: list[str]) -> str:
        if step in path:
            return str(_("It would be broader than itself, by way of “%(kind)s”.")) % {"kind": step}
        return str(_("Its broader kind “%(kind)s” is neither here nor in the catalogue.")) % {
            "kind": step
        }

    def _put(self, row: Row, code: str, path: str) -> None:
        values = {**self._values(row), "path": path}
        outcome = self.kinds.put(code, values)
        labels = names_in(row)
        changed = self.names.put(code, labels)
        if outcome is Outcome.UNCHANGED and changed:
            outcome = Outcome.CHANGED
        self.intake.note(row.file, row.line, code, outcome)

    def _write(self) -> None:
        wrote = self.kinds.write()
        kinds = self.kinds.rows
        self._link(kinds)
        wrote = self.names.write(kinds) or wrote
        if wrote:
            next_edition()

    def _link(self, kinds: dict[str, ResourceSpecification]) -> None:
        """Parents by id, and the paths of narrower kinds whose broader one has moved."""
        moved = []
        for kind in sorted(kinds.values(), key=lambda each: each.path.count("/")):
            codes = kind.path.strip("/").split("/")
            parent = kinds[codes[-2]] if len(codes) > 1 else None
            path = f"{parent.path if parent else '/'}{kind.code}/"
            if kind.path != path or kind.parent_id != (parent.pk if parent else None):
                kind.parent, kind.path = parent, path
                moved.append(kind)
        ResourceSpecification.objects.bulk_update(moved, ["parent", "path"], batch_size=200)

    def _values(self, row: Row) -> dict[str, Any]:
        code = needed(row, "code")
        if not CODE.match(code):
            raise RowLeft(_("The code may hold small letters, digits and single hyphens only."))
        values: dict[str, Any] = {
            "unit": self._choice(row, "unit", CanonicalUnit.values),
            "theme": self._choice(row, "theme", Theme.values),
        }
        known = self.kinds.rows.get(code)
        if known is not None and known.pk is not None and known.unit != values["unit"]:
            raise RowLeft(
                _("It is counted in %(unit)s already; amounts on record depend on that."),
                unit=known.unit,
            )
        values |= self._given(row)
        too_long = self.kinds.too_long({"code": code, **values})
        if too_long:
            raise RowLeft(_("%(column)s is longer than %(limit)s characters."),
                          column=too_long[0], limit=too_long[1])  # fmt: skip
        return values

    def _given(self, row: Row) -> dict[str, Any]:
        """The optional columns that the table has."""
        readers: dict[str, Callable[[Row, str], Any]] = {
            "waste_code": _waste_code,
            "hazardous": flag,
            **{name: lambda r, c: number(r, c, least=0, most=1) for name in FRACTIONS},
            "heating_value": lambda r, c: number(r, c, least=0, most=200),
            "kg_per_unit": _mass,
            "disposal_cost": number,
            "purchase_price": lambda r, c: number(r, c, least=0),
            "disposal_factor": self._factor,
            "production_factor": self._factor,
            "price_source": lambda r, c: r[c],
            "composition_source": lambda r, c: r[c],
        }
        values = {name: read(row, name) for name, read in readers.items() if name in row.values}
        if "transport" in row.values:
            values["transport_mode"] = self._mode(row)
        if sum(values.get(name) or 0 for name in FRACTIONS) > 1:
            raise RowLeft(_("Its moisture and elements add up to more than the whole."))
        return values

    def _choice(self, row: Row, column: str, allowed: list[str]) -> str:
        if row[column] not in allowed:
            raise RowLeft(
                _("%(column)s is “%(text)s”; it must be one of: %(allowed)s."),
                column=column,
                text=row[column],
                allowed=", ".join(allowed),
            )
        return row[column]

    def _factor(self, row: Row, column: str) -> EmissionFactor | None:
        return self._named(row, column, self.factors)

    def _mode(self, row: Row) -> TransportMode | None:
        return self._named(row, "transport", self.modes)

    def _named(self, row: Row, column: str, known: dict[str, Any]) -> Any:
        if row[column] and row[column] not in known:
            raise RowLeft(
                _("%(column)s names “%(code)s”, which the catalogue does not know."),
                column=column,
                code=row[column],
            )
        return known.get(row[column])


def _waste_code(row: Row, column: str) -> str:
    text = row[column].replace(" ", "").rstrip("*")
    if text and not re.fullmatch(r"[0-9]{6}", text):
        raise RowLeft(_("A list-of-waste code has six digits, not “%(text)s”."), text=row[column])
    return text


def _mass(row: Row, column: str) -> float:
    value = number(row, column, least=0)
    return 1.0 if value is None else value
