"""The planner's question: what goes in, what is taken off, and that it is the same every time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kierto.catalogue.models import RecipeFlow
from kierto.core.period import WEEKS_A_MONTH
from kierto.exchange import actions
from kierto.exchange.models import Intent, Proposal
from kierto.exchange.outlook import outlook_of
from kierto.exchange.problem import district_problem, port_of, ports_of, split_port
from kierto.exchange.staleness import promise_deviation
from kierto.exchange.states import IntentState
from kierto.parties.queries import system_agent
from kierto.planner import Problem, possibilities, solve
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.parties import make_organization, make_place


def _amounts(problem: Problem) -> dict[str, float]:
    return {port.id: port.amount for port in (*problem.offers, *problem.needs)}


def test_it_holds_what_is_open_in_the_district_whoever_may_see_it(world: World) -> None:
    shown = {world.offer(visibility=v) for v in ("public", "partners", "matched")}
    for state in (IntentState.DRAFT, IntentState.PAUSED, IntentState.CLOSED):
        world.offer(state=state)
    elsewhere = make.make_offer(place=make_place(make_organization().agent, latitude=10.0))
    day = timezone.localdate()
    over = world.offer(available_until=day)
    Intent.objects.filter(pk=over.pk).update(
        available_from=day - timedelta(days=2), available_until=day - timedelta(days=1)
    )
    problem = district_problem(world.district)
    assert {offer.id for offer in problem.offers} == {port_of(intent) for intent in shown}
    assert port_of(elsewhere) in {offer.id for offer in district_problem(None).offers}


def test_amounts_are_per_week(world: World) -> None:
    day = timezone.localdate()
    weekly = world.offer(amount="70")
    monthly = world.offer(amount="100", every="month")
    once = world.offer(
        amount="40", every="once", available_from=day, available_until=day + timedelta(days=27)
    )
    endless = world.offer(amount="26", every="once")
    problem = district_problem(world.district)
    assert _amounts(problem) == {
        port_of(weekly): 70,
        port_of(monthly): pytest.approx(float(100 / WEEKS_A_MONTH)),
        port_of(once): 10,
        port_of(endless): 2,
    }


def test_prices_carbon_and_quality_come_from_the_offer_or_else_the_catalogue(world: World) -> None:
    kind = make.make_priced_kind(disposal=0.25, price=3.0)
    kind.moisture, kind.carbon = 0.5, 0.4
    kind.save()
    narrow = make.make_kind(parent=kind)
    world.offer(kind=narrow, quality={"moisture": 0.1})
    world.offer(kind=kind, fallback_cost=0.75)
    make.make_need(kind=kind, quality={"moisture": [None, 0.3]})
    problem = district_problem(world.district)
    inherited, own = sorted(problem.offers, key=lambda offer: offer.fallback.cost)
    assert (inherited.fallback.cost, inherited.fallback.emissions) == (0.25, 0.5)
    assert (own.fallback.cost, own.fallback.emissions) == (0.75, 0.5)
    assert inherited.quality == {"moisture": 0.1, "carbon": 0.4}
    need = problem.needs[0]
    assert (need.fallback.cost, need.fallback.emissions) == (3.0, 2.0)
    assert need.limits == {"moisture": (None, 0.3)}
    rate = problem.rates.by_kind[narrow.code]
    assert (rate.cost_per_km, rate.emissions_per_km, rate.handling_cost) == (
        0.0005,
        0.0002,
        0.005,
    )
    assert problem.carbon_price == pytest.approx(0.08)
    assert [flow.source for flow in solve(problem).flows] == [inherited.id]


def test_what_agreements_take_is_taken_off(world: World) -> None:
    offer, need = world.offer(amount="100"), None
    need = make.make_need(kind=offer.kind, amount="60")
    make.make_agreement(offer=offer, need=need, weekly="60")
    assert _amounts(district_problem(world.district)) == {port_of(offer): 40}


def test_a_one_off_amount_is_given_away_once(world: World) -> None:
    day = timezone.localdate()
    offer = world.offer(
        amount="300", every="once", available_from=day, available_until=day + timedelta(days=6)
    )
    need = make.make_need(kind=offer.kind, amount="100")
    make.make_agreement(offer=offer, need=need, weekly="50")  # for four weeks
    assert _amounts(district_problem(world.district))[port_of(offer)] == 100


def test_a_processor_has_the_capacity_that_agreements_leave(world: World) -> None:
    fibre = make.make_priced_kind()
    offer = world.offer()
    recipe = make.make_making(offer.kind, fibre, yields=0.5)
    power = make.make_priced_kind("power", price=0.2)
    RecipeFlow.objects.create(recipe=recipe, kind=power, direction="input", amount=2)
    processor = make.make_processor(recipe, capacity=100)
    before = district_problem(world.district).processors[0]
    assert (before.capacity, before.cost) == (100, 0.05)
    bought = {stream.kind: stream.fallback is not None for stream in before.inputs}
    assert bought == {offer.kind.code: False, "power": True}
    proposal = make.make_proposal(
        offer=offer,
        need=make.make_need(kind=offer.kind),
        weekly="30",
    )
    Proposal.objects.filter(pk=proposal.pk).update(need=None, target_processor=processor)
    Proposal.objects.filter(pk=proposal.pk).update(receiver=processor.agent)
    make.accept_all(Proposal.objects.get(pk=proposal.pk))
    assert district_problem(world.district).processors[0].capacity == 70


def test_a_declined_pair_is_left_out_until_its_term_is_over(world: World) -> None:
    offer = world.offer()
    need = make.make_need(kind=offer.kind)
    proposal = make.make_proposal(offer=offer, need=need)
    actions.answer_proposal(
        proposal, agent=offer.agent, accept=False, reason="No.", by=system_agent()
    )
    pair = ports_of(proposal)
    assert pair == (port_of(offer), port_of(need))
    assert district_problem(world.district).excluded == frozenset({pair})
    assert solve(district_problem(world.district)).flows == ()
    later = proposal.ends_on + timedelta(days=1)
    assert district_problem(world.district, on=proposal.ends_on).excluded == {pair}
    assert district_problem(world.district, on=later).excluded == frozenset()


def test_where_people_live_goes_into_no_plan(world: World) -> None:
    resident = world.agents["resident"]
    home = make_place(resident, latitude=60.21712, longitude=24.75634)
    make.make_offer(place=home)
    point = district_problem(world.district).offers[0].place
    assert point is not None
    assert (point.latitude, point.longitude) == (60.22, 24.76)


def test_the_same_district_asks_the_same_question(world: World) -> None:
    for _each in range(3):
        world.offer()
    one, other = district_problem(world.district), district_problem(world.district)
    assert one.digest() == other.digest()
    assert Problem.from_dict(one.to_dict()) == one


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    kind = make.make_priced_kind()
    recipe = make.make_making(kind, make.make_priced_kind())

    def add() -> None:
        offer = world.offer(kind=kind)
        make.make_agreement(offer=offer)
        declined = make.make_proposal(offer=world.offer(kind=kind))
        Proposal.objects.filter(pk=declined.pk).update(state="declined")
        make.make_processor(recipe)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            district_problem(world.district)
        return len(captured)

    add()
    one = count()
    for _each in range(3):
        add()
    assert count() == one


def test_the_outlook_is_the_planners_answer(world: World) -> None:
    offer = world.offer()
    fibre = make.make_priced_kind(price=9.0)
    recipe = make.make_making(offer.kind, fibre)
    make.make_processor(recipe)
    make.make_need(kind=offer.kind)
    make.make_need(kind=fibre)
    outlook = outlook_of(offer, None)
    expected = possibilities(district_problem(world.district), port_of(offer))
    assert [way.possibility for way in outlook.ways] == expected
    assert (len(outlook.direct), len(outlook.processed)) == (1, 1)
    draft = world.offer(kind=offer.kind, state=IntentState.DRAFT)
    assert outlook_of(draft, world.agents["member"]).total == 2


def test_deviation_is_the_share_of_the_due_promises_that_was_not_kept(world: World) -> None:
    offer = world.offer(amount="100")
    need = make.make_need(kind=offer.kind, amount="100")
    plan = offer.pk  # any id will do
    agreement = make.make_agreement(offer=offer, need=need, weekly="100", plan=plan)

    def deviation() -> float:
        return promise_deviation(world.district, plan, timezone.localdate())

    assert deviation() == 1.0
    actions.confirm_delivery(make.deliver(agreement, "190"), by=system_agent())
    assert deviation() == pytest.approx(0.1)  # 90 of the first week's 100
    assert promise_deviation(world.district, need.pk, timezone.localdate()) == 0.0


@pytest.mark.parametrize("port", ["offer:x", "thing:123", "", "offer"])
def test_other_ids_are_no_ports(port: str) -> None:
    with pytest.raises(ValueError, match="."):
        split_port(port)
