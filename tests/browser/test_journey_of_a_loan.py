"""Over the counter and back: borrowed at the desk, and brought back late while others wait.

Told twice: with script, by keyboard and the one field alone; and with JavaScript off and a mouse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kierto.notices.models import Notice
from kierto.sharing.actions.late import tend_loans
from kierto.sharing.actions.waiting import join_waiting_list
from kierto.sharing.models import Answer, Booking, Loan
from kierto.sharing.states import BookingState
from tests.browser.conftest import NewPage
from tests.factories.parties import make_person
from tests.factories.sharing import make_member
from tests.sharing.desk import Desk, make_desk, on_step

Axe = Callable[[Page], list[str]]


@dataclass(frozen=True)
class Hands:
    """A volunteer with a scanner and a keyboard, or with a mouse and no script."""

    page: Page
    keyboard: bool

    def scan(self, text: str) -> None:
        """What a scanner does: it types where the focus is, and presses Enter."""
        field = self.page.locator("#q")
        expect(field).to_be_focused()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def agree(self, button: str) -> None:
        """The obvious thing: Enter in the empty field, or the button for it."""
        if self.keyboard:
            self.scan("")
        else:
            self.page.get_by_role("button", name=button, exact=True).click()


LEGS = {"script and keyboard": True, "no script, mouse": False}


@pytest.fixture(params=LEGS.values(), ids=list(LEGS))
def volunteer(
    request: pytest.FixtureRequest, new_page: NewPage, transactional_db: None
) -> tuple[Hands, Desk]:
    desk = make_desk(name="Tools of Kera", terms={"fine_per_day": 1, "deposit": 20})
    page = new_page(script=request.param, user=desk.staff.person.user)
    return Hands(page, request.param), desk


def says(page: Page, text: str) -> None:
    expect(page.locator("main")).to_contain_text(text)


def test_a_drill_is_borrowed_at_the_desk_and_returned(
    volunteer: tuple[Hands, Desk], axe: Axe
) -> None:
    hands, desk = volunteer
    page = hands.page
    drill = desk.thing(name="Cordless drill")
    make_member(desk.collection, make_person(name="Aino Mäkelä").agent)
    page.goto("/sharing/desk/")
    hands.scan("makela")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aino Mäkelä")
    hands.scan(drill.code)
    says(page, "Lend it to Aino Mäkelä until")
    faults = axe(page) if hands.keyboard else []
    hands.agree("Lend it")
    says(page, "Cordless drill is handed out to Aino Mäkelä.")
    page.get_by_role("button", name="Take €20 as a deposit").click()
    says(page, "Paid.")
    hands.scan(f"https://kierto.example/t/{drill.code}/")
    says(page, "Aino Mäkelä has it.")
    hands.agree("Take it back")
    says(page, "Cordless drill is back.")
    faults += axe(page) if hands.keyboard else []
    page.get_by_role("button", name="Hand back €20").click()
    page.get_by_role("button", name="bought it new").click()
    says(page, "Thank you.")
    assert Answer.objects.get().alternative == "new"
    assert Loan.objects.get().back_at is not None
    assert faults == []


def test_a_late_return_is_fined_and_the_next_in_line_is_served(
    volunteer: tuple[Hands, Desk],
) -> None:
    hands, desk = volunteer
    page = hands.page
    saw = desk.thing(name="Circular saw")
    loan = desk.lend(saw, ago=9, days=9.05)
    booked = make_member(desk.collection, make_person(name="Mohammed Al-Amin").agent).agent
    waits = make_member(desk.collection, make_person(name="Seppo Korhonen").agent).agent
    desk.book(saw, begins=on_step(0.6), days=0.2, borrower=booked)
    Loan.objects.filter(pk=loan.pk).update(due_at=timezone.now() - timedelta(days=2))
    join_waiting_list(saw, borrower=waits, begins=on_step(0.2), ends=on_step(0.5), by=waits)

    tend_loans()
    (warning,) = Notice.objects.filter(topic__startswith="sharing.late_before_you")
    assert warning.recipient.agent == booked

    page.goto(f"/sharing/desk/{desk.collection.slug}/")
    says(page, "1 is overdue.")
    hands.scan(saw.code)
    says(page, "2 days late")
    says(page, "A fine of €2 is due with it.")
    hands.agree("Take it back")
    page.get_by_role("button", name="€2 paid").click()
    says(page, "Paid.")
    page.goto(f"/sharing/desk/{desk.collection.slug}/")
    held = page.locator("#held")
    expect(held).to_contain_text("Seppo Korhonen")
    expect(page.locator("#overdue")).to_contain_text("Nothing is overdue.")
    assert Booking.objects.get(state=BookingState.HELD).borrower == waits
