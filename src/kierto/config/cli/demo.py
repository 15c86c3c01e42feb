"""The demonstration: a whole district, from one command."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import click

from kierto.config.cli.output import json_option, print_json, progress, start_django
from kierto.config.environment import Environment

logger = logging.getLogger("kierto.demo")


@click.command()
@click.option("--no-serve", is_flag=True, help="Load and plan, print, and end.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; default: PORT, else 8000.")
@json_option
def demo(no_serve: bool, port: int | None, as_json: bool) -> None:
    """Load the demonstration district into an empty database, plan it, and serve it.

    A database that already holds the demonstration is used as it is; any other is left alone.

    \b
    kierto demo
    kierto demo --no-serve --json
    PORT=9000 kierto demo
    """
    start_django()
    from django.core.management import call_command

    from kierto.demo.loading import load_demo
    from kierto.demo.summary import summarize

    call_command("migrate", verbosity=0)
    with progress("Loading the demonstration district") as report:
        load_demo(progress=report)
    summary = summarize()
    if as_json:
        print_json(summary)
    else:
        _tell(summary)
    if not no_serve:
        _serve(summary, port or Environment().number("PORT", 1, 65535), quiet=as_json)


def _serve(summary: dict[str, Any], port: int, *, quiet: bool) -> None:
    from kierto.config.cli.serve import run_server
    from kierto.demo.loading import keep_sensing

    # What was stopped for a while has not fallen silent: first it sends what it has seen since.
    keep_sensing()
    threading.Thread(target=_sense, name="sensors", daemon=True).start()
    if not quiet:
        click.echo("\nSign in by e-mail code; the codes are written to the mail folder:")
        for account in summary["accounts"]:
            click.echo(f"  {account['role']:<28} {account['email']}")
        click.echo(f"\nhttp://127.0.0.1:{port}/  (Ctrl-C ends)")
    run_server("127.0.0.1", port)


def _sense() -> None:
    """The demonstration's sensors go on as long as it is served."""
    from django.db import close_old_connections

    from kierto.demo.loading import keep_sensing

    while True:
        time.sleep(60)
        try:
            close_old_connections()
            keep_sensing()
        except Exception:
            logger.exception("The demonstration's sensors could not send; they try again.")


def _tell(summary: dict[str, Any]) -> None:
    plan = summary["plan"]
    click.echo(
        f"{summary['district']}: {summary['organisations']} organisations, "
        f"{summary['offers']} offers, {summary['needs']} needs, {summary['processors']} processors; "
        f"{summary['agreements']} agreements and {summary['events']} events, "
        f"ledger {'verified' if summary['ledger']['verified'] else 'BROKEN'}."
    )
    click.echo(
        f"Plan ({plan['status']}, {'certified' if plan['certified'] else 'not certified'}): "
        f"{plan['total_cost']:,.0f} € a week instead of {plan['baseline_cost']:,.0f} €, "
        f"{plan['emissions_kg']:,.0f} kg CO2e instead of {plan['baseline_emissions_kg']:,.0f} kg, "
        f"in {plan['seconds']:.2f} s."
    )
    sensors = dict(summary["sensors"])
    alarms = sensors.pop("alarms")
    click.echo(f"{sum(sensors.values())} sensors have measured for four weeks; {alarms} alarms.")
    click.echo("What circulates in the plan, a week:")
    for flow in summary["largest_flows"]:
        click.echo(
            f"  {_plain(flow['amount'], flow['unit']):>12}  {flow['kind']}: "
            f"{flow['from']} → {flow['to']}"
        )
    click.echo("What really happened:")
    for figure in summary["indicators"].values():
        click.echo(f"  {figure['name']}: {_plain(figure['value'], figure['unit'])}")


def _plain(value: float | None, unit: str) -> str:
    """A figure as people say it: 7,262 t, 67 %, 1,290,000 €."""
    if value is None:
        return "not known yet"
    match unit:
        case "share":
            return f"{value:.0%}".replace("%", " %")
        case "index":
            return f"{value:.2f}"
        case "EUR":
            return f"{float(f'{value:.3g}'):,.0f} €"
        case "kg" | "kgCO2e" if abs(value) >= 1000:
            return f"{value / 1000:,.0f} {unit.replace('kg', 't ').strip()}"
        case _:
            return f"{value:,.0f} {unit.replace('m3', 'm³').replace('m2', 'm²')}"
