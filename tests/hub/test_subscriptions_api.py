"""Subscribing, changing, ending, reading: who may, and what they are shown."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kierto.hub.callers import VISITOR, Caller
from kierto.hub.models import Token
from kierto.hub.subscriptions import index, owners, rows
from kierto.parties.queries import system_agent
from tests.factories.parties import make_person
from tests.hub.telling import ask

pytestmark = pytest.mark.django_db

PATHS = ("/subscriptions", "/csourceSubscriptions")
NAME = "urn:ngsi-ld:Subscription:one"


@pytest.fixture(autouse=True)
def _inward(settings):
    settings.HUB_INWARD = True
    index.forget()
    owners.forget()
    yield
    index.forget()


def subscription(name: str = NAME, **members: Any) -> dict[str, Any]:
    endpoint = {
        "uri": "http://127.0.0.1:9999/notify",
        "receiverInfo": [{"key": "Authorization", "value": "Bearer s3cret"}],
    }
    return {
        "id": name,
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": endpoint},
        **members,
    }


def token_caller(*scopes: str, agent: Any = None) -> Caller:
    agent = agent or make_person().agent
    token = Token.objects.create(
        name="test",
        digest=f"{Token.objects.count():064}",
        agent_id=agent.pk,
        scopes=sorted(scopes),
        created_by=system_agent(),
    )
    from kierto.hub.access import reader_of

    return Caller("token", agent.pk, frozenset(scopes), None, reader_of(agent), token.pk)


@pytest.mark.parametrize("path", PATHS)
def test_a_subscription_is_made_read_changed_and_ended(path: str):
    made = ask("POST", path, subscription())
    assert (made.status, made.headers["Location"]) == (201, f"/ngsi-ld/v1{path}/{NAME}")
    read = ask("GET", f"{path}/{NAME}")
    assert read.status == 200
    assert read.body["id"] == NAME
    assert read.body["status"] == "active"
    assert read.body["entities"] == [{"type": "Lamp"}]
    assert ask("PATCH", f"{path}/{NAME}", {"isActive": False}).status == 204
    assert ask("GET", f"{path}/{NAME}").body["status"] == "paused"
    assert ask("DELETE", f"{path}/{NAME}").status == 204
    assert ask("GET", f"{path}/{NAME}").status == 404
    assert ask("DELETE", f"{path}/{NAME}").status == 404
    assert ask("POST", path, subscription()).status == 201


def test_the_two_sorts_of_subscriptions_know_nothing_of_each_other():
    assert ask("POST", PATHS[0], subscription()).status == 201
    assert ask("GET", f"{PATHS[1]}/{NAME}").status == 404
    assert ask("POST", PATHS[1], subscription()).status == 201


def test_a_name_is_given_once_and_made_where_none_is_given():
    assert ask("POST", PATHS[0], subscription()).status == 201
    assert ask("POST", PATHS[0], subscription()).status == 409
    nameless = subscription()
    del nameless["id"]
    made = ask("POST", PATHS[0], nameless)
    assert made.status == 201
    location = str(made.headers["Location"]).removeprefix("/ngsi-ld/v1")
    assert ask("GET", location).status == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_is_no_name_is_a_bad_request(method: str):
    payload = {"isActive": False} if method == "PATCH" else None
    assert ask(method, f"{PATHS[0]}/nonsense", payload).status == 400


def test_a_list_is_paged_and_counted():
    for number in range(5):
        assert ask("POST", PATHS[0], subscription(f"urn:s:{number}")).status == 201
    page = ask("GET", f"{PATHS[0]}?limit=2&offset=1&count=true")
    assert [each["id"] for each in page.body] == ["urn:s:1", "urn:s:2"]
    assert page.headers["NGSILD-Results-Count"] == "5"
    last = ask("GET", f"{PATHS[0]}?limit=2&offset=4")
    assert [each["id"] for each in last.body] == ["urn:s:4"]


def test_tenants_have_their_own():
    assert ask("POST", PATHS[0], subscription(), NGSILD_Tenant="one").status == 201
    assert ask("GET", f"{PATHS[0]}/{NAME}").status == 404
    assert ask("GET", f"{PATHS[0]}/{NAME}", NGSILD_Tenant="one").status == 200
    assert ask("GET", f"{PATHS[0]}/{NAME}", NGSILD_Tenant="none").status == 404


def test_visitors_and_tokens_without_the_scope_are_refused():
    reader = token_caller("read", "write")
    for method, path, payload in [
        ("POST", PATHS[0], subscription()),
        ("GET", PATHS[0], None),
        ("GET", f"{PATHS[0]}/{NAME}", None),
        ("PATCH", f"{PATHS[0]}/{NAME}", {"isActive": False}),
        ("DELETE", f"{PATHS[0]}/{NAME}", None),
    ]:
        assert ask(method, path, payload, VISITOR).status == 401
        assert ask(method, path, payload, reader).status == 403


def test_others_find_nothing_and_change_nothing():
    mine, other = token_caller("subscribe"), token_caller("subscribe")
    assert ask("POST", PATHS[0], subscription(), mine).status == 201
    assert ask("GET", f"{PATHS[0]}/{NAME}", caller=other).status == 404
    assert ask("PATCH", f"{PATHS[0]}/{NAME}", {"isActive": False}, other).status == 404
    assert ask("DELETE", f"{PATHS[0]}/{NAME}", caller=other).status == 404
    assert ask("GET", PATHS[0], caller=other).body == []
    assert [each["id"] for each in ask("GET", PATHS[0], caller=mine).body] == [NAME]


def test_another_token_of_the_same_person_manages_the_same_subscriptions():
    person = make_person().agent
    first = token_caller("subscribe", agent=person)
    second = token_caller("subscribe", agent=person)
    assert ask("POST", PATHS[0], subscription(), first).status == 201
    assert ask("GET", f"{PATHS[0]}/{NAME}", caller=second).status == 200
    assert [each["id"] for each in ask("GET", PATHS[0], caller=second).body] == [NAME]


def test_secrets_are_shown_to_their_owner_only():
    mine, admin = token_caller("subscribe"), token_caller("subscribe", "admin")
    secret = subscription()
    secret["notification"]["endpoint"]["uri"] = "mqtt://me:s3cret@127.0.0.1:9999/topic"
    assert ask("POST", PATHS[0], secret, mine).status == 201
    assert b"s3cret" in orjson.dumps(ask("GET", f"{PATHS[0]}/{NAME}", caller=mine).body)
    for path in (f"{PATHS[0]}/{NAME}", PATHS[0]):
        shown = ask("GET", path, caller=admin)
        assert shown.status == 200
        assert b"s3cret" not in orjson.dumps(shown.body)
        assert b"Authorization" in orjson.dumps(shown.body)


def test_secrets_are_not_logged(caplog):
    caplog.set_level("DEBUG")
    ask("POST", PATHS[0], subscription())
    ask("POST", PATHS[0], subscription(entities="nonsense"))
    ask("PATCH", f"{PATHS[0]}/{NAME}", {"notification": {"endpoint": 7}})
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/notify",
        "http://2130706433/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:8000/ngsi-ld/v1/entities",
        "mqtt://127.0.0.1/topic",
        "mqtt://10.1.2.3:1883/topic",
        "mqtts://me:word@[::1]/topic",
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_a_subscription_that_points_inward_is_refused_by_default(path: str, uri: str, settings):
    settings.HUB_INWARD = False
    inward = subscription()
    inward["notification"]["endpoint"]["uri"] = uri
    refused = ask("POST", path, inward)
    assert (refused.status, refused.body["title"]) == (
        400,
        "The request contains data that does not meet the requirements of the operation",
    )
    outward = subscription()
    outward["notification"]["endpoint"]["uri"] = "https://93.184.216.34/notify"
    assert ask("POST", path, outward).status == 201
    fragment = {"notification": {"endpoint": {"uri": uri}}}
    assert ask("PATCH", f"{path}/{NAME}", fragment).status == 400


@pytest.mark.parametrize(
    "uri",
    ["mqtt://127.0.0.1:9999", "mqtt://127.0.0.1:9999/", "mqtt://127.0.0.1:9999/a/%23", "mqtt://h/a/+/b",
     "file:///etc/passwd", "unix:/run/x.sock", "http://u:p@example.org/", "gopher://example.org/"],
)  # fmt: skip
def test_an_endpoint_that_is_none_is_refused(uri: str):
    wrong = subscription()
    wrong["notification"]["endpoint"]["uri"] = uri
    assert ask("POST", PATHS[0], wrong).status == 400


@pytest.mark.parametrize(
    ("key", "value"), [("MQTT-QoS", "3"), ("MQTT-QoS", "x"), ("MQTT-Version", "mqtt2")]
)
def test_what_mqtt_does_not_know_is_refused(key: str, value: str):
    wrong = subscription()
    wrong["notification"]["endpoint"] = {
        "uri": "mqtt://127.0.0.1:9999/topic",
        "notifierInfo": [{"key": key, "value": value}],
    }
    assert ask("POST", PATHS[0], wrong).status == 400


@pytest.mark.parametrize(
    ("key", "value"), [("X-A", "b\r\nX-Evil: c"), ("X-A: b\r\nX", "c"), ("", "c"), ("X A", "c")]
)
def test_what_cannot_be_said_as_a_header_is_refused(key: str, value: str):
    wrong = subscription()
    wrong["notification"]["endpoint"]["receiverInfo"] = [{"key": key, "value": value}]
    assert ask("POST", PATHS[0], wrong).status == 400


def test_one_owner_has_so_many_subscriptions_and_no_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "OF_ONE_OWNER", 2)
    for number in range(2):
        assert ask("POST", PATHS[0], subscription(f"urn:s:{number}")).status == 201
    assert ask("POST", PATHS[0], subscription("urn:s:2")).status == 403
    assert ask("DELETE", f"{PATHS[0]}/urn:s:0").status == 204
    assert ask("POST", PATHS[0], subscription("urn:s:2")).status == 201


def test_a_withdrawn_token_is_told_nothing():
    from django.utils import timezone

    caller = token_caller("subscribe")
    assert owners.reader_for(owners.owner_of(caller)) is not None
    Token.objects.update(withdrawn_at=timezone.now())
    owners.forget()
    assert owners.reader_for(owners.owner_of(caller)) is None


def test_who_subscribed_at_an_open_node_reads_what_is_public_once_it_is_closed(settings):
    settings.HUB_OPEN = True
    assert owners.reader_for("open").everything is True
    owners.forget()
    settings.HUB_OPEN = False
    assert owners.reader_for("open").everything is False
