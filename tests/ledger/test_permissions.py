"""Who sees which events: the list and the single decision agree for every role."""

from __future__ import annotations

from typing import Any

import pytest

from kierto.ledger.models import EconomicEvent
from kierto.ledger.permissions import can_check, can_see, can_see_agreement
from kierto.ledger.queries import visible_agreements, visible_events
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_agreement, make_kind, make_transfer, record
from tests.factories.parties import (
    ROLES,
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
)
from tests.ledger.test_promises import draft

pytestmark = pytest.mark.django_db


def make_scene() -> tuple[dict[str, Any], dict[str, EconomicEvent]]:
    """An organisation with a member and an admin, an operator of its district, and events."""
    district = make_district()
    ours, other = make_organization(), make_organization()
    readers = make_agents(ours, district)
    readers["partner"] = make_person(
        "member", organization=make_organization(is_partner=True, by=system_agent())
    ).agent
    readers["stranger"] = make_person("member", organization=other).agent
    readers["operator elsewhere"] = make_person(
        "operator", district=make_district(area=far_away())
    ).agent
    readers["system"] = system_agent()
    here, neighbour, far = make_place(ours.agent), make_organization(), make_organization()
    kind, resident = make_kind(), readers["resident"]
    events = {
        level: make_transfer(ours.agent, neighbour.agent, kind, 1, location=here, visibility=level)
        for level in ("public", "partners", "parties")
    }
    events["elsewhere"] = make_transfer(far.agent, neighbour.agent, kind, 1)
    events["to a person"] = make_transfer(
        ours.agent, resident, kind, 1, visibility="public", location=here
    )
    events["of a person"] = record("raise", resident, conforms_to=kind, amount=1)
    return readers, events


def far_away() -> dict[str, Any]:
    return {
        "type": "Polygon",
        "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]],
    }


SEEN = {
    "visitor": {"public"},
    "resident": {"public", "to a person", "of a person"},
    "member": {"public", "partners", "parties", "to a person"},
    "organization_admin": {"public", "partners", "parties", "to a person"},
    "operator": {"public", "partners", "parties", "to a person"},
    "node_admin": {"public", "partners", "parties", "to a person", "of a person", "elsewhere"},
    "partner": {"public", "partners"},
    "stranger": {"public"},
    "operator elsewhere": {"public"},
    "system": {"public", "partners", "parties", "to a person", "of a person", "elsewhere"},
}


def test_every_role_sees_what_it_may_and_list_and_decision_agree() -> None:
    readers, events = make_scene()
    assert set(ROLES) < set(SEEN) == set(readers)
    for role, by in readers.items():
        listed = set(visible_events(by).values_list("pk", flat=True))
        decided = {event.pk for event in EconomicEvent.objects.all() if can_see(by, event)}
        assert listed == decided, role
        assert {name for name, e in events.items() if e.pk in listed} == SEEN[role], role


def test_a_list_names_no_event_twice() -> None:
    readers, _ = make_scene()
    for role, by in readers.items():
        listed = list(visible_events(by).values_list("pk", flat=True))
        assert len(listed) == len(set(listed)), role


def test_agreements_are_listed_for_those_who_may_see_them() -> None:
    readers, _ = make_scene()
    ours = readers["member"].person.memberships.get().organization.agent
    seen = {
        "public": make_agreement(draft(provider=ours), visibility="public"),
        "partners": make_agreement(draft(provider=ours), visibility="partners"),
        "parties": make_agreement(draft(receiver=ours)),
        "of others": make_agreement(draft()),
        "with a person": make_agreement(
            draft(provider=ours, receiver=readers["resident"]), visibility="public"
        ),
    }
    expected = {"visitor": {"public"}, "partner": {"public", "partners"},
                "resident": {"public", "with a person"},
                "member": {"public", "partners", "parties", "with a person"},
                "system": set(seen), "node_admin": set(seen)}  # fmt: skip
    for role, by in readers.items():
        listed = set(visible_agreements(by).values_list("pk", flat=True))
        assert listed == {a.pk for a in seen.values() if can_see_agreement(by, a)}, role
        if role in expected:
            assert {name for name, a in seen.items() if a.pk in listed} == expected[role], role


def test_operators_and_admins_start_a_check() -> None:
    readers, _ = make_scene()
    allowed = {role for role, by in readers.items() if can_check(by)}
    assert allowed == {"operator", "operator elsewhere", "node_admin", "system"}


def test_listing_takes_as_many_queries_for_thirty_events_as_for_one(
    django_assert_max_num_queries: Any,
) -> None:
    readers, _ = make_scene()
    for role, by in readers.items():
        with django_assert_max_num_queries(6):
            list(visible_events(by)), role
