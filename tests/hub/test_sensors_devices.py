"""Devices: by whom they are added, seen, changed and started, and how they are gone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from kierto.core.errors import DomainError, NotAllowed
from kierto.core.transitions import IllegalTransition, TransitionNotYours, steps_from
from kierto.hub import vocabulary
from kierto.hub.access import EVERYTHING, VISITOR
from kierto.hub.errors import sensors as errors
from kierto.hub.models import Alarm, Device, Openness
from kierto.hub.sensors import actions, permissions, receiving
from kierto.hub.sensors.queries import visible_alarms, visible_devices
from kierto.hub.sensors.states import ALARM_STEPS, DEVICE_STEPS, AlarmState, DeviceState
from kierto.hub.store import reading as store
from kierto.hub.store import tenants
from kierto.parties.actions.privacy import erase_person, export_person
from kierto.parties.models import Agent, Organization, Person
from kierto.parties.queries import system_agent
from tests.factories.parties import (
    ROLES,
    make_person,
)
from tests.hub.devices import AT, MAPPING, add, level, running, send
from tests.hub.stored import entity, put


def test_who_adds_a_device_for_an_organisation(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    allowed = {r for r in ROLES if permissions.can_add_device(agents[r], organization.agent)}
    assert allowed == {"member", "organization_admin", "node_admin"}
    with pytest.raises(NotAllowed):
        add(organization.agent, by=agents["operator"])


def test_who_sees_changes_and_moves_a_device(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, _ = running(organization.agent)
    alarm = Alarm.objects.create(device=device, kind="silence")
    people = {"member", "organization_admin", "node_admin"}
    for role in ROLES:
        by = agents[role]
        seen = role in people | {"operator"}
        assert (device in set(visible_devices(by))) == seen, role
        assert (alarm in set(visible_alarms(by))) == seen, role
        assert bool(permissions.can_see_device(by, device)) == seen
        assert bool(permissions.can_see_alarm(by, alarm)) == seen
        assert bool(permissions.can_change_device(by, device)) == (role in people)
        roles = permissions.roles_of(by, device)
        assert set(steps_from(ALARM_STEPS, "open", roles)) == ({"seen", "over"} if seen else set())
        may = {"paused", "retired"} if role in people else set()
        assert set(steps_from(DEVICE_STEPS, "active", roles)) == may, role


@pytest.mark.parametrize("role", ROLES)
def test_who_may_not_take_a_step_is_refused(
    agents: dict[str, Agent | None], organization: Organization, role: str
) -> None:
    device, _ = running(organization.agent)
    alarm = Alarm.objects.create(device=device, kind="silence")
    by = agents[role]
    if by is None:
        return
    people = {"member", "organization_admin", "node_admin"}
    for allowed, act in (
        (role in people | {"operator"}, lambda: actions.move_alarm(alarm, "seen", by=by)),
        (role in people, lambda: actions.move_device(device, "paused", by=by)),
        (role in people, lambda: actions.renew_key(device, by=by)),
        (role in people, lambda: actions.declare_mapping(device, MAPPING, by=by)),
    ):
        if allowed:
            act()
        else:
            with pytest.raises((NotAllowed, TransitionNotYours)):
                act()


@pytest.mark.parametrize("wanted", DeviceState.values)
@pytest.mark.parametrize("state", DeviceState.values)
def test_a_device_takes_the_steps_of_its_table(
    organization: Organization, state: str, wanted: str
) -> None:
    device, _ = add(organization.agent)
    actions.declare_mapping(device, MAPPING, by=system_agent())
    gone = {"key_hash": ""} if state == "retired" else {}
    Device.objects.update(state=state, **gone)
    if (state, wanted) in DEVICE_STEPS:
        assert actions.move_device(device, wanted, by=system_agent()).state == wanted
    else:
        with pytest.raises(IllegalTransition):
            actions.move_device(device, wanted, by=system_agent())


@pytest.mark.parametrize("wanted", AlarmState.values)
@pytest.mark.parametrize("state", AlarmState.values)
def test_an_alarm_takes_the_steps_of_its_table(
    organization: Organization, state: str, wanted: str
) -> None:
    device, _ = add(organization.agent)
    over = timezone.now() if state == "over" else None
    alarm = Alarm.objects.create(device=device, kind="silence", state=state, over_at=over)
    if (state, wanted) in ALARM_STEPS:
        assert actions.move_alarm(alarm, wanted, by=system_agent()).state == wanted
    else:
        with pytest.raises(IllegalTransition):
            actions.move_alarm(alarm, wanted, by=system_agent())


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": " "}, errors.DeviceNameMissing),
        ({"entity_type": "Waste Container"}, errors.DeviceKindUnusable),
        ({"entity_id": "lamp"}, errors.DeviceKindUnusable),
        ({"interval": 1}, errors.DeviceIntervalUnusable),
        ({"openness": 9}, errors.DeviceOpennessUnknown),
        ({"topic": "all/#"}, errors.DeviceTopicUnusable),
        ({"topic": "kierto/x/up"}, errors.DeviceTopicUnusable),
        ({"entity_id": "urn:ngsi-ld:Light:1"}, errors.DeviceThingTaken),
    ],
)
def test_a_device_that_makes_no_sense_is_not_added(
    organization: Organization, fields: dict[str, Any], error: type[DomainError]
) -> None:
    put(entity("1"))
    with pytest.raises(error):
        add(organization.agent, **fields)
    assert not Device.objects.exists()


def test_two_devices_never_write_one_thing(organization: Organization) -> None:
    first, _ = add(organization.agent, entity_id="urn:ngsi-ld:Bin:1", topic="bins/1")
    with pytest.raises(errors.DeviceThingTaken):
        add(organization.agent, entity_id="urn:ngsi-ld:Bin:1")
    with pytest.raises(errors.DeviceTopicUnusable):
        add(organization.agent, topic="bins/1")
    actions.move_device(first, "retired", by=system_agent())
    add(organization.agent, entity_id="urn:ngsi-ld:Bin:1", topic="bins/1")


def test_an_owner_has_so_many_devices_and_no_more(
    organization: Organization, agents: dict[str, Agent | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST", 1)
    member = agents["member"]
    add(organization.agent, by=member)
    with pytest.raises(errors.TooManyDevices):
        add(organization.agent, by=member)
    add(organization.agent)


def test_a_device_without_a_mapping_is_not_started(organization: Organization) -> None:
    device, _ = add(organization.agent)
    with pytest.raises(errors.MappingMissing):
        actions.move_device(device, "active", by=system_agent())
    with pytest.raises(errors.MappingUnusable) as caught:
        actions.declare_mapping(device, {"attributes": []}, by=system_agent())
    assert str(caught.value) == (
        "The mapping cannot be used: attributes: Name at least one value, and at most 50. "
        "Mend it and try it on a sample."
    )


def test_who_may_read_changes_with_the_device(organization: Organization) -> None:
    device, _ = running(organization.agent)
    home, visitor = tenants.find(""), VISITOR
    assert store.get(home, device.entity_id, visitor) is None
    actions.change_device(
        device, name="Bin 8", point=None, openness=Openness.PUBLIC, interval=60, by=system_agent()
    )
    seen = store.get(home, device.entity_id, visitor)
    assert seen is not None
    assert {iri: each[0]["value"] for iri, each in seen["attributes"].items()} == {
        vocabulary.iri("name"): "Bin 8"
    }
    actions.move_device(device, "retired", by=system_agent())
    assert store.get(home, device.entity_id, EVERYTHING) is None


def test_devices_of_a_person_who_is_erased_are_gone_with_what_they_measured(db: None) -> None:
    person = make_person("resident")
    device, key = running(person.agent)
    send(device, key, level(AT, 40))
    erase_person(person, by=person.agent)
    device.refresh_from_db()
    assert (device.state, device.name, device.latitude, device.key_hash) == (
        "retired",
        "",
        None,
        "",
    )
    assert store.get(tenants.find(""), device.entity_id, EVERYTHING) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM hub_historyinstance")
        assert cursor.fetchone() == (0,)


def test_what_a_person_wrote_about_alarms_is_theirs_to_take_out_and_goes_with_them(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, _ = running(organization.agent)
    alarm = Alarm.objects.create(device=device, kind="outlier", attribute="fillingLevel")
    by = agents["member"]
    assert by is not None
    person = Person.objects.get(pk=by.pk)
    actions.move_alarm(alarm, "seen", note="I go and see.", by=by)
    actions.move_alarm(alarm, "over", note="A bird.", by=by)
    notes = export_person(person, by=by)["alarm_notes"]
    assert [(each["did"], each["note"]) for each in notes] == [
        ("took up", "I go and see."),
        ("ended", "A bird."),
    ]
    erase_person(person, by=by)
    alarm.refresh_from_db()
    assert (alarm.state, alarm.seen_note, alarm.over_note) == ("over", "", "")


def test_a_device_that_cannot_start_keeps_how_it_was_read(organization: Organization) -> None:
    device, _key = running(organization.agent)
    other = {"attributes": [{"name": "fillingLevel", "path": "full", "unit": "percent"}]}
    with pytest.raises(IllegalTransition):
        actions.start_reading(device, other, by=system_agent())
    device.refresh_from_db()
    assert device.mapping == MAPPING
    draft, _key = add(organization.agent)
    assert actions.start_reading(draft, other, by=system_agent()).state == DeviceState.ACTIVE


def test_of_a_device_that_ended_no_message_is_kept(organization: Organization) -> None:
    device, _key = running(organization.agent)
    stale = receiving.Upload(device, {"at": "never", "level": 3})
    actions.move_device(device, "retired", by=system_agent())
    [outcome] = receiving.receive([stale])
    assert outcome.faults
    assert Device.objects.get(pk=device.pk).refused == ""
