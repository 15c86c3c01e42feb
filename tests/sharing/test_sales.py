"""Consumables over the counter."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kierto.core.errors import DomainError, NotAllowed
from kierto.ledger.errors import InsufficientStock
from kierto.ledger.models import Action
from kierto.ledger.queries import stock_of
from kierto.sharing.actions.sales import sell
from kierto.sharing.charges import due, due_from
from kierto.sharing.errors.lending import NotForSale, QuantityNotWhole
from kierto.sharing.models import Sale
from kierto.sharing.states import Reason, Sort
from tests.sharing.desk import Desk, make_desk, worlds_stock

STAFF = {"member", "organization_admin", "operator", "node_admin"}


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def test_a_sale_passes_everything_and_is_charged(desk: Desk) -> None:
    glue = desk.thing(sort=Sort.CONSUMABLE, quantity=9, unit_price=Decimal("1.25"))
    sale = sell(glue, quantity=3, buyer=desk.borrower, by=desk.staff)
    assert sale.event.action == Action.TRANSFER
    assert worlds_stock(glue) == (6, 6)
    assert stock_of(desk.borrower, glue.kind) == 3
    assert sale.charge is not None
    assert due(sale.charge) == Decimal("3.75")


def test_what_has_no_price_is_given_away(desk: Desk) -> None:
    screws = desk.thing(sort=Sort.CONSUMABLE, quantity=9)
    assert sell(screws, quantity=9, buyer=desk.borrower, by=desk.staff).charge is None
    assert due_from(desk.borrower, desk.collection) == 0


def test_no_more_is_sold_than_there_is(desk: Desk) -> None:
    glue = desk.thing(sort=Sort.CONSUMABLE, quantity=2, unit_price=1)
    with pytest.raises(InsufficientStock):
        sell(glue, quantity=3, buyer=desk.borrower, by=desk.staff)
    with pytest.raises(QuantityNotWhole):
        sell(glue, quantity=0, buyer=desk.borrower, by=desk.staff)
    assert due_from(desk.borrower, desk.collection, Reason.SALE) == 0


@pytest.mark.parametrize("sort", [sort for sort in Sort if sort != Sort.CONSUMABLE])
def test_what_is_lent_is_not_sold(desk: Desk, sort: str) -> None:
    thing = desk.thing(sort=sort)
    with pytest.raises(NotForSale):
        sell(thing, quantity=1, buyer=desk.borrower, by=desk.staff)


def test_only_the_staff_sell(desk: Desk) -> None:
    for role, by in desk.roles().items():
        if by is None:
            continue
        glue = desk.thing(sort=Sort.CONSUMABLE, quantity=2, unit_price=1)
        if role in STAFF:
            sell(glue, quantity=1, buyer=desk.borrower, by=by)
        else:
            with pytest.raises(NotAllowed):
                sell(glue, quantity=1, buyer=desk.borrower, by=by)
        assert Sale.objects.filter(thing=glue).exists() == (role in STAFF)


def test_nothing_is_sold_while_money_is_unknown(desk: Desk) -> None:
    from kierto.catalogue.models import ResourceSpecification

    glue = desk.thing(sort=Sort.CONSUMABLE, quantity=2, unit_price=1)
    ResourceSpecification.objects.filter(code="euro").delete()
    with pytest.raises(DomainError):
        sell(glue, quantity=1, buyer=desk.borrower, by=desk.staff)
    assert worlds_stock(glue) == (2, 2)
