"""When a workshop is open: its hours in the syntax of OpenStreetMap, with public holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from opening_hours import (  # type: ignore[attr-defined]
    OpeningHours,
    ParserError,
    UnknownCountryError,
)

from kierto.repair.errors.workshops import HoursUnreadable
from kierto.repair.models import Workshop

_HORIZON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether it is open now, and when that changes next (None: not within two months)."""

    is_open: bool
    changes_at: datetime | None


def check_hours(text: str, *, holidays: str, zone: str) -> str:
    """The hours, trimmed, if they can be read; nothing is “by appointment”.

    Raises:
        HoursUnreadable: they cannot.
    """
    text = text.strip()
    if text:
        try:
            _read(text, holidays, zone)
        except (ParserError, UnknownCountryError, ValueError):
            raise HoursUnreadable(text=text[:80]) from None
    return text


def opening_of(workshop: Workshop, at: datetime | None = None) -> Opening | None:
    """How it stands now (or at a moment), by the workshop's own clock; None without hours."""
    if not workshop.opening_hours:
        return None
    zone = ZoneInfo(workshop.timezone)
    now = (at or timezone.now()).astimezone(zone)
    try:
        hours = _read(workshop.opening_hours, workshop.holidays, workshop.timezone)
        change = hours.next_change(now)
    except (ParserError, UnknownCountryError, ValueError):
        return None
    soon = change is not None and change - now <= _HORIZON
    return Opening(is_open=hours.is_open(now), changes_at=change if soon else None)


def _read(text: str, holidays: str, zone: str) -> OpeningHours:
    return OpeningHours(text, timezone=ZoneInfo(zone), country=holidays or None)
