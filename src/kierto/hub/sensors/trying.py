"""A mapping tried on a sample that somebody pasted: what would be stored, and what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import orjson
from django.utils.translation import gettext_lazy as _

from kierto.hub.sensors import quality
from kierto.hub.sensors.declaring import Mapping, MappingFaulty, read_mapping
from kierto.hub.sensors.faults import Fault, Faulty
from kierto.hub.sensors.mapping import Reading, read_message

BYTES: Final = 100_000
MOST: Final = 20
"""Messages of a pasted list that are tried."""

WHY: Final = {
    "range": _("It lies outside the limits: it is kept in the history, marked as bad."),
    "clock": _("It lies ahead of this node’s clock."),
}
"""What is said of a reading that is not good; one alone cannot jump or stick."""


class Kept(NamedTuple):
    """One reading as it would be stored."""

    reading: Reading
    flag: str
    why: Any


class Tried(NamedTuple):
    """One message: what would be stored, and what is wrong with it. ``taken``: it is accepted."""

    place: int
    kept: list[Kept]
    faults: list[Fault]
    taken: bool


def parsed(text: str, *, is_senml: bool) -> list[Any]:
    """The messages of a sample: one, or a list of them.

    Raises:
        Faulty: it is no JSON, or too long, or nothing.
    """
    if not text.strip():
        raise Faulty(_("Paste a message that the device has sent."))
    if len(text.encode()) > BYTES:
        raise Faulty(_("Paste one message: this is too long to be tried here."))
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Faulty(
            _("This is no JSON: look at line %(line)s, column %(column)s."),
            line=error.lineno,
            column=error.colno,
        ) from error
    nested = isinstance(found, list) and bool(found) and isinstance(found[0], list)
    if isinstance(found, list) and (nested or not is_senml):
        return found[:MOST]
    return [found]


def try_sample(
    declared: dict[str, Any], text: str, now: datetime | None = None
) -> tuple[list[Tried], list[Fault]]:
    """Each message of the sample; and the faults of the declaration or of the sample as a whole."""
    try:
        mapping = read_mapping(declared)
    except MappingFaulty as error:
        return [], error.faults
    try:
        messages = parsed(text, is_senml=mapping.form == "senml")
    except Faulty as error:
        return [], [Fault("", error.why)]
    received = now or datetime.now(UTC)
    return [_tried(mapping, place, each, received) for place, each in enumerate(messages, 1)], []


def _tried(mapping: Mapping, place: int, message: Any, now: datetime) -> Tried:
    sample = read_message(mapping, message, now)
    kept = [_judged(reading, now) for reading in sample.readings]
    # As when it is received: a fault refuses the message, a value that is lacking does not.
    taken = bool(kept) and not sample.faults
    return Tried(place, kept, sample.faults + sample.missing, taken)


def _judged(reading: Reading, now: datetime) -> Kept:
    if not isinstance(reading.value, float):
        return Kept(reading, quality.WORDS[quality.GOOD], "")
    wanted = reading.wanted
    rules = quality.Rules(wanted.low, wanted.high, wanted.jump, wanted.stuck)
    judged = quality.judge(rules, None, reading.value, reading.at or now, now)
    return Kept(reading, quality.WORDS[judged.flag], WHY.get(judged.why, ""))
