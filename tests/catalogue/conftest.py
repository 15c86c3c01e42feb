"""The shipped catalogue, a client for each role, and the real files from outside if they are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from kierto.parties.models import Agent, Person
from kierto.parties.queries import system_agent
from tests.factories.catalogue import ship_catalogue
from tests.factories.parties import make_agents, make_district, make_organization

REAL_FILES = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def system() -> Agent:
    return system_agent()


@pytest.fixture
def shipped(db: None) -> None:
    ship_catalogue()


@pytest.fixture
def agents(db: None) -> dict[str, Agent | None]:
    return make_agents(make_organization(), make_district())


@pytest.fixture
def sign_in() -> Callable[[Agent | None], Client]:
    def client_of(by: Agent | None) -> Client:
        client = Client()
        if by is not None:
            person = Person.objects.select_related("user").get(agent=by)
            client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return client_of


@pytest.fixture
def real_files() -> Path:
    if not REAL_FILES.is_dir():
        pytest.skip("the real files from outside are not in ../shared/data")
    return REAL_FILES
