"""Answers about the members of a collection: found by name or card, with what they have and owe."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from kierto.parties.queries import folded
from kierto.sharing.models import Collection, Membership

MONTHS_WITHOUT_PLAN = 12
"""What renewing adds to a membership that has an end and no plan."""


def last_day(start: date, months: int) -> date:
    """The last day of so many months from ``start`` on."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)


def may_renew(membership: Membership, today: date) -> bool:
    """Whether it ends, and not later than a whole period from today."""
    if membership.until is None:
        return False
    months = membership.plan.months if membership.plan else MONTHS_WITHOUT_PLAN
    return membership.until < last_day(today, months)


def members(collection: Collection) -> QuerySet[Membership]:
    """All of them, with their names, plans and groups."""
    rows = Membership.objects.filter(collection=collection)
    return (
        rows.select_related("agent__person", "agent__organization", "plan")
        .prefetch_related("groups")
        .order_by("number", "pk")
    )


def search(
    collection: Collection, *, words: str = "", only: str = "", today: date | None = None
) -> QuerySet[Membership]:
    """Members by part of the name (capitals and accents do not matter) or of the card number.

    ``only``: "blocked", "ended" (before ``today``) or "unsigned" (not agreed to the rules).
    """
    rows = members(collection)
    match only:
        case "blocked":
            rows = rows.filter(blocked_at__isnull=False)
        case "ended":
            rows = rows.filter(until__lt=today)
        case "unsigned":
            rows = rows.filter(agreed_at__isnull=True)
    wanted = folded(words)
    if not wanted:
        return rows
    # Neither database folds accents by itself; a collection has some thousand members at most.
    names = rows.values_list("pk", "agent__person__name", "agent__organization__name")
    named = [
        pk
        for pk, person, organization in names
        if wanted in folded(person or "") or wanted in folded(organization or "")
    ]
    return rows.filter(Q(pk__in=named) | Q(number__icontains=words.strip()))
