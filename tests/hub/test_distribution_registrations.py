"""Which registrations are taken, from whom, and when they count."""

from __future__ import annotations

import pytest

from kierto.hub.access import PUBLIC, Reader
from kierto.hub.callers import OPEN, VISITOR, Caller
from tests.hub.endpoints import listening
from tests.hub.sources import LAMP, ask, lamp, register, saying
from tests.hub.stored import entity, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_sources")]

ONE = f"/entities/{LAMP}"


def test_two_sources_cannot_have_the_same_for_themselves():
    options = {"mode": "exclusive", "entity_id": LAMP, "names": ("brightness",)}
    register("http://one.example", **options)
    payload = {
        "type": "ContextSourceRegistration",
        "endpoint": "http://two.example",
        "mode": "exclusive",
        "operations": ["retrieveOps"],
        "information": [
            {"entities": [{"type": "Light", "id": LAMP}], "propertyNames": ["brightness"]}
        ],
    }
    assert ask("POST", "/csourceRegistrations", payload).status == 409
    payload["information"][0]["propertyNames"] = ["colour"]
    assert ask("POST", "/csourceRegistrations", payload).status == 201


def test_a_source_cannot_take_what_stands_here():
    put(entity("one", brightness=3))
    payload = {
        "type": "ContextSourceRegistration",
        "endpoint": "http://two.example",
        "mode": "redirect",
        "operations": ["retrieveOps"],
        "information": [{"entities": [{"type": "Light"}]}],
    }
    assert ask("POST", "/csourceRegistrations", payload).status == 409


def test_an_address_inside_ones_own_network_is_refused(settings):
    settings.HUB_INWARD = False
    payload = {
        "type": "ContextSourceRegistration",
        "endpoint": "http://127.0.0.1:8000",
        "information": [{"entities": [{"type": "Light"}]}],
    }
    response = ask("POST", "/csourceRegistrations", payload)
    assert response.status == 400
    assert response.body["detail"].startswith("endpoint:")


def test_a_change_of_a_registration_counts_at_once():
    with listening(saying(lamp(colour="red"))) as source:
        name = register(source.url)
        assert ask("GET", ONE).status == 200
        moved = {"information": [{"entities": [{"type": "Car"}]}]}
        assert ask("PATCH", f"/csourceRegistrations/{name}", moved).status == 204
        assert ask("GET", f"{ONE}?type=Light").status == 404
        assert ask("DELETE", f"/csourceRegistrations/{name}").status == 204
        assert ask("GET", ONE).status == 404


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_visitors_and_readers_do_not_register(method):
    register("http://source.example")
    path = "/csourceRegistrations"
    if method != "POST":
        path += "/urn:ngsi-ld:ContextSourceRegistration:1"
    payload = None if method == "DELETE" else {"endpoint": "http://other.example"}
    assert ask(method, path, payload, caller=VISITOR).status == 401
    reader = Caller("reader", None, frozenset({"read", "write"}), None, Reader(frozenset({PUBLIC})))
    assert ask(method, path, payload, caller=reader).status == 403


def test_a_request_asks_once_whether_anybody_is_registered(django_assert_num_queries):
    put(entity("one", brightness=3))
    ask("GET", ONE)
    # The tenant, the state of its registrations, the entity.
    with django_assert_num_queries(3):
        ask("GET", ONE, caller=OPEN)
