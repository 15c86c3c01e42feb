"""The pages about the interface: every operation is explained, and those that read can be sent."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from kierto.hub.access import PRIVATE, Access
from kierto.hub.models import Entity
from kierto.hub.openapi.interface import GROUPS, grouped, operations
from kierto.hub.openapi.running import SHOWN_BYTES
from kierto.parties.models import Agent
from tests.factories.parties import ROLES
from tests.hub.stored import entity, put

pytestmark = pytest.mark.django_db
LAMP = "urn:ngsi-ld:Light:1"


def signed_in(agent: Agent | None) -> Client:
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user)
    return client


def test_every_operation_is_in_one_group_and_has_a_page() -> None:
    shown = [one.name for _key, _title, _meaning, those in grouped() for one in those]
    assert sorted(shown) == sorted(operations())
    client = Client()
    refused = [name for name in shown if client.get(f"/data/interface/{name}/").status_code != 200]
    assert refused == []


def test_a_group_that_is_shown_says_what_it_is_for() -> None:
    assert all(title and meaning and tags for _key, title, meaning, tags in GROUPS)


def test_only_what_reads_and_keeps_nothing_can_be_sent() -> None:
    for one in operations().values():
        if one.runs:
            assert (one.method, one.scope) == ("GET", "read"), one.name
            assert not {"entityMap", "entityMapId"} & {
                each.name for each in one.typed if each.where == "query"
            }
    assert not operations()["get_entityMaps"].runs
    assert not operations()["get_subscriptions"].runs
    assert operations()["get_entities"].runs


def test_what_writes_is_never_sent_but_shown_as_a_command() -> None:
    answer = Client().get("/data/interface/delete_entities_entityId/?run=1&path-entityId=" + LAMP)
    assert (answer.status_code, answer.context["ran"]) == (200, None)
    assert answer.context["command"].startswith("curl -X DELETE -H ")
    assert "Authorization: Bearer kierto_…" in answer.context["command"]


def test_a_call_is_sent_as_the_reader_and_never_with_more_rights(
    agents: dict[str, Agent | None],
) -> None:
    admin = agents["organization_admin"]
    assert admin is not None
    put(entity("1"), access=Access(PRIVATE, frozenset({admin.pk})))
    address = f"/data/interface/get_entities_entityId/?run=1&path-entityId={LAMP}"
    found = {role: signed_in(agents[role]).get(address).context["ran"].status for role in ROLES}
    expected = dict.fromkeys(ROLES, 404) | {"organization_admin": 200, "node_admin": 200}
    assert found == expected


def test_the_answer_shows_status_headers_body_and_a_command() -> None:
    put(entity("1"))
    ran = Client().get("/data/interface/get_entities/?run=1&type=Light&limit=1&q=").context["ran"]
    assert (ran.status, ran.phrase) == (200, "OK")
    assert ran.line == "GET /ngsi-ld/v1/entities?limit=1&type=Light"
    assert ran.command.endswith("'http://testserver/ngsi-ld/v1/entities?limit=1&type=Light'")
    assert dict(ran.headers)["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", [name for name, one in operations().items() if one.runs])
def test_examples_and_nonsense_are_answered_not_failed(name: str) -> None:
    one = operations()[name]
    for value in ("", "urn:x:1", "<script>alert(1)</script>", "../../etc/passwd", "\U0001f600\x00"):
        said = {
            f"path-{each.name}" if each.where == "path" else each.name: value or each.example
            for each in one.typed
            if not each.choices and each.kind != "boolean"
        }
        answer = Client().get(f"/data/interface/{name}/", {**said, "run": "1"})
        assert answer.status_code == 200
        ran = answer.context["ran"]
        assert ran is None or ran.status < 500
        assert b"<script>alert" not in answer.content


def test_features_are_sent_as_the_reader(agents: dict[str, Agent | None]) -> None:
    address = "/data/interface/features_collections/?run=1"
    ran = signed_in(agents["resident"]).get(address).context["ran"]
    assert (ran.status, ran.is_cut) == (200, False)


@pytest.mark.parametrize("slug", ["nothing", "a.b", "%"])
def test_an_address_that_leads_nowhere_is_an_answer(slug: str) -> None:
    [name] = [name for name in operations() if "csv" in name and "metadata" not in name]
    page = Client().get(f"/data/interface/{name}/", {"run": "1", "path-slug": slug})
    assert (page.status_code, page.context["ran"].status) == (200, 404)


def test_a_long_answer_is_cut() -> None:
    for number in range(60):
        put(entity(f"{number}-{'x' * 800}"))
    ran = Client().get("/data/interface/get_entities/?run=1&type=Light&limit=60").context["ran"]
    assert (ran.is_cut, len(ran.body)) == (True, SHOWN_BYTES)


def test_pages_of_the_interface_write_nothing(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    put(entity("1"))
    before = Entity.objects.count()
    with django_assert_max_num_queries(6):
        Client().get("/data/interface/")
    assert Entity.objects.count() == before


def test_an_operation_that_is_not_there_is_not_found() -> None:
    assert Client().get(f"/data/interface/{uuid4().hex}/").status_code == 404
    assert Client().post("/data/interface/get_entities/").status_code == 405
