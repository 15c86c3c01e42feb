"""Handovers of the ledger as rows."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet

from kierto.catalogue.models import CanonicalUnit
from kierto.core.geography import ROAD_FACTOR, Point, road_km
from kierto.indicators.kinds import KindTree
from kierto.indicators.rows import Delivery
from kierto.indicators.scope import Scope, month_of
from kierto.ledger.models import Action, EconomicEvent
from kierto.ledger.queries import events_between

HANDOVERS = (Action.TRANSFER, Action.TRANSFER_ALL_RIGHTS)
"""Actions by which a thing passes to another agent for good."""

_PROPOSAL = "realization_of__proposal__"

_COLUMNS = (
    "provider", "receiver", "conforms_to", "resource_quantity", "has_end",
    "location__latitude", "location__longitude", "location__district__road_factor",
    "to_location__latitude", "to_location__longitude",
    *(f"{_PROPOSAL}{name}" for name in (
        "distance_km", "source_processor", "target_processor", "need__kind",
        "offer__fallback_cost", "need__fallback_cost",
    )),
)  # fmt: skip


def handovers(scope: Scope) -> QuerySet[EconomicEvent]:
    """All handovers of a scope between two different agents.

    Money is not a thing that circulates; what a library sells is new, and what a borrower loses
    was not given.
    """
    events = events_between(scope.start, scope.end, scope.district).filter(
        action__in=HANDOVERS, resource_quantity__isnull=False
    )
    if scope.organization is not None:
        agent = scope.organization.agent_id
        events = events.filter(Q(provider=agent) | Q(receiver=agent))
    if scope.kind is not None:
        events = events.filter(conforms_to__path__startswith=scope.kind.path)
    return events.exclude(provider=F("receiver")).exclude(
        Q(conforms_to__unit=CanonicalUnit.EURO) | Q(sale__isnull=False) | Q(loan_back__isnull=False)
    )


def read_deliveries(events: QuerySet[EconomicEvent], kinds: KindTree) -> list[Delivery]:
    """One row for each event, in one query."""
    return [_delivery(row, kinds) for row in events.order_by("number").values(*_COLUMNS)]


def _delivery(row: dict[str, Any], kinds: KindTree) -> Delivery:
    amount = float(row["resource_quantity"])
    return Delivery(
        month=month_of(row["has_end"]),
        provider=row["provider"],
        receiver=row["receiver"],
        kind=row["conforms_to"],
        amount=amount,
        mass=kinds.mass(row["conforms_to"], amount),
        material=kinds.material(row["conforms_to"], amount),
        km=_distance(row),
        from_processor=row[f"{_PROPOSAL}source_processor"] is not None,
        to_processor=row[f"{_PROPOSAL}target_processor"] is not None,
        need_kind=row[f"{_PROPOSAL}need__kind"],
        disposal_cost=row[f"{_PROPOSAL}offer__fallback_cost"],
        purchase_price=row[f"{_PROPOSAL}need__fallback_cost"],
    )


def _distance(row: dict[str, Any]) -> float | None:
    """Road kilometres: as proposed, else from place to place, else unknown."""
    proposed: float | None = row[f"{_PROPOSAL}distance_km"]
    if proposed is not None:
        return proposed
    if row["location__latitude"] is None or row["to_location__latitude"] is None:
        return None
    return road_km(
        Point(row["location__latitude"], row["location__longitude"]),
        Point(row["to_location__latitude"], row["to_location__longitude"]),
        row["location__district__road_factor"] or ROAD_FACTOR,
    )
