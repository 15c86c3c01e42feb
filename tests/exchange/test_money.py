"""Money is promised and paid; nobody offers it, finds it among the kinds or plans with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kierto.catalogue.models import ResourceSpecification
from kierto.catalogue.queries import suggest_kinds
from kierto.core.quantity import Quantity
from kierto.exchange import actions
from kierto.exchange.errors import MoneyOffered
from kierto.exchange.models import Intent
from kierto.exchange.problem import district_problem
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.catalogue import make_kind


@pytest.fixture
def euro(db: None) -> ResourceSpecification:
    found = ResourceSpecification.objects.filter(code="euro").first()
    return found or make_kind("euro", unit="EUR", kg_per_unit=0)


@pytest.mark.parametrize("direction", ["offer", "need"])
def test_money_is_neither_offered_nor_needed(
    world: World, euro: ResourceSpecification, direction: str
) -> None:
    with pytest.raises(MoneyOffered):
        actions.post_intent(
            direction=direction,
            agent=world.place.agent,
            kind=euro,
            title="A hundred euros",
            quantity=Quantity(Decimal(100), "EUR"),
            every="month",
            place=world.place,
            available_from=date(2026, 1, 5),
            by=world.agents["member"],
        )
    assert Intent.objects.filter(kind=euro).count() == 0


def test_no_offer_becomes_one_of_money(world: World, euro: ResourceSpecification) -> None:
    intent = make.make_intent(agent=world.place.agent, place=world.place)
    with pytest.raises(MoneyOffered):
        actions.change_intent(
            intent, kind=euro, quantity=Quantity(Decimal(1), "EUR"), by=world.agents["member"]
        )


def test_who_names_a_thing_does_not_find_money(euro: ResourceSpecification) -> None:
    assert suggest_kinds("euro") == []


def test_the_planner_does_not_see_money(world: World, euro: ResourceSpecification) -> None:
    problem = district_problem(world.district, on=date(2026, 1, 5), carbon_price=0.1)
    assert "EUR" not in {kind.unit for kind in problem.kinds}
