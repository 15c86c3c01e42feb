"""A process that is killed owes no notification that nobody sends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from kierto.hub.models import OutboxRow
from tests.hub.endpoints import answer, listening
from tests.hub.telling import due_now, fresh_machinery, subscribe

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("ROUNDS", "4"))
"""A long run asks for more: ``ROUNDS=100 pytest …``."""


@pytest.fixture(autouse=True)
def _machinery(settings) -> Iterator[None]:
    settings.HUB_INWARD = True
    settings.HUB_OPEN = True
    with fresh_machinery():
        yield


def killed_while_writing(prefix: str, after: int) -> set[str]:
    """Entities whose change was durable when the process that made them was killed."""
    command = [sys.executable, "-m", "tests.hub.writing_child"]
    command += [str(connection.settings_dict["NAME"]), "100000", prefix]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    durable: set[str] = set()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            durable.add(line.strip())
            if len(durable) == after:
                child.kill()  # SIGKILL: it gets no chance to tidy up
                durable.update(rest.strip() for rest in child.stdout if rest.endswith("\n"))
                break
    assert len(durable) >= after
    return durable


def test_every_durable_change_is_told_though_its_process_is_killed():
    """Half of the rounds while the endpoint answers at once, half while it fails."""
    with listening() as endpoint:
        subscribe(endpoint.url)
        durable: set[str] = set()
        for number in range(ROUNDS):
            endpoint.reply = answer() if number % 2 else answer(status=503)
            durable |= killed_while_writing(f"urn:l:{number}:", 20 + 37 * (number % 7))
        endpoint.reply = answer()
        while due_now():
            pass
        endpoint.wait_for_entities(durable)
        assert OutboxRow.objects.count() == 0
