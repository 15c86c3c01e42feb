"""Take tables from outside, row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kierto.config.cli.output import json_option, print_json, require_migrated, start_django

if TYPE_CHECKING:
    from kierto.core.intake import Intake

KINDS_OF_FILE = (
    "catalogue",
    "factors",
    "processes",
    "kinds",
    "districts",
    "organizations",
    "offers",
    "needs",
    "processors",
    "deliveries",
)


def _importer(kind: str) -> Callable[..., Intake]:
    from kierto.catalogue import importers as catalogue
    from kierto.exchange import importers as exchange
    from kierto.parties import importers as parties

    return {
        "catalogue": lambda source, *, by: catalogue.import_shipped_catalogue(by=by),
        "factors": catalogue.import_factors,
        "processes": catalogue.import_processes,
        "kinds": catalogue.import_kinds,
        "districts": parties.import_districts,
        "organizations": parties.import_organizations,
        "offers": lambda source, *, by: exchange.import_intents(source, "offer", by=by),
        "needs": lambda source, *, by: exchange.import_intents(source, "need", by=by),
        "processors": exchange.import_processors,
        "deliveries": exchange.import_deliveries,
    }[kind]


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS_OF_FILE))
@click.argument("source", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--strict", is_flag=True, help="Exit with 1 if any row was left out.")
@json_option
def import_(kind: str, source: Path | None, strict: bool, as_json: bool) -> int:
    """Import a file (for processes: a file or a folder). What cannot be taken is named, with why.

    The catalogue comes with Kierto and needs no source: kinds, recipes, factors, transport modes.

    \b
    kierto import catalogue
    kierto import factors conversion-factors.csv
    kierto import processes folder-of-yaml/ --json
    kierto import offers offers.xlsx --strict
    """
    if (source is None) != (kind == "catalogue"):
        raise click.UsageError(
            "The catalogue comes with Kierto; leave out the source."
            if source
            else "Name the file to import, after what it is."
        )
    start_django()
    require_migrated()
    from kierto.parties.queries import system_agent

    intake = _importer(kind)(source, by=system_agent())
    if as_json:
        print_json(intake.as_dict())
    else:
        _tell(intake)
    return 1 if strict and intake.left else 0


def _tell(intake: Intake) -> None:
    for row in intake.left:
        click.echo(f"{row.file}, line {row.line}, {row.key}: {row.reason}")
    counts = intake.counts
    click.echo(
        f"{counts['added']} added, {counts['changed']} changed, {counts['unchanged']} unchanged, "
        f"{counts['left']} left out."
    )
