"""Processing runs: consumed from what was delivered, produced for what comes next, and traced."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kierto.catalogue.models import RecipeFlow
from kierto.core.errors import DomainError
from kierto.exchange import actions
from kierto.exchange.actions import RunFlow
from kierto.exchange.actions.runs import proposed_flows
from kierto.exchange.models import Processor, Proposal
from kierto.ledger.models import EconomicEvent
from kierto.ledger.queries import stock_of
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.parties import make_organization

SignIn = Callable[[Agent | None], Client]


@pytest.fixture
def line(world: World) -> Processor:
    """The organisation turns textile and some power into half as much fibre."""
    cloth = make.make_priced_kind("textile")
    recipe = make.make_making(cloth, make.make_priced_kind("fibre"))
    power = make.make_priced_kind("power", price=0.2)
    RecipeFlow.objects.create(recipe=recipe, kind=power, direction="input", amount=2)
    return make.make_processor(recipe, agent=world.organization.agent, place=world.place)


def _delivered(line: Processor, amount: str) -> None:
    """So much denim (narrower than textile) reaches the processor."""
    cloth = line.recipe.flows.get(kind__code="textile").kind
    denim = make.make_priced_kind(parent=cloth)
    offer = make.make_offer(kind=denim, amount="500")
    day = timezone.localdate()
    proposal = actions.propose(
        kind=denim,
        provider=offer.agent,
        receiver=line.agent,
        offer=offer,
        target_processor=line,
        quantity_per_week=Decimal(100),
        distance_km=1,
        cost_per_unit=0,
        emissions_per_unit=0,
        starts_on=day,
        by=system_agent(),
    )
    agreement = make.accept_all(proposal).agreement
    actions.confirm_delivery(make.deliver(agreement, amount), by=system_agent())


def _run(line: Processor, level: float, **fields: object) -> object:
    inputs, outputs = proposed_flows(line, level)
    values = {"inputs": inputs, "outputs": outputs, "happened_at": timezone.now()}
    return actions.record_processing_run(
        line, level=level, by=system_agent(), **{**values, **fields}
    )


def test_the_recipe_proposes_the_amounts(line: Processor) -> None:
    inputs, outputs = proposed_flows(line, 40)
    assert {flow.kind.code: flow.amount for flow in inputs} == {"textile": 40, "power": 80}
    assert {flow.kind.code: flow.amount for flow in outputs} == {"fibre": 20}


def test_a_run_consumes_what_was_delivered_and_produces(line: Processor) -> None:
    _delivered(line, "30")
    _delivered(line, "20")
    run = _run(line, 40)
    events = EconomicEvent.objects.filter(input_of=run.process)
    consumed = sorted(
        event.resource_quantity for event in events if "kind" in event.conforms_to.code
    )
    assert consumed == [10, 30]
    made = EconomicEvent.objects.get(output_of=run.process)
    assert (made.action, made.resource_quantity) == ("produce", 20)
    assert stock_of(line.agent, made.conforms_to) == 20
    assert run.process.based_on == line.recipe


def test_what_was_never_delivered_cannot_be_used(line: Processor) -> None:
    _delivered(line, "30")
    before = EconomicEvent.objects.count()
    with pytest.raises(DomainError) as refused:
        _run(line, 40)
    assert refused.value.code == "exchange_stock_short"
    assert "30" in str(refused.value)
    assert EconomicEvent.objects.count() == before


def test_what_was_made_can_be_delivered_and_no_more(line: Processor) -> None:
    _delivered(line, "40")
    run = _run(line, 40)
    fibre = EconomicEvent.objects.get(output_of=run.process).conforms_to
    need = make.make_need(kind=fibre, agent=make_organization().agent)
    proposal = make.make_proposal(offer=make.make_offer(kind=fibre), need=need)
    Proposal.objects.filter(pk=proposal.pk).update(
        offer=None, source_processor=line, provider=line.agent
    )
    agreement = make.accept_all(Proposal.objects.get(pk=proposal.pk)).agreement
    by = system_agent()
    actions.confirm_delivery(make.deliver(agreement, "15"), by=by)
    assert stock_of(need.agent, fibre) == 15
    with pytest.raises(DomainError) as refused:
        actions.confirm_delivery(make.deliver(agreement, "6"), by=by)
    assert refused.value.code == "insufficient_stock"


def test_strange_runs_are_refused(line: Processor) -> None:
    _delivered(line, "30")
    other = RunFlow(make.make_priced_kind(), Decimal(1))
    inputs, outputs = proposed_flows(line, 1)
    for fields, code in (
        ({"inputs": [other], "outputs": outputs}, "not_of_this_recipe"),
        ({"inputs": inputs, "outputs": [other]}, "not_of_this_recipe"),
        ({"inputs": [], "outputs": []}, "run_of_nothing"),
        ({"inputs": [RunFlow(inputs[0].kind, Decimal(-1))], "outputs": []}, "amount_too_small"),
    ):
        with pytest.raises(DomainError) as refused:
            _run(line, 1, **fields)
        assert refused.value.code == code


def test_recording_a_run_in_the_browser(line: Processor, world: World, as_agent: SignIn) -> None:
    _delivered(line, "30")
    client = as_agent(world.agents["member"])
    path = reverse("exchange:run_new", args=[line.pk])
    page = client.get(path, {"level": "30"})
    assert 'value="15"' in page.content.decode()
    typed = {
        "level": "30",
        "in_textile": "28,5",
        "in_power": "60",
        "out_fibre": "14",
        "visibility": "public",
        "happened_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
    }
    short = client.post(path, {**typed, "in_textile": "99"})
    assert "only 30" in short.content.decode()
    assert 'value="99"' in short.content.decode()
    done = client.post(path, typed)
    assert done["Location"] == reverse("exchange:processor", args=[line.pk])
    run = line.runs.get()
    amounts = EconomicEvent.objects.filter(input_of=run.process).values_list(
        "resource_quantity", flat=True
    )
    assert sorted(amounts) == [Decimal("28.5"), 60]
    seen = EconomicEvent.objects.filter(output_of=run.process).values_list("visibility", flat=True)
    assert set(seen) == {"public"}
