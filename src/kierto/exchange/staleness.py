"""How far deliveries have strayed from what a plan's agreements promised."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from kierto.exchange.models import Proposal
from kierto.exchange.queries import in_district
from kierto.exchange.states import ProposalState
from kierto.ledger.models import Commitment, Fulfillment
from kierto.parties.models import District

TOLERATED = 0.2
"""A change of up to a fifth of what was planned is noise."""


def promise_deviation(district: District, plan: UUID, on: date) -> float:
    """Of what the plan's agreements promised until ``on``: the share not kept. 0 with no promise."""
    proposals = in_district(
        Proposal.objects.filter(plan=plan, state=ProposalState.ACCEPTED), district
    )
    due = Commitment.objects.filter(
        agreement__proposal__in=proposals, cancelled_at__isnull=True, has_end__lt=on
    )
    rows = due.values(unit=F("conforms_to__unit")).annotate(total=Sum("resource_quantity"))
    promised = {row["unit"]: row["total"] for row in rows.order_by("unit")}
    fulfilled = (
        Fulfillment.objects.filter(commitment__in=due)
        .values(unit=F("commitment__conforms_to__unit"))
        .annotate(total=Sum("resource_quantity"))
    )
    kept = {row["unit"]: row["total"] for row in fulfilled.order_by("unit")}
    return max(
        (
            float((total - kept.get(unit, Decimal(0))) / total)
            for unit, total in promised.items()
            if total > 0
        ),
        default=0.0,
    )
