"""The interface stands before Django's middleware, so it looks after its connections itself."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection
from django.test import RequestFactory

from kierto.hub import callers
from kierto.hub.tokens.actions import make_token
from kierto.hub.wsgi import application
from kierto.parties.queries import system_agent
from tests.factories.parties import make_organization


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_closed_is_opened_anew() -> None:
    owner = make_organization().agent
    _token, secret = make_token(name="x", agent=owner, scopes=["read"], days=1, by=system_agent())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    parameters = connection.get_connection_params()
    with psycopg.connect(
        dbname=parameters["dbname"],
        **{
            name: parameters[name]
            for name in ("user", "password", "host", "port")
            if name in parameters
        },
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    callers.forget()
    request = RequestFactory().get(
        "/ngsi-ld/v1/entities", {"type": "T"}, headers={"Authorization": f"Bearer {secret}"}
    )
    said: list[str] = []
    application(request.environ, lambda status, headers: said.append(status))
    assert said == ["200 OK"]
