"""Plan from a folder of files, without any database."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from kierto.config.cli.output import json_option, print_json

if TYPE_CHECKING:
    from kierto.planner import Progress, Wish

ENGINES = ("auto", "highs", "simplex")
PRESSED = (
    "Stopping with the best plan so far; press Ctrl-C once more to stop without a plan.",
    "Stopping without a plan.",
)


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


class Watch:
    """Draws progress on a terminal, and turns Ctrl-C into what the planner is told."""

    def __init__(self, bar: Any | None) -> None:
        self.bar = bar
        self.presses = 0
        self.searching = False

    def press(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl-C: enough, and the second time, no plan at all. Before and after the search, and
        from the third time on, it interrupts as everywhere else."""
        self.presses += 1
        if not self.searching or self.presses > len(PRESSED):
            raise KeyboardInterrupt
        click.echo(f"\n{PRESSED[self.presses - 1]}", err=True)

    def hear(self, word: Progress) -> Wish:
        """Show a word of progress, and answer with the wish of whoever sits at the keyboard."""
        from kierto.planner import Wish

        self.searching = word.stage != "done"
        if self.bar is not None:
            self.bar.label = _label(word)
            self.bar.update(max(0, int(word.share * 1000) - self.bar.pos))
        return (Wish.GO_ON, Wish.ENOUGH, Wish.CANCEL)[min(self.presses, 2)]


def _label(word: Progress) -> str:
    label = f"Planning: {word.stage}"
    if word.objective is not None:
        label += f", {word.objective:,.0f} €"
    if word.bound is not None:
        label += f", at least {word.bound:,.0f} €"
    if word.gap is not None:
        label += f", gap {max(word.gap, 0.0):.2%}"
    return label


@contextmanager
def watched() -> Iterator[Watch]:
    """A bar on a terminal, silence elsewhere; Ctrl-C is heard in both."""
    if sys.stderr.isatty():
        with click.progressbar(length=1000, label="Planning", file=sys.stderr) as bar:
            with _listening(Watch(bar)) as watch:
                yield watch
    else:
        with _listening(Watch(None)) as watch:
            yield watch


@contextmanager
def _listening(watch: Watch) -> Iterator[Watch]:
    before = signal.signal(signal.SIGINT, watch.press)
    try:
        yield watch
    finally:
        signal.signal(signal.SIGINT, before)
