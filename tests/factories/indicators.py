"""A small district in which something was delivered, with numbers that a hand can check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from kierto.catalogue.models import EmissionFactor, ResourceSpecification, TransportMode
from kierto.exchange.actions import confirm_delivery
from kierto.exchange.models import Intent
from kierto.ledger.models import Agreement, EconomicEvent, Visibility
from kierto.parties.models import District, Organization, Place
from kierto.parties.queries import system_agent
from tests.factories.exchange import deliver, make_agreement, make_need, make_offer
from tests.factories.ledger import make_kind, make_transfer
from tests.factories.parties import KERA, make_district, make_organization, make_place


@dataclass
class Traded:
    """Two organisations of one district, a kind with factors, an agreement of 50 kg a week."""

    district: District
    giver: Organization
    taker: Organization
    giver_place: Place
    taker_place: Place
    kind: ResourceSpecification
    offer: Intent
    need: Intent
    agreement: Agreement


def make_factor(code: str, value: float, low: float, high: float) -> EmissionFactor:
    """A factor with a range."""
    return EmissionFactor.objects.create(
        code=code,
        activity=code.title(),
        value=value,
        low=low,
        high=high,
        unit="kg",
        source="Made up for tests",
        year=2025,
        region="FI",
        quality=5,
    )


def make_ranged_kind(code: str = "wood", **fields: object) -> ResourceSpecification:
    """Disposal 0.5 (0.2–1.0) kg CO2e and 0.3 €, making new 2 (1–3) kg CO2e and 1.2 € a kg;
    carried at 0.2 kg CO2e and 0.5 € a tonne-kilometre, 10 € a tonne for loading."""
    kind = make_kind(code, **fields)  # type: ignore[arg-type]
    kind.disposal_cost, kind.purchase_price = 0.3, 1.2
    kind.disposal_factor = make_factor(f"{code}-disposal", 0.5, 0.2, 1.0)
    kind.production_factor = make_factor(f"{code}-production", 2.0, 1.0, 3.0)
    kind.transport_mode = TransportMode.objects.create(
        code=f"{code}-lorry",
        name="Lorry",
        cost_per_tkm=0.5,
        emissions_per_tkm=0.2,
        handling_cost_per_tonne=10,
        payload_kg=8000,
        source="Made up for tests",
    )
    kind.save()
    return kind


def make_traded(**visibility: str) -> Traded:
    """See :class:`Traded`; the distance of the agreement is 1.5 km."""
    district = make_district()
    giver, taker = make_organization("Giver"), make_organization("Taker")
    giver_place = make_place(giver.agent)
    taker_place = make_place(taker.agent, latitude=KERA[0] + 0.005)
    kind = make_ranged_kind(f"wood-{district.pk}")
    week_ago = timezone.localdate() - timedelta(days=6)
    offer = make_offer(kind=kind, place=giver_place, available_from=week_ago, **visibility)
    need = make_need(kind=kind, place=taker_place, available_from=week_ago, **visibility)
    agreement = make_agreement(offer=offer, need=need)
    return Traded(district, giver, taker, giver_place, taker_place, kind, offer, need, agreement)


def delivered(traded: Traded, amount: str, *, days_ago: int = 0) -> EconomicEvent:
    """A delivery that both sides confirmed."""
    delivery = deliver(traded.agreement, amount, days_ago=days_ago)
    confirmed = confirm_delivery(delivery, by=system_agent())
    assert confirmed.event is not None
    return confirmed.event


def transferred(
    traded: Traded,
    amount: str,
    *,
    at: datetime | None = None,
    visibility: str = Visibility.PUBLIC,
) -> EconomicEvent:
    """A transfer without an agreement, from place to place."""
    return make_transfer(
        traded.giver.agent,
        traded.taker.agent,
        traded.kind,
        Decimal(amount),
        location=traded.giver_place,
        to_location=traded.taker_place,
        happened_at=at or timezone.now(),
        visibility=visibility,
    )
