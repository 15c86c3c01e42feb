"""SenML packs (RFC 8428): records resolved to full names, absolute times and single values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from kierto.hub.sensors.faults import Faulty

RELATIVE: Final = 2**28
"""Times below this are seconds relative to now (section 4.5.3)."""

_VALUES: Final = ("v", "vs", "vb", "vd")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SenmlFault(Faulty):
    """A record is none; ``place`` counts records from 0."""

    def __init__(self, place: int, sentence: Any, **fields: Any) -> None:
        super().__init__(sentence, **fields)
        self.place = place


class Record(NamedTuple):
    """A resolved record: its full name, its own part of it, moment (None: now), value and unit."""

    place: int
    name: str
    own: str
    at: datetime | None
    value: float | str | bool
    unit: str | None


def resolve(pack: Any, now: datetime) -> list[Record]:
    """The records of a pack.

    Raises:
        SenmlFault: it is no pack, or a record breaks a rule.
    """
    if not isinstance(pack, list) or not pack:
        raise SenmlFault(0, _("This is no SenML pack. Send a list of records."))
    base: dict[str, Any] = {}
    found: list[Record] = []
    for place, record in enumerate(pack):
        if not isinstance(record, dict):
            raise SenmlFault(place, _("This is no record."))
        unknown = [name for name in record if isinstance(name, str) and name.endswith("_")]
        if unknown:
            raise SenmlFault(
                place,
                _("“%(name)s” must be understood, and is not known here."),
                name=unknown[0],
            )
        base.update(
            {name: record[name] for name in ("bn", "bt", "bu", "bv", "bver") if name in record}
        )
        if any(name in record for name in _VALUES):
            found.append(_record(place, record, base, now))
        elif "n" in record and "s" not in record:
            raise SenmlFault(place, _("The record has no value."))
    return found


def _record(place: int, record: dict[str, Any], base: dict[str, Any], now: datetime) -> Record:
    own = record.get("n", "")
    name = base.get("bn", "")
    if not isinstance(own, str) or not isinstance(name, str) or not name + own:
        raise SenmlFault(place, _("The record has no name."))
    seconds = _number(place, base.get("bt", 0)) + _number(place, record.get("t", 0))
    unit = record.get("u", base.get("bu"))
    if unit is not None and not isinstance(unit, str):
        raise SenmlFault(place, _("The record’s unit is no text."))
    return Record(
        place, name + own, own, _time(place, seconds, now), _value(place, record, base), unit
    )


def _value(place: int, record: dict[str, Any], base: dict[str, Any]) -> float | str | bool:
    names = [name for name in _VALUES if name in record]
    if len(names) > 1:
        raise SenmlFault(place, _("The record has more than one value."))
    value = record[names[0]]
    if names[0] == "v":
        return _number(place, value) + _number(place, base.get("bv", 0))
    if names[0] == "vb" and isinstance(value, bool):
        return value
    if names[0] in {"vs", "vd"} and isinstance(value, str):
        return value
    raise SenmlFault(place, _("The value does not fit “%(name)s”."), name=names[0])


def _number(place: int, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SenmlFault(place, _("There is no number where one belongs."))
    return float(value)


def _time(place: int, seconds: float, now: datetime) -> datetime | None:
    if seconds == 0:
        return None
    try:
        start = now if seconds < RELATIVE else _EPOCH
        return start + timedelta(microseconds=round(seconds * 1e6))
    except OverflowError as error:
        raise SenmlFault(place, _("The time lies outside the calendar.")) from error


def names_of(records: Sequence[Record]) -> list[str]:
    """The names there are, each once."""
    return list(dict.fromkeys(record.name for record in records))
