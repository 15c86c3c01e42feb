"""Plan from a folder of files, without any database."""

from __future__ import annotations

from pathlib import Path

import click

from kierto.config.cli.output import json_option, print_json, progress


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
@json_option
def plan_command(folder: Path, out: Path, carbon_price: float | None, as_json: bool) -> None:
    """Find the circulation that costs least, from offers.csv, needs.csv and the like.

    \b
    kierto plan examples/plan-folder --out /tmp/plan
    kierto plan my-district --out plan --carbon-price 120 --json
    """
    from kierto.planner.folder import plan_folder, summary

    with progress("Planning") as report:
        found = plan_folder(
            folder,
            out,
            carbon_price=None if carbon_price is None else carbon_price / 1000,
            progress=lambda step: report(step.share, step.stage) is None,
        )
    figures = {**summary(found), "seconds": found.seconds}
    if as_json:
        print_json({**figures, "out": str(out)})
        return
    click.echo(
        f"{figures['flows']} flows. Costs {figures['total_cost']:,.2f} € a period instead of "
        f"{figures['baseline_cost']:,.2f} €, emits {figures['emissions_kg']:,.0f} kg CO2e instead "
        f"of {figures['baseline_emissions_kg']:,.0f} kg. Certified optimal: "
        f"duality gap {figures['duality_gap']:.1e}."
    )
    click.echo(f"Report: {out / 'report.html'}")
