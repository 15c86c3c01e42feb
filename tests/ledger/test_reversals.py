"""Mistakes are put right by mirrors, never by changing what was written."""

from __future__ import annotations

import pytest

from kierto.core.errors import NotAllowed
from kierto.ledger import actions, chain, errors
from kierto.ledger.models import EconomicEvent
from kierto.ledger.queries import fulfilled, remaining, standing
from kierto.parties.queries import system_agent
from tests.factories.ledger import (
    fresh,
    make_agent,
    make_process,
    make_stock,
    make_transfer,
    record,
)
from tests.factories.parties import make_person, make_place
from tests.ledger.test_append_only import make_fulfilling_transfer

pytestmark = pytest.mark.django_db


def reverse(event: EconomicEvent, reason: str = "weighed wrongly") -> EconomicEvent:
    return actions.reverse_event(event, reason=reason, by=system_agent())


def test_a_reversal_mirrors_the_event_and_restores_the_stocks() -> None:
    giver, taker = make_agent(), make_agent()
    stock = make_stock(giver, amount=50)
    event = record(
        "transfer", giver, taker, conforms_to=stock.conforms_to, resource=stock, amount=20
    )
    mirror = reverse(event)
    assert (mirror.action, mirror.resource_quantity) == ("transfer", -20)
    assert (mirror.provider, mirror.receiver) == (giver, taker)
    assert (mirror.corrects, mirror.note) == (event, "weighed wrongly")
    assert fresh(stock).onhand_quantity == fresh(stock).accounting_quantity == 50
    assert fresh(event.to_resource).onhand_quantity == 0
    assert sum(EconomicEvent.objects.filter(action="transfer").values_list(
        "resource_quantity", flat=True)) == 0  # fmt: skip
    assert chain.verify().ok


def test_a_reversal_takes_back_what_was_counted_towards_a_promise() -> None:
    event = make_fulfilling_transfer()
    promise = event.fulfills.get().commitment
    assert (fulfilled(promise), remaining(promise)) == (10, 0)
    reverse(event)
    assert (fulfilled(promise), remaining(promise)) == (0, 10)
    assert chain.verify().ok


def test_an_event_is_reversed_once() -> None:
    event = make_transfer()
    mirror = reverse(event)
    with pytest.raises(errors.AlreadyReversed) as refusal:
        reverse(event)
    assert str(refusal.value) == (
        f"Event {event.number} was reversed by event {mirror.number}. "
        "There is nothing left to undo."
    )


def test_a_reversal_is_not_reversed_but_followed_by_a_new_event() -> None:
    mirror = reverse(make_transfer())
    with pytest.raises(errors.ReversalIsFinal):
        reverse(mirror)


def test_what_was_passed_on_since_cannot_be_taken_back() -> None:
    first, second, third = make_agent(), make_agent(), make_agent()
    event = make_transfer(first, second, amount=10)
    onward = make_transfer(second, third, event.conforms_to, 6, arises=False)
    with pytest.raises(errors.ReversalUsedUp) as refusal:
        reverse(event)
    assert (refusal.value.fields["available"], refusal.value.fields["wanted"]) == ("4", "10")
    reverse(onward)
    reverse(event)
    assert fresh(event.to_resource).onhand_quantity == 0


def test_state_and_place_are_again_what_earlier_events_made_them() -> None:
    owner = make_agent()
    stock, first, second = make_stock(owner, amount=5), make_place(owner), make_place(owner)
    process, kind = make_process(), stock.conforms_to

    def bring_back(place: object, state: str) -> EconomicEvent:
        record("pickup", owner, conforms_to=kind, resource=stock, amount=1, input_of=process)
        return record(
            "dropoff", owner, conforms_to=kind, resource=stock, amount=1,
            output_of=process, to_location=place, state=state,
        )  # fmt: skip

    bring_back(first, "clean")
    mistake = bring_back(second, "dirty")
    assert (fresh(stock).current_location, fresh(stock).state) == (second, "dirty")
    reverse(mistake)
    assert (fresh(stock).current_location, fresh(stock).state) == (first, "clean")


def test_a_pickup_that_was_brought_back_cannot_be_reversed_alone() -> None:
    owner = make_agent()
    stock, process = make_stock(owner, amount=5), make_process()
    taken = record(
        "pickup", owner, conforms_to=stock.conforms_to, resource=stock, amount=2, input_of=process
    )
    back = record(
        "dropoff", owner, conforms_to=stock.conforms_to, resource=stock, amount=2, output_of=process
    )
    with pytest.raises(errors.NothingToReturn):
        reverse(taken)
    reverse(back)
    reverse(taken)
    assert fresh(stock).onhand_quantity == 5


def test_a_reversal_says_why_and_is_for_those_concerned() -> None:
    event = make_transfer()
    with pytest.raises(errors.ReasonMissing):
        reverse(event, reason=" ")
    with pytest.raises(NotAllowed):
        actions.reverse_event(event, reason="x", by=make_person("resident").agent)
    giver = make_person("member", organization=event.provider.organization).agent
    assert actions.reverse_event(event, reason="twice", by=giver).recorded_by == giver


def test_standing_events_leave_out_both_halves() -> None:
    event = make_transfer()
    assert standing(EconomicEvent.objects.all()).count() == 2
    reverse(event)
    assert [e.action for e in standing(EconomicEvent.objects.all())] == ["raise"]
