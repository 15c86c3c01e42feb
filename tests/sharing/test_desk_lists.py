"""Lists of the desk ask the database as much for three rows as for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kierto.parties.queries import system_agent
from kierto.sharing.actions.charges import pay
from kierto.sharing.models import Booking
from kierto.sharing.states import BookingState
from tests.factories.sharing import make_member
from tests.sharing.desk import Desk, days_ahead, make_desk
from tests.sharing.desk_pages import at, make_paid_desk, signed_in


@pytest.fixture
def desk(db: None) -> Desk:
    return make_paid_desk()


def fill(desk: Desk) -> None:
    desk.book(desk.thing(), begins=timezone.now() + timedelta(minutes=1), days=1)
    desk.lend(desk.thing(), days=0.0007, borrower=make_member(desk.collection).agent)
    desk.lend(desk.thing(), ago=9, days=7, borrower=make_member(desk.collection).agent)
    asked = desk.book(desk.thing(), begins=days_ahead(2))
    Booking.objects.filter(pk=asked.pk).update(state=BookingState.REQUESTED)
    held = desk.book(desk.thing(), begins=days_ahead(2))
    Booking.objects.filter(pk=held.pk).update(state=BookingState.HELD, hold_until=days_ahead(1))


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_lists_ask_as_much_for_three_rows_as_for_one(db: None) -> None:
    desk = make_desk(terms={"shortest_minutes": 1})
    fill(desk)
    client = signed_in(desk.staff)
    urls = [
        at(desk, "desk"),
        at(desk, "desk_list", "out"),
        at(desk, "desk_list", "overdue"),
        at(desk, "desk_list", "held"),
        at(desk, "desk_day"),
        at(desk, "desk_day") + "?day=2031-02-30",
    ]
    before = [queries_of(client, url) for url in urls]
    fill(desk)
    fill(desk)
    assert [queries_of(client, url) for url in urls] == before
    assert client.get(at(desk, "desk_list", "nonsense")).status_code == 404


def test_the_borrower_s_page_asks_as_much_for_three_loans_as_for_one(desk: Desk) -> None:
    client = signed_in(desk.staff)
    url = at(desk, "desk_borrower", desk.borrower.pk)

    def more() -> None:
        desk.lend(desk.thing())
        desk.book(desk.thing(), begins=days_ahead(3))
        pay(desk.borrower.charges.first(), by=system_agent())

    more()
    before = queries_of(client, url)
    more()
    more()
    assert queries_of(client, url) == before
