"""What surrounds every page: navigation, languages, appearance, banner, headers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from kierto.parties.queries import system_agent
from kierto.web.navigation import ACCOUNT, MAIN
from tests.factories.parties import make_district, make_organization, make_person

pytestmark = pytest.mark.django_db

PAGES = [
    "web:home",
    "web:about",
    "web:accessibility",
    "web:privacy",
    "account_login",
    "account_signup",
]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_page_is_there_in_every_language(client: Client, name: str, language: str) -> None:
    answer = client.get(reverse(name), headers={"accept-language": language})
    direction = "rtl" if language == "ar" else "ltr"
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{direction}"' in answer.text


@pytest.mark.parametrize("name", PAGES)
def test_page_has_one_heading_a_skip_link_and_a_title(client: Client, name: str) -> None:
    text = client.get(reverse(name)).text
    assert len(re.findall(r"<h1\b", text)) == 1
    assert 'class="ds-skip-link" href="#main"' in text
    assert '<main id="main"' in text
    assert re.search(r"<title>\s*\S", text)


def test_every_destination_of_the_menus_exists() -> None:
    assert [one.name for one in (*MAIN, *ACCOUNT) if not reverse(one.name)] == []


def test_navigation_marks_where_one_is(client: Client) -> None:
    text = client.get(reverse("web:home")).text
    assert len(re.findall(r'class="k-nav__link" href="/" aria-current="page"', text)) == 2


def test_content_security_policy_allows_this_server_only(client: Client) -> None:
    policy = dict(
        part.strip().split(" ", 1)
        for part in client.get(reverse("web:about"))["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"


def test_other_protective_headers_are_sent(client: Client) -> None:
    answer = client.get(reverse("web:about"))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_language_is_chosen_by_a_form(client: Client) -> None:
    answer = client.post(
        reverse("set_language"), {"language": "it", "next": "/about/"}, follow=True
    )
    assert answer.redirect_chain == [("/about/", 302)]
    assert '<html lang="it"' in answer.text


def test_each_language_is_named_in_itself(client: Client) -> None:
    text = client.get(reverse("web:about")).text
    for code, name in settings.LANGUAGES:
        assert re.search(rf'value="{code}" lang="{code}"[^>]*>{name}</button>', text)


@pytest.mark.parametrize(
    ("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("blue", "auto")]
)
def test_appearance_is_kept_in_a_cookie(client: Client, chosen: str, kept: str) -> None:
    answer = client.post(
        reverse("web:appearance"), {"appearance": chosen, "next": "/about/"}, follow=True
    )
    assert f'data-color-scheme="{kept}"' in answer.text


def test_appearance_leads_nowhere_else(client: Client) -> None:
    answer = client.post(
        reverse("web:appearance"), {"appearance": "dark", "next": "https://example.com/"}
    )
    assert answer["Location"] == "/"


def test_appearance_is_not_chosen_by_opening_an_address(client: Client) -> None:
    assert client.get(reverse("web:appearance")).status_code == 405


def test_illustration_is_marked_on_every_page(client: Client) -> None:
    district = make_district(slug="kera")
    assert "Illustration." not in client.get(reverse("web:about")).text
    type(district).objects.update(is_illustration=True)
    assert "Illustration." in client.get(reverse("web:about")).text
    assert "Illustration." in client.get("/no/such/page/").text


def test_chosen_district_is_carried_along(client: Client) -> None:
    make_district(slug="kera")
    make_district(slug="kilo")
    text = client.get(reverse("web:about"), {"district": "kilo"}).text
    assert f'href="{reverse("exchange:market")}?district=kilo"' in text
    unchosen = client.get(reverse("web:about")).text
    assert f'href="{reverse("exchange:market")}"' in unchosen


def test_member_finds_their_organisation_and_sign_out(client: Client) -> None:
    person = make_person(name="Aino")
    organization = make_organization(name="Kera Brewery", admin=person)
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(reverse("web:about")).text
    assert "Aino" in text
    assert reverse("parties:organization", args=[organization.slug]) in text
    assert reverse("account_logout") in text


def test_shell_asks_no_more_for_more_organisations(
    client: Client, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    person = make_person()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    make_organization(admin=person)
    client.get(reverse("web:about"))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        client.get(reverse("web:about"))
    asked = len(one)
    for _number in range(3):
        make_organization(admin=person)
    with django_assert_num_queries(asked):
        client.get(reverse("web:about"))


def test_first_page_of_an_empty_node_says_what_to_do(client: Client) -> None:
    text = client.get(reverse("web:home")).text
    assert "The first thing that somebody offers starts the circle." in text
    assert reverse("exchange:post") in text
    assert system_agent().name == "Kierto"


def test_icon_at_the_old_address_is_our_mark(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/kierto/mark.svg"


def test_single_sign_on_has_its_button_when_it_is_configured(client: Client, settings: Any) -> None:
    assert "City of Espoo" not in client.get(reverse("account_login")).text
    app = {"provider_id": "city", "name": "City of Espoo", "client_id": "x", "secret": "y"}
    app["settings"] = {"server_url": "https://id.example.org"}  # type: ignore[assignment]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    text = client.get(reverse("account_login")).text
    assert 'href="/accounts/oidc/city/login/' in text
    assert "City of Espoo" in text
