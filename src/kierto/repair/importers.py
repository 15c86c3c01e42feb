"""Files into repair: product categories, and open repair data of others.

A file of open data is taken whole or not at all, and once: its digest is its name. It is read
twice, first for its shape, so that a faulty one never keeps the database waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from kierto.catalogue.importers.cells import RowLeft, needed, needed_number
from kierto.catalogue.importers.modes import names_by_language
from kierto.catalogue.importers.shelf import Shelf
from kierto.catalogue.models import ResourceSpecification
from kierto.catalogue.permissions import can_import
from kierto.core.intake import Intake, Outcome
from kierto.core.tables import Row, read_table
from kierto.core.text import Sentence as _
from kierto.parties.models import Agent
from kierto.repair.errors.open_data import NoCategories
from kierto.repair.models import Category, DataSet, OpenRecord
from kierto.repair.oddities import Judge, Reading
from kierto.repair.open_data_permissions import can_import_open_data
from kierto.repair.ords import Line, Source, check_ords, digest_of, read_ords

BATCH = 1000
FIRST_OWN = 1000
"""Categories from this id on are our own; the standard does not know them."""

Progress = Callable[[int, int], None]
"""Told how many rows are written, and of how many."""


@transaction.atomic
def import_categories(source: Path | bytes, *, name: str | None = None, by: Agent) -> Intake:
    """Take product categories: id, name as in the standard, kind, and names by language.

    Raises:
        NotAllowed: ``by`` is no administrator of the node.
        FaultyFile: the table's shape is wrong; nothing is taken.
    """
    can_import(by).require()
    name = name or (source.name if isinstance(source, Path) else "categories.csv")
    kinds = {kind.code: kind for kind in ResourceSpecification.objects.all()}
    intake, shelf = Intake(name), Shelf(Category, key="id")
    for row in read_table(source, name=name, required=("id", "name", "kind")):
        try:
            number, values = _category(row, kinds)
        except RowLeft as left:
            intake.note(row.file, row.line, row["id"], Outcome.LEFT, left.reason)
            continue
        intake.note(row.file, row.line, row["id"], shelf.put(number, values))  # type: ignore[arg-type]
    shelf.write()
    return intake


def _category(row: Row, kinds: dict[str, ResourceSpecification]) -> tuple[int, dict[str, Any]]:
    code = needed(row, "kind")
    if code not in kinds:
        raise RowLeft(_("No kind has the code “%(code)s”."), code=code)
    number = int(needed_number(row, "id", least=1, most=32_000))
    values = {"name": needed(row, "name"), "kind": kinds[code], "names": names_by_language(row)}
    return number, values


def import_shipped_categories(*, by: Agent) -> Intake:
    """Take the 40 categories of the standard and our own; the catalogue must be there."""
    data = (files("kierto.repair") / "data" / "categories.csv").read_bytes()
    return import_categories(data, name="categories.csv", by=by)


@dataclass(slots=True)
class OpenDataReport:
    """What an import of open data took: like an Intake, with counts of oddities by code."""

    source: str
    data_set: DataSet
    is_new: bool
    oddities: dict[str, int]
    left: list[Any] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, every outcome named. A row is never left: odd ones are taken too."""
        rows = self.data_set.rows
        taken = {Outcome.ADDED: rows, Outcome.UNCHANGED: 0}
        if not self.is_new:
            taken = {Outcome.ADDED: 0, Outcome.UNCHANGED: rows}
        return {outcome.value: taken.get(outcome, 0) for outcome in Outcome}

    def as_dict(self) -> dict[str, Any]:
        """For programs: source, data set, counts, and how many rows are odd in which way."""
        return {
            "source": self.source,
            "data_set": str(self.data_set.pk),
            "counts": self.counts,
            "left": [],
            "oddities": self.oddities,
        }


def import_open_data(
    source: Source,
    *,
    name: str | None = None,
    source_note: str = "",
    licence: str = "",
    progress: Progress | None = None,
    by: Agent,
) -> OpenDataReport:
    """Take a file of the Open Repair Data Standard 0.3; odd rows are taken and named.

    The same file again changes nothing. Whatever stops it on the way leaves nothing behind.

    Raises:
        NotAllowed: ``by`` runs no district and does not administer the node.
        NoCategories: the categories of the standard are not here.
        FaultyFile: the file's shape is wrong; nothing is taken.
    """
    can_import_open_data(by).require()
    name = name or (source.name if isinstance(source, Path) else "repairs.csv")
    digest = digest_of(source)
    known = DataSet.objects.filter(digest=digest).first()
    if known is not None:
        return OpenDataReport(name, known, False, known.oddities)
    names = dict(Category.objects.filter(pk__lt=FIRST_OWN).values_list("pk", "name"))
    if not names:
        raise NoCategories
    rows = check_ords(source, name=name)
    with transaction.atomic():
        data_set, is_new = DataSet.objects.get_or_create(
            digest=digest,
            defaults={
                "name": name[:200],
                "source": source_note.strip()[:400],
                "licence": licence.strip()[:80],
                "rows": rows,
                "imported_by": by,
            },
        )
        if is_new:
            judge = Judge(names, timezone.localdate())
            data_set.oddities = _write(data_set, read_ords(source, name=name), judge, progress)
            data_set.save(update_fields=["oddities"])
    return OpenDataReport(name, data_set, is_new, data_set.oddities)


def _write(
    data_set: DataSet, lines: Iterator[Line], judge: Judge, progress: Progress | None
) -> dict[str, int]:
    """Write the records in batches; how many rows are odd, by code."""
    tally: Counter[str] = Counter()
    seen: set[str] = set()
    done = 0
    while batch := list(islice(lines, BATCH)):
        elsewhere = _counted_already({line["id"] for line in batch} - seen - {""})
        records = []
        for line in batch:
            reading = judge.read(line)
            key = line["id"]
            if key and key in seen:
                reading.odd.append("key_twice")
            elif key in elsewhere:
                reading.odd.append("key_elsewhere")
            seen.add(key)
            tally.update(reading.odd)
            records.append(_record(data_set, line, reading))
        OpenRecord.objects.bulk_create(records)
        done += len(batch)
        if progress is not None:
            progress(done, data_set.rows)
    return dict(sorted(tally.items()))


def _counted_already(keys: set[str]) -> set[str]:
    """Those of the ids that a row of any other data set has."""
    found = OpenRecord.objects.filter(key__in=keys, counts=True)
    return set(found.order_by().values_list("key", flat=True))


def _record(data_set: DataSet, line: Line, reading: Reading) -> OpenRecord:
    return OpenRecord(
        data_set=data_set,
        line=line.number,
        key=line["id"],
        cells=list(line.cells),
        category_id=reading.category,
        outcome=reading.outcome,
        barrier=reading.barrier,
        country=reading.country,
        provider=line["data_provider"],
        age=reading.age,
        happened_on=reading.happened_on,
        year=reading.happened_on.year if reading.happened_on else None,
        odd=f" {' '.join(reading.odd)} " if reading.odd else "",
        counts=not {"key_twice", "key_elsewhere"} & set(reading.odd),
    )
