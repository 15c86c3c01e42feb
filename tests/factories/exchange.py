"""Offers, needs, processors, proposals and agreements, made by the real actions."""

from __future__ import annotations

import io
import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from PIL import Image

from kierto.catalogue.models import (
    EmissionFactor,
    KindLabel,
    Recipe,
    RecipeFlow,
    ResourceSpecification,
    TransportMode,
)
from kierto.core.quantity import Quantity
from kierto.exchange import actions
from kierto.exchange.models import Delivery, Intent, Processor, Proposal
from kierto.exchange.states import IntentState
from kierto.ledger.models import Agreement
from kierto.parties.models import Agent, Place
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_kind
from tests.factories.parties import make_organization, make_place

_numbers = itertools.count(1)


def name_kind(
    kind: ResourceSpecification, label: str, language: str = "en", *synonyms: str
) -> None:
    """Give a kind a name in a language."""
    KindLabel.objects.create(kind=kind, language=language, label=label, synonyms=list(synonyms))


def make_priced_kind(
    code: str | None = None, *, disposal: float = 0.2, price: float = 1.0, **fields: Any
) -> ResourceSpecification:
    """A kind that is carried by lorry, dear to dump and to buy, in euros and in carbon."""
    kind = make_kind(code, **fields)
    kind.disposal_cost, kind.purchase_price = disposal, price
    kind.transport_mode = _lorry()
    kind.disposal_factor = _factor("disposal", 0.5)
    kind.production_factor = _factor("production", 2.0)
    kind.save()
    return kind


def _lorry() -> TransportMode:
    return TransportMode.objects.get_or_create(
        code="lorry",
        defaults={
            "name": "Lorry",
            "cost_per_tkm": 0.5,
            "emissions_per_tkm": 0.2,
            "handling_cost_per_tonne": 5,
            "payload_kg": 8000,
            "source": "made up for tests",
        },
    )[0]


def _factor(code: str, value: float) -> EmissionFactor:
    return EmissionFactor.objects.get_or_create(
        code=code,
        defaults={
            "activity": code,
            "value": value,
            "low": value,
            "high": value,
            "unit": "kg",
            "source": "made up for tests",
            "year": 2025,
            "region": "FI",
            "quality": 5,
        },
    )[0]


def make_intent(
    direction: str = "offer",
    *,
    agent: Agent | None = None,
    kind: ResourceSpecification | None = None,
    amount: str = "100",
    unit: str = "kg",
    place: Place | None = None,
    state: str = IntentState.OPEN,
    by: Agent | None = None,
    **fields: Any,
) -> Intent:
    """An open offer (or need) of 100 kg a week, unless said otherwise."""
    number = next(_numbers)
    if place is None:
        agent = agent or make_organization().agent
        place = make_place(agent)
    by = by or system_agent()
    values: dict[str, Any] = {
        "title": f"{direction.title()} {number}",
        "every": "week",
        "available_from": timezone.localdate(),
    }
    intent = actions.post_intent(
        direction=direction,
        agent=agent or place.agent,
        kind=kind or make_priced_kind(),
        quantity=Quantity(Decimal(amount), unit),
        place=place,
        by=by,
        **{**values, **fields},
    )
    return bring_to(intent, state)


def bring_to(intent: Intent, state: str) -> Intent:
    """Take the legal steps to a state."""
    by = system_agent()
    if state != intent.state and intent.state == IntentState.DRAFT and state != IntentState.CLOSED:
        intent = actions.move_intent(intent, IntentState.OPEN, by=by)
    if state != intent.state:
        intent = actions.move_intent(intent, state, by=by)
    return intent


def make_offer(**fields: Any) -> Intent:
    """An open offer."""
    return make_intent("offer", **fields)


def make_need(**fields: Any) -> Intent:
    """An open need."""
    return make_intent("need", **fields)


def make_making(
    takes: ResourceSpecification, makes: ResourceSpecification, *, yields: float = 0.5
) -> Recipe:
    """A recipe that turns one unit of a kind into ``yields`` units of another."""
    number = next(_numbers)
    recipe = Recipe.objects.create(
        code=f"making-{number}",
        name=f"Making {number}",
        level_unit="1 kg taken in",
        cost=0.05,
        reference="made up for tests",
    )
    RecipeFlow.objects.create(recipe=recipe, kind=takes, direction="input", amount=1, main=True)
    RecipeFlow.objects.create(
        recipe=recipe, kind=makes, direction="output", amount=yields, main=True
    )
    return recipe


def make_processor(
    recipe: Recipe, *, agent: Agent | None = None, capacity: float = 100, **fields: Any
) -> Processor:
    """An open processor of 100 levels a week."""
    agent = agent or make_organization().agent
    number = next(_numbers)
    return actions.add_processor(
        agent=agent,
        recipe=recipe,
        name=fields.pop("name", f"Processor {number}"),
        place=fields.pop("place", None) or make_place(agent),
        capacity=capacity,
        by=fields.pop("by", None) or system_agent(),
        **fields,
    )


def make_proposal(
    offer: Intent | None = None, need: Intent | None = None, *, weekly: str = "50", **fields: Any
) -> Proposal:
    """A proposal from an offer to a need of the same kind, for four weeks from a week ago."""
    offer = offer or make_offer()
    need = need or make_need(kind=offer.kind)
    start = timezone.localdate() - timedelta(days=7)
    values: dict[str, Any] = {
        "kind": offer.kind,
        "provider": offer.agent,
        "receiver": need.agent,
        "offer": offer,
        "need": need,
        "quantity_per_week": Decimal(weekly),
        "distance_km": 1.5,
        "cost_per_unit": 0.01,
        "emissions_per_unit": 0.001,
        "starts_on": start,
        "ends_on": start + timedelta(days=27),
        "by": system_agent(),
    }
    return actions.propose(**{**values, **fields})


def accept_all(proposal: Proposal) -> Proposal:
    """Every party says yes."""
    for party in proposal.parties:
        proposal = actions.answer_proposal(proposal, agent=party, accept=True, by=system_agent())
    return proposal


def make_agreement(**fields: Any) -> Agreement:
    """An agreement of an accepted proposal."""
    agreement = accept_all(make_proposal(**fields)).agreement
    assert agreement is not None
    return agreement


def deliver(
    agreement: Agreement, amount: str = "10", unit: str = "kg", *, days_ago: int = 0, **fields: Any
) -> Delivery:
    """A delivery that the provider recorded."""
    values: dict[str, Any] = {
        "quantity": Quantity(Decimal(amount), unit),
        "happened_at": timezone.now() - timedelta(days=days_ago),
        "agent": agreement.proposal.provider,
        "by": system_agent(),
    }
    return actions.record_delivery(agreement, **{**values, **fields})


def picture(
    form: str = "JPEG", size: tuple[int, int] = (40, 30), name: str = "photo.jpg"
) -> io.BytesIO:
    """A small picture as a file."""
    out = io.BytesIO()
    Image.new("RGB", size, (30, 90, 60)).save(out, format=form)
    out.seek(0)
    out.name = name
    return out
