"""A person who is forgotten leaves outcomes and hours, and none of their words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kierto.ledger.chain import verify
from kierto.parties import actions as parties
from kierto.parties.queries import system_agent
from kierto.repair import actions
from kierto.repair.models import Ticket, TicketPhoto
from tests.factories.exchange import picture
from tests.factories.parties import make_person
from tests.factories.repair import make_event, make_repairer, make_ticket, make_volunteer

pytestmark = pytest.mark.django_db

WORDS = {
    "thing": "Aino's lamp",
    "problem": "Call Aino",
    "brand": "Aino",
    "model": "A1",
    "serial_number": "AINO-1",
}


def test_the_words_go_and_the_outcome_stays(django_capture_on_commit_callbacks: object) -> None:
    person = make_person(name="Aino")
    ticket = make_ticket(owner=person.agent, state="collected", **WORDS)
    photo = actions.add_photo(ticket, image=picture(), description="Aino's hand", by=system_agent())
    storage, name = photo.image.storage, photo.image.name
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        parties.erase_person(person, by=person.agent)
    ticket.refresh_from_db()
    assert (ticket.thing, ticket.problem) == (ticket.category.name, "–")
    assert (ticket.brand, ticket.model, ticket.serial_number) == ("", "", "")
    assert (ticket.state, ticket.outcome, ticket.shares_data) == ("collected", "Fixed", False)
    assert not TicketPhoto.objects.exists()
    assert not storage.exists(name)
    assert verify().ok


@pytest.mark.parametrize("state", ["new", "estimated", "accepted"])
def test_what_has_not_begun_is_called_off(state: str) -> None:
    person = make_person()
    ticket = make_ticket(owner=person.agent, state=state)
    parties.erase_person(person, by=person.agent)
    assert Ticket.objects.get(pk=ticket.pk).state == "cancelled"


@pytest.mark.parametrize("state", ["in_work", "done"])
def test_what_lies_in_the_workshop_is_still_given_back(state: str) -> None:
    person = make_person()
    ticket = make_ticket(owner=person.agent, state=state, **WORDS)
    parties.erase_person(person, by=person.agent)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.serial_number) == (state, "")
    if state == "in_work":
        ticket = actions.finish(ticket, outcome="Fixed", by=system_agent())
    assert actions.give_back(ticket, by=system_agent()).state == "collected"


def test_whoever_repaired_and_helped_does_so_no_more() -> None:
    person = make_person()
    repairer = make_repairer(agent=person.agent, note="Aino's day is Monday")
    volunteer = make_volunteer(make_event(), agent=person.agent)
    ticket = make_ticket(repairer.workshop, state="in_work")
    work = actions.log_work(
        ticket, worker=person.agent, hours=Decimal(1), note="Aino did it", by=system_agent()
    )
    parties.erase_person(person, by=person.agent)
    for row in (repairer, volunteer, work):
        row.refresh_from_db()
    assert (repairer.is_active, repairer.note, volunteer.state) == (False, "", "declined")
    assert (work.note, work.event.effort_quantity) == ("", 1)


def test_repairs_and_work_stand_in_a_persons_download() -> None:
    person = make_person()
    ticket = make_ticket(owner=person.agent, state="collected", **WORDS)
    repairer = make_repairer(agent=person.agent)
    other = make_ticket(repairer.workshop, state="in_work")
    actions.log_work(other, worker=person.agent, hours=Decimal("0.5"), by=system_agent())
    data = parties.export_person(person, by=person.agent)
    assert [(one["code"], one["thing"]) for one in data["repairs"]] == [
        (ticket.code, "Aino's lamp")
    ]
    assert [one["ticket"] for one in data["repair_work"]] == [other.code]
    assert [Decimal(one["hours"]) for one in data["repair_work"]] == [Decimal("0.5")]
