"""Whether real quantities have moved so far from a plan that a new one is worth making."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from kierto.exchange.models import Proposal, today
from kierto.exchange.problem import district_problem
from kierto.exchange.queries import in_district
from kierto.exchange.states import ProposalState
from kierto.ledger.models import Commitment, Fulfillment
from kierto.parties.models import District
from kierto.planner import Problem

TOLERATED = 0.2
"""A change of up to a fifth of what was planned is noise."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """How far things have moved. Shares: 0.25 is a quarter of what was planned or promised."""

    open_change: float
    promise_deviation: float

    @property
    def is_stale(self) -> bool:
        """Whether one of them is beyond what is tolerated."""
        return max(self.open_change, self.promise_deviation) > TOLERATED


def plan_is_stale(
    district: District, *, planned: Problem, plan: UUID, on: date | None = None
) -> Staleness:
    """Compare what a plan was made for with what is there now, and its promises with deliveries.

    Args:
        planned: the problem that the plan solved (planning keeps it frozen).
        plan: the plan's id, by which its proposals are known. What they bound is not a change.
    """
    day = on or today()
    now = district_problem(district, on=day, without_plan=plan)
    return Staleness(_change(planned, now), promise_deviation(district, plan, day))


def _change(planned: Problem, now: Problem) -> float:
    """Largest share, over the units, by which the ports' weekly amounts changed."""
    units = {kind.code: kind.unit for kind in (*planned.kinds, *now.kinds)}
    before, after = _amounts(planned), _amounts(now)
    base: dict[str, float] = defaultdict(float)
    moved: dict[str, float] = defaultdict(float)
    for port in sorted(before.keys() | after.keys()):
        kind, was = before.get(port, ("", 0.0))
        kind_now, is_now = after.get(port, ("", 0.0))
        unit = units[kind or kind_now]
        base[unit] += was
        moved[unit] += abs(is_now - was)
    return max((_share(moved[unit], base[unit]) for unit in moved), default=0.0)


def _amounts(problem: Problem) -> Mapping[str, tuple[str, float]]:
    ports: Iterable = (*problem.offers, *problem.needs)
    return {port.id: (port.kind, port.amount) for port in ports}


def _share(moved: float, base: float) -> float:
    if base > 0:
        return moved / base
    return 1.0 if moved > 0 else 0.0


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
