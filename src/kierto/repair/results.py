"""What came of a repair event: counted from its tickets, weighed by the kinds of their things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from kierto.core.quantity import Unit
from kierto.repair.models import Category, Event, Ticket, TicketPhoto, Workshop
from kierto.repair.queries import ENDED_STATES
from kierto.repair.states import Barrier, Outcome

BIG_BUTTONS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One category: how many were tried, and how many were fixed."""

    category: Category
    tried: int
    fixed: int


@dataclass(frozen=True, slots=True)
class Results:
    """``kilograms`` is the mass of what was fixed, by the usual mass of its kind.

    ``unweighed`` of the fixed things are of kinds whose mass nobody knows.
    """

    tried: int
    outcomes: tuple[tuple[Outcome, int], ...]
    barriers: tuple[tuple[Barrier, int], ...]
    people: int
    kilograms: float
    unweighed: int
    lines: tuple[Line, ...]

    @property
    def fixed(self) -> int:
        """How many work again."""
        return dict(self.outcomes)[Outcome.FIXED]

    @property
    def share(self) -> float | None:
        """Fixed of those whose outcome is known; None if none is."""
        known = self.tried - dict(self.outcomes)[Outcome.UNKNOWN]
        return self.fixed / known if known else None


def results_of(event: Event) -> Results:
    """Count the finished tickets of an event. One query."""
    return count(
        Ticket.objects.filter(event=event, state__in=ENDED_STATES).select_related("category__kind")
    )


def count(tickets: QuerySet[Ticket] | Sequence[Ticket]) -> Results:
    """Count finished tickets; select ``category__kind`` along."""
    rows = list(tickets)
    outcomes = Counter(ticket.outcome for ticket in rows)
    barriers = Counter(ticket.barrier for ticket in rows if ticket.barrier)
    fixed = [ticket for ticket in rows if ticket.outcome == Outcome.FIXED]
    masses = [kilograms_of(ticket.category) for ticket in fixed]
    tried_by = Counter(ticket.category for ticket in rows)
    fixed_by = Counter(ticket.category for ticket in fixed)
    return Results(
        tried=len(rows),
        outcomes=tuple((each, outcomes[each]) for each in Outcome),
        barriers=tuple((each, barriers[each]) for each in Barrier if barriers[each]),
        people=len({ticket.owner_id for ticket in rows}),
        kilograms=sum(mass for mass in masses if mass is not None),
        unweighed=sum(mass is None for mass in masses),
        lines=tuple(
            Line(category, tried, fixed_by[category])
            for category, tried in sorted(
                tried_by.items(), key=lambda item: (-item[1], str(item[0]))
            )
        ),
    )


def kilograms_of(category: Category) -> float | None:
    """The usual mass of one thing of a category, from its kind in the catalogue; None unknown."""
    kind = category.kind
    if kind.unit == Unit.KILOGRAM or not kind.kg_per_unit:
        return None
    return kind.kg_per_unit


def public_photos(event: Event) -> QuerySet[TicketPhoto]:
    """Pictures that their owners agreed to show to everybody."""
    return TicketPhoto.objects.filter(ticket__event=event, is_public=True).order_by("pk")


def most_used(workshop: Workshop, limit: int = BIG_BUTTONS) -> list[Category]:
    """The categories that this workshop sees most; a new one's are filled up from all others'."""
    return list(
        Category.objects.annotate(
            here=Count("tickets", filter=Q(tickets__workshop=workshop), distinct=True),
            anywhere=Count("tickets", distinct=True),
        ).order_by("-here", "-anywhere", "name")[:limit]
    )
