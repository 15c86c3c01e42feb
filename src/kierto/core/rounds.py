"""Work that a clock asks for: apps register it when they start, the job worker goes its rounds.

A round may run late, twice, or in two workers at once, so each has to be harmless when there is
nothing to do, and must lock what it changes. What a page shows never waits for one: a lapsed
hold is free at once, since whoever asks next looks at the clock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

logger = logging.getLogger("kierto.rounds")


@dataclass(frozen=True, slots=True)
class Round:
    """One sort of work, done every so many ``seconds``. ``work`` says how much it did."""

    name: str
    seconds: float
    work: Callable[[], int]


_rounds: dict[str, Round] = {}


def every(name: str, seconds: float, work: Callable[[], int]) -> None:
    """Register work; a second one of the same name takes the first one's place."""
    _rounds[name] = Round(name, seconds, work)


def registered() -> list[Round]:
    """All rounds, by name."""
    return [_rounds[name] for name in sorted(_rounds)]


def go_round(rounds: list[Round] | None = None) -> Iterator[tuple[str, int | Exception]]:
    """Do each once. What one stumbles over is told and logged, and stops no other."""
    for each in registered() if rounds is None else rounds:
        try:
            yield each.name, each.work()
        except Exception as error:  # whatever an app's work raises
            logger.exception("The round %s failed and will be tried again.", each.name)
            yield each.name, error


def keep_going(stop: threading.Event, *, clean_up: Callable[[], object]) -> None:
    """Go round until told to stop; ``clean_up`` is called after each (to let connections go)."""
    due: dict[str, float] = {}
    while not stop.is_set():
        now = time.monotonic()
        ready = [each for each in registered() if due.get(each.name, 0.0) <= now]
        for _name, _done in go_round(ready):
            pass
        if ready:
            clean_up()
        for each in ready:
            due[each.name] = time.monotonic() + each.seconds
        stop.wait(1)
