"""Plan runs of small districts, made by the real actions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kierto.catalogue.models import ResourceSpecification
from kierto.exchange.models import Intent, Processor
from kierto.parties.models import Agent, District
from kierto.parties.queries import system_agent
from kierto.planning import actions
from kierto.planning.models import CandidateSite, PlanRun
from kierto.planning.pulse import this_worker
from tests.factories.exchange import (
    make_making,
    make_need,
    make_offer,
    make_priced_kind,
    make_processor,
)
from tests.factories.parties import KERA, make_district, make_organization, make_place


@dataclass
class SmallDistrict:
    """A district with one direct match and one through a processor."""

    district: District
    wood: ResourceSpecification
    chips: ResourceSpecification
    offer: Intent
    need: Intent
    chips_need: Intent
    processor: Processor


def make_small_district(**offer_fields: Any) -> SmallDistrict:
    """100 kg of wood a week: 40 kg needed as it is, the rest chipped for a need of chips."""
    district = make_district()
    wood = make_priced_kind(disposal=0.2, price=1.0)
    chips = make_priced_kind(disposal=0.2, price=2.0)
    offer = make_offer(kind=wood, amount="100", place=_place(0), **offer_fields)
    need = make_need(kind=wood, amount="40", place=_place(1))
    chips_need = make_need(kind=chips, amount="20", place=_place(2))
    processor = make_processor(
        make_making(wood, chips), agent=make_organization().agent, capacity=100
    )
    return SmallDistrict(district, wood, chips, offer, need, chips_need, processor)


def _place(step: int) -> Any:
    agent = make_organization().agent
    return make_place(agent, latitude=KERA[0] + step / 1000, longitude=KERA[1])


def make_run(
    district: District | None = None, *, kind: str = "plan", by: Agent | None = None, **fields: Any
) -> PlanRun:
    """A queued run."""
    district = district or make_district()
    return actions.request_run(district, kind=kind, by=by or system_agent(), **fields)


def make_plan(district: District | None = None, **fields: Any) -> PlanRun:
    """A run that was computed here and now."""
    return actions.run_now(make_run(district or make_small_district().district, **fields))


def make_computing(district: District) -> PlanRun:
    """A siting run that is being computed by this process and has found a first plan."""
    now = timezone.now()
    return PlanRun.objects.create(
        kind="siting",
        district=district,
        requested_by=system_agent(),
        carbon_price=district.carbon_price,
        state="running",
        started_at=now,
        heartbeat_at=now,
        worker=this_worker(),
        progress=0.4,
        progress_step="solving",
        objective=120.0,
        bound=100.0,
        gap=0.05,
    )


def make_site(small: SmallDistrict, **fields: Any) -> CandidateSite:
    """A second place where wood could be chipped, beside the first."""
    values: dict[str, Any] = {
        "name": "Chipping yard",
        "recipe": small.processor.recipe,
        "latitude": KERA[0],
        "longitude": KERA[1],
        "capacity": 50.0,
        "minimum": 0.0,
        "investment": Decimal(1000),
        "years": 10,
        "interest": Decimal(3),
        "fixed_cost": Decimal(0),
    }
    return actions.add_site(small.district, by=system_agent(), **{**values, **fields})
