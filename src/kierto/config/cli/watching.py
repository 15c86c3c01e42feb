"""Progress of a search on a terminal, and what Ctrl-C means while it lasts."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kierto.planner import Progress, Wish

PRESSED = (
    "Stopping with the best plan so far; press Ctrl-C once more to stop without a plan.",
    "Stopping without a plan.",
)


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
