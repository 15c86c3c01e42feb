"""Programs are let in by tokens: by whom, for whom, for what."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.exchange.states import Visibility
from kierto.hub import callers
from kierto.hub.errors.tokens import (
    TokenAllowsNothing,
    TokenEndsTooLate,
    TokenNameMissing,
    TooManyTokens,
)
from kierto.hub.models import Token
from kierto.hub.projections.exchange import INTENTS
from kierto.hub.tokens import actions, permissions
from kierto.hub.tokens.queries import visible_tokens
from kierto.parties.actions.privacy import erase_person
from kierto.parties.models import Agent, Organization
from kierto.parties.queries import system_agent
from tests.factories.exchange import make_offer
from tests.factories.parties import (
    ROLES,
    make_organization,
    make_person,
)


def _make(by: Agent, agent: Agent | None = None, **fields: object) -> tuple[Token, str]:
    values = {"name": "dashboard", "agent": agent or by, "scopes": ["read"], "days": 30, **fields}
    return actions.make_token(**values, by=by)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    callers.forget()


@pytest.mark.parametrize("scope", sorted(callers.SCOPES))
def test_who_makes_a_token_for_an_organisation(
    agents: dict[str, Agent | None], organization: Organization, scope: str
) -> None:
    allowed = {
        role
        for role in ROLES
        if permissions.can_make_token(agents[role], organization.agent, frozenset({scope}))
    }
    harmless = {"member", "organization_admin", "node_admin"}
    assert allowed == (harmless if scope in permissions.HARMLESS else {"node_admin"})


def test_who_sees_and_withdraws_a_token(
    agents: dict[str, Agent | None], organization: Organization
) -> None:
    token, _ = _make(system_agent(), organization.agent)
    for role in ROLES:
        by = agents[role]
        seen = token in set(visible_tokens(by))
        assert seen == (role in {"member", "organization_admin", "node_admin"}), role
        assert bool(permissions.can_see_token(by, token)) == seen
        assert bool(permissions.can_withdraw_token(by, token)) == seen
    actions.withdraw_token(token, by=system_agent())
    token.refresh_from_db()
    assert not any(permissions.can_withdraw_token(agents[role], token) for role in ROLES)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "  "}, TokenNameMissing),
        ({"scopes": []}, TokenAllowsNothing),
        ({"scopes": ["read", "fly"]}, TokenAllowsNothing),
        ({"days": 0}, TokenEndsTooLate),
        ({"days": actions.LONGEST_DAYS + 1}, TokenEndsTooLate),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(
    db: None, fields: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        _make(system_agent(), make_organization().agent, **fields)
    assert not Token.objects.exists()


def test_an_owner_has_so_many_tokens_and_no_more(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST", 2)
    first, _ = _make(system_agent(), organization.agent)
    _make(system_agent(), organization.agent)
    with pytest.raises(TooManyTokens):
        _make(system_agent(), organization.agent)
    actions.withdraw_token(first, by=system_agent())
    _make(system_agent(), organization.agent)


def _get(client: Client, path: str, secret: str) -> object:
    headers = {"Authorization": f"Bearer {secret}"}
    return client.get(f"/ngsi-ld/v1{path}", headers=headers)


def test_a_token_reads_what_its_owner_reads(client: Client, organization: Organization) -> None:
    offer = make_offer(agent=organization.agent, visibility=Visibility.MATCHED)
    path = f"/entities/{INTENTS.urn(offer)}"
    _, mine = _make(system_agent(), organization.agent)
    _, strangers = _make(make_person("resident").agent)
    assert client.get(f"/ngsi-ld/v1{path}").status_code == 404
    assert _get(client, path, strangers).status_code == 404  # type: ignore[attr-defined]
    assert _get(client, path, mine).status_code == 200  # type: ignore[attr-defined]


def test_a_token_that_reads_does_not_write(client: Client, organization: Organization) -> None:
    _, secret = _make(system_agent(), organization.agent)
    answer = client.post(
        "/ngsi-ld/v1/entities",
        orjson.dumps({"id": "urn:x:1", "type": "T"}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 403
    assert "does not allow to write" in answer.json()["detail"]


@pytest.mark.parametrize("why", ["withdrawn", "over", "unknown"])
def test_a_token_that_holds_no_more_lets_nobody_in(
    client: Client, organization: Organization, why: str
) -> None:
    token, secret = _make(system_agent(), organization.agent)
    if why == "withdrawn":
        actions.withdraw_token(token, by=system_agent())
    elif why == "over":
        Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        secret += "x"
    callers.forget()
    assert _get(client, "/entities?type=Offer", secret).status_code == 401  # type: ignore[attr-defined]


def test_a_token_opens_no_other_tenant(client: Client, organization: Organization) -> None:
    _, secret = _make(system_agent(), organization.agent)
    headers = {"Authorization": f"Bearer {secret}", "NGSILD-Tenant": "other"}
    assert client.get("/ngsi-ld/v1/entities?type=T", headers=headers).status_code == 404


def test_the_secret_is_shown_once_and_kept_nowhere(client: Client, db: None) -> None:
    person = make_person("resident")
    client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    said = {"name": "dashboard", "owner": str(person.agent_id), "scopes": ["read"], "days": "30"}
    page = client.post("/data/tokens/", said)
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0")
    again = client.get("/data/tokens/").content.decode()
    assert secret not in again
    assert "dashboard" in again
    row = Token.objects.values().get()
    assert secret not in str(row)


def test_the_form_offers_only_what_one_may_grant(client: Client, db: None) -> None:
    person = make_person("resident")
    client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    form = client.get("/data/tokens/").context["form"]
    assert [value for value, _ in form.fields["scopes"].choices] == ["read", "subscribe"]
    said = {"name": "x", "owner": str(person.agent_id), "scopes": ["write"], "days": "30"}
    assert client.post("/data/tokens/", said).context["form"].errors
    assert not Token.objects.exists()


def test_somebody_elses_token_is_not_withdrawn(client: Client, organization: Organization) -> None:
    token, _ = _make(system_agent(), organization.agent)
    client.force_login(make_person("resident").user, "django.contrib.auth.backends.ModelBackend")
    assert client.post(f"/data/tokens/{token.pk}/withdraw/").status_code == 404
    with pytest.raises(NotAllowed):
        actions.withdraw_token(token, by=make_person("resident").agent)


def test_tokens_of_a_person_who_is_erased_hold_no_more(client: Client, db: None) -> None:
    person = make_person("resident")
    _, secret = _make(person.agent)
    erase_person(person, by=person.agent)
    callers.forget()
    assert _get(client, "/entities?type=T", secret).status_code == 401  # type: ignore[attr-defined]
    assert Token.objects.get().name == ""
