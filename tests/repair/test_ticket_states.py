"""Every state, every state it might become, every role: the table says what happens."""

from __future__ import annotations

import itertools

import pytest

from kierto.core.errors import NotAllowed
from kierto.core.transitions import IllegalTransition
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.repair import actions
from kierto.repair.models import Ticket, Workshop
from kierto.repair.permissions import can_move_ticket, roles_for_ticket
from kierto.repair.states import TICKET_STEPS, TicketState
from tests.factories.parties import make_agents, make_district, make_organization, make_person
from tests.factories.repair import (
    make_event,
    make_repairer,
    make_ticket,
    make_volunteer,
    make_workshop,
)

pytestmark = pytest.mark.django_db

HELD = {
    "owner": {"owner"},
    "repairer": {"staff"},
    "volunteer": {"staff"},
    "member": {"staff"},
    "organization_admin": {"staff", "keeper"},
    "operator": {"staff", "keeper"},
    "node_admin": {"staff", "keeper"},
    "system": {"staff", "keeper", "system"},
    "resident": set(),
    "former repairer": set(),
    "volunteer elsewhere": set(),
}


def _people(workshop: Workshop, ticket: Ticket) -> dict[str, Agent]:
    roles = make_agents(workshop.agent.organization, workshop.place.district)
    people = {role: agent for role, agent in roles.items() if agent is not None}
    return {
        **people,
        "owner": ticket.owner,
        "repairer": make_repairer(workshop).agent,
        "former repairer": make_repairer(workshop, is_active=False).agent,
        "volunteer": make_volunteer(ticket.event).agent,
        "volunteer elsewhere": make_volunteer(make_event(workshop)).agent,
        "system": system_agent(),
    }


def _world(state: str) -> tuple[Ticket, dict[str, Agent]]:
    make_district()
    organization = make_organization()
    workshop = make_workshop(organization)
    ticket = make_ticket(workshop, event=make_event(workshop), state=state)
    return ticket, _people(workshop, ticket)


def _take(ticket: Ticket, to: str, by: Agent) -> Ticket:
    """The step by the action that has it."""
    if to == TicketState.ESTIMATED:
        return actions.estimate(ticket, low=1, high=2, by=by)
    if to == TicketState.DONE and ticket.state != TicketState.ESTIMATED:
        return actions.finish(ticket, outcome="Fixed", by=by)
    if to == TicketState.COLLECTED:
        return actions.give_back(ticket, by=by)
    return actions.move_ticket(ticket, to, reason="Because", by=by)


def test_the_roles_of_everybody_towards_a_ticket() -> None:
    ticket, people = _world("new")
    held = {name: roles_for_ticket(agent, ticket) for name, agent in people.items()}
    assert held == HELD
    assert roles_for_ticket(None, ticket) == frozenset()


@pytest.mark.parametrize("state", TicketState.values)
def test_the_permission_says_what_the_table_says(state: str) -> None:
    ticket, people = _world(state)
    for (name, agent), to in itertools.product(people.items(), TicketState.values):
        step = TICKET_STEPS.get((state, to))
        allowed = step is not None and not step.by.isdisjoint(HELD[name])
        assert bool(can_move_ticket(agent, ticket, to)) == allowed, (state, to, name)
        assert not can_move_ticket(None, ticket, to)


@pytest.mark.parametrize(
    ("state", "to"), list(itertools.product(TicketState.values, TicketState.values))
)
def test_the_actions_do_what_the_table_says(state: str, to: str) -> None:
    step = TICKET_STEPS.get((state, to))
    ticket, people = _world(state)
    if (state, to) == ("estimated", "done"):  # only of a thing that is in the workshop
        begun = actions.move_ticket(make_ticket(ticket.workshop), "in_work", by=system_agent())
        ticket = actions.estimate(begun, low=1, high=2, by=people["member"])
    for name in ("resident", "owner"):
        by = ticket.owner if name == "owner" else people[name]
        if step is None:
            with pytest.raises((IllegalTransition, NotAllowed)):
                _take(ticket, to, by)
        elif "owner" not in step.by or name == "resident":
            with pytest.raises(NotAllowed):
                _take(ticket, to, by)
    if step is None:
        with pytest.raises((IllegalTransition, NotAllowed)):
            _take(ticket, to, people["member"])
        assert Ticket.objects.get(pk=ticket.pk).state == state
    else:
        assert _take(ticket, to, people["member"]).state == to


def test_every_step_has_a_label_and_leads_to_a_known_state() -> None:
    for (state, to), step in TICKET_STEPS.items():
        assert state in TicketState.values
        assert to in TicketState.values
        assert str(step.label)
        assert step.by <= {"owner", "staff", "system"}


def test_what_is_over_stays_over() -> None:
    over = {"collected", "declined", "cancelled"}
    assert not [pair for pair in TICKET_STEPS if pair[0] in over]


def test_whoever_acts_for_an_owner_is_one() -> None:
    organization = make_organization()
    ticket = make_ticket(owner=organization.agent)
    member = make_person("member", organization=organization).agent
    assert roles_for_ticket(member, ticket) == {"owner"}
