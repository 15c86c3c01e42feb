"""Requests made by chance from the description: nothing fails, nothing undescribed is answered.

How many are made of each operation may be raised for a longer run: FUZZ_EXAMPLES=100.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
import requests
import schemathesis
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case

from kierto.hub import vocabulary
from kierto.hub.openapi import document
from kierto.hub.wsgi import application
from kierto.ngsild.entities import read_entity
from tests.hub.stored import NOW, place, put

BASE = "http://testserver"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))


def _operations() -> list[Any]:
    found = [
        each.ok() for each in schemathesis.openapi.from_dict(document(BASE)).get_all_operations()
    ]
    # A registration would send later questions on to where it points, a subscription would tell.
    return sorted(found, key=lambda one: ("csource" in one.path, "/subscriptions" in one.path))


def _asked(case: Case) -> tuple[str, int, str]:
    """The request in short, its answer's status and media type."""
    prepared = requests.Request(**_plain(case.as_transport_kwargs(base_url=BASE))).prepare()
    body = prepared.body or b""
    headers = {
        name: value.decode("latin-1") if isinstance(value, bytes) else value
        for name, value in prepared.headers.items()
    }
    headers.pop("Authorization", None)  # made up; the node is open, so that more is reached
    kind = headers.pop("Content-Type", "")
    said = {"method": prepared.method, "path": prepared.path_url, "headers": headers}
    request = RequestFactory().generic(**said, data=body, content_type=kind)
    text = f"{prepared.method} {prepared.path_url} {body!r:.300}"
    if request.path.startswith("/ngsi-ld/"):
        return text, *_of_the_hub(request.environ)
    response = Client().generic(**said, data=body, content_type=kind)
    return text, response.status_code, _media_type(response.headers)


def _of_the_hub(environ: dict[str, Any]) -> tuple[int, str]:
    """From the application that stands before Django, as in ``config/wsgi.py``."""
    answered: list[Any] = []
    application(environ, lambda *said: answered.extend(said))
    return int(answered[0].split()[0]), _media_type(dict(answered[1]))


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0]


def _plain(kwargs: dict[str, Any]) -> dict[str, Any]:
    known = {"method", "url", "headers", "params", "data", "json", "cookies", "files"}
    return {name: value for name, value in kwargs.items() if name in known}


def _probed(operation: Any) -> list[str]:
    """What is answered to requests of one operation, and not described."""
    described = {
        int(status): set(answer.get("content", {}))
        for status, answer in operation.definition.raw["responses"].items()
    }
    wrong: list[str] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*operation.get_strategies_from_examples(), operation.as_strategy()))
    def probe(case: Case) -> None:
        request, status, kind = _asked(case)
        if status not in described or (kind and kind not in described[status]):
            wrong.append(f"{status} {kind}: {request}")

    probe()
    return wrong


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_open_node")
# Threads that deliver what was subscribed to draw their delays by chance meanwhile.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
def test_requests_by_chance_are_answered_as_described() -> None:
    payload = {"id": "urn:ngsi-ld:Building:1", "type": "Building", "location": place(24.9, 60.2)}
    put(read_entity(payload, vocabulary.context(), now=NOW))
    assert [wrong for operation in _operations() for wrong in _probed(operation)] == []


@pytest.fixture
def _open_node(settings: Any) -> None:
    """Anybody may do everything; nothing is fetched."""
    settings.HUB_OPEN = True
    settings.HUB_FETCH_CONTEXTS = False
