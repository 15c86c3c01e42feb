"""Pages of devices and alarms: who opens them, what they say, and what one does there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kierto.hub import callers
from kierto.hub.models import Alarm, Device
from kierto.hub.sensors import actions, alarms, permissions, queries, showing
from kierto.notices.models import Notice
from kierto.parties.models import Agent, District, Organization, Person
from kierto.parties.queries import system_agent
from tests.factories.parties import KERA, ROLES, make_person, make_place
from tests.hub.devices import AT, add, level, running, send

PEOPLE = {"member", "organization_admin", "node_admin"}
SEEING = PEOPLE | {"operator"}


def signed_in(agent: Agent | None) -> Client:
    client = Client()
    if agent is not None:
        user = Person.objects.get(pk=agent.pk).user
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("path", "who"),
    [("", SEEING), ("edit/", PEOPLE), ("key/", PEOPLE), ("mapping/", PEOPLE)],
)
def test_who_opens_the_pages_of_a_device(
    agents: dict[str, Agent | None], organization: Organization, path: str, who: set[str]
) -> None:
    device, _ = running(organization.agent)
    found = {
        role: signed_in(agents[role]).get(f"/data/devices/{device.pk}/{path}").status_code
        for role in ROLES
    }
    hidden = {"visitor": 302, "resident": 404, "operator": 403}
    assert found == {role: 200 if role in who else hidden[role] for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
def test_the_lists_show_to_each_what_is_theirs(
    agents: dict[str, Agent | None], organization: Organization, role: str
) -> None:
    device, _ = running(organization.agent)
    Alarm.objects.create(device=device, kind="silence")
    client = signed_in(agents[role])
    for path in ("/data/devices/", "/data/alarms/"):
        answer = client.get(path)
        if role == "visitor":
            assert answer.status_code == 302
        else:
            assert ("Bin 7" in answer.content.decode()) == (role in SEEING)


@pytest.mark.parametrize("role", ROLES)
def test_roles_of_many_are_those_of_one(
    agents: dict[str, Agent | None], organization: Organization, district: District, role: str
) -> None:
    by = agents[role]
    if by is None:
        return
    devices = [running(organization.agent)[0], add(make_person().agent, point=None)[0]]
    several = permissions.roles_of_many(by, devices)
    assert several == {device.pk: permissions.roles_of(by, device) for device in devices}


@pytest.mark.parametrize("path", ["/data/devices/", "/data/alarms/", "/data/alarms/?view=past"])
def test_lists_ask_as_often_for_three_as_for_one(
    agents: dict[str, Agent | None], organization: Organization, path: str
) -> None:
    client = signed_in(agents["operator"])
    counted = []
    for number in (1, 3):
        while Device.objects.count() < number:
            device, key = running(organization.agent)
            send(device, key, level(AT, 40, battery=10 + Device.objects.count()))
            over = Alarm.objects.create(device=device, kind="outlier")
            actions.move_alarm(over, "over", by=system_agent())
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        counted.append(len(asked))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ("", ["Troubled", "Draft", "Theirs", "Working"]),
        ("owner=mine", ["Draft", "Troubled", "Working"]),
        ("state=alarm", ["Troubled"]),
        ("state=draft", ["Draft", "Theirs"]),
        ("state=retired", ["Gone"]),
        ("kind=Streetlight", ["Theirs"]),
        ("kind=Parsnip", ["Troubled", "Draft", "Theirs", "Working"]),
        ("district=kera&state=active", ["Troubled", "Working"]),
    ],
)
def test_devices_are_filtered_and_those_with_alarms_come_first(
    organization: Organization, district: District, chosen: str, names: list[str]
) -> None:
    mine, person = organization.agent, make_person("node_admin")
    actions_of = system_agent()
    running(mine, name="Working")
    troubled, _ = running(mine, name="Troubled")
    Alarm.objects.create(device=troubled, kind="battery", attribute="batteryLevel", value=9)
    add(mine, name="Draft")
    gone, _ = add(mine, name="Gone")
    actions.move_device(gone, "retired", by=actions_of)
    add(make_person().agent, name="Theirs", entity_type="Streetlight", point=None)
    person.memberships.create(organization=organization, role="member")
    answer = signed_in(person.agent).get(f"/data/devices/?{chosen}")
    found = [row["device"].name for row in answer.context["rows"]]
    assert sorted(found) == sorted(names)
    if "Troubled" in names:
        assert found[0] == "Troubled"


NEW = {
    "name": "Bin 9", "entity_type": "WasteContainer", "every": "15", "span": "minutes",
    "openness": "0", "latitude": "60,217", "longitude": "24.756",
}  # fmt: skip


def test_a_device_is_added_and_its_key_is_shown_once(
    agents: dict[str, Agent | None], organization: Organization, district: District
) -> None:
    client = signed_in(agents["member"])
    answer = client.post("/data/devices/new/", NEW | {"owner": str(organization.agent.pk)})
    (device,) = Device.objects.all()
    secret = answer.context["secret"]
    assert callers.hash_of(secret) == device.key_hash
    assert (device.name, device.interval, device.openness) == ("Bin 9", 900, 0)
    assert (device.latitude, device.longitude, device.district) == (60.217, 24.756, district)
    assert f"Bearer {secret}" in answer.context["curl"]
    assert answer.headers["Cache-Control"].split(", ")[-1] == "private"
    for path in ("", "key/", "edit/", "mapping/"):
        assert secret not in client.get(f"/data/devices/{device.pk}/{path}").content.decode()


def test_a_new_key_takes_the_place_of_the_old_one(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, old = running(organization.agent)
    answer = signed_in(agents["member"]).post(f"/data/devices/{device.pk}/key/")
    assert send(device, old, level(AT, 40)).status_code == 401
    assert send(device, answer.context["secret"], level(AT, 40)).status_code == 202


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"entity_type": "Waste Container"}, "entity_type"),
        ({"every": "1", "span": "seconds"}, "every"),
        ({"longitude": ""}, "longitude"),
        ({"latitude": "95"}, "latitude"),
        ({"topic": "all/#"}, "topic"),
        ({"entity_id": "lamp"}, "entity_type"),
        ({"owner": "somebody"}, "owner"),
        ({"place": "nowhere"}, "place"),
        ({"openness": "9"}, "openness"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    agents: dict[str, Agent | None], organization: Organization, fields: dict[str, Any], field: str
) -> None:
    said = NEW | {"owner": str(organization.agent.pk)} | fields
    answer = signed_in(agents["member"]).post("/data/devices/new/", said)
    assert list(answer.context["form"].errors) == [field]
    assert not Device.objects.exists()


def test_a_place_that_is_known_is_chosen_instead_of_degrees(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    place = make_place(organization.agent)
    foreign = make_place()
    client = signed_in(agents["member"])
    said = NEW | {"owner": str(organization.agent.pk), "latitude": "", "longitude": ""}
    both = client.post("/data/devices/new/", NEW | said | {"place": place.pk} | KERA_TYPED)
    assert list(both.context["form"].errors) == ["place"]
    theirs = client.post("/data/devices/new/", said | {"place": foreign.pk})
    assert list(theirs.context["form"].errors) == ["place"]
    client.post("/data/devices/new/", said | {"place": place.pk})
    (device,) = Device.objects.all()
    assert (device.latitude, device.longitude) == KERA


KERA_TYPED = {"latitude": str(KERA[0]), "longitude": str(KERA[1])}


def test_nobody_adds_a_device_for_others_by_typing_their_id(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    for role in ("resident", "operator"):
        said = NEW | {"owner": str(organization.agent.pk)}
        answer = signed_in(agents[role]).post("/data/devices/new/", said)
        assert list(answer.context["form"].errors) == ["owner"]
    assert not Device.objects.exists()


def test_a_device_is_changed_on_its_page(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, _ = running(organization.agent, interval=7200)
    client = signed_in(agents["member"])
    path = f"/data/devices/{device.pk}/edit/"
    form = client.get(path).context["form"]
    assert (form["every"].value(), form["span"].value()) == (2, "hours")
    said = {"name": "Bin 8", "span": "minutes", "openness": "3"}
    assert client.post(path, said).status_code == 302
    device.refresh_from_db()
    assert (device.name, device.interval, device.latitude) == ("Bin 8", None, None)


def test_a_device_is_paused_started_and_ended_on_its_page(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, _ = running(organization.agent)
    path = f"/data/devices/{device.pk}/state/"
    assert signed_in(agents["operator"]).post(path, {"to": "paused"}).status_code == 403
    assert signed_in(agents["resident"]).post(path, {"to": "paused"}).status_code == 404
    client = signed_in(agents["member"])
    for to in ("paused", "active", "retired"):
        assert client.post(path, {"to": to}).status_code == 302
        device.refresh_from_db()
        assert device.state == to
    assert client.post(path, {"to": "active"}).status_code == 409
    page = client.get(f"/data/devices/{device.pk}/")
    assert page.status_code == 200
    assert (page.context["end"], page.context["steps"]) == (None, {})


def test_a_page_shows_the_readings_with_units_quality_and_a_chart(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, key = running(organization.agent)
    now = timezone.now().replace(microsecond=0)
    send(device, key, level(now.isoformat(), 40, battery=81, state="ok"))
    send(device, key, level((now + timedelta(seconds=1)).isoformat(), 812))
    page = signed_in(agents["operator"]).get(f"/data/devices/{device.pk}/?of=fillingLevel&days=1")
    shown = [(each.name, each.text, str(each.flag)) for each in page.context["newest"]]
    assert shown == [
        ("fillingLevel", "812%", "bad"),
        ("batteryLevel", "81%", "good"),
        ("status", "ok", "good"),
    ]
    assert page.context["recent"][0].text == "812%"
    values = page.context["chart"]["series"][0]["values"]
    assert len(values) == 24
    assert [value for value in values if value is not None] == [40.0]
    assert page.context["battery"] == ("81%", False)


@pytest.mark.parametrize("single", [0, 20_000])
@pytest.mark.parametrize("days", sorted(showing.SPANS))
def test_a_chart_of_many_readings_takes_their_sums(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, single: int, days: str
) -> None:
    monkeypatch.setattr(showing, "SINGLE", single)
    device, key = running(organization.agent)
    now = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
    for back, number in ((0, 40), (1, 60), (23, 10)):
        at = now - timedelta(hours=back)
        send(device, key, level(at.isoformat(), number))
    (wanted, *_others) = showing.wanted_of(Device.objects.get())
    chart = showing.chart(Device.objects.get(), wanted, days, now)
    assert chart is not None
    assert chart["is_rough"] == (single == 0)
    means = [value for value in chart["series"][0]["values"] if value is not None]
    if days == "1":
        assert means == [10.0, 60.0, 40.0]
    assert len(chart["x"]) == {"1": 24, "7": 42, "30": 30}[days]


@pytest.mark.parametrize("query", ["", "?days=30", "?days=x&of=nothing", "?of=status"])
def test_whatever_is_asked_of_a_chart_the_page_opens(
    agents: dict[str, Agent | None], organization: Organization, query: str
) -> None:
    device, key = running(organization.agent)
    client = signed_in(agents["member"])
    assert client.get(f"/data/devices/{device.pk}/{query}").status_code == 200
    send(device, key, level(timezone.now().isoformat(), 40))
    page = client.get(f"/data/devices/{device.pk}/{query}")
    assert (page.status_code, page.context["charted"]) == (200, "fillingLevel")


def test_a_message_that_was_refused_is_shown_with_its_fault_and_is_a_sample(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, key = running(organization.agent)
    client = signed_in(agents["member"])
    send(device, key, {"at": AT, "level": "full"})
    page = client.get(f"/data/devices/{device.pk}/")
    told = [(fault.path, str(fault.why)) for fault in page.context["refused"]["faults"]]
    assert told[0] == ("level", "This is no number.")
    sample = client.get(f"/data/devices/{device.pk}/mapping/").context["form"]["sample"].value()
    assert sample == '{\n  "at": "2026-11-22T07:00:00Z",\n  "level": "full"\n}'
    send(device, key, level(AT, 40))
    assert client.get(f"/data/devices/{device.pk}/").context["refused"] is None


def test_a_device_that_sends_nonsense_is_written_down_once_in_a_while(
    organization: Organization,
) -> None:
    device, key = running(organization.agent)
    for number in range(3):
        send(device, key, {"wrong": number})
    device.refresh_from_db()
    assert device.refused == '{\n  "wrong": 0\n}'
    deep = b"[" * 900 + b"]" * 900
    Device.objects.update(refused_at=None)
    assert send(device, key, b'{"level": ' + deep + b"}").status_code == 422


# ------------------------------------------------------------------------------- alarms


def test_an_alarm_is_looked_at_and_ended_with_notes(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, _ = running(organization.agent)
    alarm = Alarm.objects.create(device=device, kind="outlier", attribute="fillingLevel", value=140)
    path = f"/data/alarms/{alarm.pk}/"
    client = signed_in(agents["operator"])
    assert client.post(path, {"to": "seen", "note": "On my way."}).headers["Location"] == (
        "/data/alarms/"
    )
    done = {"to": "over", "note": "The lid was open.", "next": f"/data/devices/{device.pk}/"}
    assert client.post(path, done).headers["Location"] == f"/data/devices/{device.pk}/"
    alarm.refresh_from_db()
    assert (alarm.state, alarm.seen_note, alarm.over_note, alarm.over_by) == (
        "over", "On my way.", "The lid was open.", agents["operator"]
    )  # fmt: skip
    past = client.get("/data/alarms/?view=past").content.decode()
    assert "The lid was open." in past
    assert client.post(path, {"to": "seen"}).status_code == 409


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_an_alarm_sends_nobody_elsewhere(
    agents: dict[str, Agent | None], organization: Organization, address: str
) -> None:
    device, _ = running(organization.agent)
    alarm = Alarm.objects.create(device=device, kind="silence")
    answer = signed_in(agents["member"]).post(
        f"/data/alarms/{alarm.pk}/", {"to": "seen", "next": address}
    )
    assert answer.headers["Location"] == "/data/alarms/"


def test_colleagues_read_who_looks_at_an_alarm_and_others_do_not(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, _ = running(organization.agent)
    alarm = Alarm.objects.create(device=device, kind="silence")
    by = agents["member"]
    assert by is not None
    actions.move_alarm(alarm, "seen", by=by)
    name = Person.objects.get(pk=by.pk).name
    for role in ("member", "organization_admin", "operator", "node_admin"):
        page = signed_in(agents[role]).get("/data/alarms/")
        assert (page.context["rows"][0]["seen_by"] == name) == (role != "operator"), role


def test_a_stranger_moves_no_alarm(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, _ = running(organization.agent)
    alarm = Alarm.objects.create(device=device, kind="silence")
    found = {
        role: signed_in(agents[role]).post(f"/data/alarms/{alarm.pk}/", {"to": "x"}).status_code
        for role in ROLES
    }
    assert found == {role: 409 if role in SEEING else 404 for role in ROLES} | {"visitor": 302}


def test_the_notice_of_an_alarm_leads_to_the_device(organization: Organization) -> None:
    person = make_person("member", organization=organization)
    device, key = running(organization.agent)
    send(device, key, level(AT, 40, battery=3))
    assert alarms.tell() == 1
    (notice,) = Notice.objects.filter(recipient=person)
    assert notice.path == f"/data/devices/{device.pk}/"


def test_what_is_counted_is_what_is_listed(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, _ = running(organization.agent)
    Alarm.objects.create(device=device, kind="silence")
    Alarm.objects.create(device=device, kind="outlier", attribute="a")
    add(make_person().agent, point=None)
    by = agents["operator"]
    assert by is not None
    assert queries.counts(by) == {"devices": 1, "troubled": 1}
    assert queries.kinds_seen(by) == ["WasteContainer"]
    assert [agent.pk for agent in queries.owners_seen(by)] == [organization.agent.pk]
