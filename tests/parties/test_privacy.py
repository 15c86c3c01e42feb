"""A person can take everything out, and afterwards nothing in the database leads to them."""

from __future__ import annotations

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.notices.actions import notify
from kierto.notices.models import Notice
from kierto.parties import actions
from kierto.parties.errors import AlreadyErased, LastNodeAdministrator
from kierto.parties.models import Agent, Organization, Person, Place, User
from kierto.parties.queries import system_agent
from tests.factories.parties import make_organization, make_person, make_place

pytestmark = pytest.mark.django_db

NAME = "Aino Ainutlaatuinen"
EMAIL = "aino.ainutlaatuinen@example.org"
SECOND = "ainutlaatuinen.work@example.org"
TRACE = "ainutlaatuinen"
PHONE = "+358 40 7654321"
STREET = "Ainokaisenkuja 77"


@pytest.fixture
def aino() -> Person:
    """Somebody who has left traces in every table that can hold one."""
    organization = make_organization("Puu", email=EMAIL)
    aino = make_person("organization_admin", name=NAME, email=EMAIL, organization=organization)
    make_person("organization_admin", organization=organization)
    actions.change_profile(aino, phone=PHONE, by=aino.agent)
    for purpose in ("terms", "show_name", "research"):
        actions.give_consent(aino, purpose=purpose, by=aino.agent)
    make_place(aino.agent, name=f"Home of {NAME}", street=STREET, latitude=60.21754)
    actions.invite(organization, email=SECOND, by=system_agent())
    _sign_in_traces(aino.user)
    for reader in (aino, make_person()):
        notify(reader.agent, "parties.left", organization=aino)
    return Person.objects.get(pk=aino.pk)


def _sign_in_traces(user: User) -> None:
    EmailAddress.objects.create(user=user, email=SECOND, verified=True)
    SocialAccount.objects.create(user=user, provider="city", uid="1", extra_data={"name": NAME})
    Authenticator.objects.create(user=user, type="webauthn", data={"name": f"{NAME}'s key"})
    seen = {"username": EMAIL, "ip_address": "192.0.2.1", "attempt_time": timezone.now()}
    AccessAttempt.objects.create(**seen, failures_since_start=1, get_data="", post_data="")
    AccessFailureLog.objects.create(**seen)
    AccessLog.objects.create(**seen)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["message"] = f"Signed in as {EMAIL}"
    session.save()
    Client().post(reverse("account_request_login_code"), {"email": EMAIL})


def everything_in_the_database() -> str:
    """Every cell of every table, as text; sessions opened."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            texts += [str(cell) for row in cursor.fetchall() for cell in row]
    texts += [str(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join(texts).casefold()


def test_the_download_holds_all_that_is_kept(aino: Person):
    data = json.loads(json.dumps(actions.export_person(aino, by=aino.agent)))
    assert set(data) >= {"agent", "person", "account", "memberships", "consents", "notices"}
    assert data["agent"] == str(aino.agent_id)
    assert (data["person"]["name"], data["person"]["phone"]) == (NAME, PHONE)
    assert [address["email"] for address in data["account"]["addresses"]] == [EMAIL, SECOND]
    assert data["account"]["single_sign_on"][0]["data"] == {"name": NAME}
    sign_ins = {entry["from"] for entry in data["account"]["sign_ins"]}
    assert sign_ins == {"192.0.2.1", None}
    assert data["memberships"][0]["organization"] == "puu"
    assert data["invitations"] == [{"organization": "puu", "email": SECOND, "role": "member"}]
    assert data["places"][0]["street"] == STREET
    assert {consent["purpose"] for consent in data["consents"]} == {
        "terms",
        "show_name",
        "research",
    }
    assert data["notices"][0]["subject"] == f"You no longer act for {NAME}"


def test_after_erasing_no_table_holds_the_person(aino: Person):
    before = everything_in_the_database()
    assert all(trace.casefold() in before for trace in (TRACE, PHONE, STREET))
    assert Session.objects.count() == 2
    actions.erase_person(aino, by=aino.agent)
    after = everything_in_the_database()
    found = [trace for trace in (TRACE, PHONE, STREET, "60.21754") if trace.casefold() in after]
    assert found == []


def test_every_model_is_in_a_table_that_is_scanned():
    tables = set(connection.introspection.table_names())
    assert {model._meta.db_table for model in apps.get_models(include_auto_created=True)} <= tables


def test_the_agent_stays_and_says_nothing(aino: Person):
    actions.erase_person(aino, by=aino.agent)
    agent = Agent.objects.get(pk=aino.agent_id)
    assert agent.name == "Former resident"
    assert not User.objects.filter(email=EMAIL).exists()
    place = Place.objects.get(agent=agent)
    assert (place.name, place.street, place.latitude, place.longitude) == ("", "", 60.2, 24.8)
    assert Organization.objects.get(slug="puu").email == ""


def test_notices_of_others_name_the_erased_no_more(aino: Person):
    from kierto.notices.reading import read

    other = Notice.objects.exclude(recipient=aino)
    assert [one.subject for one in read(other.all())] == [f"You no longer act for {NAME}"]
    actions.erase_person(aino, by=aino.agent)
    assert [one.subject for one in read(other.all())] == ["You no longer act for Former resident"]
    assert not Notice.objects.filter(recipient=aino).exists()


def test_the_session_ends_with_the_account(aino: Person):
    client = Client()
    client.force_login(aino.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/me/").status_code == 200
    actions.erase_person(aino, by=aino.agent)
    assert client.get("/me/").status_code == 302


def test_a_person_is_erased_once(aino: Person):
    actions.erase_person(aino, by=aino.agent)
    with pytest.raises(AlreadyErased):
        actions.erase_person(aino, by=make_person("node_admin").agent)


def test_only_the_person_and_node_admins_export_and_erase(aino: Person):
    for by in (make_person().agent, make_person("operator").agent):
        with pytest.raises(NotAllowed):
            actions.export_person(aino, by=by)
        with pytest.raises(NotAllowed):
            actions.erase_person(aino, by=by)


def test_the_last_node_administrator_appoints_another_first():
    admin = make_person("node_admin")
    with pytest.raises(LastNodeAdministrator):
        actions.erase_person(admin, by=admin.agent)
    make_person("node_admin")
    actions.erase_person(admin, by=admin.agent)


def test_node_admins_hear_when_an_organization_is_left_alone():
    admin, alone = make_person("node_admin"), make_person("organization_admin")
    organization = alone.memberships.get().organization
    actions.erase_person(alone, by=alone.agent)
    notice = Notice.objects.get(recipient=admin)
    assert notice.topic == "parties.without_administrator"
    assert notice.path == f"/organizations/{organization.slug}/members/"
