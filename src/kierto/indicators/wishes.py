"""Offers and needs as rows, spread over the days on which they were open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kierto.core.period import Frequency, per_week
from kierto.exchange.models import Intent
from kierto.exchange.states import IntentState
from kierto.indicators.privacy import Reader
from kierto.indicators.rows import Wish
from kierto.indicators.scope import Scope, days_by_month

OPEN_TERM = timedelta(weeks=13)
"""A one-off wish without a last day is spread over a quarter, as the planner does."""

_COLUMNS = (
    "agent", "kind", "resource_quantity", "every", "available_from", "available_until",
    "state", "updated_at",
)  # fmt: skip


def read_wishes(scope: Scope, direction: str, reader: Reader) -> list[Wish]:
    """The offers or needs of a scope, month by month, in one query."""
    intents = Intent.objects.filter(direction=direction).exclude(state=IntentState.DRAFT)
    if scope.district is not None:
        intents = intents.filter(place__district=scope.district)
    if scope.organization is not None:
        intents = intents.filter(agent=scope.organization.agent_id)
    if scope.kind is not None:
        intents = intents.filter(kind__path__startswith=scope.kind.path)
    rows = reader.countable_intents(intents).order_by("pk").values(*_COLUMNS)
    return [wish for row in rows for wish in _by_month(row, scope)]


def _by_month(row: dict[str, Any], scope: Scope) -> Iterator[Wish]:
    opens, closes = _window(row)
    weeks = Decimal((closes - opens).days + 1) / 7
    daily = float(per_week(row["resource_quantity"], Frequency(row["every"]), weeks)) / 7
    start, end = max(opens, scope.days[0]), min(closes, scope.days[1])
    for month, days in days_by_month(start, end):
        if days > 0:
            yield Wish(month, row["agent"], row["kind"], daily * days)


def _window(row: dict[str, Any]) -> tuple[date, date]:
    """First and last day on which it was open; today bounds what is open without an end."""
    opens: date = row["available_from"]
    closes: date = row["available_until"] or date.max
    if closes == date.max and row["every"] == Frequency.ONCE:
        closes = opens + OPEN_TERM - timedelta(days=1)
    if row["state"] == IntentState.CLOSED:
        closes = min(closes, timezone.localdate(row["updated_at"]))
    return opens, max(min(closes, date(9998, 12, 31)), opens)
