"""Names of kinds by language, as columns ``label_en``, ``synonyms_en`` and so on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from kierto.catalogue.changes import next_edition
from kierto.catalogue.importers.cells import RowLeft, several
from kierto.catalogue.importers.whole import taken_whole
from kierto.catalogue.models import KindLabel, ResourceSpecification
from kierto.catalogue.permissions import can_import
from kierto.core.intake import Intake, Outcome
from kierto.core.tables import Row, read_table
from kierto.core.text import Sentence as _
from kierto.parties.models import Agent

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
LONGEST_NAME = 120

Names = Mapping[str, tuple[str, list[str]]]
"""Label and other names by language."""


def names_in(row: Row) -> Names:
    """The names that a row gives; a language without a label is not touched.

    Raises:
        RowLeft: a name is too long.
    """
    names = {
        language: (row[f"label_{language}"], several(row[f"synonyms_{language}"]))
        for language in LANGUAGES
        if row[f"label_{language}"]
    }
    for label, synonyms in names.values():
        if any(len(text) > LONGEST_NAME for text in (label, *synonyms)):
            raise RowLeft(_("A name has at most %(limit)s characters."), limit=LONGEST_NAME)
    return names


class NameShelf:
    """All names, read once and written at the end."""

    def __init__(self) -> None:
        self._known = {
            (label.kind.code, label.language): label
            for label in KindLabel.objects.select_related("kind")
        }
        self._wanted: dict[tuple[str, str], tuple[str, list[str]]] = {}

    def put(self, code: str, names: Names) -> bool:
        """Lay the names of a kind down; whether any of them is new or another."""
        different = False
        for language, (label, synonyms) in names.items():
            known = self._known.get((code, language))
            if known is None or (known.label, known.synonyms) != (label, synonyms):
                self._wanted[code, language] = (label, synonyms)
                different = True
        return different

    def write(self, kinds: Mapping[str, ResourceSpecification]) -> bool:
        """Write the new and changed ones."""
        new, changed = [], []
        for (code, language), (label, synonyms) in self._wanted.items():
            known = self._known.get((code, language))
            if known is None:
                new.append(
                    KindLabel(kind=kinds[code], language=language, label=label, synonyms=synonyms)
                )
            else:
                known.label, known.synonyms = label, synonyms
                changed.append(known)
        KindLabel.objects.bulk_create(new, batch_size=500)
        KindLabel.objects.bulk_update(changed, ["label", "synonyms"], batch_size=200)
        return bool(new or changed)


@taken_whole()
def import_names(source: Path | bytes, *, name: str | None = None, by: Agent) -> Intake:
    """Take names of kinds that are in the catalogue already.

    Raises:
        NotAllowed: ``by`` is no administrator of the node.
        FaultyFile: the table's shape is wrong; nothing is taken.
    """
    can_import(by).require()
    name = name or (source.name if isinstance(source, Path) else "labels.csv")
    columns = [f"{part}_{each}" for each in LANGUAGES for part in ("label", "synonyms")]
    rows = read_table(source, name=name, required=["code"], known=["code", *columns])
    kinds = {kind.code: kind for kind in ResourceSpecification.objects.all()}
    shelf, intake = NameShelf(), Intake(name)
    for row in rows:
        try:
            if row["code"] not in kinds:
                raise RowLeft(_("No kind has the code “%(code)s”."), code=row["code"])
            fresh = shelf.put(row["code"], names_in(row))
        except RowLeft as left:
            intake.note(row.file, row.line, row["code"], Outcome.LEFT, left.reason)
            continue
        intake.note(
            row.file, row.line, row["code"], Outcome.CHANGED if fresh else Outcome.UNCHANGED
        )
    if shelf.write(kinds):
        next_edition()
    return intake
