"""Spare parts of a repair, and the workshop's stock of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kierto.core.errors import NotAllowed
from kierto.core.quantity import Unit
from kierto.ledger.models import EconomicEvent
from kierto.ledger.queries import stock_of
from kierto.parties.queries import system_agent
from kierto.repair import actions
from kierto.repair.errors import tickets as errors
from tests.factories.catalogue import make_kind
from tests.factories.ledger import make_transfer
from tests.factories.repair import make_ticket

pytestmark = pytest.mark.django_db


def test_a_part_from_the_exchange_is_consumed_from_the_workshop_s_stock() -> None:
    ticket, kind, by = make_ticket(state="in_work"), make_kind(unit=Unit.ITEM), system_agent()
    make_transfer(receiver=ticket.workshop.agent, kind=kind, amount=3)
    part = actions.add_part(ticket, name="Belt", kind=kind, quantity=2, by=by)
    part = actions.fit_part(part, by=by)
    assert (part.state, part.event.action) == ("fitted", "consume")
    assert part.event.input_of == ticket.process
    assert stock_of(ticket.workshop.agent, kind) == 1


def test_a_part_bought_elsewhere_arises_when_it_is_fitted() -> None:
    ticket, kind, by = make_ticket(state="in_work"), make_kind(unit=Unit.ITEM), system_agent()
    part = actions.fit_part(actions.add_part(ticket, name="Belt", kind=kind, by=by), by=by)
    assert stock_of(ticket.workshop.agent, kind) == 0
    events = EconomicEvent.objects.filter(conforms_to=kind).order_by("number")
    assert [event.action for event in events] == ["raise", "consume"]
    assert part.event == events[1]


def test_a_part_of_no_kind_is_words_only() -> None:
    ticket, by = make_ticket(state="in_work"), system_agent()
    part = actions.fit_part(actions.add_part(ticket, name="A screw", by=by), by=by)
    assert (part.state, part.event) == ("fitted", None)


def test_a_part_is_settled_once() -> None:
    ticket, by = make_ticket(state="in_work"), system_agent()
    part = actions.order_part(actions.add_part(ticket, name="Belt", by=by), by=by)
    assert part.state == "ordered"
    part = actions.drop_part(part, by=by)
    for verb in (actions.fit_part, actions.order_part, actions.drop_part):
        with pytest.raises(errors.PartSettled):
            verb(part, by=by)


def test_parts_are_fitted_while_the_thing_is_in_work() -> None:
    by = system_agent()
    for state in ("new", "accepted", "done"):
        part = actions.add_part(make_ticket(state=state), name="Belt", by=by)
        with pytest.raises(errors.NotBegun):
            actions.fit_part(part, by=by)
    with pytest.raises(NotAllowed):
        actions.add_part(make_ticket(state="collected"), name="Belt", by=by)


def test_parts_are_counted_and_named() -> None:
    ticket, by = make_ticket(), system_agent()
    with pytest.raises(errors.PartNotCounted):
        actions.add_part(ticket, name="Oil", kind=make_kind(unit=Unit.KILOGRAM), by=by)
    with pytest.raises(errors.WordsMissing):
        actions.add_part(ticket, name=" ", by=by)
    for wrong in (0, 100_000):
        with pytest.raises(errors.AmountImplausible):
            actions.add_part(ticket, name="Belt", quantity=wrong, by=by)
    with pytest.raises(errors.AmountImplausible):
        actions.add_part(ticket, name="Belt", price=Decimal(-1), by=by)


def test_the_owner_does_not_order_parts() -> None:
    ticket = make_ticket()
    with pytest.raises(NotAllowed):
        actions.add_part(ticket, name="Belt", by=ticket.owner)
