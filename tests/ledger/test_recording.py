"""What recording an event does to stocks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kierto.core.announce import _listeners, listen
from kierto.core.quantity import Quantity, Unit
from kierto.ledger import actions, errors
from kierto.ledger.changes import EventRecorded
from kierto.ledger.drafts import EventDraft
from kierto.ledger.models import EconomicEvent, EconomicResource, Provenance
from kierto.parties.queries import system_agent
from tests.factories.ledger import (
    fresh,
    make_agent,
    make_kind,
    make_process,
    make_recipe,
    make_stock,
    make_transfer,
    record,
)
from tests.factories.parties import make_place

pytestmark = pytest.mark.django_db


def stocks(resource: EconomicResource | None) -> tuple[Decimal, Decimal]:
    now = fresh(resource)
    return now.accounting_quantity, now.onhand_quantity


def test_raise_opens_a_stock_of_the_receiver() -> None:
    agent = make_agent()
    stock = make_stock(agent, amount=5)
    assert stocks(stock) == (5, 5)
    assert (fresh(stock).primary_accountable, fresh(stock).custodian) == (agent, agent)


def test_transfer_moves_rights_and_goods_to_a_stock_of_the_receiver() -> None:
    giver, taker = make_agent(), make_agent()
    stock = make_stock(giver, amount=100)
    event = record(
        "transfer", giver, taker, conforms_to=stock.conforms_to, resource=stock, amount=40
    )
    assert stocks(stock) == (60, 60)
    assert stocks(event.to_resource) == (40, 40)
    assert fresh(event.to_resource).primary_accountable == taker
    assert fresh(event.to_resource).custodian == taker


def test_record_transfer_raises_what_the_provider_lacks_and_reuses_stocks() -> None:
    giver, taker, kind = make_agent(), make_agent(), make_kind()
    first = make_transfer(giver, taker, kind, 10)
    second = make_transfer(giver, taker, kind, 15)
    assert (first.resource_id, first.to_resource_id) == (
        second.resource_id,
        second.to_resource_id,
    )
    assert stocks(first.resource) == (0, 0)
    assert stocks(first.to_resource) == (25, 25)
    actions_in_order = EconomicEvent.objects.order_by("number").values_list("action", flat=True)
    assert list(actions_in_order) == ["raise", "transfer", "raise", "transfer"]


def test_custody_passes_without_rights_and_comes_back() -> None:
    owner, borrower = make_agent(), make_agent()
    drill = make_stock(owner, make_kind(unit=Unit.ITEM), amount=1)
    lent = record(
        "transferCustody", owner, borrower, conforms_to=drill.conforms_to, resource=drill, amount=1
    )
    assert stocks(drill) == (1, 0)
    assert stocks(lent.to_resource) == (0, 1)
    assert fresh(lent.to_resource).primary_accountable == owner
    assert fresh(lent.to_resource).custodian == borrower
    record(
        "transferCustody",
        borrower,
        owner,
        conforms_to=drill.conforms_to,
        resource=lent.to_resource,
        to_resource=drill,
        amount=1,
    )
    assert stocks(drill) == (1, 1)


def test_a_process_consumes_and_produces() -> None:
    maker = make_agent()
    recipe = make_recipe("composting")
    peel = make_stock(maker, amount=100)
    process = make_process(recipe)
    record(
        "consume",
        maker,
        conforms_to=peel.conforms_to,
        resource=peel,
        input_of=process,
        amount=80,
    )
    made = record("produce", maker, conforms_to=make_kind(), output_of=process, amount=30)
    assert stocks(peel) == (20, 20)
    assert stocks(made.resource) == (30, 30)
    assert fresh(made.resource).stage == "composting"


def test_production_for_another_implies_the_transfer() -> None:
    maker, taker = make_agent(), make_agent()
    made = record("produce", maker, taker, conforms_to=make_kind(), amount=30)
    assert fresh(made.resource).primary_accountable == taker
    assert fresh(made.resource).custodian == taker


def test_entered_amounts_are_kept_beside_the_canonical_ones() -> None:
    event = make_transfer()
    stock = make_stock()
    event = record(
        "raise",
        stock.primary_accountable,
        conforms_to=stock.conforms_to,
        resource=stock,
        quantity=Quantity(Decimal("2.50"), "t"),
    )
    event.refresh_from_db()
    assert (event.resource_quantity, event.entered_value, event.entered_unit) == (2500, "2.5", "t")


def test_work_counts_hours_and_use_counts_both() -> None:
    agent, skill = make_agent(), make_kind(unit=Unit.HOUR)
    drill = make_stock(agent, make_kind(unit=Unit.ITEM), amount=1)
    worked = record("work", agent, conforms_to=skill, effort=Decimal("1.5"))
    used = record(
        "use", agent, conforms_to=drill.conforms_to, resource=drill, amount=1, effort=Decimal(2)
    )
    assert (worked.resource_quantity, worked.effort_quantity) == (None, Decimal("1.5"))
    assert (used.resource_quantity, used.effort_quantity) == (1, 2)
    assert stocks(drill) == (1, 1)
    with pytest.raises(errors.AmountMissing):
        record("work", agent, conforms_to=skill)
    with pytest.raises(errors.AmountMissing):
        record("use", agent, conforms_to=drill.conforms_to, resource=drill, amount=1)
    with pytest.raises(errors.AmountNotCounted):
        record("work", agent, conforms_to=skill, effort=Decimal(1), amount=1)


def test_an_event_may_be_recorded_long_after_it_happened() -> None:
    then = timezone.now() - timedelta(days=300)
    event = record("raise", make_agent(), conforms_to=make_kind(), amount=1, happened_at=then)
    assert (event.has_beginning, event.has_end) == (then, then)
    assert event.recorded_at > then


def test_what_is_taken_in_for_repair_comes_back_and_no_more() -> None:
    owner, shop = make_agent(), make_agent()
    bicycle = make_stock(owner, make_kind(unit=Unit.ITEM), amount=2)
    process = make_process(make_recipe("repairing"))
    kind = bicycle.conforms_to
    with pytest.raises(errors.ProcessMissing):
        record("accept", owner, shop, conforms_to=kind, resource=bicycle, amount=1)
    record("accept", owner, shop, conforms_to=kind, resource=bicycle, amount=1, input_of=process)
    assert stocks(bicycle) == (2, 1)
    with pytest.raises(errors.NothingToReturn):
        record(
            "modify", shop, owner, conforms_to=kind, resource=bicycle, amount=2, output_of=process
        )
    record(
        "modify",
        shop,
        owner,
        conforms_to=kind,
        resource=bicycle,
        amount=1,
        output_of=process,
        state="repaired",
    )
    assert stocks(bicycle) == (2, 2)
    assert (fresh(bicycle).state, fresh(bicycle).stage) == ("repaired", "repairing")
    assert fresh(bicycle).custodian == owner


def test_a_move_changes_the_place_and_not_the_owner() -> None:
    owner, haulier = make_agent(), make_agent()
    stock, yard = make_stock(owner, amount=10), make_place(owner)
    event = record(
        "move",
        owner,
        haulier,
        conforms_to=stock.conforms_to,
        resource=stock,
        amount=4,
        to_location=yard,
    )
    moved = fresh(event.to_resource)
    assert (moved.primary_accountable, moved.custodian) == (owner, haulier)
    assert moved.current_location == yard
    assert stocks(stock) == (6, 6)


def test_a_batch_is_written_whole_or_not_at_all() -> None:
    agent, kind = make_agent(), make_kind()
    stock = EconomicResource(conforms_to=kind, name="silo")
    raised = EventDraft(
        action="raise",
        provider=agent,
        receiver=agent,
        conforms_to=kind,
        quantity=Decimal(5),
        resource=stock,
        provenance=Provenance.FILE,
        provenance_reference="silo.csv:2",
    )
    lowered = EventDraft(
        action="lower",
        provider=agent,
        receiver=agent,
        conforms_to=kind,
        quantity=Decimal(3),
        resource=stock,
        provenance=Provenance.FILE,
    )
    with pytest.raises(errors.InsufficientStock):
        actions.record_events([raised, lowered, lowered], by=system_agent())
    assert EconomicEvent.objects.count() == EconomicResource.objects.count() == 0
    events = actions.record_events([raised, lowered], by=system_agent())
    assert [event.number for event in events] == [1, 2]
    assert stocks(events[0].resource) == (2, 2)
    assert fresh(events[0].resource).name == "silo"


def test_every_written_event_is_announced_in_its_order() -> None:
    heard: list[EconomicEvent] = []

    def hear(change: EventRecorded) -> None:
        heard.append(change.event)

    listen(EventRecorded, hear)
    try:
        event = make_transfer()
        actions.reverse_event(event, reason="mistake", by=system_agent())
    finally:
        _listeners[EventRecorded].remove(hear)
    assert [(e.number, e.action) for e in heard] == [(1, "raise"), (2, "transfer"), (3, "transfer")]
    assert heard[2].corrects == event


def test_a_listener_that_fails_takes_the_event_back() -> None:
    def fail(change: EventRecorded) -> None:
        raise RuntimeError("cannot derive")

    listen(EventRecorded, fail)
    try:
        with pytest.raises(RuntimeError, match="cannot derive"):
            make_transfer(make_agent(), make_agent(), make_kind(), 1)
    finally:
        _listeners[EventRecorded].remove(fail)
    assert EconomicEvent.objects.count() == EconomicResource.objects.count() == 0


def test_a_long_batch_takes_hardly_more_queries_than_a_short_one() -> None:
    giver, taker, kind = make_agent(), make_agent(), make_kind()

    def queries_for(count: int) -> int:
        drafts = [
            EventDraft(
                action="transfer",
                provider=giver,
                receiver=taker,
                conforms_to=kind,
                quantity=Decimal(1),
                provenance=Provenance.READING,
                find_stock=True,
                arises=True,
            )
            for _ in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            assert len(actions.record_events(drafts, by=system_agent())) == count
        return len(queries)

    # Rows are inserted some hundred at a time; nothing is asked for each event.
    assert queries_for(200) - queries_for(5) < 20


def test_what_was_opened_in_a_batch_is_found_in_the_same_batch() -> None:
    agent, other, kind = make_agent(), make_agent(), make_kind()
    produced = EventDraft(
        action="produce",
        provider=agent,
        receiver=agent,
        conforms_to=kind,
        quantity=Decimal(5),
        resource=EconomicResource(conforms_to=kind),
        provenance=Provenance.FORM,
    )
    given = EventDraft(
        action="transfer",
        provider=agent,
        receiver=other,
        conforms_to=kind,
        quantity=Decimal(5),
        find_stock=True,
        provenance=Provenance.FORM,
    )
    made, gave = actions.record_events([produced, given], by=system_agent())
    assert made.resource == gave.resource
    assert stocks(made.resource) == (0, 0)
