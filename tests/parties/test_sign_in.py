"""Signing up and in by a code sent by e-mail, and by the city's sign-on; no password anywhere."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse

from kierto.parties.adapters import SocialAccountAdapter
from kierto.parties.forms import SignupForm
from kierto.parties.models import Consent, Person, User
from tests.factories.parties import make_person

pytestmark = pytest.mark.django_db

EMAIL = "aino@example.org"


def code_in_mail() -> str:
    found = re.search(
        r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})?)\s*$", str(mail.outbox[-1].body), re.MULTILINE
    )
    assert found, mail.outbox[-1].body
    return found.group(1)


def sign_up(client: Client, **fields: str):
    form = {"email": EMAIL, "name": "Aino", "terms": "on", **fields}
    return client.post(reverse("account_signup"), {name: v for name, v in form.items() if v})


def test_a_resident_signs_up_and_is_a_person_with_consent():
    client = Client(headers={"accept-language": "fi"})
    assert sign_up(client).status_code == 302
    assert client.get("/me/").status_code == 302  # not before the address is confirmed
    answer = client.post(reverse("account_email_verification_sent"), {"code": code_in_mail()})
    assert answer.status_code == 302
    person = Person.objects.get()
    assert (person.name, person.language, person.user.email) == ("Aino", "fi", EMAIL)
    consent = Consent.objects.get(person=person)
    assert (consent.purpose, consent.text_version) == ("terms", "2026-11")
    assert EmailAddress.objects.get(user=person.user).verified
    assert not person.user.has_usable_password()
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize("missing", ["name", "terms", "email"])
def test_nobody_signs_up_without_name_terms_and_address(missing: str):
    answer = sign_up(Client(), **{missing: ""})
    assert list(answer.context["form"].errors) == [missing]
    assert not User.objects.exists()


def test_signing_up_again_tells_a_stranger_nothing():
    make_person(email=EMAIL)
    answers = [sign_up(Client(), email=email) for email in (EMAIL, "new@example.org")]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0].url == answers[1].url
    assert User.objects.filter(email=EMAIL).count() == 1


def test_a_person_signs_in_by_code_and_goes_on_in_their_language():
    person = make_person(email=EMAIL, language="it")
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": EMAIL})
    answer = client.post(reverse("account_confirm_login_code"), {"code": code_in_mail()})
    assert answer.status_code == 302
    assert answer.cookies["django_language"].value == "it"
    assert client.get("/me/").context["person"] == person


def test_a_device_with_a_language_of_its_own_keeps_it():
    make_person(email=EMAIL, language="it")
    client = Client()
    client.cookies["django_language"] = "ar"
    client.post(reverse("account_request_login_code"), {"email": EMAIL})
    answer = client.post(reverse("account_confirm_login_code"), {"code": code_in_mail()})
    assert "django_language" not in answer.cookies


def test_whoever_has_a_passkey_can_still_sign_in_by_code():
    person = make_person(email=EMAIL)
    Authenticator.objects.create(user=person.user, type="webauthn", data={"name": "Telephone"})
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": EMAIL})
    client.post(reverse("account_confirm_login_code"), {"code": code_in_mail()})
    assert client.get("/me/").status_code == 200


def test_a_wrong_code_does_not_sign_in():
    make_person(email=EMAIL)
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": EMAIL})
    client.post(reverse("account_confirm_login_code"), {"code": "WRONGCODE"})
    assert client.get("/me/").status_code == 302


def test_the_citys_sign_on_proposes_a_name_and_asks_for_the_terms(rf: RequestFactory):
    account = SocialAccount(provider="city", uid="1", extra_data={"userinfo": {"name": "Aino A."}})
    login = SocialLogin(user=User(email=EMAIL), account=account)
    adapter = SocialAccountAdapter()
    assert adapter.get_signup_form_initial_data(login)["name"] == "Aino A."
    assert adapter.is_auto_signup_allowed(rf.get("/"), login) is False


def test_the_sign_up_form_shows_the_words_that_are_agreed_to():
    form = SignupForm()
    assert "ledger that cannot be changed" in str(form["terms"].help_text)


def test_an_account_made_on_the_command_line_without_a_person_is_told_so(client: Client):
    user = User.objects.create_user("root@example.org", is_superuser=True, is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/me/").status_code == 403
    assert client.get("/notices/").status_code == 200
    assert client.get("/admin/").status_code == 302
