"""Weighing slips from a table: each becomes one event, once, and promises count as kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kierto.core.intake import Intake
from kierto.core.tables import FaultyFile
from kierto.exchange.importers import import_deliveries
from kierto.exchange.models import Delivery, today
from kierto.ledger.actions import reverse_event
from kierto.ledger.models import Agreement, EconomicEvent
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make

HEAD = "key,agreement,quantity,unit,happened_at"


@pytest.fixture
def agreement(world: World) -> Agreement:
    return make.make_agreement(offer=world.offer())


def take(text: str, by: Agent | None = None) -> Intake:
    return import_deliveries(text.encode(), by=by or system_agent(), name="slips.csv")


def why(intake: Intake) -> list[str]:
    return [row.reason for row in intake.left]


def test_a_slip_becomes_a_confirmed_delivery_and_again_changes_nothing(
    agreement: Agreement,
) -> None:
    table = f"{HEAD}\nW-1,{agreement.pk},0.02,t,{today()} 00:00\n"
    assert take(table).counts["added"] == 1
    delivery = Delivery.objects.select_related("event").get()
    assert (delivery.state, delivery.resource_quantity) == ("confirmed", Decimal(20))
    assert delivery.event is not None
    assert (delivery.event.provenance, delivery.event.provenance_reference) == ("file", "W-1")
    assert take(table).counts == {"added": 0, "changed": 0, "unchanged": 1, "left": 0}
    assert EconomicEvent.objects.filter(realization_of=agreement).count() == 1


def test_an_agreement_is_found_by_its_sides_and_kind(agreement: Agreement) -> None:
    proposal = agreement.proposal
    sides = f"{proposal.provider.organization.slug},{proposal.receiver.organization.slug}"
    head = "key,provider,receiver,kind,quantity,unit,happened_at"
    row = f"W-1,{sides},{proposal.kind.code},5,kg,{today()} 00:00"
    assert take(f"{head}\n{row}\n").counts["added"] == 1
    assert Delivery.objects.get().agreement == agreement


def test_rows_that_cannot_be_taken_say_why_and_the_others_are_taken(agreement: Agreement) -> None:
    day = f"{today()} 00:00"
    intake = take(
        f"{HEAD}\nW-1,{agreement.pk},5,kg,{day}\nW-1,{agreement.pk},5,kg,{day}\n"
        f"W-2,{agreement.pk},5,h,{day}\nW-3,{agreement.pk},5,kg,yesterday\n"
        f"W-4,seven,5,kg,{day}\nW-5,,5,kg,{day}\nW-6,{agreement.pk},-1,kg,{day}\n"
        f"W-7,{agreement.pk},1,kg,2001-01-01\n"
    )
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 7}
    assert len(set(why(intake))) == 7
    assert Delivery.objects.count() == 1


def test_what_was_recorded_is_never_changed_by_a_file(agreement: Agreement) -> None:
    row = f"W-1,{agreement.pk},{{}},kg,{today()} 00:00"
    take(f"{HEAD}\n{row.format(5)}\n")
    again = take(f"{HEAD}\n{row.format(6)}\n")
    assert again.counts["left"] == 1
    event = Delivery.objects.get().event
    assert event is not None
    reverse_event(event, reason="misread", by=system_agent())
    assert take(f"{HEAD}\n{row.format(6)}\n").counts["added"] == 1


def test_only_the_operator_s_rows_are_taken(world: World, agreement: Agreement) -> None:
    table = f"{HEAD}\nW-1,{agreement.pk},5,kg,{today()} 00:00\n"
    refused = take(table, by=world.agents["organization_admin"])
    assert refused.counts["left"] == 1
    assert Delivery.objects.count() == 0
    assert take(table, by=world.agents["operator"]).counts["added"] == 1


def test_a_table_without_its_columns_is_refused_whole(agreement: Agreement) -> None:
    with pytest.raises(FaultyFile):
        take(f"key,agreement,quantity\nW-1,{agreement.pk},5\n")
    assert Delivery.objects.count() == 0
