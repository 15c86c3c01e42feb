"""A person is forgotten: words and cards go, what happened stays."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from kierto.ledger.models import EconomicEvent
from kierto.parties.actions import erase_person, export_person
from kierto.parties.queries import system_agent
from kierto.sharing.actions.booking import request_booking
from kierto.sharing.actions.charges import charge
from kierto.sharing.actions.lending import lend_now
from kierto.sharing.actions.waiting import join_waiting_list
from kierto.sharing.models import (
    Booking,
    Charge,
    Collection,
    Feed,
    Loan,
    Membership,
    Thing,
    WaitingEntry,
)
from kierto.sharing.states import BookingState, Reason, ThingState, WaitingState
from tests.factories.parties import make_person, make_place
from tests.factories.sharing import make_collection, make_member, make_thing

pytestmark = pytest.mark.django_db


def tomorrow(days: int = 1) -> Any:
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    return start + timedelta(days=days)


def book(thing: Thing, borrower: Any, days: int = 1, **fields: Any) -> Booking:
    return request_booking(
        collection=thing.collection,
        borrower=borrower,
        lines=[(thing, 1)],
        begins=tomorrow(days),
        ends=tomorrow(days + 1),
        by=system_agent(),
        **fields,
    )


def test_what_a_borrower_wrote_goes_and_what_happened_stays() -> None:
    collection, person = make_collection(), make_person(name="Noora Lahti")
    agent = person.agent
    make_member(collection, agent)
    booking = book(make_thing(collection), agent, purpose="Noora's birthday")
    taken = make_thing(collection)
    book(taken, make_person().agent, days=3)
    entry = join_waiting_list(taken, borrower=agent, begins=tomorrow(3), ends=tomorrow(4), by=agent)
    (loan,) = lend_now(
        collection=collection,
        borrower=agent,
        lines=[(make_thing(collection), 1)],
        due_at=tomorrow(2),
        note="Noora came by",
        by=system_agent(),
    )
    made = charge(
        collection=collection,
        borrower=agent,
        reason=Reason.DAMAGE,
        amount=Decimal(3),
        note="Noora dropped it",
        by=system_agent(),
    )
    Feed.objects.create(agent=agent, secret="x" * 40)
    events = EconomicEvent.objects.count()

    erase_person(person, by=agent)

    booking.refresh_from_db()
    entry.refresh_from_db()
    assert (booking.state, booking.purpose) == (BookingState.CANCELLED, "")
    assert entry.state == WaitingState.WITHDRAWN
    assert (Loan.objects.get(pk=loan.pk).note, Loan.objects.get(pk=loan.pk).back_at) == ("", None)
    assert Charge.objects.get(pk=made.pk).note == ""
    assert (Membership.objects.count(), Feed.objects.count()) == (0, 0)
    assert EconomicEvent.objects.count() == events
    assert WaitingEntry.objects.count() == 1


def test_what_somebody_shared_is_closed() -> None:
    person = make_person(name="Anna Aalto")
    collection = make_collection(
        place=make_place(person.agent), name="Anna's tools", slug="annas-tools", contact="Anna"
    )
    thing = make_thing(collection, description="From Anna's cellar")
    booking = book(thing, make_person().agent)

    erase_person(person, by=person.agent)

    closed = Collection.objects.get(pk=collection.pk)
    assert (closed.name, closed.contact, closed.state) == (
        "Closed collection",
        "",
        ThingState.RETIRED,
    )
    assert closed.slug == f"closed-{collection.pk}"
    thing.refresh_from_db()
    booking.refresh_from_db()
    assert (thing.state, thing.description) == (ThingState.RETIRED, "")
    assert booking.state == BookingState.CANCELLED


def test_what_is_out_stays_known_until_it_is_back() -> None:
    person = make_person()
    collection = make_collection(place=make_place(person.agent))
    lend_now(
        collection=collection,
        borrower=make_person().agent,
        lines=[(make_thing(collection), 1)],
        due_at=tomorrow(2),
        by=system_agent(),
    )

    erase_person(person, by=person.agent)

    assert Loan.objects.get().back_at is None
    assert Booking.objects.get().state == BookingState.OUT


def test_the_download_has_all_of_it() -> None:
    person = make_person(name="Noora")
    agent = person.agent
    collection = make_collection(place=make_place(agent), slug="own")
    thing = make_thing(collection, code="T-1")
    library = make_collection(slug="library")
    make_member(library, agent, number="0000018")
    book(make_thing(library, code="T-2"), agent, purpose="Shelf")

    record = export_person(person, by=agent)

    assert [each["slug"] for each in record["collections"]] == ["own"]
    assert record["collections"][0]["things"] == [thing.name]
    borrowing = record["borrowing"]
    assert [each["card"] for each in borrowing["memberships"]] == ["0000018"]
    assert [(each["things"], each["purpose"]) for each in borrowing["bookings"]] == [
        ({"T-2": 1}, "Shelf")
    ]
    assert (borrowing["loans"], borrowing["charges"], borrowing["waiting"]) == ([], [], [])
