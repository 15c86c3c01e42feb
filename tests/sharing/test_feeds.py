"""Private calendars: what they tell, to whom, and what stays the same when things change."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from kierto.core.errors import NotAllowed
from kierto.parties.actions import remove_member
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions.booking import change_booking, move_booking
from kierto.sharing.actions.feeds import close_feed, open_feed, renew_feed
from kierto.sharing.feeds import KEPT
from kierto.sharing.models import Booking, Collection, Feed
from tests.factories import sharing as make
from tests.factories.parties import make_person
from tests.sharing.residents import Neighbourhood, book, in_days, make_neighbourhood, signed_in


@pytest.fixture
def here(db: None) -> Neighbourhood:
    return make_neighbourhood()


def answer(feed: Feed, **headers: str) -> Any:
    """What a calendar program gets; it is not signed in."""
    return Client().get(reverse("sharing:feed", args=[feed.secret]), headers=headers)


def events(feed: Feed) -> dict[str, Any]:
    """The events of the calendar by booking."""
    calendar = Calendar.from_ical(answer(feed).content)
    return {str(event["uid"]).partition("@")[0]: event for event in calendar.walk("VEVENT")}


def own(agent: Agent) -> Feed:
    """The calendar of somebody's own bookings."""
    return open_feed(by=agent)


def test_a_borrower_sees_what_they_booked_in_utc(here: Neighbourhood) -> None:
    resident = here.agent("resident")
    booking = book(here.drill, resident, purpose="A shelf")
    event = events(own(resident))[str(booking.pk)]
    assert str(event["summary"]) == "Cordless drill"
    assert event.decoded("dtstart") == in_days(1, 10).astimezone(UTC)
    assert event.decoded("dtend") == in_days(1, 12).astimezone(UTC)
    assert str(event["status"]) == "CONFIRMED"
    assert str(event["location"]).startswith("Hall – Karapellontie 1")
    assert str(event["uid"]) == f"{booking.pk}@testserver"
    assert str(event["url"]) == f"http://testserver/sharing/bookings/{booking.pk}/"
    assert [str(alarm["action"]) for alarm in event.walk("VALARM")] == ["DISPLAY"]


def test_a_borrowers_calendar_names_nobody_and_holds_no_bookings_of_others(
    here: Neighbourhood,
) -> None:
    resident = make_person(name="Rosa Residente").agent
    stranger = make_person(name="Bo Bystander").agent
    book(here.drill, resident)
    book(here.room, stranger)
    text = answer(own(resident)).content.decode()
    assert text.count("BEGIN:VEVENT") == 1
    assert "Rosa" not in text
    assert "Bo Bystander" not in text


def test_the_staffs_calendar_of_a_collection_says_who_borrows(here: Neighbourhood) -> None:
    resident = make_person(name="Rosa Residente").agent
    booking = book(here.drill, resident)
    elsewhere = make.make_thing()
    book(elsewhere, resident)
    feed = open_feed(collection=here.collection, by=here.agent("member"))
    assert {key: str(event["summary"]) for key, event in events(feed).items()} == {
        str(booking.pk): "Cordless drill – Rosa Residente"
    }


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("resident", False),
        ("member", True),
        ("organization_admin", True),
        ("operator", True),
        ("node_admin", True),
    ],
)
def test_a_collections_calendar_is_for_its_staff(here: Neighbourhood, role: str, may: bool) -> None:
    if may:
        assert open_feed(collection=here.collection, by=here.agent(role)).pk
    else:
        with pytest.raises(NotAllowed):
            open_feed(collection=here.collection, by=here.agent(role))
    response = signed_in(here.agent(role)).post(
        reverse("sharing:feed_add"), {"collection": here.collection.slug}
    )
    assert response.status_code == (302 if may else 404)


def test_who_leaves_the_organisation_loses_its_calendar(here: Neighbourhood) -> None:
    member = here.agent("member")
    feed = open_feed(collection=here.collection, by=member)
    assert answer(feed).status_code == 200
    remove_member(here.organization, person=member.person, by=system_agent())
    assert answer(feed).status_code == 404


def test_a_change_keeps_the_identifier_and_raises_the_sequence(here: Neighbourhood) -> None:
    resident = here.agent("resident")
    booking = book(here.drill, resident)
    feed = own(resident)
    before = events(feed)[str(booking.pk)]
    change_booking(booking, begins=in_days(2, 10), ends=in_days(2, 12), by=resident)
    after = events(feed)[str(booking.pk)]
    assert before["uid"] == after["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
    assert after.decoded("dtstart") == in_days(2, 10)


def test_what_is_cancelled_stays_as_cancelled_for_a_while(here: Neighbourhood) -> None:
    resident = here.agent("resident")
    booking = book(here.drill, resident, begins=in_days(100, 10), ends=in_days(100, 12))
    feed = own(resident)
    move_booking(booking, "cancelled", by=resident)
    event = events(feed)[str(booking.pk)]
    assert (str(event["status"]), event.walk("VALARM")) == ("CANCELLED", [])
    long_ago = timezone.now() - KEPT - timedelta(days=1)
    Booking.objects.update(decided_at=long_ago, created_at=long_ago)
    assert events(feed) == {}


def test_what_waits_for_approval_is_tentative(here: Neighbourhood) -> None:
    make.change_default_terms(here.collection, approval_needed=True)
    resident = here.agent("resident")
    booking = book(here.drill, resident, by=resident)
    assert str(events(own(resident))[str(booking.pk)]["status"]) == "TENTATIVE"


def test_the_hour_is_right_on_both_sides_of_the_change_of_clocks(here: Neighbourhood) -> None:
    make.change_default_terms(here.collection, horizon_days=400)
    resident = here.agent("resident")
    moments = [in_days(days, 10) for days in (1, 150)]
    booked = [book(here.drill, resident, begins=m, ends=m + timedelta(hours=1)) for m in moments]
    found = events(own(resident))
    assert [found[str(one.pk)].decoded("dtstart") for one in booked] == moments


def test_a_new_address_closes_the_old_one(here: Neighbourhood) -> None:
    resident = here.agent("resident")
    feed = own(resident)
    renewed = renew_feed(feed, by=resident)
    assert (answer(feed).status_code, answer(renewed).status_code) == (404, 200)
    with pytest.raises(NotAllowed):
        renew_feed(renewed, by=here.agent("member"))
    close_feed(renewed, by=resident)
    assert answer(renewed).status_code == 404
    assert Feed.objects.count() == 0


def test_opening_it_twice_keeps_the_address(here: Neighbourhood) -> None:
    resident = here.agent("resident")
    assert own(resident).secret == own(resident).secret


def test_the_answer_is_private_and_has_a_tag(here: Neighbourhood) -> None:
    resident = here.agent("resident")
    feed = own(resident)
    first = answer(feed)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"] == "private, max-age=300"
    assert first["X-Robots-Tag"] == "noindex, nofollow"
    assert "sessionid" not in first.cookies
    again = answer(feed, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    book(here.drill, resident)
    assert answer(feed, if_none_match=first["ETag"]).status_code == 200


def test_a_neighbours_street_is_told_once_it_is_confirmed(db: None) -> None:
    owner, borrower = make_person(), make_person()
    place = make.make_place(owner.agent, name="At home", street="Secret street 5")
    collection: Collection = make.make_collection(owner.agent, place=place)
    make.change_default_terms(collection, approval_needed=True)
    booking = book(make.make_thing(collection), borrower.agent, by=borrower.agent)
    feed = own(borrower.agent)
    assert "Secret street" not in answer(feed).content.decode()
    move_booking(booking, "confirmed", by=owner.agent)
    assert "Secret street" in answer(feed).content.decode()


def test_the_page_gives_addresses_and_leads_to_nothing_of_others(here: Neighbourhood) -> None:
    resident = signed_in(here.agent("resident"))
    resident.post(reverse("sharing:feed_add"))
    feed = Feed.objects.get()
    text = resident.get(reverse("sharing:feeds")).content.decode()
    assert feed.secret in text
    stranger = signed_in(make_person().agent)
    assert feed.secret not in stranger.get(reverse("sharing:feeds")).content.decode()
    for name in ("feed_renew", "feed_close"):
        assert stranger.post(reverse(f"sharing:{name}", args=[feed.pk])).status_code == 404
    resident.post(reverse("sharing:feed_renew", args=[feed.pk]))
    assert Feed.objects.get().secret != feed.secret
    resident.post(reverse("sharing:feed_close", args=[feed.pk]))
    assert Feed.objects.count() == 0


def test_the_calendar_asks_the_same_number_of_queries_for_one_and_three_bookings(
    here: Neighbourhood, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    resident = here.agent("resident")
    feed = own(resident)
    book(here.drill, resident)
    answer(feed)
    with CaptureQueriesContext(connection) as one:
        answer(feed)
    book(here.room, resident)
    book(here.chairs, resident)
    with django_assert_num_queries(len(one)):
        answer(feed)
