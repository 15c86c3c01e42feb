"""What a repair costs: promised when it is ready, paid at the counter."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.errors import NotAllowed
from kierto.ledger.queries import stock_of
from kierto.parties.queries import system_agent
from kierto.repair import actions, billing
from kierto.repair.errors import tickets as errors
from kierto.repair.models import Ticket
from tests.factories.parties import make_person
from tests.factories.repair import bring_to, make_repairer, make_ticket, make_workshop
from tests.factories.sharing import make_euro

pytestmark = pytest.mark.django_db


def _ready(price: int | None = 40) -> Ticket:
    make_euro()
    return bring_to(make_ticket(), "done", price=price)


def test_a_price_is_promised_and_paid_in_the_ledger() -> None:
    ticket = _ready()
    assert (billing.due(ticket), billing.paid(ticket)) == (40, 0)
    event = actions.pay(ticket, by=system_agent())
    shop = ticket.workshop.agent
    assert (event.action, event.provider, event.receiver) == ("transfer", ticket.owner, shop)
    assert (billing.due(ticket), billing.paid(ticket)) == (0, 40)
    assert stock_of(shop, event.conforms_to) == 40
    with pytest.raises(errors.NothingDue):
        actions.pay(ticket, by=system_agent())


@settings(max_examples=15)
@given(parts=st.lists(st.decimals("0.01", "30", places=2), min_size=1, max_size=4))
def test_what_is_paid_and_what_is_due_add_up_to_the_price(parts: list[Decimal]) -> None:
    ticket = _ready(120)
    for amount in parts:
        actions.pay(ticket, amount=amount, by=system_agent())
    assert billing.paid(ticket) == sum(parts)
    assert billing.paid(ticket) + billing.due(ticket) == 120


@pytest.mark.parametrize("amount", ["0", "-1", "40.01"])
def test_nobody_pays_more_than_is_due(amount: str) -> None:
    with pytest.raises((errors.PaidTooMuch, errors.AmountImplausible)):
        actions.pay(_ready(), amount=Decimal(amount), by=system_agent())


def test_a_repair_free_of_charge_has_no_bill() -> None:
    for price in (None, 0):
        ticket = _ready(price)
        assert (ticket.bill, billing.due(ticket)) == (None, 0)


def test_without_money_in_the_catalogue_the_price_is_stated_only() -> None:
    ticket = bring_to(make_ticket(), "done", price=40)
    assert (ticket.price, ticket.bill) == (40, None)


def test_the_workshop_does_not_pay_itself() -> None:
    make_euro()
    workshop = make_workshop()
    ticket = bring_to(make_ticket(workshop, owner=workshop.agent), "done", price=40)
    assert ticket.bill is None


def test_work_that_goes_on_takes_the_bill_back_until_it_is_paid() -> None:
    ticket, by = _ready(), system_agent()
    ticket = actions.move_ticket(ticket, "in_work", by=by)
    assert (ticket.bill, billing.due(ticket)) == (None, 0)
    ticket = actions.finish(ticket, outcome="Fixed", price=50, by=by)
    assert billing.due(ticket) == 50
    actions.pay(ticket, amount=1, by=by)
    with pytest.raises(errors.PaidAlready):
        actions.move_ticket(ticket, "in_work", by=by)
    assert Ticket.objects.get(pk=ticket.pk).state == "done"


def test_it_may_be_paid_after_it_was_given_back() -> None:
    ticket = actions.give_back(_ready(), by=system_agent())
    actions.pay(ticket, by=system_agent())
    assert billing.due(ticket) == 0


def test_staff_take_money_and_owners_do_not() -> None:
    ticket = _ready()
    for by in (ticket.owner, make_person().agent):
        with pytest.raises(NotAllowed):
            actions.pay(ticket, by=by)
    repairer = make_repairer(ticket.workshop).agent
    client = Client()
    client.force_login(repairer.person.user, "django.contrib.auth.backends.ModelBackend")
    path = reverse("repair:ticket_pay", args=[ticket.pk])
    assert client.post(path, {"amount": "100"}).status_code == 422
    assert client.post(path, {"amount": "15,50"}).status_code == 302
    assert billing.due(ticket) == Decimal("24.50")
    page = client.get(reverse("repair:ticket", args=[ticket.pk]))
    assert page.context["paid_form"]["amount"].value() == "24.50"
