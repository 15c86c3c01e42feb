"""Booking on the page: what is taken up, what is refused with what was typed kept, and why."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kierto.parties.queries import system_agent
from kierto.sharing.actions.lending import lend_now
from kierto.sharing.actions.returning import take_back
from kierto.sharing.models import Answer, Booking, Loan, Series, WaitingEntry
from kierto.sharing.states import BookingState, WaitingState
from tests.factories import sharing as make
from tests.factories.parties import make_person
from tests.sharing.residents import (
    Neighbourhood,
    book,
    in_days,
    make_neighbourhood,
    signed_in,
    typed,
)


@pytest.fixture
def here(db: None) -> Neighbourhood:
    return make_neighbourhood()


@pytest.fixture
def resident(here: Neighbourhood) -> Client:
    return signed_in(here.agent("resident"))


def form(**fields: Any) -> dict[str, Any]:
    """The form as it is sent: tomorrow from ten to twelve."""
    values = {"begins": typed(in_days(1, 10)), "ends": typed(in_days(1, 12)), "quantity": "1"}
    return {**values, **fields}


def send(client: Client, code: str, **fields: Any) -> Any:
    """Press the button of the booking form."""
    return client.post(reverse("sharing:book", args=[code]), form(**fields))


# ------------------------------------------------------------------------ booking


def test_a_visitor_signs_in_first_and_comes_back_to_the_form(here: Neighbourhood) -> None:
    response = send(Client(), "DRILL")
    assert response.status_code == 302
    assert response.url == "/accounts/login/?next=/sharing/things/DRILL/%23book"
    assert Booking.objects.count() == 0


def test_what_is_free_is_booked(here: Neighbourhood, resident: Client) -> None:
    response = send(resident, "DRILL", purpose="A shelf")
    booking = Booking.objects.get()
    assert response.url == reverse("sharing:booking", args=[booking.pk])
    assert (booking.state, booking.purpose) == (BookingState.CONFIRMED, "A shelf")
    assert (booking.begins, booking.ends) == (in_days(1, 10), in_days(1, 12))
    assert booking.borrower == here.agent("resident")


def test_what_is_taken_is_refused_at_its_field_and_what_was_typed_is_kept(
    here: Neighbourhood, resident: Client
) -> None:
    book(here.drill, here.agent("member"))
    response = send(resident, "DRILL", purpose="A shelf")
    text = response.content.decode()
    assert response.status_code == 422
    assert response.context["form"].errors["begins"] == [
        "“Cordless drill” is taken at that time. "
        "Choose another time, or put yourself on the waiting list."
    ]
    assert 'value="A shelf"' in text
    assert f'value="{typed(in_days(1, 10))}"' in text
    assert 'value="wait"' in text
    assert Booking.objects.count() == 1


def test_an_offer_instead_is_one_tap(here: Neighbourhood, resident: Client) -> None:
    book(here.drill, here.agent("member"))
    offers = send(resident, "DRILL").context["offers"]
    assert len(offers) == 3
    response = send(resident, "DRILL", instead=offers[0].value, purpose="A shelf")
    booking = Booking.objects.get(borrower=here.agent("resident"))
    assert response.url == reverse("sharing:booking", args=[booking.pk])
    assert (booking.begins, booking.ends) == (offers[0].begins, offers[0].ends)
    assert booking.purpose == "A shelf"


def test_another_thing_of_the_same_kind_is_offered_and_taken(
    here: Neighbourhood, resident: Client
) -> None:
    twin = make.make_thing(here.collection, kind=here.drill.kind, name="Old drill", code="OLD")
    book(here.drill, here.agent("member"))
    offer = send(resident, "DRILL").context["offers"][0]
    assert offer.is_other
    send(resident, "DRILL", instead=offer.value)
    assert Booking.objects.get(borrower=here.agent("resident")).lines.get().thing == twin


def test_who_is_too_late_waits(here: Neighbourhood, resident: Client) -> None:
    book(here.drill, here.agent("member"))
    response = send(resident, "DRILL", do="wait")
    assert response.url == reverse("sharing:loans")
    entry = WaitingEntry.objects.get()
    assert (entry.thing, entry.state) == (here.drill, WaitingState.WAITING)
    resident.post(reverse("sharing:waiting_leave", args=[entry.pk]))
    entry.refresh_from_db()
    assert entry.state == WaitingState.WITHDRAWN


def test_what_is_held_is_taken_with_one_button(here: Neighbourhood, resident: Client) -> None:
    taken = book(here.drill, here.agent("member"))
    send(resident, "DRILL", do="wait")
    other = signed_in(here.agent("member"))
    other.post(reverse("sharing:booking_move", args=[taken.pk]), {"to": "cancelled"})
    held = Booking.objects.get(state=BookingState.HELD)
    page = resident.get(reverse("sharing:loans")).content.decode()
    assert reverse("sharing:waiting_take", args=[held.waited.pk]) in page
    resident.post(reverse("sharing:waiting_take", args=[held.waited.pk]))
    held.refresh_from_db()
    assert held.state == BookingState.CONFIRMED


def test_the_price_is_told_before_anything_is_booked(here: Neighbourhood, resident: Client) -> None:
    make.change_default_terms(
        here.collection, price=Decimal(3), price_per="hour", deposit=Decimal(20)
    )
    text = send(resident, "DRILL", do="check").content.decode()
    assert "It costs €6." in text
    assert "You leave a deposit of €20" in text
    assert Booking.objects.count() == 0


def test_checking_says_everything_that_stands_against_it(
    here: Neighbourhood, resident: Client
) -> None:
    book(here.drill, here.agent("member"))
    response = send(resident, "DRILL", do="check")
    assert response.context["form"].errors["begins"]
    assert "may book it" not in response.content.decode()


def test_several_of_a_pool_and_something_else_along(here: Neighbourhood, resident: Client) -> None:
    response = send(resident, "CHAIRS", quantity="3", also="DRILL", do="add")
    text = response.content.decode()
    assert response.status_code == 200
    assert 'name="line-DRILL"' in text
    send(resident, "CHAIRS", **{"quantity": "3", "line-DRILL": "1", "also": ""})
    lines = Booking.objects.get().lines.order_by("pk")
    assert [(line.thing.code, line.quantity) for line in lines] == [("CHAIRS", 3), ("DRILL", 1)]


def test_what_was_chosen_last_goes_along_without_pressing_twice(
    here: Neighbourhood, resident: Client
) -> None:
    send(resident, "CHAIRS", also="DRILL", **{"line-DRILL": "0"})
    lines = Booking.objects.get().lines.order_by("pk")
    assert [(line.thing.code, line.quantity) for line in lines] == [("CHAIRS", 1), ("DRILL", 1)]


def test_more_than_there_are_is_said_at_the_number(here: Neighbourhood, resident: Client) -> None:
    response = send(resident, "CHAIRS", quantity="6")
    assert "no more than 5 can be had" in str(response.context["form"].errors["quantity"])


def test_every_refusal_is_shown_at_once(here: Neighbourhood, resident: Client) -> None:
    book(here.drill, here.agent("member"))
    make.change_default_terms(here.collection, shortest_minutes=300, membership_needed=True)
    errors = send(resident, "DRILL").context["form"].errors
    assert set(errors) == {"__all__", "begins", "ends"}


@pytest.mark.parametrize(
    ("typed_begins", "error"),
    [
        ("", "This field is required."),
        ("tomorrow", "Enter a valid date/time."),
        ("0001-01-01T00:00", "Enter a valid date/time."),
        ("2027-03-28T03:30", "This hour does not exist: the clocks go forward. Choose another."),
    ],
)
def test_a_beginning_that_cannot_be(
    here: Neighbourhood, resident: Client, typed_begins: str, error: str
) -> None:
    response = send(resident, "DRILL", begins=typed_begins)
    assert response.status_code == 422
    assert response.context["form"].errors["begins"] == [error]


def test_whole_days_are_asked_for_without_a_time_of_day(
    here: Neighbourhood, resident: Client
) -> None:
    here.collection.opening_hours = "Mo-Su 10:00-18:00"
    here.collection.save()
    make.change_default_terms(here.collection, shortest_minutes=24 * 60)
    text = resident.get(reverse("sharing:thing", args=["DRILL"])).content.decode()
    assert "First day" in text
    first, last = in_days(2).date().isoformat(), in_days(5).date().isoformat()
    send(resident, "DRILL", begins=first, ends=last)
    booking = Booking.objects.get()
    assert (booking.begins, booking.ends) == (in_days(2, 10), in_days(5, 18))


def test_one_books_for_an_organisation_that_one_acts_for(here: Neighbourhood) -> None:
    member = here.agent("member")
    owner = here.organization.agent
    send(signed_in(member), "DRILL", borrower=str(owner.pk))
    booking = Booking.objects.get()
    assert (booking.borrower, booking.booked_by) == (owner, member)


# ------------------------------------------------------------------------ again and again


def test_a_room_every_week_tells_what_came_of_each_time(
    here: Neighbourhood, resident: Client
) -> None:
    book(here.room, here.agent("member"), begins=in_days(8, 9), ends=in_days(8, 11))
    response = send(resident, "ROOM", every="weekly", times="4")
    series = Series.objects.get()
    assert response.url == reverse("sharing:series", args=[series.pk])
    text = resident.get(response.url).content.decode()
    assert "3 times are booked. 1 time could not be had; see below why." in text
    assert text.count("not booked") == 1
    resident.post(reverse("sharing:series_cancel", args=[series.pk]))
    assert set(series.bookings.values_list("state", flat=True)) == {BookingState.CANCELLED}


def test_the_staff_say_why_they_cancel_somebody_s_series(
    here: Neighbourhood, resident: Client
) -> None:
    send(resident, "ROOM", every="weekly", times="2")
    series = Series.objects.get()
    page, cancel = (
        reverse(f"sharing:{name}", args=[series.pk]) for name in ("series", "series_cancel")
    )
    staff = signed_in(here.agent("member"))
    assert [client.get(page).text.count('name="reason"') for client in (staff, resident)] == [1, 0]
    staff.post(cancel)
    assert set(series.bookings.values_list("state", flat=True)) == {BookingState.CONFIRMED}
    staff.post(cancel, {"reason": "The roof leaks."})
    assert set(series.bookings.values_list("state", "reason")) == {
        (BookingState.CANCELLED, "The roof leaks.")
    }


def test_all_or_nothing_books_nothing_and_shows_which_could_be_had(
    here: Neighbourhood, resident: Client
) -> None:
    book(here.room, here.agent("member"), begins=in_days(8, 9), ends=in_days(8, 11))
    last = in_days(22).date().isoformat()
    response = send(resident, "ROOM", every="weekly", last_day=last, all_or_nothing="on")
    assert response.status_code == 422
    assert [bool(row.problem) for row in response.context["report"]] == [
        False,
        True,
        False,
        False,
    ]
    assert Booking.objects.count() == 1
    assert Series.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"every": "weekly"}, "last_day"),
        ({"every": "weekly", "last_day": "2020-01-01"}, "last_day"),
        ({"every": "weekly", "times": "1"}, "times"),
        ({"every": "hourly", "times": "3"}, "every"),
    ],
)
def test_a_series_says_how_long(
    here: Neighbourhood, resident: Client, fields: dict[str, str], where: str
) -> None:
    response = send(resident, "ROOM", **fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [where]
    assert Booking.objects.count() == 0


# ------------------------------------------------------------------------ what stands


def test_a_booking_is_seen_by_its_borrower_and_the_staff_only(here: Neighbourhood) -> None:
    booking = book(here.drill, here.agent("resident"))
    stranger = make_person().agent
    addresses = [reverse(f"sharing:{name}", args=[booking.pk]) for name in ("booking", "agreement")]
    for address in addresses:
        answers = {
            role: signed_in(agent).get(address).status_code
            for role, agent in {**here.agents, "stranger": stranger}.items()
        }
        assert answers == {
            "visitor": 302,
            "resident": 200,
            "member": 200,
            "organization_admin": 200,
            "operator": 200,
            "node_admin": 200,
            "stranger": 404,
        }


def test_a_borrower_changes_and_cancels(here: Neighbourhood, resident: Client) -> None:
    booking = book(here.chairs, here.agent("resident"))
    line = booking.lines.get()
    address = reverse("sharing:booking_change", args=[booking.pk])
    data = {"begins": typed(in_days(2, 10)), "ends": typed(in_days(2, 12)), f"line-{line.pk}": "4"}
    response = resident.post(address, data)
    assert response.url == reverse("sharing:booking", args=[booking.pk])
    booking.refresh_from_db()
    assert (booking.begins, booking.lines.get().quantity) == (in_days(2, 10), 4)
    refused = resident.post(address, {**data, f"line-{line.pk}": "9"})
    assert refused.status_code == 422
    booking.refresh_from_db()
    assert booking.lines.get().quantity == 4
    resident.post(reverse("sharing:booking_move", args=[booking.pk]), {"to": "cancelled"})
    booking.refresh_from_db()
    assert booking.state == BookingState.CANCELLED


def test_the_desk_approves_or_declines_with_a_reason(here: Neighbourhood) -> None:
    make.change_default_terms(here.collection, approval_needed=True)
    send(signed_in(here.agent("resident")), "DRILL")
    booking = Booking.objects.get()
    staff = signed_in(here.agent("member"))
    text = staff.get(reverse("sharing:booking", args=[booking.pk])).content.decode()
    assert "Approve" in text
    address = reverse("sharing:booking_move", args=[booking.pk])
    assert staff.post(address, {"to": "declined"}).status_code == 400
    staff.post(address, {"to": "declined", "reason": "It is at the repairer's."})
    booking.refresh_from_db()
    assert booking.state == BookingState.DECLINED
    page = signed_in(here.agent("resident")).get(reverse("sharing:booking", args=[booking.pk]))
    assert "It is at the repairer&#x27;s." in page.content.decode()


def test_a_resident_does_not_approve(here: Neighbourhood, resident: Client) -> None:
    make.change_default_terms(here.collection, approval_needed=True)
    send(resident, "DRILL")
    booking = Booking.objects.get()
    address = reverse("sharing:booking_move", args=[booking.pk])
    assert resident.post(address, {"to": "confirmed"}).status_code == 403
    booking.refresh_from_db()
    assert booking.state == BookingState.REQUESTED


# ------------------------------------------------------------------------ my loans


def lend(here: Neighbourhood) -> Loan:
    """The resident has the drill for a week."""
    return lend_now(
        collection=here.collection,
        borrower=here.agent("resident"),
        lines=[(here.drill, 1)],
        due_at=timezone.now() + timedelta(days=7),
        by=system_agent(),
    )[0]


def test_my_loans_tell_what_i_have_and_renew_it(here: Neighbourhood, resident: Client) -> None:
    make.make_member(here.collection, here.agent("resident"), number="004711")
    loan = lend(here)
    text = resident.get(reverse("sharing:loans")).content.decode()
    assert "You have 1 thing to bring back." in text
    assert "004711" in text
    assert 'class="k-card__code"' in text
    assert "style=" not in text
    resident.post(reverse("sharing:loan_renew", args=[loan.pk]))
    renewed = Loan.objects.get()
    assert (renewed.renewals, renewed.due_at > loan.due_at) == (1, True)


def test_nobody_renews_what_somebody_else_has(here: Neighbourhood) -> None:
    loan = lend(here)
    stranger = signed_in(make_person().agent)
    assert stranger.post(reverse("sharing:loan_renew", args=[loan.pk])).status_code == 404
    assert "Cordless drill" not in stranger.get(reverse("sharing:loans")).content.decode()


def test_the_question_is_asked_once_and_may_be_skipped(
    here: Neighbourhood, resident: Client
) -> None:
    loan = lend(here)
    take_back(loan, by=system_agent())
    booking = Booking.objects.get()
    page = reverse("sharing:booking", args=[booking.pk])
    assert "One question, if you like" in resident.get(page).content.decode()
    resident.post(reverse("sharing:booking_answer", args=[booking.pk]), {"alternative": ""})
    assert Answer.objects.get().is_skipped
    assert "One question, if you like" not in resident.get(page).content.decode()


def test_the_agreement_names_parties_things_and_terms(
    here: Neighbourhood, resident: Client
) -> None:
    here.drill.value, here.drill.safety = Decimal(120), "Wear glasses."
    here.drill.save()
    make.make_member(here.collection, here.agent("resident"), number="004711")
    booking = book(here.kit, here.agent("resident"), lines=[(here.kit, 1)])
    text = resident.get(reverse("sharing:agreement", args=[booking.pk])).content.decode()
    name = here.agent("resident").person.name
    assert f"Tool House lends, {name} borrows." in text
    assert "card 004711" in text
    assert "× Folding chair" in text


def test_get_changes_nothing(here: Neighbourhood, resident: Client) -> None:
    booking = book(here.drill, here.agent("resident"))
    for name in ("booking_move", "booking_answer"):
        assert resident.get(reverse(f"sharing:{name}", args=[booking.pk])).status_code == 405
    for name, args in (("book", ["DRILL"]), ("booking_change", [booking.pk])):
        assert resident.get(reverse(f"sharing:{name}", args=args)).status_code == 302
    assert resident.get(reverse("sharing:feed_add")).status_code == 405
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED
