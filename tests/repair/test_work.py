"""Hours of work on a repair."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.errors import NotAllowed
from kierto.parties.queries import system_agent
from kierto.repair import actions, queries
from kierto.repair.errors import tickets as errors
from tests.factories.parties import make_organization, make_person
from tests.factories.repair import (
    make_event,
    make_repairer,
    make_ticket,
    make_volunteer,
    make_workshop,
)

pytestmark = pytest.mark.django_db


def test_work_is_given_to_the_workshop_for_this_repair() -> None:
    ticket = make_ticket(state="in_work")
    worker = make_repairer(ticket.workshop).agent
    ended = timezone.now() - timedelta(hours=1)
    work = actions.log_work(
        ticket, worker=worker, hours=Decimal("1.5"), note="Soldered", happened_at=ended, by=worker
    )
    event = work.event
    assert (event.provider, event.receiver) == (worker, ticket.workshop.agent)
    assert (event.effort_quantity, event.resource_quantity) == (Decimal("1.5"), None)
    assert (event.has_beginning, event.has_end) == (ended - timedelta(hours=1.5), ended)
    assert (event.input_of, work.note) == (ticket.process, "Soldered")


def test_who_may_have_worked_on_it() -> None:
    by, organization = system_agent(), make_organization()
    workshop = make_workshop(organization)
    event = make_event(workshop)
    ticket = make_ticket(workshop, event=event, state="in_work")
    for worker in (
        make_person("member", organization=organization).agent,
        make_repairer(workshop).agent,
        make_volunteer(event).agent,
        workshop.agent,
    ):
        assert actions.log_work(ticket, worker=worker, hours=Decimal(1), by=by).worker == worker
    for stranger in (
        make_person().agent,
        make_repairer(workshop, is_active=False).agent,
        make_volunteer(event, state="declined").agent,
        make_volunteer(make_event(workshop)).agent,
        make_organization().agent,
        system_agent(),
    ):
        with pytest.raises(errors.NotAWorker):
            actions.log_work(ticket, worker=stranger, hours=Decimal(1), by=by)


def test_hours_are_logged_once_the_repair_has_begun() -> None:
    ticket = make_ticket(state="accepted")
    with pytest.raises(errors.NotBegun):
        actions.log_work(ticket, worker=ticket.workshop.agent, hours=Decimal(1), by=system_agent())
    ticket = make_ticket(state="collected")
    with pytest.raises(NotAllowed):
        actions.log_work(ticket, worker=ticket.workshop.agent, hours=Decimal(1), by=system_agent())


@pytest.mark.parametrize("hours", ["0", "-1", "1001"])
def test_hours_are_more_than_none_and_less_than_a_year(hours: str) -> None:
    ticket = make_ticket(state="in_work")
    with pytest.raises(errors.AmountImplausible):
        actions.log_work(
            ticket, worker=ticket.workshop.agent, hours=Decimal(hours), by=system_agent()
        )


def test_a_mistake_is_taken_back_in_the_ledger() -> None:
    ticket, by = make_ticket(state="in_work"), system_agent()
    work = actions.log_work(ticket, worker=ticket.workshop.agent, hours=Decimal(8), by=by)
    actions.take_back_work(work, reason="It was 0.8 hours.", by=by)
    assert queries.hours_of(ticket) == []
    actions.log_work(ticket, worker=ticket.workshop.agent, hours=Decimal("0.8"), by=by)
    assert [event.effort_quantity for event in queries.hours_of(ticket)] == [Decimal("0.8")]


@settings(max_examples=15)
@given(
    parts=st.lists(st.decimals("0.01", "50", places=2), min_size=1, max_size=4),
)
def test_the_hours_of_a_ticket_add_up(parts: list[Decimal]) -> None:
    ticket, by = make_ticket(state="in_work"), system_agent()
    for hours in parts:
        actions.log_work(ticket, worker=ticket.workshop.agent, hours=hours, by=by)
    logged = [event.effort_quantity for event in queries.hours_of(ticket)]
    assert (logged, sum(logged)) == (parts, sum(parts))
