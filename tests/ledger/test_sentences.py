"""Events in plain words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from kierto.core.quantity import Unit
from kierto.ledger import actions
from kierto.ledger.models import Action
from kierto.ledger.sentences import SENTENCES, quantity_text, sentence_of
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_agent, make_kind, make_stock, make_transfer, record
from tests.factories.parties import make_organization

pytestmark = pytest.mark.django_db


def test_a_transfer_reads_as_who_gave_whom_what() -> None:
    cafe, yard = make_organization("Café").agent, make_organization("Yard").agent
    event = make_transfer(cafe, yard, make_kind("coffee-grounds"), "1234.50")
    assert sentence_of(event) == "Café gave Yard 1,234.5\u00a0kg of coffee grounds."
    mirror = actions.reverse_event(event, reason="mistake", by=system_agent())
    assert sentence_of(mirror) == f"Taken back: {sentence_of(event)}"


def test_items_and_hours_have_words_of_their_own() -> None:
    shop = make_organization("Shop").agent
    drill = make_stock(shop, make_kind("drill", unit=Unit.ITEM), 3)
    used = record(
        "use", shop, conforms_to=drill.conforms_to, resource=drill, amount=2, effort=Decimal("1.5")
    )
    assert sentence_of(used) == "Shop used 2\u00a0× drill for 1.5\u00a0h."
    worked = record("work", shop, conforms_to=make_kind("repairing", unit=Unit.HOUR), effort=2)
    assert sentence_of(worked) == "Shop worked 2\u00a0h (repairing)."


@pytest.mark.parametrize("action", Action.values)
def test_every_sentence_can_be_filled(action: str) -> None:
    words = {name: name for name in ("provider", "receiver", "kind", "thing", "hours")}
    for sentence in SENTENCES[action]:
        assert "%" not in str(sentence) % words


def test_amounts_follow_the_language() -> None:
    with translation.override("fi"):
        assert quantity_text(Decimal("-1234.50"), Unit.KILOGRAM) == "1\u00a0234,5\u00a0kg"


def test_names_keep_their_direction_in_a_right_to_left_sentence() -> None:
    event = make_transfer(make_organization("Café").agent, make_agent())
    with translation.override("ar"):
        assert "\u2068Café\u2069" in sentence_of(event)
