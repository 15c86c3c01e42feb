"""A repair café from sign-up to results: with script by keyboard, and without script by touch.

The intake of a visitor is counted: docs/how-to/hold-a-repair-cafe.md states the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.repair.cafe import Cafe, make_cafe

pytestmark = pytest.mark.django_db(transaction=True)

PROBLEM = "Does not heat"
Axe = Callable[[Page], list[str]]


class Counted:
    """A page of which every press of a key and every tap is counted; words are counted apart."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys, self.taps, self.fields = 0, 0, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """Letters of a search: each is a key."""
        self.page.keyboard.type(text)
        self.keys += len(text)
        self.fields += 1

    def say(self, text: str) -> None:
        """Words that somebody would write on a slip as well."""
        self.page.keyboard.type(text)
        self.fields += 1

    def tap(self, target: Locator) -> None:
        target.click()
        self.taps += 1


@pytest.mark.parametrize("script", [True, False], ids=["script and keyboard", "no script, touch"])
def test_sign_up_intake_result_and_close(new_page: NewPage, axe: Axe, script: bool) -> None:
    cafe = make_cafe()
    resident = new_page(script=script, user=cafe["resident"].person.user)
    helper = new_page(script=script, user=cafe["helper"].person.user)
    member = new_page(script=script, user=cafe["member"].person.user, viewport=(320, 700))

    code = signs_up(resident, cafe)
    takes_in_a_walk_in(helper, cafe, by_keyboard=script)
    takes_in_who_signed_up(helper, cafe, code)
    looks = [resident, helper]
    repairs(helper, "Number 1 is on your table", "Fixed")
    if script:
        assert [axe(page) for page in looks] == [[], []]
    repairs(helper, "Number 2 is on your table", "End of life", barrier="Too worn out")
    closes(member, cafe)
    if script:
        assert axe(member) == []


def signs_up(page: Page, cafe: Cafe) -> str:
    """From the list to the code."""
    page.goto("/repair/events/")
    page.get_by_role("link", name=cafe.event.title).first.click()
    page.get_by_label("Free times at Electronics").get_by_role("link").last.click()
    page.get_by_label("What is it?").select_option(label="Toaster")
    page.get_by_label("What is wrong?").fill("Burns everything")
    page.get_by_role("button", name="Take this time").click()
    expect(page.get_by_role("heading", name="Say this code at the door")).to_be_visible()
    return page.locator(".k-ticket-number bdi").inner_text()


def takes_in_a_walk_in(page: Page, cafe: Cafe, *, by_keyboard: bool) -> None:
    page.goto(f"/repair/events/{cafe.event.pk}/intake/")
    hands = Counted(page)
    if by_keyboard:
        hands.type("toas")
        hands.press("Tab", "Tab")
        hands.say(PROBLEM)
        hands.press("Enter")
        assert (hands.fields, hands.keys, hands.taps) == (2, 7, 0)
    else:
        hands.tap(page.get_by_text("Toaster", exact=True))
        hands.tap(page.get_by_label("What is wrong?"))
        hands.say(PROBLEM)
        hands.tap(page.get_by_role("button", name="Take it in"))
        assert (hands.fields, hands.keys, hands.taps) == (1, 0, 3)
    expect(page.locator(".k-ticket-number")).to_have_text("1")
    expect(page.get_by_label("What is it?")).to_have_value("")


def takes_in_who_signed_up(page: Page, cafe: Cafe, code: str) -> None:
    """One press beside the name is enough; here the code is said instead."""
    expect(page.get_by_text("Aino Virtanen")).to_be_visible()
    page.get_by_label("Booking code").fill(code.lower())
    page.get_by_role("button", name="Is here", exact=True).click()
    expect(page.locator(".k-ticket-number")).to_have_text("2")
    page.get_by_role("link", name="The line").click()
    expect(page.locator(".k-page-answer")).to_have_text("Next is number 1. 2 things wait.")


def repairs(page: Page, heading: str, outcome: str, *, barrier: str = "") -> None:
    page.get_by_role("button", name="Take the next one that fits my skills").click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.get_by_role("link", name="Enter the result").click()
    page.get_by_text(outcome, exact=True).click()
    if barrier:
        page.get_by_label("what prevented it").select_option(label=barrier)
    page.get_by_role("button", name="Save the result").click()
    expect(page.get_by_text(f"{outcome}.")).to_be_visible()


def closes(page: Page, cafe: Cafe) -> None:
    page.goto(f"/repair/events/{cafe.event.pk}/")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".k-page-answer")).to_contain_text("1 of 2 things were repaired.")
    expect(page.locator(".k-page-answer")).to_contain_text("2 visitors came.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
