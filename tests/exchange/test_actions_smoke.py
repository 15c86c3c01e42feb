from __future__ import annotations

import pytest

from kierto.exchange import actions
from kierto.exchange.agreements import standing_of
from kierto.exchange.outlook import outlook_of
from kierto.exchange.problem import district_problem
from kierto.parties.models import District
from kierto.parties.queries import system_agent
from kierto.planner import solve
from tests.factories import exchange as make
from tests.factories.parties import make_district


@pytest.mark.django_db
def test_smoke() -> None:
    make_district()
    offer = make.make_offer()
    need = make.make_need(kind=offer.kind, amount="80")
    plan = solve(district_problem(District.objects.get()))
    assert plan.flows[0].amount == 80
    assert outlook_of(offer, None).total == 1
    agreement = make.make_agreement(offer=offer, need=need)
    delivery = make.deliver(agreement, "30")
    delivery = actions.confirm_delivery(delivery, by=system_agent())
    standing = standing_of(agreement)
    assert standing.kept == 30
    assert district_problem(District.objects.get()).offers[0].amount == 50
