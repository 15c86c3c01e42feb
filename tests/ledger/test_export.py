"""Exports other programs can read, with nothing about people in them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from kierto.ledger import actions
from kierto.ledger.errors import UnknownDistrict
from kierto.ledger.export import CSV_COLUMNS, export_chunks, write_csv, write_jsonld
from kierto.ledger.models import EconomicEvent
from kierto.ledger.queries import narrowed
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_agent, make_kind, make_process, make_transfer, record
from tests.factories.parties import make_district, make_organization, make_person, make_place

pytestmark = pytest.mark.django_db


def csv_rows() -> list[dict[str, str]]:
    text = "".join(write_csv(EconomicEvent.objects.all()))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def jsonld() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads("".join(write_jsonld(EconomicEvent.objects.all())))
    return loaded


def test_an_empty_ledger_gives_a_header_and_an_empty_graph() -> None:
    assert list(write_csv(EconomicEvent.objects.all())) == [",".join(CSV_COLUMNS) + "\r\n"]
    assert jsonld()["@graph"] == []


def test_events_are_written_in_the_words_of_valueflows() -> None:
    event = make_transfer(kind=make_kind("peel"), amount="12.50")
    node = next(n for n in jsonld()["@graph"] if n["id"] == f"urn:uuid:{event.pk}")
    assert node["type"] == "EconomicEvent"
    assert node["action"] == "vf:transfer"
    assert node["provider"] == f"urn:uuid:{event.provider_id}"
    assert node["resourceConformsTo"] == "urn:kierto:kind:peel"
    assert node["resourceQuantity"] == {
        "type": "om2:Measure",
        "om2:hasNumericalValue": "12.5",
        "om2:hasUnit": "om2:kilogram",
    }
    assert (node["kierto:number"], node["kierto:hash"]) == (2, event.hash)
    names = {n["name"] for n in jsonld()["@graph"] if n["type"] == "Organization"}
    assert names == {event.provider.name, event.receiver.name}


def test_every_term_of_the_context_stands_for_an_address() -> None:
    graph = jsonld()
    context = graph["@context"]
    assert context["@vocab"] == "https://w3id.org/valueflows/ont/vf#"
    prefixes = {name for name, meaning in context.items() if isinstance(meaning, str)}
    assert {"vf", "om2", "prov", "dcterms", "xsd", "kierto"} < prefixes


def test_no_cell_is_a_formula_and_corrections_keep_their_sign() -> None:
    giver = make_organization("=cmd|' /C calc'!A0").agent
    event = make_transfer(giver, amount=3)
    actions.reverse_event(event, reason="mistake", by=system_agent())
    rows = csv_rows()
    assert rows[1]["provider_name"] == "'=cmd|' /C calc'!A0"
    assert [row["quantity"] for row in rows] == ["3", "3", "-3"]
    assert rows[2]["corrects"] == str(event.pk)


def test_nothing_about_people_leaves() -> None:
    secrets = ["Aino Secret", "aino@secret.example", "Hidden Lane", "called Aino", "aino.csv"]
    aino = make_person("resident", name=secrets[0], email=secrets[1]).agent
    home = make_place(aino, street=secrets[2], name="Hidden Lane 3")
    process = actions.start_process(name="repair for Aino Secret", by=system_agent())
    event = make_transfer(
        aino, make_agent(), location=home, note="called Aino", by=aino,
        provenance_reference="aino.csv:3",
    )  # fmt: skip
    record("work", aino, conforms_to=make_kind(unit="h"), effort=1, input_of=process)
    text = "".join(write_csv(EconomicEvent.objects.all()))
    text += "".join(write_jsonld(EconomicEvent.objects.all()))
    assert [secret for secret in [*secrets, "Aino"] if secret in text] == []
    assert str(event.provider_id) in text


def test_events_are_narrowed_by_period_kind_action_organisation_and_district() -> None:
    broad = make_kind()
    narrow = make_kind(parent=broad)
    district = make_district()
    ours, other = make_organization(), make_organization()
    old = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    first = make_transfer(ours.agent, other.agent, narrow, 1, happened_at=old)
    second = make_transfer(make_agent(), make_agent(), make_kind(), 1,
                           happened_at=timezone.now() - timedelta(minutes=1))  # fmt: skip
    make_place(ours.agent)
    transfers = EconomicEvent.objects.filter(action="transfer")

    def found(**filters: Any) -> list[EconomicEvent]:
        return list(narrowed(transfers, **filters).order_by("number"))

    assert found() == [first, second]
    assert found(since=date(2026, 2, 1)) == [second]
    assert found(until=date(2026, 1, 7)) == [first]
    assert found(kind=broad) == [first]
    assert found(action="raise") == []
    assert found(organization=other) == [first]
    assert found(district=district) == [first]


def test_the_command_exports_a_district_or_says_that_there_is_none() -> None:
    event = make_transfer()
    make_place(event.provider)
    district = make_district("kera")
    make_place(event.provider)
    assert len(list(export_chunks("csv", district=district.slug))) == 3
    assert len(list(export_chunks("csv", end=date(2020, 1, 1)))) == 1
    with pytest.raises(UnknownDistrict):
        export_chunks("jsonld", district="nowhere")


def test_streaming_takes_as_many_queries_for_many_events(
    django_assert_num_queries: Any,
) -> None:
    process = make_process()
    for _ in range(3):
        made = record("produce", make_agent(), conforms_to=make_kind(), amount=1,
                      output_of=process)  # fmt: skip
    assert made.number == 3
    with django_assert_num_queries(3):
        assert len(list(write_csv(EconomicEvent.objects.all()))) == 4
