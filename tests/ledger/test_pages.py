"""The explorer's pages, for every role."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.ledger import actions
from kierto.ledger.models import ChainCheck, EconomicEvent
from kierto.ledger.permissions import can_see
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_agent, make_kind, make_process, make_transfer, record
from tests.factories.parties import make_district, make_organization, make_person
from tests.ledger.test_append_only import make_fulfilling_transfer
from tests.ledger.test_permissions import make_scene

pytestmark = pytest.mark.django_db


def client_of(by: Agent | None) -> Client:
    client = Client()
    if by is not None:
        client.force_login(by.person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(by: Agent | None, name: str, *args: Any, **query: Any) -> Any:
    return client_of(by).get(reverse(f"ledger:{name}", args=args), query)


def test_every_role_reads_just_the_events_it_may_see() -> None:
    readers, _ = make_scene()
    readers.pop("system")
    transfers = list(EconomicEvent.objects.filter(action="transfer"))
    for role, by in readers.items():
        client = client_of(by)
        shown = client.get(reverse("ledger:events")).content.decode()
        for event in transfers:
            path, allowed = reverse("ledger:event", args=[event.pk]), bool(can_see(by, event))
            assert (path in shown) == allowed, (role, event.number)
            assert client.get(path).status_code == (200 if allowed else 404), (role, event.number)


def test_stocks_and_processes_are_shown_with_the_events_they_stand_in() -> None:
    maker = make_organization()
    member, stranger = make_person("member", organization=maker).agent, make_person().agent
    process = make_process()
    made = record("produce", maker.agent, conforms_to=make_kind("compost"), amount=42,
                  output_of=process)  # fmt: skip
    assert made.resource is not None
    assert page(stranger, "resource", made.resource.pk).status_code == 404
    assert page(stranger, "process", process.pk).status_code == 404
    assert page(member, "process", process.pk).status_code == 200
    shown = page(member, "resource", made.resource.pk).content.decode()
    assert f"{maker.name} owns 42\u00a0kg of this stock." in shown


def test_others_see_a_public_event_but_not_the_stock_behind_it() -> None:
    event = make_transfer(make_agent(), make_agent(), make_kind("peel"), 17, visibility="public",
                          note="for Aino", provenance_reference="aino.csv:3")  # fmt: skip
    assert event.to_resource is not None
    shown = page(None, "event", event.pk).content.decode()
    assert f"{event.provider.name} gave {event.receiver.name} 17\u00a0kg of peel." in shown
    assert "aino" not in shown.lower()
    stock = page(None, "resource", event.to_resource.pk).content.decode()
    assert "only those who own or hold it can see" in stock
    assert "owns" not in stock


def test_the_list_is_narrowed_and_paged() -> None:
    kind = make_kind("peel")
    for _ in range(30):
        make_transfer(make_agent(), make_agent(), kind, 1, visibility="public")
    rows = page(None, "events", action="transfer").context["rows"]
    assert len(rows) == 25
    assert len(page(None, "events", action="transfer", page=2).context["rows"]) == 5
    assert page(None, "events", kind="nonsense", since="no day").status_code == 200
    assert b"No event fits" in page(None, "events", action="work").content


@pytest.mark.parametrize("name", ["events", "resource", "process", "event"])
def test_query_counts_do_not_grow_with_the_rows(name: str) -> None:
    def count(rows: int) -> int:
        process = make_process()
        yard, kind = make_agent(), make_kind()
        for _ in range(rows):
            brought = make_transfer(make_agent(), yard, kind, 1, visibility="public")
            last = record("consume", yard, conforms_to=kind, resource=brought.to_resource,
                          amount=1, input_of=process, visibility="public")  # fmt: skip
        target = {"resource": brought.to_resource, "process": process, "event": last}.get(name)
        client, path = Client(), reverse(f"ledger:{name}", args=[target.pk] if target else [])
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    assert count(12) <= count(1) <= 40


@pytest.mark.parametrize("name", ["events", "export_csv", "export_jsonld"])
def test_filters_at_the_ends_of_the_calendar_do_no_harm(name: str) -> None:
    make_transfer(visibility="public")
    for query in (
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"since": "9999-12-31", "until": "0001-01-01"},
        {"since": "x", "page": "-7", "kind": "'; DROP TABLE", "action": "\0"},
    ):
        answer = page(None, name, **query)
        assert answer.status_code == 200
        b"".join(answer)


def test_a_party_takes_an_event_back_with_a_reason() -> None:
    event = make_transfer()
    member = make_person("member", organization=event.provider.organization).agent
    path = reverse("ledger:event_reverse", args=[event.pk])
    client = client_of(member)
    assert client.post(path, {"reason": ""}).status_code == 400
    answer = client.post(path, {"reason": "weighed twice"})
    mirror = EconomicEvent.objects.get(corrects=event)
    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("ledger:event", args=[mirror.pk]),
    )
    assert mirror.recorded_by == member
    assert "weighed twice" in client.get(answer["Location"]).content.decode()
    again = client.post(path, {"reason": "again"})
    assert again.status_code == 409
    assert "There is nothing left to undo" in again.content.decode()


def test_others_do_not_take_an_event_back() -> None:
    event = make_transfer(visibility="public")
    path = reverse("ledger:event_reverse", args=[event.pk])
    assert client_of(None).post(path, {"reason": "x"}).status_code == 302
    assert client_of(make_person().agent).post(path, {"reason": "x"}).status_code == 403
    assert EconomicEvent.objects.filter(corrects=event).count() == 0


def test_operators_check_the_chain_and_everybody_reads_the_result() -> None:
    make_fulfilling_transfer()
    operator = make_person("operator", district=make_district()).agent
    path = reverse("ledger:verify")
    assert "It has not been checked yet." in Client().get(path).content.decode()
    assert Client().post(path).status_code == 403
    assert ChainCheck.objects.count() == 0
    assert client_of(operator).post(path).status_code == 302
    assert ChainCheck.objects.get().checked_by == operator
    assert "all 2 events held" in Client().get(path).content.decode()


def test_a_broken_chain_shows_where() -> None:
    from tests.ledger.test_chain import guards_down  # noqa: PLC0415

    make_fulfilling_transfer()
    with guards_down():
        EconomicEvent.objects.filter(number=2).update(note="forged")
    actions.check_chain(by=system_agent())
    shown = Client().get(reverse("ledger:verify")).content.decode()
    assert "Event 2 is not what was written" in shown


def test_exports_hold_what_the_reader_may_see() -> None:
    event = make_transfer(visibility="public")
    hidden = make_transfer()
    for name in ("export_csv", "export_jsonld"):
        answer = page(None, name)
        text = b"".join(answer.streaming_content).decode()
        assert answer["Content-Disposition"].startswith("attachment")
        assert (str(event.pk) in text, str(hidden.pk) in text) == (True, False)
    narrowed = page(None, "export_csv", action="work")
    assert b"".join(narrowed.streaming_content).count(b"\r\n") == 1
