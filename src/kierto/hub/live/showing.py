"""Things as rows of the table, points of the map and JSON, in the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from kierto.core.geography import Point, rings_of
from kierto.core.svg_map import MapPlace, PlacedPoint, lay_out_map
from kierto.hub.entity_rows import entity_address, plain_text
from kierto.hub.live import wording
from kierto.hub.live.queries import Thing
from kierto.hub.sensors.showing import kept_text
from kierto.parties.models import District

STATES: Final[dict[str, tuple[Any, str]]] = {
    "alarm": (_("alarm"), "danger"),
    "stale": (_("silent"), "warning"),
    "doubtful": (_("doubtful"), "info"),
    "good": (_("up to date"), "success"),
}
"""What a thing's state is called, and its tone; the gravest first."""

WIDTH, TALLEST = 1040.0, 620.0
"""Of the drawing, in pixels, as of other maps."""

LABELS: Final = 60
"""Values written on the drawing; further things are points alone."""

LONGEST: Final = 14
"""Characters of a value on the map."""

QUALITIES: Final[dict[str, Any]] = {"doubtful": _("doubtful"), "bad": _("cannot be")}


@dataclass(frozen=True, slots=True)
class Reading:
    """One value, in words; ``doubt`` says what is wrong with it, ``late`` when it is of before."""

    attribute: str
    label: str
    text: str
    doubt: str
    late: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing, in words. ``headline`` is the value that stands on the map."""

    id: str
    name: str
    kind: str
    href: str
    readings: list[Reading]
    headline: str
    at: datetime
    state: str
    state_text: str
    tone: str
    alarms: list[str]
    latitude: float
    longitude: float

    def as_json(self) -> dict[str, Any]:
        """The same for a script."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "href": self.href,
            "readings": [
                {"label": each.label, "text": each.text, "doubt": each.doubt, "late": each.late}
                for each in self.readings
            ],
            "headline": self.headline,
            "at": self.at.isoformat(),
            "when": moment_text(self.at),
            "state": self.state,
            "stateText": self.state_text,
            "tone": self.tone,
            "alarms": self.alarms,
            "lat": self.latitude,
            "lon": self.longitude,
        }


def moment_text(moment: datetime) -> str:
    """A moment as pages write it."""
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def rows_of(things: Iterable[Thing], attribute: str = "") -> list[Row]:
    """Rows for people: what needs a look first, then the newest."""
    rows = [row_of(thing, attribute) for thing in things]
    gravity = {state: place for place, state in enumerate(STATES)}
    return sorted(rows, key=lambda row: (gravity[row.state], -row.at.timestamp(), row.name))


def row_of(thing: Thing, attribute: str = "") -> Row:
    """One thing; ``attribute`` (IRI) is what stands on the map, if one was chosen."""
    seen = thing.seen
    values = sorted(seen.values, key=lambda value: wording.rank_of(value.attribute))
    headline = next((each for each in values if each.attribute == attribute), values[0])
    state_text, tone = STATES[thing.state]
    return Row(
        id=seen.id,
        name=plain_text(seen.name),
        kind=", ".join(wording.kind_text(iri) for iri in seen.types),
        href=entity_address(seen.id),
        readings=[
            Reading(
                value.attribute,
                wording.attribute_text(value.attribute),
                wording.value_text(value.attribute, value.value, value.unit),
                "" if value.is_good else str(QUALITIES.get(value.quality, value.quality)),
                "" if value.at == seen.at else moment_text(value.at),
            )
            for value in values
        ],
        headline=wording.value_text(headline.attribute, headline.value, headline.unit)[:LONGEST],
        at=seen.at,
        state=thing.state,
        state_text=str(state_text),
        tone=tone,
        alarms=[_alarm_text(alarm) for alarm in thing.alarms],
        latitude=seen.latitude,
        longitude=seen.longitude,
    )


def _alarm_text(alarm: Any) -> str:
    """What is wrong, of what, and with which value."""
    kind = alarm.get_kind_display()
    if not alarm.attribute:
        return str(kind)
    about = wording.attribute_text(wording.iri_of(alarm.attribute))
    if alarm.value is None:
        return f"{kind}: {about}"
    return f"{kind}: {about} {kept_text(alarm.device, alarm.attribute, alarm.value)}"


def counted(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """How many things are in each state, the gravest first; states without any are left out."""
    numbers = Counter(row.state for row in rows)
    return [
        {"state": state, "text": text, "tone": tone, "number": numbers[state]}
        for state, (text, tone) in STATES.items()
        if numbers[state]
    ]


def drawing(rows: Sequence[Row], district: District | None) -> dict[str, Any]:
    """Points, outline and frame of the map, and the same as plain data for the script."""
    by_id = {row.id: row for row in rows}
    grave = {state: len(STATES) - place for place, state in enumerate(STATES)}
    places = [
        MapPlace(
            row.id,
            Point(row.latitude, row.longitude),
            row.headline if place < LABELS else "",
            grave[row.state],
        )
        for place, row in enumerate(rows)
    ]
    area = district.area if district is not None else None
    picture = lay_out_map(places, [], width=WIDTH, tallest=TALLEST, outline=rings_of(area))
    labelled = {each.place.id: each.place.label for each in picture.points if each.label_at}
    return {
        "outline": " ".join(picture.outline),
        "points": [_point(each, by_id[each.place.id]) for each in picture.points],
        "frame": {"width": round(WIDTH), "height": round(picture.height)},
        "plain": {
            "area": area,
            "lines": [],
            "points": [point_of(row, labelled.get(row.id, "")) for row in rows],
        },
    }


def point_of(row: Row, short: str) -> dict[str, Any]:
    """One point for the script's map."""
    return {
        "id": row.id,
        "label": told(row),
        "title": row.name,
        "short": short,
        "weight": 1,
        "mark": row.state,
        "lat": row.latitude,
        "lon": row.longitude,
        "href": row.href,
    }


def told(row: Row) -> str:
    """Everything that a point says when one asks it."""
    said = [f"{each.label}: {each.text}" for each in row.readings]
    return " · ".join([*said, row.state_text, *row.alarms, moment_text(row.at)])


def _point(placed: PlacedPoint, row: Row) -> dict[str, Any]:
    x, y = placed.label_at or (placed.x, placed.y)
    return {
        "id": row.id,
        "title": f"{row.name} – {told(row)}",
        "state": row.state,
        "short": placed.place.label if placed.label_at else "",
        "x": placed.x,
        "y": placed.y,
        "text_x": x,
        "text_y": y,
        "anchor": placed.anchor,
    }
