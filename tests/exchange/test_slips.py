"""Signed deliveries taken over in one go are as good as those recorded and confirmed one by one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.core.errors import DomainError
from kierto.core.quantity import Quantity
from kierto.exchange import actions, permissions
from kierto.exchange.actions import Slip
from kierto.exchange.agreements import standing_of
from kierto.exchange.models import Delivery
from kierto.ledger.models import Agreement, EconomicEvent
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make


def _slip(agreement: Agreement, amount: str, days_ago: int, unit: str = "kg") -> Slip:
    happened_at = timezone.now() - timedelta(days=days_ago)
    return Slip(agreement, Quantity(Decimal(amount), unit), happened_at, f"slip {days_ago}")


def test_slips_keep_the_same_promises_as_deliveries_one_by_one(world: World) -> None:
    amounts = [("20", 7), ("70", 1), ("0.04", 0)]
    taken_over, one_by_one = (make.make_agreement(offer=world.offer()) for _each in range(2))
    slips = [_slip(taken_over, amount, days, "kg" if days else "t") for amount, days in amounts]
    actions.record_slips(slips, by=world.agents["operator"])
    for amount, days in amounts:
        unit = "kg" if days else "t"
        delivery = make.deliver(one_by_one, amount, unit, days_ago=days)
        actions.confirm_delivery(delivery, by=system_agent())
    standings = [standing_of(agreement) for agreement in (taken_over, one_by_one)]
    assert [[p.kept for p in each.promises] for each in standings] == [[50, 40, 0, 0]] * 2
    assert [each.surplus for each in standings] == [40, 40]
    events = EconomicEvent.objects.filter(realization_of=taken_over)
    assert {event.provenance for event in events} == {"file"}
    assert {event.provenance_reference for event in events} == {"slip 7", "slip 1", "slip 0"}


def test_slips_are_taken_over_all_or_none(world: World) -> None:
    agreement = make.make_agreement(offer=world.offer())
    for wrong in (
        _slip(agreement, "0", 1),
        _slip(agreement, "1", 99),
        _slip(agreement, "1", 1, "h"),
    ):
        with pytest.raises(DomainError):
            actions.record_slips([_slip(agreement, "5", 1), wrong], by=world.agents["operator"])
    assert Delivery.objects.count() == 0
    assert EconomicEvent.objects.count() == 0


def test_only_operators_take_over_slips(world: World) -> None:
    agreement = make.make_agreement(offer=world.offer())
    people = {**world.agents, "system": system_agent()}
    may = {
        role for role, by in people.items() if permissions.can_record_slips(by, agreement.proposal)
    }
    assert may == {"operator", "node_admin", "system"}
    with pytest.raises(DomainError) as refused:
        actions.record_slips([_slip(agreement, "1", 1)], by=world.agents["organization_admin"])
    assert refused.value.code == "not_allowed"
