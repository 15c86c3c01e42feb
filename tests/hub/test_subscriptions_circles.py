"""Notifications that would come back to where they were sent."""

from __future__ import annotations

import pytest

from kierto.hub.store import tenants
from kierto.hub.subscriptions import circles
from kierto.hub.subscriptions.budget import Budget
from tests.hub.telling import ask

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("machinery")]


def test_a_notification_of_this_node_is_not_taken_by_it():
    payload = {"id": "urn:n:1", "type": "Notification", "data": []}
    ours = {key.replace("-", "_"): value for key, value in circles.marks().items()}
    assert ask("POST", "/entities", payload, **ours).status == 508
    assert ask("POST", "/entities", payload, **ours, NGSILD_Tenant="other").status == 508
    theirs = ours | {"Via": "1.1 somebody-else"}
    assert ask("POST", "/entities", payload, **theirs).status == 201


def test_a_budget_is_spent_and_comes_back():
    budget = Budget(left=2.0)
    budget.spend()
    budget.spend()
    assert budget.left < 1.0


def test_tenants_are_told_apart_by_their_numbers():
    one = tenants.find("one", create=True)
    assert one.id != tenants.find("").id
