"""Every state of data sets and requests, for every role: what one sees, reads, changes, decides."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.core.transitions import IllegalTransition, TransitionNotYours
from kierto.hub.datasets import actions, permissions, queries
from kierto.hub.datasets.states import (
    DATA_SET_STEPS,
    REQUEST_STEPS,
    DataSetState,
    Openness,
    RequestState,
)
from kierto.hub.models import AccessRequest, DataSet
from kierto.parties.actions import add_member
from kierto.parties.models import Agent, District, Organization
from kierto.parties.queries import system_agent
from tests.factories.datasets import make_data_set, said
from tests.factories.parties import ROLES, make_organization, make_person

Agents = dict[str, Agent | None]
OWN = {"member", "organization_admin"}
STATES = list(DataSetState.values)


def _in_state(organization: Organization, state: str, **fields: object) -> DataSet:
    return make_data_set(organization.agent, state=state, **fields)


@pytest.fixture
def partner(db: None) -> Agent:
    """Somebody of a partner organisation that has nothing to do with the owner."""
    firm = make_organization("Partner")
    firm.is_partner = True
    firm.save()
    return make_person("member", organization=firm).agent


@pytest.mark.parametrize("state", STATES)
def test_who_sees_changes_and_moves_a_data_set(
    agents: Agents, organization: Organization, district: District, state: str
) -> None:
    made = _in_state(organization, state, district=district)
    published = state == "published"
    for role in ROLES:
        by = agents[role]
        seen = published or role in {*OWN, "node_admin"}
        assert bool(permissions.can_see(by, made)) == seen, role
        assert (made in queries.visible_data_sets(by)) == seen, role
        changes = {"draft": {*OWN, "node_admin"}, "published": {"organization_admin", "node_admin"}}
        assert bool(permissions.can_edit(by, made)) == (role in changes.get(state, ())), role
        for to in STATES:
            step = DATA_SET_STEPS.get((state, to))
            held = {"organization_admin": "owner", "operator": "operator", "node_admin": "system"}
            allowed = step is not None and held.get(role) in step.by
            assert bool(permissions.can_move(by, made, to)) == allowed, (role, to)


@pytest.mark.parametrize(("state", "to"), list(product(STATES, STATES)))
def test_a_data_set_takes_the_steps_of_its_table_and_no_other(
    agents: Agents, organization: Organization, district: District, state: str, to: str
) -> None:
    for role in ROLES:
        by = agents[role]
        if by is None:
            continue
        made = _in_state(organization, state, district=district)
        step = DATA_SET_STEPS.get((state, to))
        if step is None:
            with pytest.raises(IllegalTransition):
                actions.move_data_set(made, to, by=by)
        elif permissions.can_move(by, made, to):
            assert actions.move_data_set(made, to, by=by).state == to
        else:
            with pytest.raises(TransitionNotYours):
                actions.move_data_set(made, to, by=by)


@pytest.mark.parametrize("openness", Openness.values)
@pytest.mark.parametrize("state", STATES)
def test_who_reads_the_rows(
    agents: Agents, organization: Organization, partner: Agent, openness: str, state: str
) -> None:
    made = _in_state(organization, state, openness=openness)
    readers = {
        "open": {*ROLES, "partner"},
        "partners": {"partner", "node_admin"},
        "city": {"operator", "node_admin"},
        "restricted": {*OWN, "node_admin"},
    }[openness]
    if state != "published":
        readers &= {*OWN, "node_admin"}
    for role, by in {**agents, "partner": partner}.items():
        assert bool(permissions.can_read_rows(by, made)) == (role in readers), role
        assert (made in queries.readable_data_sets(by)) == (role in readers), role


@pytest.mark.parametrize("openness", Openness.values)
@pytest.mark.parametrize("state", STATES)
def test_who_asks(agents: Agents, organization: Organization, openness: str, state: str) -> None:
    made = _in_state(organization, state, openness=openness)
    asks = {"resident", "operator"} if (openness, state) == ("restricted", "published") else set()
    for role in ROLES:
        by = agents[role]
        assert bool(permissions.can_ask(by, made)) == (role in asks), role
        if by is not None and role not in asks:
            with pytest.raises(NotAllowed):
                actions.ask(made, agent=by, purpose="To look.", by=by)


def _request(organization: Organization, district: District, state: str) -> AccessRequest:
    made = make_data_set(organization.agent, openness="restricted", district=district)
    asker = make_person("resident").agent
    request = actions.ask(made, agent=asker, purpose="To look.", by=asker)
    system, day = system_agent(), timezone.localdate()
    match state:
        case "granted" | "ended":
            request = actions.grant(request, until=day, reason="Yes.", by=system)
            if state == "ended":
                request = actions.end_access(request, reason="Enough.", by=system)
        case "refused":
            request = actions.refuse_request(request, reason="No.", by=system)
        case "withdrawn":
            request = actions.withdraw_request(request, by=asker)
    return request


@pytest.mark.parametrize("state", RequestState.values)
def test_who_sees_and_decides_about_a_request(
    agents: Agents, organization: Organization, district: District, state: str
) -> None:
    request = _request(organization, district, state)
    everybody = {**agents, "asker": request.agent}
    deciders = {"organization_admin", "operator", "node_admin"}
    for role, by in everybody.items():
        seen = role in {*deciders, "asker"}
        assert bool(permissions.can_see_request(by, request)) == seen, role
        assert (request in queries.visible_requests(by)) == seen, role
        waits = role in deciders and state == "asked"
        assert (request in queries.requests_to_decide(by)) == waits, role
        for to in RequestState.values:
            step = REQUEST_STEPS.get((state, to))
            held = "asker" if role == "asker" else "owner" if role in deciders else ""
            allowed = step is not None and held in step.by
            assert bool(permissions.can_move_request(by, request, to)) == allowed, (role, to)
        assert bool(permissions.can_decide(by, request.data_set)) == (role in deciders)


def test_nobody_answers_their_own_request(organization: Organization, district: District) -> None:
    made = make_data_set(organization.agent, openness="restricted", district=district)
    operator = make_person("operator", district=district).agent
    request = actions.ask(made, agent=operator, purpose="To look.", by=operator)
    assert request not in queries.requests_to_decide(operator)
    with pytest.raises(NotAllowed):
        actions.grant(request, until=timezone.localdate(), reason="Me.", by=operator)
    assert permissions.can_move_request(operator, request, "withdrawn")


def test_a_grant_opens_one_data_set_to_whom_it_names_until_its_day(
    organization: Organization,
) -> None:
    made = make_data_set(organization.agent, openness="restricted")
    other = make_data_set(organization.agent, openness="restricted")
    firm = make_organization("Asking firm")
    person = make_person("member", organization=firm).agent
    colleague = make_person("member", organization=firm).agent
    request = actions.ask(made, agent=firm.agent, purpose="To look.", by=person)
    request = actions.grant(request, until=timezone.localdate(), reason="Yes.", by=system_agent())
    for by in (person, colleague, firm.agent):
        assert permissions.can_read_rows(by, made)
        assert set(queries.readable_data_sets(by)) == {made}
    assert not permissions.can_read_rows(person, other)
    AccessRequest.objects.update(until=timezone.localdate() - timedelta(days=1))
    assert not permissions.can_read_rows(person, made)
    assert set(queries.readable_data_sets(person)) == set()
    assert permissions.can_ask(person, made)


def test_a_grant_opens_nothing_that_was_taken_back(organization: Organization) -> None:
    made = make_data_set(organization.agent, openness="restricted")
    asker = make_person("resident").agent
    request = actions.ask(made, agent=asker, purpose="To look.", by=asker)
    actions.grant(request, until=timezone.localdate(), reason="Yes.", by=system_agent())
    made = actions.move_data_set(made, "withdrawn", by=system_agent())
    assert not permissions.can_read_rows(asker, made)
    assert set(queries.readable_data_sets(asker)) == set()


def test_who_describes_data_sets(agents: Agents, organization: Organization) -> None:
    for role in ROLES:
        by = agents[role]
        may = role in {*OWN, "node_admin"}
        assert bool(permissions.can_add(by, organization.agent)) == may, role
        records = permissions.can_add(by, organization.agent, "platform")
        assert bool(records) == (role == "node_admin"), role
    operator = agents["operator"]
    assert operator is not None
    add_member(organization, person=operator.person, by=system_agent())
    assert permissions.can_add(operator, organization.agent, "platform")
    resident = agents["resident"]
    assert resident is not None
    with pytest.raises(NotAllowed):
        actions.add_data_set(owner=organization.agent, said=said(), by=resident)


@pytest.mark.parametrize("openness", Openness.values)
def test_nobody_describes_what_they_do_not_read(
    agents: Agents, organization: Organization, partner: Agent, openness: str
) -> None:
    allowed = {
        "partners": {"partner", "node_admin"},
        "city": {"operator", "node_admin"},
    }.get(openness, {*ROLES, "partner"})
    for role, by in {**agents, "partner": partner}.items():
        assert bool(permissions.can_give(by, openness)) == (role in allowed), role
    admin = agents["organization_admin"]
    assert admin is not None
    if "organization_admin" in allowed:
        actions.add_data_set(owner=organization.agent, said=said(openness=openness), by=admin)
        return
    with pytest.raises(NotAllowed):
        actions.add_data_set(owner=organization.agent, said=said(openness=openness), by=admin)
    made = make_data_set(organization.agent, openness=openness)
    with pytest.raises(NotAllowed):
        actions.change_data_set(made, said={"title": "Mine"}, by=admin)
    public = make_data_set(organization.agent)
    with pytest.raises(NotAllowed):
        actions.change_data_set(public, said={"openness": openness}, by=admin)
