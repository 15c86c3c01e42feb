"""Things from a table; ``docs/reference/import-things.md`` describes the columns.

Faults of shape (encoding, header, a broken workbook) refuse the file; a row whose meaning cannot
be taken is left with its reason. A key stands for the same thing however often a table is taken.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.errors import NotStored
from kierto.catalogue.models import ResourceSpecification
from kierto.core.errors import DomainError
from kierto.core.intake import Intake, Outcome
from kierto.core.quantity import parse_number
from kierto.core.tables import Row, read_table
from kierto.ledger.models import Provenance
from kierto.parties.models import Agent, Place
from kierto.sharing import permissions
from kierto.sharing.actions.stock import relocate
from kierto.sharing.actions.things import add_thing, change_thing, move_thing, set_parts
from kierto.sharing.codes import read_code
from kierto.sharing.models import Collection, Terms, Thing
from kierto.sharing.states import Condition, Sort, ThingState

REQUIRED = ("key", "sort", "name", "kind")
WORDS = (
    "description",
    "brand",
    "model",
    "serial_number",
    "safety",
    "accessibility",
    "opening_hours",
)
LONGEST = {"brand": 80, "model": 120, "serial_number": 80, "opening_hours": 500}
NUMBERS = ("value", "unit_price")
COLUMNS = (
    *REQUIRED,
    "quantity",
    "state",
    "place",
    "terms",
    "code",
    "condition",
    *WORDS,
    *NUMBERS,
    "seats",
    "features",
    "parts",
    "source",
)

_PART = re.compile(r"(?:(?P<number>\d+)\s*[x×]\s*)?(?P<key>.+)")


class Left(Exception):
    """Why a row is not taken."""


def import_things(
    source: Path | bytes, *, collection: Collection, name: str | None = None, by: Agent
) -> Intake:
    """Take the things of a collection from a CSV or XLSX. Kits may stand before their parts.

    Raises:
        NotAllowed: ``by`` does not run the collection.
        FaultyFile: with every fault of shape; nothing was taken.
        NotStored: the database took nothing.
    """
    permissions.can_keep(by, collection).require()
    rows = read_table(source, name=name, required=REQUIRED, known=COLUMNS)
    intake = Intake(name or (source.name if isinstance(source, Path) else "table.csv"))
    taker = _Taker(collection, by)
    try:
        with transaction.atomic():
            _take_rows(rows, taker, intake)
    except OperationalError as error:  # a full disk, for one: all or nothing
        raise NotStored(cause=str(error)) from error
    intake.rows.sort(key=lambda row: row.line)
    return intake


def _take_rows(rows: list[Row], taker: _Taker, intake: Intake) -> None:
    seen: set[str] = set()
    for row in sorted(rows, key=lambda row: row["sort"].lower() == Sort.KIT):
        try:
            with transaction.atomic():
                if not row["key"]:
                    raise Left(_("The key is empty. Give every row a key of its own."))
                if row["key"] in seen:
                    raise Left(_("This key stands above already; the first row was taken."))
                seen.add(row["key"])
                outcome, remark = taker.take(row)
            intake.note(row.file, row.line, row["key"], outcome, remark)
        except (Left, DomainError) as reason:
            intake.note(row.file, row.line, row["key"], Outcome.LEFT, str(reason))


class _Taker:
    """One import: whose things, and what the names in the table stand for."""

    def __init__(self, collection: Collection, by: Agent) -> None:
        self.collection, self.by = collection, by
        kinds = ResourceSpecification.objects.prefetch_related("labels")
        self.kinds = {kind.code: kind for kind in kinds}
        self.terms = {terms.name.lower(): terms for terms in collection.terms.all()}
        self.places = {collection.place.name.lower(): collection.place}
        for place in Place.objects.filter(agent=collection.owner_id).order_by("-pk"):
            self.places[place.name.lower()] = place

    def take(self, row: Row) -> tuple[Outcome, Any]:
        """Add or change the thing of a row; a remark where something was not taken over."""
        things = Thing.objects.select_related("collection__owner", "kind", "place", "resource")
        known = things.filter(collection=self.collection, external_key=row["key"]).first()
        changes = self._changes(row)
        parts = self._parts(row)
        if known is None:
            thing = self._add(row, changes, parts)
            self._settle(thing, row)
            return Outcome.ADDED, ""
        return self._change(known, row, changes, parts)

    def _add(self, row: Row, changes: dict[str, Any], parts: list[tuple[Thing, int]]) -> Thing:
        amount = parse_number(row["quantity"]) if row["quantity"] else Decimal(1)
        return add_thing(
            collection=self.collection,
            sort=_choice(row, "sort", Sort),
            kind=self._kind(row),
            name=changes.pop("name"),
            quantity=amount,
            place=self._place(row),
            changes=changes,
            parts=parts,
            condition=_choice(row, "condition", Condition, Condition.GOOD),
            external_key=row["key"][:120],
            provenance=Provenance.FILE,
            by=self.by,
        )

    def _change(
        self, known: Thing, row: Row, values: dict[str, Any], parts: list[tuple[Thing, int]]
    ) -> tuple[Outcome, Any]:
        if known.kind != self._kind(row) or known.sort != _choice(row, "sort", Sort):
            raise Left(_("The kind and how it is counted stay as they were. Use another key."))
        wanted = {k: v for k, v in values.items() if getattr(known, k) != v}
        changed = bool(wanted)
        if wanted:
            known = change_thing(known, changes=wanted, by=self.by)
        place = self._place(row)
        if place is not None and place.pk != known.place_id:
            known = relocate(known, place=place, provenance=Provenance.FILE, by=self.by)
            changed = True
        if parts and dict(known.parts.values_list("part", "quantity")) != {
            part.pk: number for part, number in parts
        }:
            known = set_parts(known, parts=parts, by=self.by)
            changed = True
        changed = self._settle(known, row) or changed
        return (Outcome.CHANGED if changed else Outcome.UNCHANGED), _remark(known, row)

    def _settle(self, thing: Thing, row: Row) -> bool:
        """Bring it to the state that the row names; a new one is opened if it names none."""
        fresh = thing.state == ThingState.DRAFT
        wanted = _choice(row, "state", ThingState, ThingState.OPEN if fresh else thing.state)
        if wanted == thing.state:
            return False
        if fresh and wanted == ThingState.PAUSED:
            thing = move_thing(thing, ThingState.OPEN, by=self.by)
        move_thing(thing, wanted, by=self.by)
        return True

    def _changes(self, row: Row) -> dict[str, Any]:
        """The cells that are filled; an empty cell changes nothing."""
        values: dict[str, Any] = {"name": row["name"][:160]}
        for column in WORDS:
            if row[column]:
                values[column] = row[column][: LONGEST.get(column, 4000)]
        for column in NUMBERS:
            if row[column]:
                values[column] = parse_number(row[column]).quantize(Decimal("0.01"))
        if row["seats"]:
            values["seats"] = _whole(row, "seats")
        if row["features"]:
            values["features"] = [each.strip() for each in row["features"].split(";")]
        if row["terms"]:
            values["terms"] = self._terms(row)
        if row["code"]:
            values["code"] = read_code(row["code"])
        return values

    def _kind(self, row: Row) -> ResourceSpecification:
        kind = self.kinds.get(row["kind"])
        if kind is None:
            raise Left(
                _("There is no kind “%(code)s” in the catalogue. Correct its code.")
                % {"code": row["kind"]}
            )
        return kind

    def _place(self, row: Row) -> Place | None:
        if not row["place"]:
            return None
        place = self.places.get(row["place"].lower())
        if place is None:
            raise Left(
                _("The owner has no place “%(place)s”. Add it first, or correct its name.")
                % {"place": row["place"]}
            )
        return place

    def _terms(self, row: Row) -> Terms | None:
        terms = self.terms.get(row["terms"].lower())
        if terms is None:
            raise Left(
                _(
                    "There are no lending terms “%(terms)s” here. Add them first, or correct the name."
                )
                % {"terms": row["terms"]}
            )
        return None if terms.is_default else terms

    def _parts(self, row: Row) -> list[tuple[Thing, int]]:
        """“saw; 2 x clamp”: keys or codes of things of this collection."""
        found = []
        for text in filter(None, (each.strip() for each in row["parts"].split(";"))):
            match = _PART.fullmatch(text)
            key = match["key"].strip() if match else text
            here = Thing.objects.filter(collection=self.collection)
            part = here.filter(external_key=key).first() or here.filter(code=read_code(key)).first()
            if part is None:
                raise Left(
                    _("There is no thing with the key or code “%(key)s” here. Correct the parts.")
                    % {"key": key}
                )
            found.append((part, int(match["number"] or 1) if match else 1))
        return found


def _remark(thing: Thing, row: Row) -> Any:
    """A table does not say what happened to the stock, so it does not change the number."""
    if not row["quantity"] or thing.resource is None:
        return ""
    there = thing.resource.accounting_quantity
    if parse_number(row["quantity"]) == there:
        return ""
    return _("There are %(there)s of it; the table does not change that. Add or take away.") % {
        "there": f"{there.normalize():f}"
    }


def _choice(row: Row, column: str, choices: Any, default: str = "") -> str:
    """The cell as one of ``choices``; ``default`` when it is empty."""
    text = row[column].lower()
    if not text and default:
        return default
    known = [str(each.value) for each in choices]
    if text not in known:
        raise Left(
            _("“%(text)s” is not possible for “%(column)s”. Use one of: %(known)s.")
            % {"text": row[column], "column": column, "known": ", ".join(known)}
        )
    return text


def _whole(row: Row, column: str) -> int:
    number = parse_number(row[column])
    if number != int(number) or number < 1:
        raise Left(_("“%(text)s” is not a whole number above zero.") % {"text": row[column]})
    return int(number)
