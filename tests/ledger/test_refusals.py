"""What the ledger refuses to write down, and what it says then."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.core.quantity import Quantity, WrongDimension
from kierto.ledger import errors
from kierto.ledger.models import EconomicEvent, EconomicResource
from tests.factories.ledger import (
    fresh,
    make_agent,
    make_kind,
    make_process,
    make_stock,
    make_transfer,
    record,
)
from tests.factories.parties import make_person

pytestmark = pytest.mark.django_db


def stocks(resource: EconomicResource | None) -> tuple[Decimal, Decimal]:
    now = fresh(resource)
    return now.accounting_quantity, now.onhand_quantity


def test_more_than_there_is_is_refused_with_what_there_is() -> None:
    giver, taker = make_agent(), make_agent()
    stock = make_stock(giver, make_kind("coffee-grounds"), amount=3)
    with pytest.raises(errors.InsufficientStock) as refusal:
        record("transfer", giver, taker, conforms_to=stock.conforms_to, resource=stock, amount=4)
    assert refusal.value.fields["available"] == "3"
    assert str(refusal.value) == (
        "There are 3 kg of “coffee grounds”, and 4 kg were to be taken. "
        "Enter a smaller amount, or first record where the rest came from."
    )
    assert stocks(stock) == (3, 3)
    assert EconomicEvent.objects.count() == 1


def test_hours_do_not_measure_kilograms() -> None:
    with pytest.raises(WrongDimension):
        record("raise", make_agent(), conforms_to=make_kind(), quantity=Quantity(Decimal(1), "h"))


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_an_amount_is_above_zero(amount: str) -> None:
    with pytest.raises(errors.AmountNotPositive):
        record("raise", make_agent(), conforms_to=make_kind(), amount=amount)


def test_amounts_beyond_exactness_are_refused() -> None:
    with pytest.raises(errors.StockTooLarge):
        record("raise", make_agent(), conforms_to=make_kind(), amount=10**9)
    stock = make_stock(amount="999999999.999999")
    assert stocks(stock)[0] == Decimal("999999999.999999")
    with pytest.raises(errors.StockTooLarge):
        record(
            "raise",
            stock.primary_accountable,
            conforms_to=stock.conforms_to,
            resource=stock,
            amount="0.000001",
        )


def test_what_has_not_happened_is_not_recorded() -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    with pytest.raises(errors.NotYetHappened):
        record("raise", make_agent(), conforms_to=make_kind(), amount=1, happened_at=tomorrow)
    with pytest.raises(errors.TimeWithoutZone):
        record(
            "raise",
            make_agent(),
            conforms_to=make_kind(),
            amount=1,
            happened_at=tomorrow.replace(tzinfo=None),
        )
    with pytest.raises(errors.EndsBeforeStart):
        record(
            "raise",
            make_agent(),
            conforms_to=make_kind(),
            amount=1,
            has_beginning=timezone.now(),
            has_end=timezone.now() - timedelta(hours=1),
        )


def test_inputs_go_in_and_outputs_come_out() -> None:
    stock, process = make_stock(), make_process()
    with pytest.raises(errors.WrongSide):
        record(
            "consume",
            stock.primary_accountable,
            conforms_to=stock.conforms_to,
            resource=stock,
            output_of=process,
            amount=1,
        )
    with pytest.raises(errors.WrongSide):
        record(
            "raise",
            stock.primary_accountable,
            conforms_to=stock.conforms_to,
            input_of=process,
            amount=1,
        )


def test_nobody_gives_what_is_not_theirs() -> None:
    stock, thief = make_stock(), make_agent()
    with pytest.raises(errors.NotTheirs):
        record(
            "transfer",
            thief,
            make_agent(),
            conforms_to=stock.conforms_to,
            resource=stock,
            amount=1,
        )


def test_a_transfer_needs_two_parties_and_one_kind() -> None:
    stock = make_stock()
    owner = stock.primary_accountable
    with pytest.raises(errors.SameParty):
        record("transfer", owner, owner, conforms_to=stock.conforms_to, resource=stock, amount=1)
    with pytest.raises(errors.WrongKind):
        record("transfer", owner, make_agent(), conforms_to=make_kind(), resource=stock, amount=1)
    with pytest.raises(errors.ResourceMissing):
        record("transfer", owner, make_agent(), conforms_to=stock.conforms_to, amount=1)
    with pytest.raises(errors.ResourceNotWanted):
        record(
            "consume",
            owner,
            conforms_to=stock.conforms_to,
            resource=stock,
            to_resource=make_stock(owner, stock.conforms_to),
            amount=1,
        )


def test_strangers_cannot_record_and_parties_can() -> None:
    giver, taker = make_agent(), make_agent()
    stranger = make_person("resident").agent
    member = make_person("member", organization=taker.organization).agent
    with pytest.raises(NotAllowed):
        make_transfer(giver, taker, by=stranger)
    assert make_transfer(giver, taker, by=member).recorded_by == member


def test_an_unknown_action_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="steal"):
        record("steal", make_agent(), conforms_to=make_kind(), amount=1)
