"""When a workshop is open, by its own clock and the public holidays of its country."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from kierto.core.opening import Hours, OpenDay, check_hours
from kierto.repair.models import Workshop


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether it is open now, when that changes next, and the week ahead."""

    is_open: bool
    changes_at: datetime | None
    week: list[OpenDay]


def hours_or_none(text: str) -> str:
    """The hours, trimmed, if they can be read; nothing is “by appointment”.

    Raises:
        BadOpeningHours: they cannot.
    """
    return check_hours(text) if text.strip() else ""


def opening_of(workshop: Workshop, at: datetime | None = None) -> Opening | None:
    """How it stands now (or at a moment); None for a workshop without hours."""
    if not workshop.opening_hours:
        return None
    hours = Hours(workshop.opening_hours, workshop.timezone, workshop.holidays)
    now = at or timezone.now()
    is_open = hours.is_open(now)
    change = hours.closes_after(now) if is_open else hours.next_opening(now)
    today = timezone.localdate(now, timezone=hours.zone)
    return Opening(
        is_open=is_open,
        changes_at=change.astimezone(hours.zone) if change else None,
        week=hours.days_from(today),
    )
