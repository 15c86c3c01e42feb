"""The city's sign-on, against an OpenID Connect issuer of our own on the loopback interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from kierto.parties.models import Consent, Person, User
from tests.factories.parties import make_person

pytestmark = pytest.mark.django_db

CLAIMS = {
    "sub": "42",
    "email": "aino@city.example",
    "email_verified": True,
    "name": "Aino Virtanen",
}


class Issuer(BaseHTTPRequestHandler):
    """Says of everybody what ``CLAIMS`` says."""

    def do_GET(self) -> None:
        base = f"http://127.0.0.1:{self.server.server_port}"
        answers: dict[str, dict[str, Any]] = {
            "/.well-known/openid-configuration": {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/userinfo",
                "jwks_uri": f"{base}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/userinfo": CLAIMS,
            "/keys": {"keys": []},
        }
        self._answer(answers[urlsplit(self.path).path])

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.received.append(sent)  # type: ignore[attr-defined]
        base = f"http://127.0.0.1:{self.server.server_port}"
        times = {"iat": 1_700_000_000, "exp": 4_000_000_000}
        token = {**CLAIMS, "iss": base, "aud": "kierto", **times}
        self._answer(
            {
                "access_token": "access",
                "token_type": "Bearer",
                "id_token": jwt.encode(token, "k" * 32, algorithm="HS256"),
            }
        )

    def _answer(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def issuer(settings: Any) -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Issuer)
    server.received = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "city",
                    "name": "City sign-on",
                    "client_id": "kierto",
                    "secret": "s" * 32,
                    "settings": {"server_url": f"http://127.0.0.1:{server.server_port}"},
                }
            ],
        }
    }
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def come_back_from_the_sign_on(client: Client) -> Any:
    """Go to the issuer, and come back with the code that it gave."""
    start = client.post("/accounts/oidc/city/login/")
    asked = parse_qs(urlsplit(start.url).query)
    assert asked["code_challenge_method"] == ["S256"]
    return client.get(
        "/accounts/oidc/city/login/callback/", {"code": "code", "state": asked["state"][0]}
    )


def test_a_newcomer_agrees_to_the_terms_and_is_a_person(issuer: HTTPServer, client: Client):
    answer = come_back_from_the_sign_on(client)
    assert answer.url == reverse("socialaccount_signup")
    assert not User.objects.exists()
    form = client.get(answer.url).context["form"]
    assert (form["name"].value(), form["email"].value()) == ("Aino Virtanen", CLAIMS["email"])
    refused = client.post(answer.url, {"name": "Aino", "email": CLAIMS["email"]})
    assert list(refused.context["form"].errors) == ["terms"]
    client.post(answer.url, {"name": "Aino", "email": CLAIMS["email"], "terms": "on"})
    person = Person.objects.get()
    assert (person.name, person.user.email) == ("Aino", CLAIMS["email"])
    assert Consent.objects.get().purpose == "terms"
    assert client.get("/me/").status_code == 200
    assert issuer.received[0]["code_verifier"]  # type: ignore[attr-defined]


def test_whoever_came_before_signs_in_at_once(issuer: HTTPServer, client: Client):
    person = make_person(email="aino@city.example")
    SocialAccount.objects.create(user=person.user, provider="city", uid="42")
    come_back_from_the_sign_on(client)
    assert client.get("/me/").context["person"] == person


def test_nobody_takes_over_an_account_by_claiming_its_address(issuer: HTTPServer, client: Client):
    make_person(email="aino@city.example")
    answer = come_back_from_the_sign_on(client)
    client.post(answer.url, {"name": "X", "email": CLAIMS["email"], "terms": "on"}, follow=True)
    assert client.get("/me/").status_code == 302
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1
