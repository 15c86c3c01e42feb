"""Tampering is found, wherever it was done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import connection

from kierto.ledger import actions, chain
from kierto.ledger.guards import lower_guards, raise_guards
from kierto.ledger.hashing import GENESIS, event_hash
from kierto.ledger.models import ChainCheck, ChainHead, EconomicEvent, Fulfillment
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_agent, make_kind, make_stock, make_transfer
from tests.ledger.test_append_only import make_fulfilling_transfer

pytestmark = pytest.mark.django_db


@contextmanager
def guards_down() -> Iterator[None]:
    """As somebody who owns the database could do it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in lower_guards(connection.vendor):
            cursor.execute(statement)
    yield
    with connection.cursor() as cursor:
        for statement in raise_guards(connection.vendor):
            cursor.execute(statement)


def make_events(count: int = 5) -> list[EconomicEvent]:
    kind, giver, taker = make_kind(), make_agent(), make_agent()
    for _ in range(count):
        make_transfer(giver, taker, kind, 7)
    return list(EconomicEvent.objects.order_by("number"))


def test_an_empty_chain_holds() -> None:
    assert chain.verify() == chain.Verification(ok=True, events=0, last_hash=GENESIS)


def test_a_written_chain_holds_and_says_how_far_it_came() -> None:
    events = make_events()
    seen: list[tuple[int, int]] = []
    result = chain.verify(progress=lambda done, total: seen.append((done, total)))
    assert (result.ok, result.events, result.last_hash) == (True, 10, events[-1].hash)
    assert seen == [(10, 10)]


def test_the_hash_can_be_computed_from_the_documented_text_alone() -> None:
    event = make_fulfilling_transfer()
    event.refresh_from_db()
    moment = "%Y-%m-%dT%H:%M:%S.%fZ"
    text = json.dumps(
        {
            "number": 2,
            "previous_hash": EconomicEvent.objects.get(number=1).hash,
            "id": str(event.pk),
            "action": "transfer",
            "provider": str(event.provider_id),
            "receiver": str(event.receiver_id),
            "conforms_to": event.conforms_to_id,
            "resource": str(event.resource_id),
            "to_resource": str(event.to_resource_id),
            "resource_quantity": "10",
            "entered_value": "",
            "entered_unit": "",
            "effort_quantity": None,
            "has_beginning": event.has_beginning.strftime(moment),
            "has_end": event.has_end.strftime(moment),
            "location": None,
            "to_location": None,
            "input_of": None,
            "output_of": None,
            "realization_of": str(event.realization_of_id),
            "state": "",
            "note": "",
            "corrects": None,
            "triggered_by": None,
            "visibility": "parties",
            "recorded_by": str(system_agent().pk),
            "recorded_at": event.recorded_at.strftime(moment),
            "provenance": "form",
            "provenance_reference": "",
            "fulfills": [[str(event.fulfills.get().commitment_id), "10"]],
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )
    assert event.hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("resource_quantity", Decimal("6.9")),
        ("note", "x"),
        ("visibility", "public"),
        ("provenance_reference", "other.csv:3"),
        ("action", "move"),
    ],
)
def test_an_altered_field_is_found(field: str, value: object) -> None:
    make_events()
    with guards_down():
        EconomicEvent.objects.filter(number=4).update(**{field: value})
    result = chain.verify()
    assert (result.ok, result.broken_at, result.events) == (False, 4, 3)
    assert result.reason == ("Event 4 is not what was written: its fields do not give its hash.")
    assert result.expected != result.found


def test_an_altered_fulfilment_is_found() -> None:
    make_fulfilling_transfer()
    with guards_down():
        Fulfillment.objects.update(resource_quantity=3)
    assert chain.verify().broken_at == 2


def test_a_missing_event_is_found() -> None:
    make_events()
    with guards_down():
        EconomicEvent.objects.filter(number=5)._raw_delete("default")
    result = chain.verify()
    assert (result.broken_at, result.reason) == (5, "Event 5 is missing.")


def test_swapped_events_are_found() -> None:
    make_events()
    with guards_down():
        for old, new in ((5, 100), (6, 5), (100, 6)):
            EconomicEvent.objects.filter(number=old).update(number=new)
    result = chain.verify()
    assert (result.broken_at, result.cause) == (5, chain.MOVED)


def rehash_from(number: int) -> None:
    """What a careful forger does: write every later hash anew."""
    from kierto.ledger.hashing import COLUMNS  # noqa: PLC0415

    previous = GENESIS
    for values in EconomicEvent.objects.order_by("number").values(*COLUMNS, "hash"):
        digest = values["hash"]
        if values["number"] >= number:
            values["previous_hash"] = previous
            digest = event_hash(values, [])
            EconomicEvent.objects.filter(pk=values["id"]).update(
                previous_hash=previous, hash=digest
            )
        previous = digest


def test_a_rehashed_tail_does_not_fit_the_head() -> None:
    make_events()
    with guards_down():
        EconomicEvent.objects.filter(number=4).update(note="forged")
        rehash_from(4)
    result = chain.verify()
    assert (result.broken_at, result.cause) == (10, chain.HEAD_DIFFERS)


def test_a_rehashed_tail_with_its_head_does_not_fit_the_last_check() -> None:
    make_events()
    actions.check_chain(by=system_agent())
    with guards_down():
        EconomicEvent.objects.filter(number=4).update(note="forged")
        rehash_from(4)
    ChainHead.objects.update(hash=EconomicEvent.objects.get(number=10).hash)
    result = chain.verify()
    assert (result.broken_at, result.cause) == (10, chain.REWRITTEN)


def test_a_cut_tail_is_found() -> None:
    make_events()
    with guards_down():
        EconomicEvent.objects.filter(number__gt=8)._raw_delete("default")
    result = chain.verify()
    assert (result.broken_at, result.expected, result.found) == (9, "10", "8")


def test_a_cut_tail_with_its_head_does_not_fit_the_last_check() -> None:
    make_events()
    actions.check_chain(by=system_agent())
    with guards_down():
        EconomicEvent.objects.filter(number__gt=8)._raw_delete("default")
    ChainHead.objects.update(number=8, hash=EconomicEvent.objects.get(number=8).hash)
    assert chain.verify().cause == chain.CUT


def test_an_event_behind_the_head_is_found() -> None:
    events = make_events()
    forged = EconomicEvent.objects.get(number=10)
    forged.pk, forged.number, forged.hash = make_agent().pk, 11, "f" * 64
    forged.previous_hash = events[-1].hash
    forged._state.adding = True
    forged.save(force_insert=True)
    result = chain.verify()
    assert (result.broken_at, result.cause) == (11, chain.BEYOND)


def test_a_stock_that_is_not_the_sum_of_its_events_is_found() -> None:
    stock = make_stock(amount=5)
    type(stock).objects.filter(pk=stock.pk).update(onhand_quantity=4)
    result = chain.verify()
    assert (result.ok, result.broken_at) == (False, None)
    assert (result.expected, result.found) == ("5 / 5", "5 / 4")
    assert str(stock.pk) in result.reason


def test_a_check_is_remembered() -> None:
    make_events(1)
    check = actions.check_chain(by=system_agent())
    assert ChainCheck.objects.get() == check
    assert (check.ok, check.events, check.reason) == (True, 2, "")


def test_verifying_reads_in_few_queries(django_assert_num_queries: object) -> None:
    make_events(8)
    with django_assert_num_queries(7):  # type: ignore[operator]
        assert chain.verify().ok
