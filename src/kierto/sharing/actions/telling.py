"""Telling borrowers and desks what became of a booking."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from kierto.notices.actions import notify
from kierto.parties.models import Agent
from kierto.sharing.models import Booking

ASKED = "sharing.booking_asked"
APPROVED = "sharing.booking_approved"
DECLINED = "sharing.booking_declined"
CANCELLED = "sharing.booking_cancelled"
CHANGED = "sharing.booking_changed"
HELD = "sharing.booking_held"
HOLD_LAPSED = "sharing.hold_lapsed"
REMINDER = "sharing.booking_reminder"
MISSED = "sharing.booking_missed"
UNANSWERED = "sharing.booking_unanswered"


def tell_borrower(booking: Booking, topic: str, *, by: Agent | None = None, **more: Any) -> None:
    """Tell whoever borrows, unless they have just done it themselves."""
    if by is None or by.pk != booking.borrower_id:
        notify(booking.borrower, topic, path=_path(booking), **_facts(booking), **more)


def tell_desk(booking: Booking, topic: str, **more: Any) -> None:
    """Tell everybody who stands at the desk."""
    owner = booking.collection.owner
    notify(owner, topic, path=_path(booking), who=booking.borrower, **_facts(booking), **more)


def there(moment: datetime, timezone: str) -> datetime:
    """The moment by the clocks of the collection, as notices show it."""
    return moment.astimezone(ZoneInfo(timezone))


def _facts(booking: Booking) -> dict[str, Any]:
    zone = booking.collection.timezone
    lines = booking.lines.select_related("thing")
    return {
        "things": ", ".join(line.thing.name for line in lines),
        "booking": booking.code,
        "begins": there(booking.begins, zone),
        "ends": there(booking.ends, zone),
    }


def _path(booking: Booking) -> str:
    return reverse("sharing:booking", args=[booking.pk])
