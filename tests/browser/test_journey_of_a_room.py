"""Borrowing a drill, and a room every week of which one evening is taken already.

Told twice: with script, and with JavaScript off.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from kierto.parties.models import Person
from kierto.sharing.models import Booking, Series
from kierto.sharing.states import BookingState
from tests.browser.conftest import NewPage
from tests.factories.parties import make_person
from tests.sharing.residents import Neighbourhood, book, in_days, make_neighbourhood, typed


@pytest.fixture
def here(transactional_db: None) -> Neighbourhood:
    return make_neighbourhood()


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def script(request: pytest.FixtureRequest) -> bool:
    """With JavaScript, and without."""
    on: bool = request.param
    return on


def find_and_open(page: Page, words: str, name: str) -> None:
    """From the menu to the page of a thing, by what one calls it."""
    page.goto("/")
    page.locator(".k-nav--wide").get_by_role("link", name="Sharing").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What can I borrow here?")
    page.locator("#id_q").fill(words)
    page.locator("#id_q").press("Enter")
    results = page.locator("#results")
    expect(results.get_by_role("heading", level=2)).to_have_text("1 thing to borrow")
    results.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def ask_for(page: Page, begins: str, ends: str) -> None:
    """From when to when."""
    page.locator("#id_begins").fill(begins)
    page.locator("#id_ends").fill(ends)


def test_a_drill_is_borrowed_at_another_time_than_asked_for(
    here: Neighbourhood, new_page: NewPage, script: bool
) -> None:
    book(here.drill, here.agent("member"))
    resident: Person = make_person(name="Rosa")
    page = new_page(script=script, user=resident.user)
    find_and_open(page, "cordles dril", "Cordless drill")
    ask_for(page, typed(in_days(1, 10)), typed(in_days(1, 12)))
    page.locator("#id_purpose").fill("A shelf")
    page.locator("#id_purpose").press("Enter")  # books, as the big button does
    expect(page.locator(".k-form")).to_contain_text("“Cordless drill” is taken at that time.")
    expect(page.locator("#id_purpose")).to_have_value("A shelf")
    page.locator(".k-offers button").first.click()
    expect(page.get_by_text("It is booked.")).to_be_visible()
    booking = Booking.objects.get(borrower=resident.agent)
    assert (booking.state, booking.purpose) == (BookingState.CONFIRMED, "A shelf")
    page.get_by_role("link", name="Agreement to print").click()
    expect(page.locator(".k-page-answer")).to_have_text("Tool House lends, Rosa borrows.")


def test_a_room_is_booked_weekly_and_one_evening_is_refused(
    here: Neighbourhood, new_page: NewPage, script: bool
) -> None:
    taken = in_days(8, 18)
    book(here.room, here.agent("member"), begins=taken, ends=taken + timedelta(hours=2))
    resident: Person = make_person(name="Rosa")
    page = new_page(script=script, user=resident.user)
    find_and_open(page, "meeting room", "Meeting room")
    ask_for(page, typed(in_days(1, 18)), typed(in_days(1, 20)))
    page.get_by_text("Book it again and again").click()
    page.locator("#id_every").select_option(label="every week")
    page.locator("#id_times").fill("4")
    page.locator("#id_all_or_nothing").check()
    page.locator("#book").get_by_role("button", name="Book it", exact=True).click()
    expect(page.get_by_text("Of 4 times 3 can be had, and nothing was booked.")).to_be_visible()
    assert Series.objects.count() == 0
    page.locator("#id_all_or_nothing").uncheck()
    page.get_by_role("button", name="Book it", exact=True).click()
    expect(page.locator(".k-page-answer")).to_have_text(
        "3 times are booked. 1 time could not be had; see below why."
    )
    refused = page.locator(".k-list__item").nth(1)
    expect(refused).to_contain_text("not booked")
    expect(refused).to_contain_text("“Meeting room” is taken at that time.")
    page.goto("/sharing/loans/")
    expect(page.get_by_role("link", name="Meeting room")).to_have_count(3)
