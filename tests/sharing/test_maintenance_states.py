"""Every state of a maintenance, to every state, by every role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.core.transitions import IllegalTransition, TransitionNotYours
from kierto.parties.queries import system_agent
from kierto.sharing.actions.maintenance import move_maintenance, schedule_maintenance
from kierto.sharing.models import Block, Maintenance
from kierto.sharing.states import MAINTENANCE_STEPS, MaintenanceState
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_place,
    square,
)
from tests.factories.sharing import make_collection, make_member, make_thing

KEEPERS = ("organization_admin", "operator", "node_admin", "system")


@pytest.mark.django_db
def test_every_step_by_every_role() -> None:
    district, organization = make_district(), make_organization()
    collection = make_collection(place=make_place(organization.agent))
    agents = make_agents(organization, district)
    others = make_agents(make_organization(), make_district(area=square(61.5, 23.8)))
    agents |= {
        "stranger": others["organization_admin"],
        "other_operator": others["operator"],
        "borrower": make_member(collection).agent,
        "system": system_agent(),
    }
    begins = timezone.now() + timedelta(days=3)
    care_of = schedule_maintenance(
        make_thing(collection), begins=begins, ends=begins + timedelta(hours=2), title="Oil",
        by=system_agent(),
    )  # fmt: skip
    taken = set()
    for role, agent in agents.items():
        if agent is None:  # visitors have no agent to act by
            continue
        for current in MaintenanceState:
            for wanted in MaintenanceState:
                Maintenance.objects.filter(pk=care_of.pk).update(state=current, begins=begins)
                try:
                    moved = move_maintenance(care_of, wanted, by=agent)
                except (IllegalTransition, TransitionNotYours, NotAllowed):
                    continue
                assert moved.state == wanted
                closed = wanted in (MaintenanceState.DONE, MaintenanceState.CANCELLED)
                assert (moved.finished_at is not None) == closed
                assert Block.objects.filter(maintenance=care_of).exists() == (not closed)
                taken.add((role, str(current), str(wanted)))
                Maintenance.objects.filter(pk=care_of.pk).update(finished_at=None)
    by_staff = {step for step, each in MAINTENANCE_STEPS.items() if "staff" in each.by}
    assert by_staff == {("planned", "in_work"), ("planned", "done"), ("in_work", "done")}
    assert taken == {(role, *step) for role in KEEPERS for step in MAINTENANCE_STEPS} | {
        ("member", *step) for step in by_staff
    }
