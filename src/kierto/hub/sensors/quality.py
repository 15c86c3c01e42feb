"""Judges readings: good, doubtful or bad, by rules that the mapping declares. Pure.

- bad: outside ``low`` … ``high``, what the thing cannot be;
- doubtful: further than ``jump`` from the reading before; the ``stuck``-th alike in a row; or by a
  clock that is ahead of ours.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

GOOD: Final = 0
DOUBTFUL: Final = 1
BAD: Final = 2
WORDS: Final = ("good", "doubtful", "bad")

CLOCK_AHEAD: Final = timedelta(minutes=5)
"""More than this ahead of our clock, and the device's is wrong."""

IMPOSSIBLE: Final = timedelta(days=1)
"""More than this ahead, and the reading is not taken: it would stay the newest for ever."""


class Rules(NamedTuple):
    """What is to be expected of an attribute; None: nothing is known."""

    low: float | None = None
    high: float | None = None
    jump: float | None = None
    stuck: int | None = None


class Past(NamedTuple):
    """The reading before: its moment and number, and how many in a row were alike."""

    at: datetime
    number: float
    alike: int = 1


class Judgement(NamedTuple):
    """Flag, why (``range``, ``jump``, ``stuck``, ``clock`` or empty), and the past from now on."""

    flag: int
    why: str
    past: Past | None


def judge(
    rules: Rules, past: Past | None, number: float, at: datetime, received: datetime
) -> Judgement:
    """One reading. What is bad or older than the last one is no past of those to come."""
    if at - received > CLOCK_AHEAD:
        return Judgement(DOUBTFUL, "clock", past)
    if (rules.low is not None and number < rules.low) or (
        rules.high is not None and number > rules.high
    ):
        return Judgement(BAD, "range", past)
    if past is not None and at <= past.at:
        return Judgement(GOOD, "", past)
    alike = past.alike + 1 if past is not None and past.number == number else 1
    now = Past(at, number, alike)
    if past is not None and rules.jump is not None and abs(number - past.number) > rules.jump:
        return Judgement(DOUBTFUL, "jump", now)
    if rules.stuck is not None and alike >= rules.stuck:
        return Judgement(DOUBTFUL, "stuck", now)
    return Judgement(GOOD, "", now)
