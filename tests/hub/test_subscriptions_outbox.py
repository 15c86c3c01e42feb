"""Whose a row of the outbox is: this process's, another's, or nobody's."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from kierto.hub.models import OutboxRow
from kierto.hub.subscriptions import outbox

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("holder", "seconds", "held"),
    [
        ("another", 10.0, True),
        ("another", -1.0, False),  # it said nothing for too long
        ("", 10.0, False),  # it waits for its time
        ("mine", 10.0, False),
    ],
)
def test_what_another_process_has_on_its_way_is_known(holder, seconds, held):
    now = time.time()
    OutboxRow.objects.create(
        subscription=7,
        about="urn:l:1",
        payload="{}",
        created_at=now,
        due_at=now + seconds,
        holder=outbox.holder() if holder == "mine" else holder,
    )
    with connection.cursor() as cursor:
        assert outbox.is_held_by_another(cursor, 7) == held
        assert outbox.is_held_by_another(cursor, 8) is False
