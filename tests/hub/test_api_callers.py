"""Who asks: tokens, visitors, an open node; and what each may do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kierto.hub import callers
from kierto.hub.callers import SCOPES, VISITOR
from kierto.hub.http import Request, answer
from kierto.hub.models import Token
from kierto.parties.models import Agent
from tests.factories.parties import make_person
from tests.hub.calling import call, error_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    callers.forget()
    yield
    callers.forget()


def token(*scopes: str, agent: Agent | None = None, **fields: Any) -> str:
    """A token that lets in; gives its secret."""
    agent = agent or make_person().agent
    secret = callers.new_secret()
    Token.objects.create(
        name="meter",
        digest=callers.hash_of(secret),
        agent=agent,
        created_by=agent,
        scopes=list(scopes),
        **fields,
    )
    return secret


def ask(method: str, path: str, secret: str | None, **headers: str) -> Any:
    said = headers if secret is None else headers | {"authorization": f"Bearer {secret}"}
    return call(method, path, by=None, headers=said)


def test_a_token_stands_for_its_agent() -> None:
    person = make_person()
    secret = token("read", "write", agent=person.agent, tenants=["", "one"])
    caller = callers.caller_of(Request("GET", "/", headers={"authorization": f"bearer {secret}"}))
    assert (caller.agent_id, caller.scopes, caller.tenants, caller.name) == (
        person.agent.pk,
        frozenset({"read", "write"}),
        frozenset({"", "one"}),
        "token meter",
    )
    assert person.agent.pk in caller.reader.agents
    assert secret not in repr(caller)


def test_a_secret_is_kept_as_its_hash_only() -> None:
    secret = token("read")
    row = Token.objects.get()
    assert secret.startswith("kierto_")
    assert secret not in {str(getattr(row, field.attname)) for field in Token._meta.fields}


@pytest.mark.parametrize(
    "header",
    ["Bearer wrong", "Bearer ", "Basic YTpi", "Bearer " + "x" * 600, "kierto_abc", "Bearer \udcff"],
)
def test_a_token_that_is_none_lets_nobody_in(header: str) -> None:
    response = call("GET", "/types", by=None, headers={"authorization": header})
    assert error_of(response) == (401, "Unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_expired_and_withdrawn_tokens_let_nobody_in() -> None:
    now = timezone.now()
    expired = token("read", expires_at=now - timedelta(seconds=1))
    withdrawn = token("read", withdrawn_at=now)
    good = token("read", expires_at=now + timedelta(days=1))
    assert [ask("GET", "/types", secret).status for secret in (expired, withdrawn, good)] == [
        *(401, 401),
        200,
    ]


def test_a_withdrawn_token_is_forgotten_at_once_where_it_is_said() -> None:
    secret = token("read")
    assert ask("GET", "/types", secret).status == 200
    Token.objects.update(withdrawn_at=timezone.now())
    callers.forget()
    assert ask("GET", "/types", secret).status == 401


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_a_token_allows_what_its_scopes_say(scope: str) -> None:
    secret = token(scope)
    allowed = {
        "read": ask("GET", "/types", secret).status == 200,
        "write": ask("DELETE", "/entities/urn:x:1", secret).status == 404,
    }
    assert allowed == {"read": scope == "read", "write": scope == "write"}


def test_what_a_token_does_not_allow_is_forbidden() -> None:
    response = ask("DELETE", "/entities/urn:x:1", token("read"))
    assert error_of(response) == (403, "Forbidden")


def test_a_token_touches_its_tenants_only() -> None:
    own = token("read", "write", tenants=["one"])
    lamp = {"id": "urn:x:1", "type": "Lamp"}
    for name, status in (("one", 201), ("two", 404), ("", 404)):
        headers = {"authorization": f"Bearer {own}"} | ({"ngsild-tenant": name} if name else {})
        assert call("POST", "/entities", lamp, by=None, headers=headers).status == status


def test_an_open_node_lets_everybody_do_everything(settings) -> None:
    settings.HUB_OPEN = False
    assert ask("DELETE", "/entities/urn:x:1", None).status == 401
    settings.HUB_OPEN = True
    assert ask("DELETE", "/entities/urn:x:1", None).status == 404
    assert ask("DELETE", "/entities/urn:x:1", "wrong").status == 401


def test_a_visitor_reads_the_default_tenant_alone() -> None:
    assert VISITOR.is_visitor
    assert VISITOR.scopes == {"read"}
    assert not callers.SYSTEM.is_visitor
    assert ask("GET", "/types", None).status == 200
    assert error_of(ask("GET", "/types", None, **{"ngsild-tenant": "x"}))[0] == 404


def test_no_token_reaches_the_log(caplog) -> None:
    secret = token("read")
    headers = {"authorization": f"Bearer {secret}", "content-length": "1"}
    answer(Request("POST", "/entities", {}, headers, b"{"))
    answer(Request("GET", "/types", {}, headers, b""))
    assert secret not in caplog.text


def test_a_known_token_asks_the_database_seldom(django_assert_num_queries) -> None:
    secret = token("read")
    request = Request("GET", "/", headers={"authorization": f"Bearer {secret}"})
    callers.caller_of(request)
    with django_assert_num_queries(0):
        callers.caller_of(request)
