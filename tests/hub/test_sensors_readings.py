"""What devices send: what is taken, marked or refused, and that it counts once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from kierto.hub import vocabulary
from kierto.hub.models import Device, Received
from kierto.hub.sensors import actions, receiving
from kierto.parties.models import Organization
from kierto.parties.queries import system_agent
from tests.hub.devices import AT, LEVEL, MAPPING, level, past, running, send, shown


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
            {"message": 1, "path": "level", "why": "This is no number."},
            {
                "message": 2,
                "path": "level",
                "why": "This is more than a day ahead of this node’s clock.",
            },
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
    assert (
        answer.json()["refused"][0]["why"] == "This device is “paused”. Start it before it sends."
    )


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


def test_messages_taken_long_ago_are_forgotten(organization: Organization) -> None:
    device, key = running(organization.agent)
    send(device, key, level(AT, 40))
    assert receiving.forget_old() == 0
    Received.objects.update(received=1)
    assert receiving.forget_old() == 1
    assert send(device, key, level(AT, 40)).json()["taken"] == 1
    assert past(device) == [(AT, 40.0, "")]
