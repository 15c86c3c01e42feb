"""Pages of a desk for tests: who is signed in, where a page is, and what one scans there."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from kierto.parties.models import Agent
from kierto.sharing.models import Membership
from tests.factories.parties import make_person
from tests.factories.sharing import make_member
from tests.sharing.desk import Desk, make_desk

BACKEND = "django.contrib.auth.backends.ModelBackend"


def make_paid_desk() -> Desk:
    """A desk that takes deposits and fines."""
    return make_desk(terms={"fine_per_day": 1, "deposit": 20})


def signed_in(agent: Agent | None) -> Client:
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user, BACKEND)
    return client


def at(desk: Desk, name: str, *args: object) -> str:
    return reverse(f"sharing:{name}", args=[desk.collection.slug, *args])


def post(desk: Desk, page: str, /, *args: object, **data: object) -> str:
    """Post as the staff; gives where it leads."""
    response = signed_in(desk.staff).post(at(desk, page, *args), data)
    assert response.status_code == 302, response.content.decode()
    return response["Location"].partition("?")[0]


def scan(desk: Desk, text: str, **data: object) -> str:
    return post(desk, "desk_scan", q=text, **data)


def name_member(desk: Desk, name: str) -> Membership:
    person = make_person(name=name)
    return make_member(desk.collection, person.agent)
