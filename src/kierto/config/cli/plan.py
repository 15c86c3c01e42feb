"""Plan from a folder of files, without any database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kierto.config.cli.output import json_option, print_json
from kierto.config.cli.watching import watched

ENGINES = ("auto", "highs", "simplex")


@click.command("plan")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for plan.json, flows.csv and report.html.",
)
@click.option(
    "--carbon-price",
    type=click.FloatRange(min=0),
    default=None,
    help="Euros per tonne CO2e; default: what rates.toml says.",
)
@click.option(
    "--gap",
    type=click.FloatRange(min=0, max=1),
    default=0.0,
    show_default=True,
    help="Stop when no plan can be cheaper by more than this share of the money moved.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    show_default=True,
    help="What solves it; auto chooses by size.",
)
@json_option
def plan_command(
    folder: Path, out: Path, carbon_price: float | None, gap: float, engine: str, as_json: bool
) -> None:
    """Find the circulation that costs least, from offers.csv, needs.csv and the like.

    Ctrl-C stops the search and keeps the best plan so far; a second one stops without a plan.

    \b
    kierto plan examples/plan-folder --out /tmp/plan
    kierto plan my-district --out plan --carbon-price 120 --json
    kierto plan my-country --out plan --gap 0.001
    """
    from kierto.planner import Cancelled, notes_of
    from kierto.planner.folder import plan_inputs, read_inputs, summary

    price = None if carbon_price is None else carbon_price / 1000
    inputs = read_inputs(folder, carbon_price=price)
    with watched() as watch:
        try:
            found = plan_inputs(inputs, out, gap=gap, engine=engine, progress=watch.hear)
        except Cancelled:
            raise click.Abort from None
    figures = {**summary(found), "seconds": found.seconds}
    notes = [str(note) for note in notes_of(inputs.problem)]
    if as_json:
        print_json({**figures, "notes": notes, "out": str(out)})
        return
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    click.echo(_told(figures))
    click.echo(f"Report: {out / 'report.html'}")


def _told(figures: Mapping[str, Any]) -> str:
    """The plan in a few sentences."""
    words = (
        f"{figures['flows']} flows. Costs {figures['total_cost']:,.2f} € instead of "
        f"{figures['baseline_cost']:,.2f} €, emits {figures['emissions_kg']:,.0f} kg CO2e instead "
        f"of {figures['baseline_emissions_kg']:,.0f} kg. "
    )
    if figures["site_gap"] is not None:
        words += (
            f"Sites that open: {', '.join(figures['opened_sites']) or 'none'} "
            f"(no choice is cheaper by more than {figures['site_gap']:.2%}). "
        )
    if figures["status"] == "optimal":
        return words + f"Certified optimal: duality gap {figures['duality_gap']:.1e}."
    return words + f"Certified: no plan is cheaper by more than {figures['duality_gap']:.2%}."
