"""Devices: by whom they are added, changed, started; what they send; what their owners are told."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from kierto.core.errors import DomainError, NotAllowed
from kierto.core.geography import Point
from kierto.core.transitions import IllegalTransition
from kierto.hub import vocabulary
from kierto.hub.access import EVERYTHING
from kierto.hub.errors import sensors as errors
from kierto.hub.history import cursors, entities, reading
from kierto.hub.history.files import Asked
from kierto.hub.models import Alarm, Device, Openness, Received
from kierto.hub.sensors import actions, alarms, permissions, receiving
from kierto.hub.sensors.queries import visible_alarms, visible_devices
from kierto.hub.sensors.states import ALARM_STEPS, DEVICE_STEPS, AlarmState, DeviceState
from kierto.hub.store import reading as store
from kierto.hub.store import tenants
from kierto.notices.models import Notice
from kierto.parties.actions.privacy import erase_person
from kierto.parties.models import Agent, District, Organization
from kierto.parties.queries import system_agent
from tests.factories.parties import (
    KERA,
    ROLES,
    make_agents,
    make_district,
    make_organization,
    make_person,
)
from tests.hub.stored import entity, put

MAPPING = {
    "time": {"path": "at"},
    "attributes": [
        {"name": "fillingLevel", "path": "level", "unit": "percent", "low": 0, "high": 100, "jump": 60},
        {"name": "batteryLevel", "path": "battery", "unit": "percent", "battery": 20},
        {"name": "status", "path": "state", "kind": "text"},
    ],
}  # fmt: skip
LEVEL = vocabulary.iri("fillingLevel")
AT = "2026-11-22T07:00:00Z"


@pytest.fixture
def organization(db: None) -> Organization:
    return make_organization("Kerava Bins", slug="bins")


@pytest.fixture
def district(db: None) -> District:
    return make_district(slug="kera", name="Kera")


@pytest.fixture
def agents(organization: Organization, district: District) -> dict[str, Agent | None]:
    return make_agents(organization, district)


def add(agent: Agent, by: Agent | None = None, **fields: Any) -> tuple[Device, str]:
    said = {"name": "Bin 7", "entity_type": "WasteContainer", "point": Point(*KERA)} | fields
    return actions.add_device(agent=agent, by=by or system_agent(), **said)


def running(agent: Agent, **fields: Any) -> tuple[Device, str]:
    device, key = add(agent, **fields)
    actions.declare_mapping(device, MAPPING, by=system_agent())
    return actions.move_device(device, "active", by=system_agent()), key


def send(device: Device, key: str, body: Any, client: Client | None = None) -> Any:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return (client or Client(enforce_csrf_checks=True)).post(
        f"/data/devices/{device.pk}/readings",
        data,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def level(at: str, number: float, **more: Any) -> dict[str, Any]:
    return {"at": at, "level": number} | more


def shown(device: Device) -> dict[str, Any]:
    document = store.get(tenants.find(""), device.entity_id, EVERYTHING)
    assert document is not None
    return {iri: each[0] for iri, each in document["attributes"].items()}


def past(device: Device) -> list[tuple[str, float, str]]:
    """Moment, number and quality of the levels in the history, each row of it."""
    with cursors.reading() as cursor:
        number = entities.find(cursor, device.tenant_id, [device.entity_id])[
            device.entity_id
        ].number
        rows = reading.load(cursor, [number], Asked())[number]
        found = reading.attributes_of(cursor, rows).get(LEVEL, [])
    words = [each.get("attributes") for each in found]
    return [
        (each["observedAt"], each["value"], next(iter(word.values()))[0]["value"] if word else "")
        for each, word in zip(found, words, strict=True)
    ]


# --------------------------------------------------------------------------------- people


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
        assert bool(permissions.can_move_alarm(by, alarm, "seen")) == seen
        for to in DeviceState.values:
            may = role in people and ("active", to) in DEVICE_STEPS
            assert bool(permissions.can_move_device(by, device, to)) == may, (role, to)


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
    assert "attributes: is a list" in str(caught.value)


def test_who_may_read_changes_with_the_device(organization: Organization) -> None:
    device, _ = running(organization.agent)
    home, visitor = tenants.find(""), permissions_of_visitor()
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


def permissions_of_visitor() -> Any:
    from kierto.hub.access import VISITOR

    return VISITOR


# ------------------------------------------------------------------------------- readings


def test_a_reading_is_what_the_thing_is_and_stands_once_in_history(
    organization: Organization,
) -> None:
    device, key = running(organization.agent)
    answer = send(device, key, level(AT, 40, state="closed"))
    assert (answer.status_code, answer.json()) == (202, {"taken": 2, "repeated": 0})
    now = shown(device)
    assert (now[LEVEL]["value"], now[LEVEL]["unitCode"], now[LEVEL]["observedAt"]) == (40, "P1", AT)
    assert now[vocabulary.iri("status")]["value"] == "closed"
    assert past(device) == [(AT, 40.0, "")]
    again = send(device, key, level(AT, 40, state="closed", rssi=-48))
    assert again.json() == {"taken": 0, "repeated": 1}
    assert past(device) == [(AT, 40.0, "")]


def test_a_late_reading_goes_to_the_history_alone(organization: Organization) -> None:
    device, key = running(organization.agent)
    late = "2026-11-22T06:00:00Z"
    send(device, key, [level(AT, 40), level(late, 30)])
    assert shown(device)[LEVEL]["value"] == 40
    assert past(device) == [(late, 30.0, ""), (AT, 40.0, "")]


def test_what_cannot_be_is_marked_in_history_and_shown_nowhere(organization: Organization) -> None:
    device, key = running(organization.agent)
    send(device, key, level("2026-11-22T06:00:00Z", 10))
    send(device, key, level("2026-11-22T06:10:00Z", 140))
    assert shown(device)[LEVEL]["value"] == 10
    send(device, key, level("2026-11-22T06:20:00Z", 90))
    doubtful = shown(device)[LEVEL]
    assert doubtful["value"] == 90
    assert [each[0]["value"] for each in doubtful["attributes"].values()] == ["doubtful"]
    assert [(number, word) for _at, number, word in past(device)] == [
        (10.0, ""),
        (140.0, "bad"),
        (90.0, "doubtful"),
    ]


def test_the_answer_names_the_reading_that_was_wrong(organization: Organization) -> None:
    device, key = running(organization.agent)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    answer = send(device, key, [level(AT, 40), level(AT, "full"), level(tomorrow, 4)])  # type: ignore[arg-type]
    assert answer.status_code == 202
    assert answer.json() == {
        "taken": 1,
        "repeated": 0,
        "refused": [
            {"message": 1, "path": "level", "why": "is no number"},
            {"message": 2, "path": "level", "why": "is more than a day ahead of this node's clock"},
        ],
    }
    alone = send(device, key, {"at": AT, "other": 1})
    assert alone.status_code == 422
    assert alone.json()["refused"][0]["path"] == "level"


def test_messages_that_say_no_time_count_twice_when_they_are_not_at_once(
    organization: Organization,
) -> None:
    device, key = running(organization.agent)
    declared = {"attributes": MAPPING["attributes"]}
    actions.declare_mapping(device, declared, by=system_agent())
    assert send(device, key, {"level": 40}).json()["taken"] == 1
    assert send(device, key, {"level": 40}).json()["repeated"] == 1
    Received.objects.update(received=0)
    assert send(device, key, {"level": 40}).json()["taken"] == 1


@pytest.mark.parametrize("why", ["wrong", "renewed", "retired", "another's", "none"])
def test_only_its_key_lets_a_device_in(organization: Organization, why: str) -> None:
    device, key = running(organization.agent)
    if why == "wrong":
        key += "x"
    elif why == "renewed":
        actions.renew_key(device, by=system_agent())
    elif why == "retired":
        actions.move_device(device, "retired", by=system_agent())
    elif why == "another's":
        _, key = running(organization.agent)
    else:
        key = ""
    answer = send(device, key, level(AT, 40))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_an_unknown_device_is_answered_as_a_wrong_key(db: None) -> None:
    assert send(Device(pk=uuid.uuid4()), "x", {}).status_code == 401


def test_a_paused_device_is_not_listened_to(organization: Organization) -> None:
    device, key = running(organization.agent)
    actions.move_device(device, "paused", by=system_agent())
    answer = send(device, key, level(AT, 40))
    assert answer.status_code == 422
    assert answer.json()["refused"][0]["why"] == "this device is paused: start it before it sends"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 411),
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 5000, 400),
        (b"[" + b"1," * 1000 + b"1]", 413),
        (b" " * (1 << 20) + b"1", 413),
        (b"null", 422),
    ],
)
def test_what_is_no_message_is_refused(
    organization: Organization, body: bytes, status: int
) -> None:
    device, key = running(organization.agent)
    assert send(device, key, body).status_code == status
    assert Client().get(f"/data/devices/{device.pk}/readings").status_code == 405


def test_many_readings_are_one_commit_and_few_statements(
    organization: Organization, django_assert_max_num_queries: Any
) -> None:
    device, key = running(organization.agent)
    many = [level(f"2026-11-22T06:{minute:02d}:00Z", 20) for minute in range(60)]
    send(device, key, many[:1])
    with django_assert_max_num_queries(130):
        assert send(device, key, many).json() == {"taken": 59, "repeated": 1}
    assert len(past(device)) == 60


# --------------------------------------------------------------------------------- alarms


def state_of(kind: str) -> list[str]:
    return list(
        Alarm.objects.filter(kind=kind).order_by("raised_at").values_list("state", flat=True)
    )


def test_a_strange_value_and_a_low_battery_are_alarms_until_they_are_over(
    organization: Organization,
) -> None:
    device, key = running(organization.agent)
    send(device, key, level("2026-11-22T06:00:00Z", 140, battery=10))
    send(device, key, level("2026-11-22T06:01:00Z", 140, battery=9))
    assert (state_of("outlier"), state_of("battery")) == (["open"], ["open"])
    send(device, key, level("2026-11-22T06:02:00Z", 40, battery=90))
    assert (state_of("outlier"), state_of("battery")) == (["over"], ["over"])


def test_a_silent_device_is_told_once_and_its_next_message_ends_it(
    organization: Organization,
) -> None:
    person = make_person("member", organization=organization)
    device, key = running(organization.agent, interval=60)
    assert alarms.raise_silence() == 0
    Device.objects.update(
        started_at=timezone.now() - timedelta(seconds=200),
        created_at=timezone.now() - timedelta(seconds=200),
    )
    assert alarms.raise_silence() == 2
    assert alarms.raise_silence() == 0
    (notice,) = Notice.objects.filter(recipient=person)
    assert (notice.topic, notice.fields["device"]) == ("hub.device_silent", "Bin 7")
    send(device, key, level(AT, 40))
    assert state_of("silence") == ["over"]


def test_what_is_over_at_once_is_told_nobody(organization: Organization) -> None:
    make_person("member", organization=organization)
    device, key = running(organization.agent)
    send(device, key, level("2026-11-22T06:00:00Z", 140))
    send(device, key, level("2026-11-22T06:01:00Z", 40))
    assert alarms.tell() == 0
    assert not Notice.objects.exists()


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


def test_messages_taken_long_ago_are_forgotten(organization: Organization) -> None:
    device, key = running(organization.agent)
    send(device, key, level(AT, 40))
    assert receiving.forget_old() == 0
    Received.objects.update(received=1)
    assert receiving.forget_old() == 1
    assert send(device, key, level(AT, 40)).json()["taken"] == 1
    assert past(device) == [(AT, 40.0, "")]
