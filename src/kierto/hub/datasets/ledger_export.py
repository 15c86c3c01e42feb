"""The ledger's public events as records that can be published."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, Max, Min
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from kierto.hub.datasets.exports import Export, register
from kierto.ledger.export import CSV_COLUMNS, write_csv
from kierto.ledger.queries import visible_events


def _rows() -> Iterator[Mapping[str, Any]]:
    return iter(csv.DictReader(write_csv(visible_events(None))))


def _count() -> int:
    return visible_events(None).count()


def _by_month() -> list[tuple[date, int]]:
    months = visible_events(None).annotate(month=TruncMonth("has_beginning", tzinfo=UTC))
    counted = months.order_by("month").values_list("month").annotate(count=Count("pk"))
    return [(month.date(), count) for month, count in counted]


def _span() -> tuple[datetime, datetime] | None:
    found = visible_events(None).aggregate(first=Min("has_beginning"), last=Max("recorded_at"))
    return (found["first"], found["last"]) if found["first"] and found["last"] else None


def start() -> None:
    """Offer them."""
    register(
        Export(
            key="ledger",
            label=_("Public events of the ledger"),
            columns=CSV_COLUMNS,
            rows=_rows,
            count=_count,
            by_month=_by_month,
            span=_span,
        )
    )
