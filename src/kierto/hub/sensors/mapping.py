"""Reads a device's message as its mapping says: pure, and every fault names its path.

Uplinks of ChirpStack 4 (HTTP and MQTT integration, event ``up``) and of The Things Stack 3 (uplink
message) are read from their decoded payload; their time and counter need no declaration. Sources:
https://www.chirpstack.io/docs/chirpstack/integrations/events.html (2025),
https://www.thethingsindustries.com/docs/integrations/data-formats/ (2025).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from kierto.hub.sensors import clocks, paths, senml
from kierto.hub.sensors.declaring import Mapping, MappingFaulty, Wanted, read_mapping
from kierto.hub.sensors.faults import Fault, Faulty, Why
from kierto.hub.sensors.paths import Path

__all__ = ["Fault", "Reading", "Sample", "Trial", "read_message", "try_mapping"]

_TEXT: Final = 2_000
_UNSET: Final = _("This is before the year 2000: the clock is not set.")


class Reading(NamedTuple):
    """One value, before anybody judged it. ``at`` is None where the message does not say when."""

    wanted: Wanted
    at: datetime | None
    value: float | str | bool
    unit: str
    path: str


class Sample(NamedTuple):
    """What a message says: readings, what it counts, attributes it lacks, and what is wrong."""

    readings: list[Reading]
    counter: str | None
    missing: list[Fault]
    faults: list[Fault]


class Trial(NamedTuple):
    """What a mapping makes of a sample, for its author to look at."""

    readings: list[Reading]
    faults: list[Fault]


class _Shape(NamedTuple):
    """Where a network server puts what it has decoded, when, and how many messages there were."""

    root: Path
    times: tuple[Path, ...]
    counter: Path


_SHAPES: Final = {
    "chirpstack": _Shape(("object",), (("time",),), ("fCnt",)),
    "ttn": _Shape(
        ("uplink_message", "decoded_payload"),
        (("uplink_message", "received_at"), ("received_at",)),
        ("uplink_message", "f_cnt"),
    ),
}


def try_mapping(declared: Any, sample: Any) -> Trial:
    """What a declaration makes of a sample: readings, and faults of either; never raises."""
    try:
        found = read_message(read_mapping(declared), sample)
    except MappingFaulty as error:
        return Trial([], error.faults)
    return Trial(found.readings, found.missing + found.faults)


def read_message(mapping: Mapping, message: Any, now: datetime | None = None) -> Sample:
    """The readings of one message; what is wrong with it stands in its faults."""
    if mapping.form == "senml":
        return _senml(mapping, message, now or datetime.now(UTC))
    shape = _SHAPES.get(mapping.form)
    faults: list[Fault] = []
    root = message
    if shape is not None:
        try:
            root = paths.follow(shape.root, message)
        except paths.PathFault as error:
            return Sample([], None, [], [Fault(paths.written(shape.root), _not_decoded(error))])
    at = _time(mapping, shape, message, root, faults)
    readings: list[Reading] = []
    missing: list[Fault] = []
    for wanted in mapping.attributes:
        try:
            value = paths.follow(wanted.path, root)
        except paths.PathFault as error:
            missing.append(Fault(wanted.text, error.why))
            continue
        _take(wanted, value, at, None, wanted.text, readings, faults)
    return Sample(readings, _counter(mapping, shape, message, root), missing, faults)


def _not_decoded(error: paths.PathFault) -> Why:
    return Why(
        _(
            "%(lacking)s The network server has not decoded the payload: give it a codec for this "
            "device."
        ),
        lacking=error.why,
    )


def _take(
    wanted: Wanted,
    value: Any,
    at: datetime | None,
    unit: str | None,
    path: str,
    readings: list[Reading],
    faults: list[Fault],
) -> None:
    try:
        kept, code = _valued(wanted, value, unit)
    except Faulty as error:
        faults.append(Fault(path, error.why))
    except OverflowError:
        faults.append(Fault(path, Why(_("This is no number."))))
    else:
        readings.append(Reading(wanted, at, kept, code, path))


def _valued(wanted: Wanted, value: Any, unit: str | None) -> tuple[float | str | bool, str]:
    if wanted.kind == "text":
        if not isinstance(value, (str, int, float)) or len(str(value)) > _TEXT:
            raise Faulty(_("This is no text."))
        return str(value), ""
    if wanted.kind == "truth":
        return _truth(value), ""
    number = _number(value)
    kept, code = wanted.convert(number, unit)
    if not math.isfinite(kept):
        raise Faulty(_("This is no number."))
    return kept, code


def _number(value: Any) -> float:
    if isinstance(value, str):
        try:
            value = float(value.strip().replace(",", ".")) if len(value) <= 40 else None
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Faulty(_("This is no number."))
    return float(value)


_TRUE: Final = frozenset({"true", "on", "yes", "1", "open"})
_FALSE: Final = frozenset({"false", "off", "no", "0", "closed"})


def _truth(value: Any) -> bool:
    word = str(value).strip().lower()
    if not isinstance(value, (bool, int, str)) or word not in _TRUE | _FALSE:
        raise Faulty(_("This is neither true nor false."))
    return word in _TRUE


def _time(
    mapping: Mapping, shape: _Shape | None, message: Any, root: Any, faults: list[Fault]
) -> datetime | None:
    if mapping.clock is not None:
        clock = mapping.clock
        # A device may put its time into the decoded payload or the server beside it.
        for place in (root, message):
            try:
                value = paths.follow(clock.path, place)
            except paths.PathFault as error:
                lacking = error.why
                continue
            return _read_clock(value, clock.form, clock.zone, clock.text, faults)
        faults.append(Fault(clock.text, lacking))
        return None
    for path in shape.times if shape is not None else ():
        try:
            value = paths.follow(path, message)
        except paths.PathFault:
            continue
        return _read_clock(value, "iso", "UTC", paths.written(path), faults)
    return None


def _read_clock(
    value: Any, form: str, zone: str, path: str, faults: list[Fault]
) -> datetime | None:
    try:
        return clocks.read_clock(value, form, zone)
    except clocks.TimeFault as error:
        faults.append(Fault(path, error.why))
        return None


def _counter(mapping: Mapping, shape: _Shape | None, message: Any, root: Any) -> str | None:
    tries = [(mapping.counter, root), (mapping.counter, message)]
    tries += [(shape.counter, message)] if shape is not None else []
    for path, place in tries:
        try:
            value = paths.follow(path, place) if path is not None else None
        except paths.PathFault:
            continue
        if isinstance(value, (int, str)):
            return str(value)[:100]
    return None


def _senml(mapping: Mapping, message: Any, now: datetime) -> Sample:
    try:
        records = senml.resolve(message, now)
    except senml.SenmlFault as error:
        return Sample([], None, [], [Fault(f"[{error.place}]", error.why)])
    readings: list[Reading] = []
    faults: list[Fault] = []
    known: set[str] = set()
    for record in records:
        for wanted in _wanting(mapping.attributes, record):
            known.add(wanted.iri)
            path = f"[{record.place}]"
            if record.at is not None and record.at.year < 2000:
                faults.append(Fault(path, Why(_UNSET)))
                continue
            _take(wanted, record.value, record.at, record.unit, path, readings, faults)
    told = ", ".join(senml.names_of(records)[:8])
    missing = [
        Fault(wanted.text, Why(_("No record has this name. There is: %(has)s."), has=told))
        for wanted in mapping.attributes
        if wanted.iri not in known
    ]
    return Sample(readings, None, missing, faults)


def _wanting(attributes: Iterable[Wanted], record: senml.Record) -> Iterable[Wanted]:
    return (wanted for wanted in attributes if wanted.text in {record.name, record.own})
