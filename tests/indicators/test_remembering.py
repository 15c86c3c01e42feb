"""What is remembered is forgotten when anything it depends on changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kierto.catalogue.models import EmissionFactor, TransportMode
from kierto.exchange.actions import move_intent
from kierto.indicators.queries import headline
from kierto.indicators.registry import compute, compute_all
from kierto.indicators.remembering import fingerprint
from kierto.indicators.scope import Scope
from kierto.ledger.actions import cancel_commitment, reverse_event
from kierto.ledger.models import EconomicEvent
from kierto.parties.queries import system_agent
from tests.factories.exchange import make_offer, make_proposal
from tests.factories.indicators import Traded, delivered, make_traded, transferred

pytestmark = pytest.mark.django_db


def _reverse(traded: Traded) -> None:
    event = EconomicEvent.objects.filter(action="transfer").latest("number")
    reverse_event(event, reason="Wrong.", by=system_agent())


def _cancel(traded: Traded) -> None:
    promise = traded.agreement.commitments.order_by("has_end").last()
    assert promise is not None
    cancel_commitment(promise, by=system_agent())


CHANGES: dict[str, Callable[[Traded], object]] = {
    "a transfer": lambda traded: transferred(traded, "1"),
    "a delivery": lambda traded: delivered(traded, "1"),
    "a reversal": _reverse,
    "a new offer": lambda traded: make_offer(kind=traded.kind),
    "a closed need": lambda traded: move_intent(traded.need, "closed", by=system_agent()),
    "a proposal": lambda traded: make_proposal(make_offer(kind=traded.kind)),
    "a cancelled promise": _cancel,
    "a better factor": lambda traded: EmissionFactor.objects.filter(
        pk=traded.kind.disposal_factor_id
    ).update(value=0.6),
    "a dearer lorry": lambda traded: TransportMode.objects.update(cost_per_tkm=2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_a_new_fingerprint(change: str) -> None:
    traded = make_traded()
    delivered(traded, "40")
    before = fingerprint()
    CHANGES[change](traded)
    assert fingerprint() != before


def test_nothing_changed_is_the_same_fingerprint() -> None:
    make_traded()
    assert fingerprint() == fingerprint()


def test_what_is_remembered_is_what_is_computed() -> None:
    traded = make_traded()
    delivered(traded, "40")
    scope = Scope(district=traded.district)
    for _ in range(2):
        for figure in compute_all(scope):
            fresh = compute(figure.slug, scope)
            assert (figure.value, figure.low, figure.high) == (fresh.value, fresh.low, fresh.high)


def test_the_headline_moves_with_the_next_delivery() -> None:
    traded = make_traded()
    delivered(traded, "40")
    before = headline(traded.district)[0].value
    delivered(traded, "2")
    assert headline(traded.district)[0].value == before + 2  # type: ignore[operator]
