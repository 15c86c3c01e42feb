"""The database itself refuses to change what happened, whoever asks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from kierto.ledger.drafts import CommitmentDraft
from kierto.ledger.models import EconomicEvent, Fulfillment
from tests.factories.ledger import make_agent, make_agreement, make_kind, make_transfer


def refused(sql: str, *parameters: object) -> bool:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    return True


def make_fulfilling_transfer() -> EconomicEvent:
    giver, taker, kind = make_agent(), make_agent(), make_kind()
    agreement = make_agreement(
        CommitmentDraft(
            action="transfer",
            provider=giver,
            receiver=taker,
            conforms_to=kind,
            quantity=Decimal(10),
            has_beginning=date(2026, 1, 1),
            has_end=date(2026, 1, 7),
        )
    )
    return make_transfer(giver, taker, kind, 10, fulfills=agreement.commitments.get())


@pytest.mark.django_db
def test_raw_sql_cannot_change_an_event_or_a_fulfilment() -> None:
    event = make_fulfilling_transfer()
    assert refused("UPDATE ledger_economicevent SET note = 'x'")
    assert refused("UPDATE ledger_economicevent SET resource_quantity = 1 WHERE number = 2")
    assert refused("UPDATE ledger_fulfillment SET resource_quantity = 1")
    assert refused("DELETE FROM ledger_fulfillment")
    assert refused("DELETE FROM ledger_economicevent")
    event.refresh_from_db()
    assert (event.note, event.resource_quantity) == ("", 10)
    assert Fulfillment.objects.get().resource_quantity == 10


@pytest.mark.django_db
def test_the_models_cannot_either() -> None:
    event = make_fulfilling_transfer()
    event.note = "changed"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        EconomicEvent.objects.all()._raw_delete("default")


@pytest.mark.sqlite
@pytest.mark.django_db
def test_replacing_is_refused_as_well() -> None:
    make_fulfilling_transfer()
    columns = ", ".join(f.column for f in EconomicEvent._meta.concrete_fields)
    for column in ("id", "number", "hash"):
        others = ", ".join(
            f.column if f.column == column else f"'0' || {f.column}"
            if f.column in {"id", "hash"} else f"{f.column} + 100"
            if f.column == "number" else f.column
            for f in EconomicEvent._meta.concrete_fields
        )  # fmt: skip
        assert refused(
            f"INSERT OR REPLACE INTO ledger_economicevent ({columns}) "
            f"SELECT {others} FROM ledger_economicevent WHERE number = 2"
        )
    assert refused(
        "INSERT OR REPLACE INTO ledger_fulfillment (id, event_id, commitment_id, resource_quantity)"
        " SELECT id, event_id, commitment_id, 1 FROM ledger_fulfillment"
    )


@pytest.mark.postgresql
@pytest.mark.django_db
def test_truncating_and_posing_as_a_replica_are_refused_as_well() -> None:
    make_fulfilling_transfer()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert refused("TRUNCATE ledger_economicevent CASCADE")
    assert refused("TRUNCATE ledger_fulfillment")
    assert refused(
        "SET LOCAL session_replication_role = replica; UPDATE ledger_economicevent SET note = 'x'"
    )


@pytest.mark.django_db(transaction=True)
def test_guards_stand_again_after_a_test_that_commits() -> None:
    make_fulfilling_transfer()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("flush", verbosity=0, interactive=False)
    assert EconomicEvent.objects.count() == 0
    make_fulfilling_transfer()
    assert refused("DELETE FROM ledger_fulfillment")
