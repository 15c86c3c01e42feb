"""What pages show of a device's readings: the newest of each attribute, and how they went."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kierto.hub.history import cursors, entities, keys, names, reading, summing
from kierto.hub.history.files import Asked
from kierto.hub.history.rows import QUALITY, Row
from kierto.hub.models import Device
from kierto.hub.sensors import quality, units
from kierto.hub.sensors.declaring import Wanted
from kierto.hub.sensors.receiving import mapping_of
from kierto.hub.sensors.wording import shown_as, value_text

RECENT: Final = 20
"""Readings of each attribute that the page lists."""

SINGLE: Final = 20_000
"""Readings that a chart looks at one by one; of more, it takes their sums."""

FLAGS: Final[dict[str, tuple[Any, str]]] = {
    "good": (gettext_lazy("good"), "success"),
    "doubtful": (gettext_lazy("doubtful"), "warning"),
    "bad": (gettext_lazy("bad"), "danger"),
}
"""Quality: its word and its tone."""

BATTERY: Final = "batteryLevel"


class Shown(NamedTuple):
    """One reading: what was measured, with its unit; when; and its quality."""

    name: str
    text: str
    at: datetime | None
    flag: Any
    tone: str
    unit: str


class Battery(NamedTuple):
    """How full it is, and whether that is low."""

    text: str
    is_low: bool


class Span(NamedTuple):
    """How far back a chart goes: days, and the length of a step."""

    days: int
    step: timedelta


SPANS: Final = {
    "1": Span(1, timedelta(hours=1)),
    "7": Span(7, timedelta(hours=4)),
    "30": Span(30, timedelta(days=1)),
}


def wanted_of(device: Device) -> tuple[Wanted, ...]:
    """The attributes that its mapping reads; none before there is a mapping."""
    return mapping_of(device).attributes if device.mapping else ()


def kept_text(device: Device, name: str, value: float) -> str:
    """A number of an attribute, in the unit in which its mapping keeps it."""
    kept = {each.name: each.to or each.unit for each in wanted_of(device)}
    return value_text(name, value, units.code_of(kept.get(name)))


def battery_of(device: Device) -> Battery | None:
    """What the device last said of its battery, where its mapping tells which value that is."""
    for wanted in wanted_of(device):
        kept = device.past.get(wanted.iri)
        if kept and (wanted.battery is not None or wanted.name == BATTERY):
            code = units.code_of(wanted.to or wanted.unit)
            is_low = wanted.battery is not None and kept[1] < wanted.battery
            return Battery(value_text(wanted.name, kept[1], code), is_low)
    return None


def interval_text(seconds: int | None) -> str:
    """How often it sends, in the largest unit that fits."""
    if seconds is None:
        return _("when it likes")
    if not seconds % 86_400:
        count = seconds // 86_400
        return ngettext("every day", "every %(number)s days", count) % {"number": count}
    if not seconds % 3_600:
        count = seconds // 3_600
        return ngettext("every hour", "every %(number)s hours", count) % {"number": count}
    if not seconds % 60:
        count = seconds // 60
        return ngettext("every minute", "every %(number)s minutes", count) % {"number": count}
    return ngettext("every second", "every %(number)s seconds", seconds) % {"number": seconds}


def recent(device: Device) -> tuple[list[Shown], list[Shown]]:
    """The newest reading of each attribute in the order of the mapping; and the last ones of all."""
    wanted = {each.iri: each.name for each in wanted_of(device)}
    found = _instances(device, wanted)
    shown = {iri: [_shown(wanted[iri], each) for each in found.get(iri, ())] for iri in wanted}
    newest = [many[0] for many in shown.values() if many]
    every = [each for many in shown.values() for each in many]
    every.sort(key=lambda each: each.at or timezone.now(), reverse=True)
    return newest, every[:RECENT]


def _instances(device: Device, wanted: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    with cursors.reading() as cursor:
        known = entities.find(cursor, device.tenant_id, [device.entity_id])
        called = names.find(cursor, wanted) if known and wanted else {}
        if not called:
            return {}
        number = known[device.entity_id].number
        asked = Asked(each=RECENT, newest=True, names=frozenset(called.values()))
        rows = reading.load(cursor, [number], asked)[number]
        return reading.attributes_of(cursor, rows)


def _shown(name: str, instance: dict[str, Any]) -> Shown:
    flags = instance.get("attributes", {}).get(QUALITY)
    flag, tone = FLAGS.get(flags[0]["value"] if flags else "good", FLAGS["good"])
    at = parse_datetime(instance.get("observedAt", ""))
    code = instance.get("unitCode", "")
    return Shown(name, value_text(name, instance.get("value"), code), at, flag, tone, code)


def chart(
    device: Device, wanted: Wanted, days: str, now: datetime, unit: str = ""
) -> dict[str, Any] | None:
    """Mean of each step as ``{% series %}`` takes it; None where nothing was measured.

    Bad readings do not count, unless there are so many readings that only their sums are asked
    for: then ``is_rough`` is true. ``unit`` is the code that the readings have, where the mapping
    does not say it.
    """
    edges = _edges(SPANS[days], now)
    means, is_rough = _means(device, wanted, [keys.micros_of(each) for each in edges])
    if not any(mean is not None for mean in means):
        return None
    factor, symbol = shown_as(wanted.name, units.code_of(wanted.to or wanted.unit) or unit)
    form = "j M" if SPANS[days].step >= timedelta(days=1) else "D H:i"
    form = "H:i" if SPANS[days].days == 1 else form
    values = [None if mean is None else mean * factor for mean in means]
    return {
        "title": wanted.name,
        "unit": symbol,
        "x": [formats.date_format(timezone.localtime(each), form) for each in edges[:-1]],
        "series": [{"name": _("Mean"), "values": values}],
        "is_rough": is_rough,
    }


def _edges(span: Span, now: datetime) -> list[datetime]:
    """Where steps begin, the end of the last one included: whole hours, or days of this zone."""
    local = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    if span.step >= timedelta(days=1):
        today = local.replace(hour=0)
        return [today + timedelta(days=each - span.days) for each in range(1, span.days + 2)]
    steps = int(timedelta(days=span.days) / span.step)
    hours = int(span.step / timedelta(hours=1))
    end = local.replace(hour=local.hour // hours * hours) + span.step
    return [end - span.step * (steps - each) for each in range(steps + 1)]


def _means(
    device: Device, wanted: Wanted, starts: Sequence[int]
) -> tuple[list[float | None], bool]:
    """The mean of each step, and whether bad readings are among them."""
    with cursors.reading() as cursor:
        known = entities.find(cursor, device.tenant_id, [device.entity_id])
        name = names.find(cursor, [wanted.iri]).get((wanted.iri, "")) if known else None
        if name is None:
            return [], False
        number = known[device.entity_id].number
        asked = Asked(starts[0], starts[-1], every=SINGLE + 1, newest=True, names=frozenset({name}))
        rows = reading.load(cursor, [number], asked)[number]
        if len(rows) <= SINGLE:
            return _mean_of_steps(rows, starts), False
        length, count = starts[1] - starts[0], len(starts) - 1
        steps = summing.Steps(starts[0], starts[0] + length * count, length)
        sums = summing.sums(cursor, [keys.series_of(number, name)], steps)
    by_step = {(each.start - starts[0]) // length: each for each in sums if each.count}
    found = [by_step.get(step) for step in range(count)]
    return [None if each is None else each.total / each.count for each in found], True


def _mean_of_steps(rows: Sequence[Row], starts: Sequence[int]) -> list[float | None]:
    counted: list[list[float]] = [[] for _each in starts[:-1]]
    for row in rows:
        if row.number is not None and row.quality != quality.BAD:
            counted[bisect_right(starts, row.at) - 1].append(row.number)
    return [sum(many) / len(many) if many else None for many in counted]
