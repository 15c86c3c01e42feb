"""Sums over a whole district are kept until anything that they depend on changes.

The key holds a fingerprint of all inputs: the end of the ledger's hash chain and a few sums over
the tables that are not in the ledger. Any process that writes changes it for all processes, so
nothing has to be told to forget.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Count, Max, Sum

from kierto.catalogue.models import (
    Displacement,
    EmissionFactor,
    Recipe,
    ResourceSpecification,
    TransportMode,
)
from kierto.exchange.models import Intent, ProcessingRun, Processor, Proposal
from kierto.indicators.scope import Scope
from kierto.ledger.models import ChainHead, Commitment
from kierto.parties.models import District, Place
from kierto.repair.models import Answer as RepairAnswer
from kierto.repair.models import Ticket
from kierto.sharing.models import Answer as LoanAnswer
from kierto.sharing.models import Loan, Thing

SECONDS = 3600

T = TypeVar("T")


def remembered(name: str, scope: Scope, make: Callable[[], T]) -> T:
    """What ``make`` gives, or gave for the same inputs and scope: numbers, no names or words."""
    district = scope.district.pk if scope.district else "all"
    first, last = scope.days
    key = f"indicators:{name}:{district}:{first}:{last}:{fingerprint()}"
    found: T | None = cache.get(key)
    if found is None:
        found = make()
        cache.set(key, found, SECONDS)
    return found


def fingerprint() -> str:
    """A digest that changes when an event, wish, proposal, promise, place or factor does."""
    sums = (
        list(ChainHead.objects.values_list("number", "hash")),
        Intent.objects.aggregate(n=Count("pk"), t=Max("updated_at")),
        list(Proposal.objects.order_by("state").values_list("state").annotate(n=Count("pk"))),
        Proposal.objects.aggregate(Sum("quantity_per_week"), Sum("distance_km")),
        Commitment.objects.aggregate(
            Count("pk"), Count("cancelled_at"), Sum("resource_quantity"), Max("has_end")
        ),
        ProcessingRun.objects.aggregate(Count("pk"), Sum("level")),
        Processor.objects.aggregate(Count("pk"), Sum("cost"), Sum("emissions")),
        Place.objects.aggregate(
            Count("pk"), Sum("latitude"), Sum("longitude"), Sum("district_id")
        ),
        EmissionFactor.objects.aggregate(Count("pk"), Sum("value"), Sum("low"), Sum("high")),
        TransportMode.objects.aggregate(
            Count("pk"), Sum("cost_per_tkm"), Sum("emissions_per_tkm"),
            Sum("handling_cost_per_tonne"),
        ),
        ResourceSpecification.objects.aggregate(
            Count("pk"), Sum("kg_per_unit"), Sum("disposal_cost"), Sum("purchase_price"),
            Sum("disposal_factor"), Sum("production_factor"), Sum("transport_mode"),
            Sum("parent"),
        ),
        Recipe.objects.aggregate(Count("pk"), Sum("cost"), Sum("emissions")),
        Displacement.objects.aggregate(Count("pk"), Sum("value"), Sum("low"), Sum("high")),
        LoanAnswer.objects.aggregate(Count("pk"), Max("answered_at")),
        RepairAnswer.objects.aggregate(Count("pk"), Max("answered_at")),
        list(Ticket.objects.order_by("outcome").values_list("outcome").annotate(n=Count("pk"))),
        Loan.objects.aggregate(Count("pk"), Count("back_at"), Max("back_at")),
        list(Thing.objects.order_by("state").values_list("state").annotate(n=Count("pk"))),
        District.objects.aggregate(Count("pk"), Sum("road_factor")),
    )  # fmt: skip
    return hashlib.sha256(repr(sums).encode()).hexdigest()[:24]
