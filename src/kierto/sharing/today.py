"""Whether a collection is open at the moment, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kierto.sharing import opening
from kierto.sharing.models import Collection
from kierto.sharing.states import ThingState
from kierto.sharing.words import Moment, clock


@dataclass(frozen=True, slots=True)
class Today:
    """``tone`` is one of the colours of a small label."""

    is_open: bool
    sentence: str
    tone: str


def today(collection: Collection, now: datetime) -> Today:
    """Open until when, or closed and open again when."""
    if collection.state != ThingState.OPEN:
        return Today(False, _not_lending(collection), "warning")
    if opening.is_open(collection, now):
        closes = opening.closes_after(collection, now)
        if closes is None:
            return Today(True, _("Open day and night."), "success")
        return Today(
            True,
            _("Open now until %(time)s.") % {"time": _later(closes, collection, now)},
            "success",
        )
    opens = opening.next_opening(collection, now)
    if opens is None:
        return Today(False, _("Closed until further notice."), "warning")
    return Today(
        False,
        _("Closed now. Opens %(time)s.") % {"time": _later(opens, collection, now)},
        "neutral",
    )


def _not_lending(collection: Collection) -> str:
    match collection.state:
        case ThingState.DRAFT:
            return _("Not published yet: only its staff see this page.")
        case ThingState.PAUSED:
            return _("Paused: it lends nothing at present.")
    return _("Closed for good.")


def _later(at: datetime, collection: Collection, now: datetime) -> Any:
    """The time alone if it is on the same day there."""
    zone = ZoneInfo(collection.timezone)
    if at.astimezone(zone).date() == now.astimezone(zone).date():
        return clock(at, collection.timezone)
    return Moment(at, collection.timezone)
