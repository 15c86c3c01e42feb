"""Take the ledger out, in open forms."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from kierto.config.cli.output import require_migrated, start_django


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonld", "csv"]),
    default="jsonld",
    help="ValueFlows JSON-LD, or a table.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; default: standard output.",
)
@click.option("--district", help="Only events at places of this district (its slug).")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--until", "end", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
def export(
    form: str, out: Path | None, district: str | None, start: datetime | None, end: datetime | None
) -> None:
    """Write the ledger's events as ValueFlows JSON-LD or CSV. Persons appear as opaque ids.

    \b
    kierto export --out events.jsonld
    kierto export --format csv --from 2026-01-01 --until 2026-12-31 > 2026.csv
    """
    start_django()
    require_migrated()
    from kierto.ledger.export import export_chunks

    chunks = export_chunks(
        form, district=district, start=start and start.date(), end=end and end.date()
    )
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
