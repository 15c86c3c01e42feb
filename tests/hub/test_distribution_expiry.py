"""Registrations whose time is over: gone at once for whoever asks, and taken away by a round."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kierto.hub.distribution import registering
from kierto.hub.models import Registration
from tests.hub.sources import ask, register

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_sources")]

LATER = "2100-01-01T00:00:00Z"
ENDPOINT = "http://source.example"


def over(name):
    """The time of a registration passes."""
    Registration.objects.filter(name=name).update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_registration_is_gone_when_its_time_is_over(method):
    name = register(ENDPOINT, expiresAt=LATER)
    assert ask("GET", f"/csourceRegistrations/{name}").status == 200
    over(name)
    payload = {"endpoint": "http://other.example"} if method == "PATCH" else None
    assert ask(method, f"/csourceRegistrations/{name}", payload).status == 404


def test_its_name_is_free_again():
    name = register(ENDPOINT, expiresAt=LATER)
    over(name)
    assert register(ENDPOINT) == name
    assert "expiresAt" not in ask("GET", f"/csourceRegistrations/{name}").body
    assert Registration.objects.count() == 1


def test_a_round_takes_it_away_and_leaves_the_others():
    first = register(ENDPOINT, expiresAt=LATER)
    second = register(ENDPOINT, number=2, expiresAt=LATER)
    third = register(ENDPOINT, number=3)
    over(first)
    assert (registering.delete_expired(), registering.delete_expired()) == (1, 0)
    assert sorted(Registration.objects.values_list("name", flat=True)) == [second, third]


def test_who_listens_hears_that_it_went(monkeypatch):
    heard = []
    name = register(ENDPOINT, expiresAt=LATER)
    monkeypatch.setitem(registering._listeners, "test", heard.append)
    over(name)
    registering.delete_expired()
    assert [(each.name, each.before["id"], each.after) for each in heard] == [(name, name, None)]
