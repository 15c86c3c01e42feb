"""Recorders at the same time stand in line: nothing is lost, nothing is given twice."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections

from kierto.ledger import actions, chain
from kierto.ledger.errors import AlreadyReversed, InsufficientStock
from kierto.ledger.models import EconomicEvent, EconomicResource
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.factories.ledger import fresh, make_agent, make_kind, make_stock, make_transfer, record

pytestmark = pytest.mark.django_db(transaction=True)

RECORDERS, EACH = 6, 15


def in_threads(work: Callable[[int], int]) -> list[int]:
    def closing(index: int) -> int:
        try:
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(RECORDERS) as pool:
        return list(pool.map(closing, range(RECORDERS)))


def take_one_by_one(stock: EconomicResource, giver: Agent, taker: Agent) -> int:
    taken = 0
    for _ in range(EACH):
        try:
            record(
                "transfer", giver, taker, conforms_to=stock.conforms_to, resource=stock,
                find_stock=True, amount=1,
            )  # fmt: skip
        except InsufficientStock:
            continue
        taken += 1
    return taken


def test_threads_never_take_more_than_there_is() -> None:
    giver, taker = make_agent(), make_agent()
    there = RECORDERS * EACH - 25
    stock = make_stock(giver, amount=there)
    taken = in_threads(lambda _: take_one_by_one(stock, giver, taker))
    assert sum(taken) == there
    assert fresh(stock).onhand_quantity == 0
    assert EconomicResource.objects.get(primary_accountable=taker).onhand_quantity == there
    result = chain.verify()
    assert (result.ok, result.events) == (True, there + 1)


def test_of_many_who_reverse_an_event_one_succeeds() -> None:
    event = make_transfer(amount=10)

    def reverse(_: int) -> int:
        try:
            actions.reverse_event(event, reason="mistake", by=system_agent())
        except AlreadyReversed:
            return 0
        return 1

    assert sum(in_threads(reverse)) == 1
    assert fresh(event.to_resource).onhand_quantity == 0
    assert chain.verify().ok


def _deliver(giver: Agent, takers: list[Agent], kind: Any) -> None:
    connections.close_all()
    for index in range(EACH):
        make_transfer(giver, takers[index % len(takers)], kind, Decimal("0.1"))
    connections.close_all()


def test_processes_lose_nothing_and_number_without_gaps() -> None:
    kind, takers = make_kind(), [make_agent() for _ in range(2)]
    givers = [make_agent() for _ in range(3)]
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_deliver, args=(giver, takers, kind)) for giver in givers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    numbers = EconomicEvent.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 2 * EACH * len(givers) + 1))
    received = EconomicResource.objects.filter(primary_accountable__in=takers)
    assert received.count() == len(takers)
    assert sum(r.onhand_quantity for r in received) == Decimal("0.1") * EACH * len(givers)
    assert chain.verify().ok
