"""Agreements, what is kept of their promises, and taking promises back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kierto.core.errors import NotAllowed
from kierto.ledger import actions, errors
from kierto.ledger.drafts import CommitmentDraft
from kierto.ledger.models import Commitment
from kierto.ledger.queries import fulfilled, kept_of, remaining
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_agent, make_agreement, make_kind, make_transfer
from tests.factories.parties import make_person

pytestmark = pytest.mark.django_db


def draft(**fields: Any) -> CommitmentDraft:
    values: dict[str, Any] = {
        "action": "transfer",
        "quantity": Decimal(10),
        "has_beginning": date(2026, 3, 2),
        "has_end": date(2026, 3, 8),
    }
    for role in ("provider", "receiver"):
        values[role] = fields.pop(role, None) or make_agent()
    values["conforms_to"] = fields.pop("conforms_to", None) or make_kind()
    return CommitmentDraft(**{**values, **fields})


def make_promise(**fields: Any) -> Commitment:
    return make_agreement(draft(**fields)).commitments.get()


def keep(promise: Commitment, amount: Any, **fields: Any) -> Any:
    kind = fields.pop("kind", promise.conforms_to)
    fields.setdefault("fulfills", promise)
    return make_transfer(promise.provider, promise.receiver, kind, amount, **fields)


def test_deliveries_add_up_to_a_kept_promise() -> None:
    promise = make_promise()
    keep(promise, 4)
    assert (fulfilled(promise), remaining(promise)) == (4, 6)
    keep(promise, 8)
    done = kept_of(promise)
    assert done._asdict() == {
        "promised": 10,
        "fulfilled": 12,
        "remaining": 0,
        "surplus": 2,
        "shortfall": 0,
    }


def test_what_is_missing_after_the_last_day_is_a_shortfall() -> None:
    promise = make_promise()
    keep(promise, 4)
    during, after = datetime(2026, 3, 8, 12, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert kept_of(promise, on=during).shortfall == 0
    assert kept_of(promise, on=after).shortfall == 6


def test_an_event_that_keeps_a_promise_realises_its_agreement() -> None:
    promise = make_promise()
    assert keep(promise, 1).realization_of == promise.agreement


def test_events_of_a_public_agreement_are_public_unless_they_say_otherwise() -> None:
    public = make_agreement(draft(), visibility="public").commitments.get()
    assert keep(public, 1).visibility == "public"
    assert keep(public, 1, visibility="parties").visibility == "parties"
    assert keep(make_promise(), 1).visibility == "parties"


def test_one_event_may_keep_several_promises_but_not_more_than_it_brought() -> None:
    first = make_promise()
    second = make_promise(
        provider=first.provider, receiver=first.receiver, conforms_to=first.conforms_to
    )
    keep(first, 9, fulfills=[(first, Decimal(5)), (second, Decimal(4))])
    assert (fulfilled(first), fulfilled(second)) == (5, 4)
    with pytest.raises(errors.PromiseOverdrawn):
        keep(first, 9, fulfills=[(first, Decimal(5)), (second, Decimal("4.1"))])


def test_a_narrower_kind_keeps_a_promise_and_a_broader_does_not() -> None:
    broad = make_kind()
    narrow = make_kind(parent=broad)
    promise = make_promise(conforms_to=broad)
    keep(promise, 1, kind=narrow)
    assert fulfilled(promise) == 1
    with pytest.raises(errors.PromiseDoesNotFit):
        keep(make_promise(conforms_to=narrow), 1, kind=broad)


def test_others_do_not_keep_a_promise() -> None:
    promise = make_promise()
    with pytest.raises(errors.PromiseDoesNotFit):
        make_transfer(promise.provider, make_agent(), promise.conforms_to, 1, fulfills=promise)


def test_an_open_promise_can_be_cancelled_and_a_kept_one_cannot() -> None:
    promise = make_promise()
    cancelled = actions.cancel_commitment(promise, by=system_agent())
    assert remaining(cancelled) == 0
    with pytest.raises(errors.PromiseCancelled):
        keep(promise, 1)
    kept = make_promise()
    keep(kept, 1)
    with pytest.raises(errors.PromiseAlreadyKept):
        actions.cancel_commitment(kept, by=system_agent())


def test_promises_are_made_and_cancelled_by_those_concerned() -> None:
    stranger = make_person("resident").agent
    with pytest.raises(NotAllowed):
        actions.create_agreement(name="x", commitments=[draft()], by=stranger)
    promise = make_promise()
    with pytest.raises(NotAllowed):
        actions.cancel_commitment(promise, by=stranger)
    member = make_person("member", organization=promise.receiver.organization).agent
    assert actions.cancel_commitment(promise, by=member).cancelled_at is not None


@pytest.mark.parametrize("fields", [{"quantity": Decimal(0)}, {"has_end": date(2026, 3, 1)}])
def test_an_impossible_promise_is_refused_before_anything_is_written(fields: Any) -> None:
    with pytest.raises(errors.BadPromise):
        make_agreement(draft(), draft(**fields))
    assert Commitment.objects.count() == 0
