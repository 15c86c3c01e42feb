"""What a list shows and what a permission says is the same, for every role and object."""

from __future__ import annotations

import itertools

import pytest

from kierto.exchange import permissions, queries
from kierto.exchange.models import Intent, Processor, Proposal
from kierto.exchange.states import IntentState, Visibility
from kierto.ledger.models import Agreement
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.parties import make_district, make_organization, make_person, square

CASES = list(itertools.product(Visibility, IntentState))


def _people(world: World) -> dict[str, Agent | None]:
    elsewhere = make_district(area=square(10.0, 10.0))
    return {
        **world.agents,
        "system": system_agent(),
        "partner": make_person("member", organization=make_organization(is_partner=True)).agent,
        "operator elsewhere": make_person("operator", district=elsewhere).agent,
    }


def _expected(role: str, visibility: str, state: str) -> bool:
    if role in {"member", "organization_admin", "operator", "node_admin", "system"}:
        return True
    if state == IntentState.DRAFT:
        return False
    return visibility == Visibility.PUBLIC or (
        visibility == Visibility.PARTNERS and role == "partner"
    )


def test_intents_show_to_whom_their_visibility_says(world: World) -> None:
    intents = {case: world.offer(visibility=case[0], state=case[1]) for case in CASES}
    for role, by in _people(world).items():
        visible = set(queries.visible_intents(by))
        for (visibility, state), intent in intents.items():
            expected = _expected(role, visibility, state)
            assert (intent in visible) == expected, (role, visibility, state)
            assert bool(permissions.can_see_intent(by, intent)) == expected


@pytest.mark.parametrize("answer", ["open", "accepted", "declined", "withdrawn"])
def test_a_matched_partner_sees_what_only_the_planner_saw(world: World, answer: str) -> None:
    offer = world.offer(visibility=Visibility.MATCHED)
    need = make.make_need(kind=offer.kind)
    partner = make_person("member", organization=need.agent.organization).agent
    assert not permissions.can_see_intent(partner, offer)
    proposal = make.make_proposal(offer=offer, need=need)
    if answer == "accepted":
        make.accept_all(proposal)
    else:
        Proposal.objects.filter(pk=proposal.pk).update(state=answer)
    assert bool(permissions.can_see_intent(partner, offer)) == (answer in ("open", "accepted"))
    stranger = make_person("member", organization=make_organization()).agent
    assert not permissions.can_see_intent(stranger, offer)


def test_lists_and_permissions_agree_on_everything_else(world: World) -> None:
    recipe = make.make_making(make.make_priced_kind(), make.make_priced_kind())
    for state in IntentState:
        processor = make.make_processor(recipe, agent=world.organization.agent, place=world.place)
        Processor.objects.filter(pk=processor.pk).update(state=state)
    make.make_proposal(offer=world.offer())
    make.make_proposal()
    make.make_agreement(offer=world.offer())
    for role, by in _people(world).items():
        for model, visible, can_see in (
            (Intent, queries.visible_intents, permissions.can_see_intent),
            (Processor, queries.visible_processors, permissions.can_see_processor),
            (Proposal, queries.visible_proposals, permissions.can_see_proposal),
            (Agreement, queries.visible_agreements, permissions.can_see_agreement),
        ):
            shown = set(visible(by).values_list("pk", flat=True))
            for thing in model.objects.all():
                assert bool(can_see(by, thing)) == (thing.pk in shown), (role, thing)


def test_proposals_are_no_business_of_others(world: World) -> None:
    proposal = make.make_proposal(offer=world.offer())
    people = _people(world)
    seen = {role for role, by in people.items() if permissions.can_see_proposal(by, proposal)}
    assert seen == {"member", "organization_admin", "operator", "node_admin", "system"}


def test_posting_is_for_oneself_ones_organizations_and_operators(world: World) -> None:
    people = _people(world)
    agent = world.organization.agent
    may = {role for role, by in people.items() if permissions.can_post_for(by, agent, world.place)}
    assert may == {"member", "organization_admin", "operator", "node_admin", "system"}
    resident = people["resident"]
    assert resident is not None
    assert permissions.can_post_for(resident, resident)


def test_tables_are_imported_by_administrators_and_operators(world: World) -> None:
    people = _people(world)
    assert {role for role, by in people.items() if permissions.can_import(by)} == {
        "organization_admin",
        "operator",
        "node_admin",
        "system",
        "operator elsewhere",
    }
    system = system_agent()
    for role, expected in {"organization_admin": True, "member": False, "operator": True}.items():
        by = people[role] or system
        decision = permissions.can_import_for(by, world.organization, world.district.pk)
        assert bool(decision) == expected, role
