"""Every state × every state × every role: what the tables say is what the actions do."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from kierto.core.errors import DomainError
from kierto.exchange import actions, permissions
from kierto.exchange.models import Delivery, Intent, Processor, Proposal
from kierto.exchange.states import (
    DELIVERY_STEPS,
    INTENT_STEPS,
    PROCESSOR_STEPS,
    PROPOSAL_STEPS,
    DeliveryState,
    IntentState,
    ProposalState,
)
from kierto.ledger.models import Agreement
from kierto.ledger.queries import stock_of
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.parties import make_organization, make_person

OWNERS = {"member", "organization_admin"}
OPERATORS = {"operator", "node_admin"}


def everybody(world: World) -> dict[str, Agent | None]:
    """The six roles and the node itself."""
    return {**world.agents, "system": system_agent()}


def own_roles(role: str) -> set[str]:
    """What a person of this role is towards an offer of the world's organisation."""
    if role in OWNERS:
        return {"owner"}
    return {"operator"} if role in OPERATORS else {role} & {"system"}


def works(action: Callable[..., object], *args: object, **fields: object) -> bool:
    try:
        action(*args, **fields)
    except DomainError:
        return False
    return True


def test_intents_move_as_the_table_says(world: World) -> None:
    intent = world.offer()
    people = everybody(world)
    for current, wanted, role in itertools.product(IntentState, IntentState, people):
        by, step = people[role], INTENT_STEPS.get((current, wanted))
        Intent.objects.filter(pk=intent.pk).update(state=current)
        intent.refresh_from_db()
        allowed = step is not None and bool(step.by & own_roles(role))
        assert bool(permissions.can_move_intent(by, intent, wanted)) == allowed, role
        if by is not None:
            assert works(actions.move_intent, intent, wanted, by=by) == allowed, role
            intent.refresh_from_db()
            assert intent.state == (wanted if allowed else current)


def test_processors_move_as_the_table_says(world: World) -> None:
    recipe = make.make_making(make.make_priced_kind(), make.make_priced_kind())
    processor = make.make_processor(recipe, agent=world.organization.agent, place=world.place)
    people = everybody(world)
    for current, wanted, role in itertools.product(IntentState, IntentState, people):
        by, step = people[role], PROCESSOR_STEPS.get((current, wanted))
        Processor.objects.filter(pk=processor.pk).update(state=current)
        processor.refresh_from_db()
        allowed = step is not None and bool(step.by & own_roles(role))
        assert bool(permissions.can_move_processor(by, processor, wanted)) == allowed, role
        if by is not None:
            assert works(actions.move_processor, processor, wanted, by=by) == allowed, role


def _proposal_in(world: World, state: str) -> Proposal:
    proposal = make.make_proposal(offer=world.offer())
    if state == ProposalState.ACCEPTED:
        return make.accept_all(proposal)
    Proposal.objects.filter(pk=proposal.pk).update(state=state)
    proposal.refresh_from_db()
    return proposal


@pytest.mark.parametrize("current", list(ProposalState))
def test_proposals_are_answered_and_withdrawn_as_the_table_says(world: World, current: str) -> None:
    for role, by in everybody(world).items():
        roles = {"party"} if role in OWNERS else own_roles(role)
        roles |= {"party", "proposer"} if role == "system" else set()
        for wanted in (ProposalState.ACCEPTED, ProposalState.DECLINED, ProposalState.WITHDRAWN):
            proposal = _proposal_in(world, current)
            step = PROPOSAL_STEPS.get((current, wanted))
            allowed = step is not None and bool(step.by & roles)
            if wanted == ProposalState.WITHDRAWN:
                assert bool(permissions.can_withdraw_proposal(by, proposal)) == allowed, role
            elif step is not None:
                agent = world.organization.agent
                assert bool(permissions.can_answer(by, proposal, agent)) == allowed, role
            if by is not None:
                assert works(_step, proposal, wanted, by, world) == allowed, role


def _step(proposal: Proposal, wanted: str, by: Agent, world: World) -> None:
    if wanted == ProposalState.WITHDRAWN:
        actions.withdraw_proposal(proposal, by=by)
    else:
        actions.answer_proposal(
            proposal,
            agent=world.organization.agent,
            accept=wanted == ProposalState.ACCEPTED,
            reason="No room.",
            by=by,
        )


def _delivery_in(agreement: Agreement, state: str) -> Delivery:
    """A delivery that the world's organisation recorded."""
    delivery = make.deliver(agreement, "1")
    by = system_agent()
    match state:
        case DeliveryState.CONFIRMED:
            return actions.confirm_delivery(delivery, by=by)
        case DeliveryState.DISPUTED:
            return actions.dispute_delivery(delivery, reason="Wet.", by=by)
        case DeliveryState.WITHDRAWN:
            return actions.withdraw_delivery(delivery, by=by)
    return delivery


VERBS: dict[str, Callable[..., Delivery]] = {
    DeliveryState.CONFIRMED: actions.confirm_delivery,
    DeliveryState.DISPUTED: partial(actions.dispute_delivery, reason="Wet."),
    DeliveryState.WITHDRAWN: actions.withdraw_delivery,
}


def test_deliveries_move_as_the_table_says(world: World) -> None:
    agreement = make.make_agreement(offer=world.offer())
    receiver = agreement.proposal.receiver.organization
    people = {
        **everybody(world),
        "other side": make_person("member", organization=receiver).agent,
    }
    towards = {
        **{role: {"recorder"} for role in OWNERS},
        "other side": {"other_party"},
        "system": {"recorder", "other_party"},
    }
    for current, wanted, role in itertools.product(DeliveryState, DeliveryState, people):
        by, step = people[role], DELIVERY_STEPS.get((current, wanted))
        delivery = _delivery_in(agreement, current)
        allowed = step is not None and bool(step.by & towards.get(role, set()))
        assert bool(permissions.can_move_delivery(by, delivery, wanted)) == allowed, role
        if by is not None and wanted in VERBS:
            assert works(VERBS[wanted], delivery, by=by) == allowed, (role, current, wanted)


def test_an_offer_whose_last_day_has_passed_is_not_published(world: World) -> None:
    past = timezone.localdate() - timedelta(days=1)
    intent = world.offer(
        state=IntentState.DRAFT, available_from=past - timedelta(days=5), available_until=past
    )
    member = world.agents["member"]
    assert intent.is_expired()
    assert not permissions.can_move_intent(member, intent, IntentState.OPEN)
    with pytest.raises(DomainError) as refused:
        actions.move_intent(intent, IntentState.OPEN, by=member)
    assert refused.value.code == "intent_over"
    assert Intent.objects.get(pk=intent.pk).state == IntentState.DRAFT


def test_one_agent_at_both_ends_answers_once_and_confirms_itself(world: World) -> None:
    offer = world.offer()
    need = make.make_need(kind=offer.kind, agent=world.organization.agent, place=world.place)
    proposal = make.make_proposal(offer=offer, need=need)
    member = world.agents["member"]
    accepted = actions.answer_proposal(
        proposal, agent=world.organization.agent, accept=True, by=member
    )
    assert accepted.state == ProposalState.ACCEPTED
    delivery = make.deliver(accepted.agreement, by=member)
    confirmed = actions.confirm_delivery(delivery, by=member)
    assert confirmed.event.action == "raise"


def test_between_two_places_of_one_agent_it_is_moved(world: World) -> None:
    offer = world.offer()
    need = make.make_need(kind=offer.kind, agent=world.organization.agent)
    agreement = make.make_agreement(offer=offer, need=need)
    by = system_agent()
    confirmed = actions.confirm_delivery(make.deliver(agreement, "10"), by=by)
    again = actions.confirm_delivery(make.deliver(agreement, "5"), by=by)
    assert (confirmed.event.action, again.event.action) == ("move", "move")
    assert stock_of(world.organization.agent, offer.kind) == 15


def test_a_stranger_organization_is_not_a_party(world: World) -> None:
    stranger = make_person("member", organization=make_organization()).agent
    proposal = make.make_proposal(offer=world.offer())
    for party in proposal.parties:
        assert not permissions.can_answer(stranger, proposal, party)
