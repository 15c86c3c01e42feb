"""Take tables from outside, row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kierto.config.cli.output import (
    json_option,
    print_json,
    progress,
    require_migrated,
    start_django,
)

if TYPE_CHECKING:
    from kierto.core.intake import Intake
    from kierto.parties.models import Agent
    from kierto.repair.importers import OpenDataReport
    from kierto.sharing.models import Collection

KINDS_OF_FILE = (
    "catalogue",
    "factors",
    "processes",
    "kinds",
    "displacements",
    "districts",
    "organizations",
    "offers",
    "needs",
    "processors",
    "deliveries",
    "categories",
    "repairs",
    "things",
)


def _importer(kind: str) -> Callable[..., Intake | OpenDataReport]:
    from kierto.catalogue import importers as catalogue
    from kierto.exchange import importers as exchange
    from kierto.parties import importers as parties
    from kierto.repair import importers as repair
    from kierto.sharing import importers as sharing

    known: dict[str, Callable[..., Intake | OpenDataReport]] = {
        "catalogue": lambda source, *, by: catalogue.import_shipped_catalogue(by=by),
        "factors": catalogue.import_factors,
        "processes": catalogue.import_processes,
        "kinds": catalogue.import_kinds,
        "displacements": catalogue.import_displacements,
        "districts": parties.import_districts,
        "organizations": parties.import_organizations,
        "offers": lambda source, *, by: exchange.import_intents(source, "offer", by=by),
        "needs": lambda source, *, by: exchange.import_intents(source, "need", by=by),
        "processors": exchange.import_processors,
        "deliveries": exchange.import_deliveries,
        "categories": lambda source, *, by: (
            repair.import_categories(source, by=by)
            if source
            else repair.import_shipped_categories(by=by)
        ),
        "repairs": repair.import_open_data,
        "things": sharing.import_things,
    }
    return known[kind]


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS_OF_FILE))
@click.argument("source", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--strict", is_flag=True, help="Exit with 1 if any row was left out.")
@click.option("--source", "source_note", help="Repairs: who published the file, where, when.")
@click.option("--licence", help="Repairs: under which licence, such as “CC BY-SA 4.0”.")
@click.option("--collection", help="Things: the short name of the collection that keeps them.")
@json_option
def import_(
    kind: str,
    source: Path | None,
    strict: bool,
    source_note: str | None,
    licence: str | None,
    collection: str | None,
    as_json: bool,
) -> int:
    """Import a file (for processes: a file or a folder). What cannot be taken is named, with why.

    The catalogue comes with Kierto and needs no source: kinds, recipes, factors, transport modes.
    So do the product categories of repair. Repairs are files of the Open Repair Data Standard 0.3.

    \b
    kierto import catalogue
    kierto import factors conversion-factors.csv
    kierto import processes folder-of-yaml/ --json
    kierto import offers offers.xlsx --strict
    kierto import categories
    kierto import repairs OpenRepairData_v0.3_aggregate.csv --licence "CC BY-SA 4.0"
    kierto import things tools.csv --collection kera-tools
    """
    _check(kind, source, source_note or licence)
    if (collection is None) == (kind == "things"):
        raise click.UsageError("Things, and only they, are kept by a --collection. Name it.")
    start_django()
    require_migrated()
    from kierto.parties.queries import system_agent

    take = _importer(kind)
    if kind == "repairs":
        intake = _with_progress(take, source, source_note or "", licence or "", system_agent())
    elif collection is not None:
        intake = take(source, collection=_collection(collection), by=system_agent())
    else:
        intake = take(source, by=system_agent())
    if as_json:
        print_json(intake.as_dict())
    else:
        _tell(intake)
    return 1 if strict and intake.left else 0


def _check(kind: str, source: Path | None, about_repairs: str | None) -> None:
    if source is not None and kind == "catalogue":
        raise click.UsageError("The catalogue comes with Kierto; leave out the source.")
    if source is None and kind not in ("catalogue", "categories"):
        raise click.UsageError("Name the file to import, after what it is.")
    if about_repairs and kind != "repairs":
        raise click.UsageError("Only repairs have a source and a licence.")


def _collection(slug: str) -> Collection:
    from kierto.sharing.models import Collection

    found = Collection.objects.select_related("owner", "place").filter(slug=slug).first()
    if found is None:
        known = ", ".join(Collection.objects.values_list("slug", flat=True).order_by("slug"))
        raise click.UsageError(f"There is no collection “{slug}”. Known are: {known or 'none'}.")
    return found


def _with_progress(
    take: Callable[..., Intake | OpenDataReport],
    source: Path | None,
    note: str,
    licence: str,
    by: Agent,
) -> Intake | OpenDataReport:
    """Ctrl-C on the way leaves nothing of the file behind."""
    with progress("Repairs") as report:
        return take(
            source,
            source_note=note,
            licence=licence,
            progress=lambda done, rows: report(done / rows, ""),
            by=by,
        )


def _tell(intake: Intake | OpenDataReport) -> None:
    for row in intake.left:
        click.echo(f"{row.file}, line {row.line}, {row.key}: {row.reason}")
    counts = intake.counts
    click.echo(
        f"{counts['added']} added, {counts['changed']} changed, {counts['unchanged']} unchanged, "
        f"{counts['left']} left out."
    )
    for code, count in getattr(intake, "oddities", {}).items():
        click.echo(f"{count} odd: {code}")
