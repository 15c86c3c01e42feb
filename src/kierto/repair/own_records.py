"""Our own repairs as rows of the Open Repair Data Standard 0.3.

A row is made of a finished ticket whose owner let it be counted, of a category that the standard
knows. It says nothing of people: the id is a digest, mail addresses and telephone numbers are
taken out of the words about the fault, and what the owner calls the thing stays here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from kierto.core.text import Sentence as _
from kierto.repair.countries import THREE_LETTERS
from kierto.repair.importers import FIRST_OWN
from kierto.repair.models import Ticket
from kierto.repair.queries import ENDED_STATES
from kierto.repair.states import Outcome

PREFIX = "kierto"
LONGEST_PROBLEM = 2000
REMOVED = _("[removed]")

_MAIL = re.compile(r"\S+@\S+")
_TELEPHONE = re.compile(r"\+?\d(?:[\s().\-/]?\d){6,}")


def shared_tickets() -> QuerySet[Ticket]:
    """Finished tickets that may be counted in open repair data, with our own categories too."""
    return Ticket.objects.filter(state__in=ENDED_STATES, shares_data=True)


def own_rows() -> Iterator[tuple[str, ...]]:
    """The rows, in the order in which the repairs ended."""
    tickets = (
        shared_tickets()
        .filter(category__lt=FIRST_OWN)
        .select_related("category", "workshop__place", "workshop__agent__organization", "event")
        .order_by("ended_at", "pk")
    )
    for ticket in tickets.iterator(chunk_size=2000):
        yield row_of(ticket)


def row_of(ticket: Ticket) -> tuple[str, ...]:
    """The 14 cells of one ticket."""
    day = day_of(ticket)
    year = str(ticket.made_year) if ticket.made_year else ""
    is_over = ticket.outcome == Outcome.END_OF_LIFE
    return (
        key_of(ticket),
        settings.NODE_NAME,
        THREE_LETTERS.get(ticket.workshop.place.country, ""),
        ticket.category.name,
        ticket.category.name,
        str(ticket.category_id),
        without_contacts(ticket.brand) or "Unknown",
        year,
        _age(ticket, day),
        ticket.outcome,
        ticket.barrier if is_over else "",
        ticket.workshop.name,
        day.date().isoformat(),
        without_contacts(ticket.problem)[:LONGEST_PROBLEM],
    )


def key_of(ticket: Ticket) -> str:
    """An id that is the same each time and leads back to nobody: letters, hyphen, digits."""
    digest = hashlib.sha256(f"{settings.NODE_NAME}/{ticket.pk}".encode()).hexdigest()
    return f"{PREFIX}-{int(digest[:14], 16)}"


def day_of(ticket: Ticket) -> datetime:
    """When it was repaired, in the workshop's time zone: the event's beginning, or the end."""
    moment = ticket.event.begins if ticket.event else ticket.ended_at or ticket.created_at
    return moment.astimezone(ZoneInfo(ticket.workshop.timezone))


def without_contacts(text: str) -> str:
    """The text without mail addresses and telephone numbers."""
    cleaned = _TELEPHONE.sub(str(REMOVED), _MAIL.sub(str(REMOVED), text))
    return cleaned.strip()


def _age(ticket: Ticket, day: datetime) -> str:
    if ticket.age is not None:
        return f"{ticket.age.normalize():f}"
    if ticket.made_year and ticket.made_year <= day.year:
        return str(day.year - ticket.made_year)
    return ""
