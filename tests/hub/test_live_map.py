"""The live map: who sees which things, what they say, when they are marked, and how it is kept new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kierto.hub.access import CITY, PARTNERS, PRIVATE, PUBLIC, Access
from kierto.hub.live import queries, wording
from kierto.hub.live.queries import Asked, look
from kierto.hub.live.showing import row_of, rows_of
from kierto.hub.live.wording import iri_of
from kierto.hub.models import Device
from kierto.hub.vocabulary import iri
from kierto.ngsild.times import write_time
from kierto.parties.models import Agent, District, Organization, Person
from tests.factories.parties import KERA, make_organization, make_person, square
from tests.hub import devices
from tests.hub.stored import entity, place, put

HERE = place(KERA[1], KERA[0])
NOW = timezone.now().replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


def ago(hours: float) -> str:
    return write_time(NOW - hours * HOUR)


def measured(
    name: str, hours: float = 1, kind: str = "Sensor", **attributes: Any
) -> dict[str, Any]:
    said = {"level": {"value": 7, "observedAt": ago(hours), "unitCode": "CEL"}} | attributes
    return entity(name, kind, location=HERE, **said)


def names(by: Agent | None = None, **asked: Any) -> list[str]:
    return [each.seen.id.rpartition(":")[2] for each in look(by, Asked(**asked), NOW).things]


def states(by: Agent | None = None) -> dict[str, str]:
    found = look(by, Asked(), NOW).things
    return {each.seen.id.rpartition(":")[2]: each.state for each in found}


def signed_in(by: Agent | None) -> Client:
    client = Client()
    if by is not None:
        user = Person.objects.get(pk=by.pk).user
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


# ------------------------------------------------------------- what counts


def test_what_has_a_place_and_was_observed_lately_counts_whoever_wrote_it(db: None) -> None:
    put(
        measured("new"),
        measured("old", hours=31 * 24),
        measured("tomorrow", hours=-30),
        entity("nowhere", "Sensor", level={"value": 7, "observedAt": ago(1)}),
        entity("never", "Sensor", location=HERE, level=7, note="observedAt"),
    )
    assert names() == ["new"]


def test_what_lies_along_a_line_or_in_an_area_is_shown_in_its_middle(db: None) -> None:
    area = {"type": "Polygon", "coordinates": [[[24, 60], [26, 60], [26, 62], [24, 62], [24, 60]]]}
    put(entity("area", "Zone", location=area, level={"value": 1, "observedAt": ago(1)}))
    (thing,) = look(None, Asked(), NOW).things
    assert (thing.seen.latitude, thing.seen.longitude) == (61, 25)


def test_an_observed_value_that_comes_later_is_found_when_its_form_is_looked_at_again(
    db: None,
) -> None:
    put(entity("one", "Sensor", location=HERE, level=7))
    assert names() == []
    put(measured("two"))
    assert names() == []  # believed for a minute
    queries.forget()
    assert names() == ["two"]


def test_of_several_data_sets_the_newest_value_is_shown(db: None) -> None:
    older = {"value": 1, "observedAt": ago(3)}
    newer = {"value": 2, "observedAt": ago(2), "datasetId": "urn:ngsi-ld:DataSet:b"}
    put(measured("both", level=[older, newer]))
    (thing,) = look(None, Asked(), NOW).things
    assert [value.value for value in thing.seen.values] == [2]


def test_no_more_than_a_map_holds_is_shown_and_said(db: None, monkeypatch) -> None:
    monkeypatch.setattr(queries, "MOST", 2)
    put(*(measured(str(number), hours=number) for number in (1, 2, 3)))
    found = look(None, Asked(), NOW)
    assert (len(found.things), found.is_cut) == (2, True)
    page = Client().get("/data/map/").content.decode()
    assert "There are more things than one map shows." in page


# ------------------------------------------------------------- who sees it


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        (PUBLIC, {"visitor", "resident", "member", "organization_admin", "operator", "node_admin"}),
        (PARTNERS, {"member", "organization_admin", "node_admin"}),
        (CITY, {"member", "organization_admin", "operator", "node_admin"}),
        (PRIVATE, {"member", "organization_admin", "node_admin"}),
    ],
)
def test_each_role_sees_what_the_interface_shows_it(
    agents: dict[str, Agent | None], organization: Organization, visibility: int, seen_by: set[str]
) -> None:
    put(measured("theirs"), access=Access(visibility, frozenset({organization.agent_id})))
    assert {role for role, by in agents.items() if names(by) == ["theirs"]} == seen_by
    for role, by in agents.items():
        client, shown = signed_in(by), role in seen_by
        page, now = client.get("/data/map/"), client.get("/data/map/now.json")
        assert (page.status_code, now.status_code) == (200, 200)
        assert len(page.context["rows"]) == len(now.json()["things"]) == shown
        assert ("Sensor" in page.content.decode()) == shown, role


def test_partners_see_what_is_for_partners(db: None) -> None:
    partner = make_organization(is_partner=True)
    by = make_person("member", organization=partner).agent
    put(measured("theirs"), access=Access(PARTNERS))
    assert (names(by), names()) == (["theirs"], [])


def test_alarms_are_shown_to_those_who_look_after_the_device(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    device, key = devices.running(organization.agent, openness=PUBLIC)
    devices.send(device, key, devices.level(ago(2), 40))
    devices.send(device, key, devices.level(ago(1), 400))
    alarmed = {role for role, by in agents.items() if list(states(by).values()) == ["alarm"]}
    assert alarmed == {"member", "organization_admin", "operator", "node_admin"}
    assert list(states().values()) == ["good"]
    page = signed_in(agents["operator"]).get("/data/map/").content.decode()
    assert "strange value: filled 400" in page
    assert "strange value" not in Client().get("/data/map/").content.decode()


# --------------------------------------------------------------- the marks


def test_a_device_is_silent_when_it_misses_its_times_and_others_after_a_day(
    organization: Organization, district: District
) -> None:
    hourly, key = devices.running(organization.agent, openness=PUBLIC, interval=3600)
    devices.send(hourly, key, devices.level(ago(3), 40))
    put(measured("today", hours=23), measured("before", hours=25))
    found = states()
    assert found == {str(hourly.pk): "stale", "today": "good", "before": "stale"}
    Device.objects.update(interval=4 * 3600)
    assert states()[str(hourly.pk)] == "good"


def test_doubtful_values_are_marked_and_called_so(organization: Organization) -> None:
    device, key = devices.running(organization.agent, openness=PUBLIC)
    devices.send(device, key, devices.level(ago(2), 10))
    devices.send(device, key, devices.level(ago(1), 95))
    (thing,) = look(None, Asked(), NOW).things
    assert (thing.state, [each.doubt for each in row_of(thing).readings]) == (
        "doubtful",
        ["doubtful"],
    )


def test_what_needs_a_look_comes_first(db: None) -> None:
    put(measured("b"), measured("a"), measured("late", hours=48))
    rows = rows_of(look(None, Asked(), NOW).things)
    assert [row.name.rpartition(":")[2] for row in rows] == ["late", "a", "b"]


def test_values_are_said_in_words_with_their_units(db: None) -> None:
    said = {
        iri("fillingLevel"): {"value": 0.42, "unitCode": "C62", "observedAt": ago(1)},
        iri("powerState"): {"value": "off", "observedAt": ago(1)},
        iri("batteryLevel"): {"value": 93, "unitCode": "P1", "observedAt": ago(1)},
    }
    put(measured("bin", **said))
    (thing,) = look(None, Asked(), NOW).things
    row = row_of(thing)
    assert [(each.label, each.text) for each in row.readings] == [
        ("filled", "42%"),
        ("lamp", "off"),
        ("level", "7\u00a0°C"),
        ("battery", "93%"),
    ]
    assert row.headline == "42%"


@pytest.mark.parametrize(
    "value", [10**400, -1e300, 0, 1e-12, True, "", "off", [], [1, "a"], {"a": {"b": 1}}, [[]], 1e17]
)
@pytest.mark.parametrize("unit", ["", "P1", "C62", "XYZ"])
def test_whatever_a_program_wrote_has_words(db: None, value: Any, unit: str) -> None:
    for term in ("fillingLevel", "status", "urn:x:y"):
        assert len(wording.value_text(iri_of(term), value, unit)) < 200


# ------------------------------------------------------------- narrowing it


def test_the_map_is_narrowed_by_kind_attribute_and_district(district: District) -> None:
    elsewhere = place(10, 50)
    noise = {"value": 60, "observedAt": ago(1)}
    put(
        measured("one"),
        measured("two", kind="Meter", noise=noise),
        measured("far") | {"id": "urn:ngsi-ld:Sensor:far"},
        entity("away", "Sensor", location=elsewhere, level={"value": 7, "observedAt": ago(1)}),
    )
    client = Client()

    def shown(**asked: str) -> set[str]:
        rows = client.get("/data/map/", asked).context["rows"]
        return {row.id.rpartition(":")[2] for row in rows}

    assert shown() == {"one", "two", "far", "away"}
    assert shown(kind="Meter") == {"two"}
    assert shown(attribute="noise") == {"two"}
    assert shown(district="kera") == {"one", "two", "far"}
    assert shown(kind="Sensor", attribute="noise") == set()
    assert shown(kind="Sensor", district="kera") == {"one", "far"}
    assert shown(district="nowhere") == {"one", "two", "far", "away"}


@pytest.mark.parametrize(
    "query",
    ["kind=%00", "kind=@type", "attribute=@id", "kind=" + "x" * 500, "attribute=urn:x:y",
     "district=%F0%9F%90%9F", "page=999", "page=-1", "kind=a%20b&attribute=<script>"],
)  # fmt: skip
def test_whatever_is_asked_the_page_answers(db: None, query: str) -> None:
    put(measured("one"))
    page = Client().get(f"/data/map/?{query}")
    assert page.status_code == 200
    assert Client().get(f"/data/map/now.json?{query}").status_code == 200


def test_names_and_values_of_others_cannot_become_markup(db: None) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    put(measured(
        "one",
        **{"https://smartdatamodels.org/name": evil},
        note={"value": evil, "observedAt": ago(1)},
    ))  # fmt: skip
    page = Client().get("/data/map/").content.decode()
    assert evil in str(Client().get("/data/map/now.json").json())
    assert "<img src=x" not in page


def test_nothing_at_all_is_said_kindly(db: None) -> None:
    page = Client().get("/data/map/").content.decode()
    assert "No sensor has said anything here for a month." in page


# ------------------------------------------------------------ keeping it new


def test_the_json_is_the_same_until_something_changes(organization: Organization) -> None:
    device, key = devices.running(organization.agent, openness=PUBLIC)
    devices.send(device, key, devices.level(ago(2), 40))
    client = Client()
    first = client.get("/data/map/now.json")
    tag = first["ETag"]
    assert (first["Cache-Control"], first["Content-Type"]) == (
        "private, no-cache",
        "application/json",
    )
    again = client.get("/data/map/now.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    devices.send(device, key, devices.level(ago(1), 41))
    changed = client.get("/data/map/now.json", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    (thing,) = changed.json()["things"]
    assert thing["readings"] == [{"label": "filled", "text": "41%", "doubt": "", "late": ""}]


def test_the_json_says_what_the_page_says(organization: Organization) -> None:
    device, key = devices.running(organization.agent, openness=PUBLIC)
    devices.send(device, key, devices.level(ago(2), 40))
    put(measured("late", hours=40))
    page, now = Client().get("/data/map/"), Client().get("/data/map/now.json").json()
    assert now["things"] == [
        row.as_json() | {"told": next(p["label"] for p in page.context["map"]["plain"]["points"] if p["id"] == row.id)}
        for row in page.context["rows"]
    ]  # fmt: skip
    assert [each["number"] for each in now["counted"]] == [1, 1]


@pytest.mark.parametrize("role", ["visitor", "operator"])
def test_ten_things_cost_as_many_queries_as_one(
    agents: dict[str, Agent | None], organization: Organization, role: str
) -> None:
    client = signed_in(agents[role])

    def cost() -> int:
        client.get("/data/map/")
        with CaptureQueriesContext(connection) as queries_made:
            assert client.get("/data/map/").status_code == 200
        return len(queries_made)

    def add(number: int) -> None:
        device, key = devices.running(organization.agent, openness=PUBLIC, name=f"Bin {number}")
        devices.send(device, key, [devices.level(ago(2), 40), devices.level(ago(1), 400)])

    add(0)
    one = cost()
    for number in range(1, 4):
        add(number)
    assert cost() == one


def test_both_addresses_only_read(db: None) -> None:
    for path in ("/data/map/", "/data/map/now.json"):
        assert Client().post(path).status_code == 405


def test_the_outline_is_that_of_the_district_which_was_chosen(district: District) -> None:
    put(measured("one"))
    page = Client().get("/data/map/", {"district": "kera"})
    assert page.context["map"]["plain"]["area"] == square(*KERA)
    assert page.context["map"]["outline"].count("M") == 1
