"""From a plan to proposals: once, only what still stands, and only by those who may."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.exchange.actions import answer_proposal, move_intent, propose
from kierto.exchange.models import Proposal
from kierto.parties.queries import system_agent
from kierto.planner import Uncertified
from kierto.planning import actions
from kierto.planning.errors import (
    AlreadyProposed,
    NewerPlanProposed,
    NoPlanHere,
    NothingToPropose,
)
from kierto.planning.models import PlanRun
from kierto.planning.queries import reasons_for_new_plan
from tests.factories.exchange import accept_all, make_need, make_offer
from tests.factories.parties import make_agents, make_district, make_organization
from tests.factories.planning import SmallDistrict, make_plan, make_run, make_small_district

pytestmark = pytest.mark.django_db


@pytest.fixture
def small() -> SmallDistrict:
    return make_small_district()


def test_every_flow_becomes_a_proposal_between_its_ends(small: SmallDistrict) -> None:
    run = make_plan(small.district)
    proposals = actions.propose_plan(run, by=system_agent())
    ends = {
        (p.offer, p.source_processor, p.need, p.target_processor): p.quantity_per_week
        for p in proposals
    }
    assert ends == {
        (small.offer, None, small.need, None): Decimal(40),
        (small.offer, None, None, small.processor): Decimal(60),
        (None, small.processor, small.chips_need, None): Decimal(20),
    }
    assert {p.plan for p in proposals} == {run.pk}
    assert run.proposed_at is not None


def test_a_proposal_carries_what_the_plan_says_of_its_flow(small: SmallDistrict) -> None:
    run = make_plan(small.district)
    proposals = actions.propose_plan(run, by=system_agent())
    proposal = next(p for p in proposals if p.need == small.need)
    flow = next(f for f in run.plan["flows"] if f["sink"] == f"need:{small.need.pk}")
    assert proposal.distance_km == pytest.approx(flow["km"])
    assert proposal.cost_per_unit * 40 == pytest.approx(flow["cost"])
    assert proposal.emissions_per_unit * 40 == pytest.approx(flow["emissions"])
    assert proposal.starts_on.weekday() == 0
    assert proposal.ends_on - proposal.starts_on == timedelta(days=90)


def test_a_plan_is_sent_once(small: SmallDistrict) -> None:
    run = make_plan(small.district)
    actions.propose_plan(run, by=system_agent())
    with pytest.raises(AlreadyProposed):
        actions.propose_plan(run, by=system_agent())
    assert Proposal.objects.count() == 3


def test_only_those_who_run_the_district_send(small: SmallDistrict) -> None:
    run = make_plan(small.district)
    agents = make_agents(make_organization(), small.district)
    for role in ("resident", "member", "organization_admin"):
        with pytest.raises(NotAllowed):
            actions.propose_plan(run, by=agents[role])
    assert len(actions.propose_plan(run, by=agents["operator"])) == 3


def test_a_run_without_a_plan_has_nothing_to_send() -> None:
    with pytest.raises(NoPlanHere):
        actions.propose_plan(make_run(), by=system_agent())
    with pytest.raises(NoPlanHere):
        actions.propose_plan(make_plan(kind="sweep"), by=system_agent())


def test_a_plan_without_flows_has_nothing_to_send() -> None:
    with pytest.raises(NothingToPropose):
        actions.propose_plan(make_plan(make_district()), by=system_agent())


def test_a_tampered_plan_is_not_sent(small: SmallDistrict) -> None:
    run = make_plan(small.district)
    run.plan["flows"][0]["amount"] *= 2
    run.save(update_fields=["plan"])
    with pytest.raises(Uncertified):
        actions.propose_plan(run, by=system_agent())
    assert Proposal.objects.count() == 0
    run.refresh_from_db()
    assert run.proposed_at is None


def test_what_closed_since_is_left_out(small: SmallDistrict) -> None:
    run = make_plan(small.district)
    move_intent(small.need, "closed", by=system_agent())
    proposals = actions.propose_plan(run, by=system_agent())
    assert {p.need for p in proposals} == {None, small.chips_need}


def test_an_older_plan_is_not_sent_after_a_newer_one(small: SmallDistrict) -> None:
    older, newer = make_plan(small.district), make_plan(small.district)
    actions.propose_plan(newer, by=system_agent())
    with pytest.raises(NewerPlanProposed):
        actions.propose_plan(older, by=system_agent())


def test_a_newer_plan_keeps_what_it_repeats_and_withdraws_the_rest(small: SmallDistrict) -> None:
    first = {p.pk: p for p in actions.propose_plan(make_plan(small.district), by=system_agent())}
    make_need(kind=small.wood, amount="30", place=small.need.place)
    second = actions.propose_plan(make_plan(small.district), by=system_agent())
    kept = [p for p in second if p.pk in first]
    assert [p.need for p in kept if p.need == small.need] == [small.need]
    withdrawn = Proposal.objects.get(target_processor=small.processor, state="withdrawn")
    assert withdrawn.quantity_per_week == Decimal(60)
    assert Proposal.objects.get(target_processor=small.processor, state="open").plan != first


def test_what_the_parties_proposed_themselves_stands(small: SmallDistrict) -> None:
    own = propose(
        kind=small.wood,
        provider=small.offer.agent,
        receiver=small.need.agent,
        offer=small.offer,
        need=small.need,
        quantity_per_week=Decimal(10),
        distance_km=1,
        cost_per_unit=0,
        emissions_per_unit=0,
        starts_on=timezone.localdate(),
        by=system_agent(),
    )
    proposals = actions.propose_plan(make_plan(small.district), by=system_agent())
    assert own in proposals
    own.refresh_from_db()
    assert own.state == "open"


def test_what_was_agreed_is_not_planned_again(small: SmallDistrict) -> None:
    for proposal in actions.propose_plan(make_plan(small.district), by=system_agent()):
        accept_all(proposal)
    again = make_plan(small.district)
    assert [flow["amount"] for flow in again.plan["flows"] if flow["amount"] > 1e-6] == []


def test_a_declined_pair_is_not_planned_again(small: SmallDistrict) -> None:
    proposals = actions.propose_plan(make_plan(small.district), by=system_agent())
    declined = next(p for p in proposals if p.need == small.need)
    answer_proposal(
        declined, agent=small.need.agent, accept=False, reason="Too wet.", by=system_agent()
    )
    again = make_plan(small.district)
    pair = (f"offer:{small.offer.pk}", f"need:{small.need.pk}")
    assert pair not in {(flow["source"], flow["sink"]) for flow in again.plan["flows"]}


def test_a_window_that_closes_soon_shortens_the_term() -> None:
    until = timezone.localdate() + timedelta(days=20)
    small = make_small_district(available_until=until)
    proposals = actions.propose_plan(make_plan(small.district), by=system_agent())
    assert next(p for p in proposals if p.offer == small.offer).ends_on == until


def test_a_district_without_a_plan_says_that_one_is_worth_running(small: SmallDistrict) -> None:
    reasons = [str(reason) for reason in reasons_for_new_plan(small.district)]
    assert reasons == ["there is no plan yet for the 3 open offers and needs"]


def test_nothing_changed_gives_no_reason_for_a_new_plan(small: SmallDistrict) -> None:
    make_plan(small.district)
    assert reasons_for_new_plan(small.district) == []


def test_changes_since_the_plan_are_reasons_for_a_new_one(small: SmallDistrict) -> None:
    run = make_plan(small.district)
    proposals = actions.propose_plan(run, by=system_agent())
    make_offer(kind=small.wood, place=small.offer.place)
    answer_proposal(
        proposals[0], agent=proposals[0].receiver, accept=False, reason="No.", by=system_agent()
    )
    reasons = [str(reason) for reason in reasons_for_new_plan(small.district)]
    assert reasons == ["1 offer or need is new or changed", "1 proposal was declined"]


def test_promises_that_are_not_kept_are_a_reason_for_a_new_plan(small: SmallDistrict) -> None:
    run = make_plan(small.district)
    for proposal in actions.propose_plan(run, by=system_agent()):
        accept_all(proposal)
    past = timezone.localdate() - timedelta(days=30)
    for proposal in Proposal.objects.filter(plan=run.pk):
        proposal.agreement.commitments.update(has_beginning=past, has_end=past)
    PlanRun.objects.filter(pk=run.pk).update(started_at=timezone.now())
    reasons = [str(reason) for reason in reasons_for_new_plan(small.district)]
    assert reasons == ["deliveries are 100 % below what was promised"]
