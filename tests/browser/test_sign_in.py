"""Signing up and in as people do it: a code by e-mail without script, and a passkey."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect

from kierto.parties.models import Consent, Person
from tests.browser.conftest import NewPage
from tests.factories.parties import make_person

EMAIL = "aino@example.org"


@pytest.fixture(autouse=True)
def _no_rate_limits_between_tests(transactional_db: None) -> None:
    cache.clear()


def code() -> str:
    found = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})?)\s*$", str(mail.outbox[-1].body), re.M)
    assert found, mail.outbox[-1].body
    return found.group(1)


def type_the_code(page: Page) -> None:
    page.locator("input[name=code]").fill(code())
    page.locator("main button[type=submit]").first.click()


def sign_in_by_code(page: Page) -> None:
    page.goto("/accounts/login/")
    page.locator("main input[type=email]").first.fill(EMAIL)
    page.get_by_role("button", name="Send me a code").click()
    type_the_code(page)
    page.goto("/me/")
    expect(page.get_by_role("heading", level=1)).to_have_text("My page")


def test_a_resident_signs_up_without_script(new_page: NewPage) -> None:
    page = new_page(script=False, viewport=(320, 640))
    page.goto("/accounts/signup/")
    page.locator("input[name=email]").fill(EMAIL)
    page.locator("input[name=name]").fill("Aino")
    page.locator("input[name=terms]").check()
    page.locator("main form[method=post] button[type=submit]").first.click()
    type_the_code(page)
    page.goto("/me/")
    expect(page.locator("input[name=name]")).to_have_value("Aino")
    assert Consent.objects.get(person=Person.objects.get()).purpose == "terms"


def test_a_passkey_is_added_and_signs_in(new_page: NewPage) -> None:
    make_person(email=EMAIL)
    page = new_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in_by_code(page)
    page.goto("/accounts/2fa/webauthn/add/")
    page.locator("input[name=name]").fill("My telephone")
    passwordless = page.locator("input[name=passwordless]")
    if passwordless.count():
        passwordless.check()
    page.locator("#mfa_webauthn_add").click()
    expect(page.get_by_text("My telephone").first).to_be_visible()
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda address: "/accounts/login" not in address)
    page.goto("/me/")
    expect(page.get_by_role("heading", level=1)).to_have_text("My page")
