"""Plan a district's energy hour by hour from a folder of files, without any database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kierto.config.cli.output import json_option, print_json
from kierto.config.cli.watching import watched


@click.command("dispatch")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for dispatch.json, hours.csv, operation.csv and report.html.",
)
@click.option(
    "--carbon-price",
    type=click.FloatRange(min=0),
    default=None,
    help="Euros per tonne CO2e; default: what district.toml says.",
)
@click.option(
    "--window",
    type=click.IntRange(min=2),
    default=None,
    help="Hours planned at a time; default: all at once, or fortnights if that is too much.",
)
@click.option(
    "--gap",
    type=click.FloatRange(min=0),
    default=1e-4,
    show_default=True,
    help="In windows: how far above the cheapest dispatch is good enough.",
)
@json_option
def dispatch_command(
    folder: Path,
    out: Path,
    carbon_price: float | None,
    window: int | None,
    gap: float,
    as_json: bool,
) -> None:
    """Run sun, batteries, heat pumps and waste heat at least cost, hour by hour.

    Planning in windows, Ctrl-C keeps the best so far; a second one stops without a result.

    \b
    kierto dispatch examples/energy-district --out /tmp/energy
    kierto dispatch my-district --out energy --carbon-price 80 --window 168 --json
    """
    from kierto.planner import Cancelled
    from kierto.planner.dispatch.folder import dispatch_folder, dispatch_summary

    with watched() as watch:
        try:
            found = dispatch_folder(
                folder,
                out,
                carbon_price=None if carbon_price is None else carbon_price / 1000,
                window=window,
                gap=gap,
                progress=watch.hear,
            )
        except Cancelled:
            raise click.Abort from None
    figures = {**dispatch_summary(found), "seconds": found.seconds}
    if as_json:
        print_json({**figures, "out": str(out)})
        return
    click.echo(_told(figures))
    click.echo(f"Report: {out / 'report.html'}")


def _told(figures: Mapping[str, Any]) -> str:
    """The dispatch in a few sentences."""
    words = (
        f"{figures['hours']} hours cost {figures['total_cost']:,.2f} € instead of "
        f"{figures['baseline_cost']:,.2f} €, emit {figures['emissions_kg']:,.0f} kg CO2e instead "
        f"of {figures['baseline_emissions_kg']:,.0f} kg. "
    )
    if figures["unserved_kwh"] > 0:
        words += f"{figures['unserved_kwh']:,.1f} kWh could not be supplied by anything. "
    if figures["status"] == "optimal":
        return words + f"Certified optimal: gap {figures['gap']:.1e}."
    return words + f"Certified: no dispatch is cheaper by more than {figures['gap']:.4%}."
