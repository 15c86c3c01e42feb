"""Promises and planned flows as rows, with how much of them came true."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from kierto.catalogue.models import CanonicalUnit
from kierto.exchange.models import Proposal
from kierto.exchange.states import ProposalState
from kierto.indicators.deliveries import HANDOVERS
from kierto.indicators.privacy import Reader
from kierto.indicators.rows import Promise
from kierto.indicators.scope import Scope, days_by_month, first_of_month, month_of
from kierto.ledger.models import Commitment, EconomicEvent


def read_promises(scope: Scope, reader: Reader) -> list[Promise]:
    """Promises that fell due within the period, with what was fulfilled of each.

    Cancelled ones are left out, and so are those to lend, to repair or to pay; what was delivered
    beyond a promise does not count for another.
    """
    start, end = scope.days
    due = Commitment.objects.filter(
        cancelled_at__isnull=True,
        action__in=HANDOVERS,
        has_end__gte=start,
        has_end__lte=min(end, timezone.localdate() - timedelta(days=1)),
    ).exclude(conforms_to__unit=CanonicalUnit.EURO)
    if scope.district is not None:
        due = due.filter(
            Q(from_place__district=scope.district) | Q(to_place__district=scope.district)
        )
    rows = (
        reader.countable_promises(_narrowed(due, scope, "conforms_to"))
        .annotate(kept=Sum("fulfilled_by__resource_quantity"))
        .order_by("pk")
        .values("has_end", "provider", "conforms_to", "resource_quantity", "kept")
    )
    return [_promise(row) for row in rows]


def _promise(row: Any) -> Promise:
    promised = float(row["resource_quantity"])
    return Promise(
        first_of_month(row["has_end"]),
        row["provider"],
        row["conforms_to"],
        promised,
        min(max(float(row["kept"] or 0), 0.0), promised),
    )


def read_planned(scope: Scope, reader: Reader) -> list[Promise]:
    """Flows that were proposed, spread over their terms, and what was delivered of them.

    Withdrawn proposals were replaced by a newer plan and do not count; declined ones do.
    """
    start, end = scope.days[0], min(scope.days[1], timezone.localdate())
    planned = Proposal.objects.filter(starts_on__lte=end, ends_on__gte=start).exclude(
        state=ProposalState.WITHDRAWN
    )
    if scope.district is not None:
        planned = planned.filter(_in_district(scope))
    planned = reader.countable_proposals(_narrowed(planned, scope, "kind"))
    rows = planned.order_by("pk").values(
        "provider", "kind", "quantity_per_week", "starts_on", "ends_on"
    )
    found = [row for each in rows for row in _planned(each, start, end)]
    return found + _delivered(planned, scope)


def _planned(row: Any, start: date, end: date) -> list[Promise]:
    daily = float(row["quantity_per_week"]) / 7
    first, last = max(row["starts_on"], start), min(row["ends_on"], end)
    return [
        Promise(month, row["provider"], row["kind"], daily * days, 0.0)
        for month, days in days_by_month(first, last)
    ]


def _delivered(planned: Any, scope: Scope) -> list[Promise]:
    """What was delivered under the agreements that came of these proposals."""
    events = EconomicEvent.objects.filter(
        has_end__gte=scope.start,
        has_end__lt=scope.end,
        realization_of__proposal__in=planned.values("pk"),
        resource_quantity__isnull=False,
        action__in=("transfer", "move"),
    )
    rows = events.order_by("number").values(
        "provider", "conforms_to", "resource_quantity", "has_end"
    )
    return [
        Promise(
            month_of(row["has_end"]),
            row["provider"],
            row["conforms_to"],
            0.0,
            float(row["resource_quantity"]),
        )
        for row in rows
    ]


def _in_district(scope: Scope) -> Q:
    ends = ("offer", "need", "source_processor", "target_processor")
    return Q(*((f"{end}__place__district", scope.district) for end in ends), _connector=Q.OR)


def _narrowed(rows: Any, scope: Scope, kind: str) -> Any:
    if scope.organization is not None:
        agent = scope.organization.agent_id
        rows = rows.filter(Q(provider=agent) | Q(receiver=agent))
    if scope.kind is not None:
        rows = rows.filter(**{f"{kind}__path__startswith": scope.kind.path})
    return rows
