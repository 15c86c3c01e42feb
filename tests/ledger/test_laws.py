"""Laws that hold for every sequence of events, legal or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.errors import DomainError
from kierto.ledger import actions, chain
from kierto.ledger.models import (
    Action,
    ChainHead,
    EconomicEvent,
    EconomicResource,
    Fulfillment,
)
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_agent, make_kind, make_process, record

pytestmark = pytest.mark.django_db

# Written down a second time, from the facts and not from the code:
# (accounting, on hand) of the resource, then of the to-resource.
SIGNS = {
    "produce": (1, 1, 0, 0), "consume": (-1, -1, 0, 0), "use": (0, 0, 0, 0),
    "cite": (0, 0, 0, 0), "work": (0, 0, 0, 0), "deliverService": (0, 0, 0, 0),
    "pickup": (0, -1, 0, 0), "dropoff": (0, 1, 0, 0), "accept": (0, -1, 0, 0),
    "modify": (0, 1, 0, 0), "combine": (0, -1, 0, 0), "separate": (0, 1, 0, 0),
    "transferAllRights": (-1, 0, 1, 0), "transferCustody": (0, -1, 0, 1),
    "transfer": (-1, -1, 1, 1), "move": (-1, -1, 1, 1), "copy": (0, 0, 1, 1),
    "raise": (1, 1, 0, 0), "lower": (-1, -1, 0, 0),
}  # fmt: skip

few = st.integers(0, 2)
steps = st.lists(
    st.fixed_dictionaries(
        {
            # Most sequences would die of empty stocks without a few more of these.
            "action": st.sampled_from([*Action.values, "raise", "produce", "transfer", "reverse"]),
            "provider": few,
            "receiver": few,
            "amount": st.decimals("0.000001", "20", places=6),
            "kind": st.integers(0, 1),
            "resource": st.none() | st.integers(0, 30),
            "to_resource": st.none() | st.integers(0, 30),
            "in_process": st.booleans(),
            "find_stock": st.booleans(),
            "arises": st.booleans(),
        }
    ),
    min_size=3,
    max_size=14,
)


@contextmanager
def world() -> Iterator[dict[str, Any]]:
    """A small district that is gone afterwards."""
    with transaction.atomic():
        yield {
            "agents": [make_agent() for _ in range(3)],
            "kinds": [make_kind() for _ in range(2)],
            "process": make_process(),
        }
        transaction.set_rollback(True)


def pick(rows: Any, index: int | None) -> Any:
    rows = list(rows.order_by("created_at", "pk"))
    return None if index is None or not rows else rows[index % len(rows)]


def attempt(scene: dict[str, Any], step: dict[str, Any]) -> None:
    action, amount = step["action"], step["amount"]
    if action == "reverse":
        number = int(amount * 10) % (EconomicEvent.objects.count() or 1) + 1
        event = EconomicEvent.objects.filter(number=number).first()
        if event:
            actions.reverse_event(event, reason="a mistake", by=system_agent())
        return
    stocks = EconomicResource.objects.all()
    resource = pick(stocks, step["resource"])
    kind = resource.conforms_to if resource else scene["kinds"][step["kind"]]
    record(
        action,
        scene["agents"][step["provider"]],
        scene["agents"][step["receiver"]],
        conforms_to=kind,
        amount=None if action == "work" else amount,
        effort=amount if action in {"work", "use"} else None,
        resource=resource,
        to_resource=pick(stocks.filter(conforms_to=kind), step["to_resource"]),
        input_of=scene["process"] if step["in_process"] and is_input(action) else None,
        output_of=scene["process"] if step["in_process"] and not is_input(action) else None,
        find_stock=step["find_stock"],
        arises=step["arises"],
    )


def is_input(action: str) -> bool:
    return action in {"consume", "use", "cite", "work", "pickup", "accept", "combine"}


def stored() -> Any:
    return (
        list(EconomicEvent.objects.order_by("number").values_list("hash", flat=True)),
        sorted(EconomicResource.objects.values_list()),
        Fulfillment.objects.count(),
        list(ChainHead.objects.values_list()),
    )


def folded() -> dict[UUID, tuple[Decimal, Decimal]]:
    sums: dict[UUID, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for event in EconomicEvent.objects.all():
        amount = event.resource_quantity or Decimal(0)
        signs = SIGNS[event.action]
        for resource, accounting, onhand in (
            (event.resource_id, *signs[:2]),
            (event.to_resource_id, *signs[2:]),
        ):
            if resource:
                sums[resource][0] += accounting * amount
                sums[resource][1] += onhand * amount
    return {pk: (a, o) for pk, (a, o) in sums.items()}


def kept_stocks() -> dict[UUID, tuple[Decimal, Decimal]]:
    rows = EconomicResource.objects.values_list("pk", "accounting_quantity", "onhand_quantity")
    return {pk: (accounting, onhand) for pk, accounting, onhand in rows}


@settings(max_examples=40)
@given(steps)
def test_stocks_are_the_fold_of_events_and_refusals_leave_no_trace(plan: list[Any]) -> None:
    with world() as scene:
        for step in plan:
            before = stored()
            try:
                attempt(scene, step)
            except DomainError:
                assert stored() == before
        assert kept_stocks() == folded()
        assert min((min(pair) for pair in kept_stocks().values()), default=0) >= 0
        numbers = EconomicEvent.objects.order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, len(numbers) + 1))
        assert chain.verify().ok


@settings(max_examples=25)
@given(steps)
def test_reversing_everything_backwards_leaves_empty_stocks(plan: list[Any]) -> None:
    with world() as scene:
        for step in plan:
            try:
                attempt(scene, step)
            except DomainError:
                pass
        open_events = EconomicEvent.objects.filter(corrects=None, corrected_by=None)
        for event in open_events.order_by("-number"):
            actions.reverse_event(event, reason="all of it", by=system_agent())
        assert set(kept_stocks().values()) <= {(Decimal(0), Decimal(0))}
        assert chain.verify().ok
