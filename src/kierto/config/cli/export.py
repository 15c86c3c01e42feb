"""Take the ledger and open repair data out, in open forms."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from kierto.config.cli.output import require_migrated, start_django


@click.command()
@click.argument("what", type=click.Choice(["events", "repairs"]), default="events")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonld", "csv"]),
    default="jsonld",
    help="Events: ValueFlows JSON-LD, or a table. Repairs are always a table.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; default: standard output.",
)
@click.option("--set", "which", help="Repairs: “own”, or the file name of one imported set.")
@click.option("--district", help="Events: only those at places of this district (its slug).")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--until", "end", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
def export(
    what: str,
    form: str,
    out: Path | None,
    which: str | None,
    district: str | None,
    start: datetime | None,
    end: datetime | None,
) -> None:
    """Write the ledger's events as ValueFlows JSON-LD or CSV. Persons appear as opaque ids.

    Or write repairs in the Open Repair Data Standard 0.3: our own that may be shared, and every
    imported set; each set by itself comes out as it came in.

    \b
    kierto export --out events.jsonld
    kierto export --format csv --from 2026-01-01 --until 2026-12-31 > 2026.csv
    kierto export repairs --out repairs.csv
    kierto export repairs --set own > our-repairs.csv
    """
    if what == "repairs" and (district or start or end):
        raise click.UsageError("Repairs are exported whole; --set chooses a part.")
    if what == "events" and which:
        raise click.UsageError("--set belongs to repairs.")
    start_django()
    require_migrated()
    if what == "repairs":
        _write(_repairs(which), out)
        return
    from kierto.ledger.export import export_chunks

    _write(
        export_chunks(
            form, district=district, start=start and start.date(), end=end and end.date()
        ),
        out,
    )


def _repairs(which: str | None) -> Iterable[str]:
    from kierto.repair.exporting import export_repairs
    from kierto.repair.models import DataSet

    chosen = None if which in (None, "own") else DataSet.objects.filter(name=which).first()
    if which not in (None, "own") and chosen is None:
        known = ", ".join(["own", *DataSet.objects.values_list("name", flat=True)])
        raise click.UsageError(f"There is no set “{which}”. There are: {known}.")
    return export_repairs(chosen, own=which in (None, "own"), imported=which is None)


def _write(chunks: Iterable[str], out: Path | None) -> None:
    """To standard output, or to a file that appears only when it is whole."""
    if out is None:
        for chunk in chunks:
            sys.stdout.write(chunk)
        return
    unfinished = out.with_name(out.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            file.writelines(chunks)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
