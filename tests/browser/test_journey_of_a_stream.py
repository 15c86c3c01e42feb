"""The whole way of a side stream: found, wanted, planned, agreed, brought, counted, and traced.

Told twice on the demonstration: with script and by keyboard alone, and with JavaScript off and a
mouse. Whoever acts signs in with the code of the letter that the node wrote to its mail folder.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DemoServer, NewPage

OPERATOR = "operator@kera.example"
PATIENCE_MS = 60_000  # a plan and its letters take their time on a busy machine
STOPS = 150  # more presses of the Tab key than this to one place are a fault of the page
LOOKS = 20


@dataclass(frozen=True)
class Leg:
    """Who wants what, and with which means."""

    script: bool
    keyboard: bool
    italian: str
    offer: str
    label: str
    kind: str
    company: str
    title: str
    delivered: str


LEGS = {
    "script and keyboard": Leg(
        script=True,
        keyboard=True,
        italian="ritagli di denim",
        offer="Denim offcuts, mostly larger than a hand",
        label="Denim offcuts",
        kind="denim-offcuts",
        company="design-school",
        title="Denim offcuts for the sewing course",
        delivered="7.25",
    ),
    "no script, mouse": Leg(
        script=False,
        keyboard=False,
        italian="segatura",
        offer="Clean spruce and birch sawdust",
        label="Sawdust",
        kind="sawdust",
        company="maker-space",
        title="Sawdust for filling boards",
        delivered="4.5",
    ),
}


@dataclass(frozen=True)
class Hands:
    """How somebody uses a page: by keyboard alone, or by pointing at things."""

    page: Page
    keyboard: bool

    def press(self, target: Locator) -> None:
        """A link or a button."""
        if self.keyboard:
            self._reach(target)
            self.page.keyboard.press("Enter")
        else:
            target.click()

    def type(self, target: Locator, text: str) -> None:
        """A text field, a number or a day (written as in ISO 8601)."""
        if self.keyboard and target.get_attribute("type") != "date":
            self._reach(target)
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.type(text)
        else:  # how a day is typed is the browser's own affair
            target.fill(text)

    def choose(self, target: Locator) -> None:
        """One of several round buttons."""
        if self.keyboard:
            self._reach(target, group=True)
            self.page.keyboard.press("Space")
        else:
            target.check()
        expect(target).to_be_checked()

    def _reach(self, target: Locator, *, group: bool = False) -> None:
        """Tab on until the target has the focus; inside a group of round buttons, arrow down."""
        target.wait_for()
        name = target.get_attribute("name") if group else None
        for _ in range(STOPS):
            if target.evaluate("element => element === document.activeElement"):
                return
            here = self.page.evaluate("document.activeElement && document.activeElement.name")
            self.page.keyboard.press("ArrowDown" if name and here == name else "Tab")
        raise AssertionError(f"the keyboard does not reach {target}")


People = Callable[..., Hands]


@pytest.fixture
def people(demo_server: DemoServer, demo_page: NewPage) -> People:
    """`people(leg, email)`: somebody with a browser of their own, signed in if there is an e-mail."""

    def come(leg: Leg, email: str | None = None) -> Hands:
        page = demo_page(script=leg.script)
        if email:
            demo_server.sign_in(page, email)
        return Hands(page, leg.keyboard)

    return come


@pytest.mark.parametrize("leg", LEGS.values(), ids=list(LEGS))
def test_a_side_stream_goes_its_whole_way(leg: Leg, people: People) -> None:
    finds_the_offer_in_italian(people(leg), leg)
    company = people(leg, f"{leg.company}@kera.example")
    posts_a_need_in_three_steps(company, leg)
    plans_and_sends_proposals(people(leg, OPERATOR), leg)
    proposal = accepts(company, leg)
    giver = people(leg, giver_of(company.page))
    agreement = accepts_and_agrees(giver, proposal)
    records_a_delivery(giver, leg)
    before = mass_circulated(company.page)
    event = confirms_the_delivery(company, agreement)
    assert mass_circulated(company.page) - before == Decimal(leg.delivered)
    reads_the_indicator(company, leg)
    traces_it(company, event, leg)


def finds_the_offer_in_italian(visitor: Hands, leg: Leg) -> None:
    page = visitor.page
    page.goto("/exchange/")
    visitor.press(page.locator(".k-header summary[aria-label^=Language]"))
    visitor.press(page.get_by_role("button", name="Italiano"))
    expect(page.locator("html")).to_have_attribute("lang", "it")
    visitor.type(page.locator("#id_q"), leg.italian)
    visitor.press(page.locator("main form[role=search] button[type=submit]"))
    visitor.press(page.locator("#results").get_by_role("link", name=leg.offer))
    expect(page.get_by_role("heading", level=1)).to_have_text(leg.offer)


def posts_a_need_in_three_steps(company: Hands, leg: Leg) -> None:
    page = company.page
    page.goto("/exchange/")
    company.press(page.locator("main").get_by_role("link", name="Say what you need"))
    company.type(page.locator("#id_title"), leg.title)
    if not leg.script:
        company.press(page.get_by_role("button", name="Find kinds"))
    company.choose(page.get_by_role("radio", name=leg.label, exact=True))
    company.press(page.get_by_role("button", name="Next: how much and when"))
    company.type(page.locator("#id_quantity"), "9")
    company.type(page.locator("#id_available_until"), coming_sunday().isoformat())
    company.type(page.locator("#id_fallback_cost"), "50")
    company.press(page.get_by_role("button", name="Next: where and who sees it"))
    company.press(page.get_by_role("button", name="Next: look it over"))
    company.press(page.get_by_role("button", name="Publish the need"))
    expect(page.get_by_role("heading", level=1)).to_have_text(leg.title)
    expect(page.get_by_text("It is published.")).to_be_visible()


def plans_and_sends_proposals(operator: Hands, leg: Leg) -> None:
    page = operator.page
    page.goto("/plans/new/")
    operator.press(page.get_by_role("button", name="Run the plan"))
    answer = page.locator(".k-page-answer", has_text="in circulation")
    if not leg.script:
        look_again_until(page, answer)
    answer.wait_for(timeout=PATIENCE_MS)
    operator.press(page.get_by_role("button", name="Send the proposals"))
    expect(page.get_by_text("The proposals were sent on")).to_be_visible(timeout=PATIENCE_MS)


def look_again_until(page: Page, answer: Locator) -> None:
    """What the script does by itself: ask once more, until the background worker is done."""
    for _ in range(LOOKS):
        if answer.count():
            return
        page.get_by_role("link", name="Look again").click()
        page.wait_for_timeout(500)


def accepts(company: Hands, leg: Leg) -> str:
    """The receiver says yes; gives the path of the proposal."""
    page = company.page
    page.goto("/proposals/")
    row = page.get_by_role("row").filter(has_text="waits for you").filter(has_text=leg.label)
    company.press(row.get_by_role("link"))
    expect(page.locator("main").get_by_role("link", name=leg.title)).to_be_visible()
    company.press(page.get_by_role("button", name=re.compile("^Accept")))
    expect(page.get_by_text("It is an agreement once the other party accepts too.")).to_be_visible()
    return page.url


def giver_of(page: Page) -> str:
    """The e-mail of who speaks for the other side, found by following the offer to its owner."""
    back = page.url
    page.locator("dl.k-meta a").first.click()
    owner = page.locator("main a[href^='/organizations/']").first.get_attribute("href") or ""
    page.goto(back)
    return f"{owner.split('/')[2]}@kera.example"


def accepts_and_agrees(giver: Hands, proposal: str) -> str:
    """The giver says yes too; gives the path of the agreement."""
    giver.page.goto(proposal)
    giver.press(giver.page.get_by_role("button", name=re.compile("^Accept")))
    expect(giver.page.get_by_text("This is now an agreement.")).to_be_visible()
    return giver.page.url


def records_a_delivery(giver: Hands, leg: Leg) -> None:
    giver.type(giver.page.locator("#id_quantity"), leg.delivered)
    giver.type(giver.page.locator("#id_note"), "Two sacks")
    giver.press(giver.page.get_by_role("button", name="Record the delivery"))
    expect(giver.page.get_by_text("It counts once the other side confirms it.")).to_be_visible()
    expect(giver.page.get_by_role("button", name="Confirm")).to_have_count(0)


def confirms_the_delivery(receiver: Hands, agreement: str) -> str:
    """The other side says that it is right; gives the path of the event."""
    page = receiver.page
    page.goto(agreement)
    receiver.press(page.get_by_role("button", name="Confirm"))
    expect(page.get_by_text("The delivery is confirmed and stands in the ledger.")).to_be_visible()
    return page.locator("main a[href^='/ledger/events/']").first.get_attribute("href") or ""


def mass_circulated(page: Page) -> Decimal:
    """Kilograms in all months of the district, from the table that the page offers."""
    answer = page.request.get("/indicators/mass-circulated.csv?district=kera&table=month")
    rows = list(csv.DictReader(io.StringIO(answer.text())))
    assert {row["unit"] for row in rows} == {"kg"}
    return sum((Decimal(row["value"]) for row in rows), Decimal(0)).quantize(Decimal("0.001"))


def reads_the_indicator(reader: Hands, leg: Leg) -> None:
    """The company's own page of the number shows the same mass."""
    page = reader.page
    page.goto(f"/indicators/mass-circulated/?organization={leg.company}&kind={leg.kind}")
    expect(page.get_by_text("1 event was counted.")).to_be_visible()
    shown = page.locator("#events ~ * td").last
    assert Decimal(shown.inner_text().split()[0]) == Decimal(leg.delivered)


def traces_it(reader: Hands, event: str, leg: Leg) -> None:
    """From the event to the stock that it went into, and back along the trace."""
    page = reader.page
    page.goto(event)
    expect(page.locator(".k-page-answer")).to_contain_text(leg.label)
    reader.press(page.get_by_role("link", name="The stock it went into"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Stock of {leg.label}")
    back = page.locator("#back .k-timeline")
    expect(back.locator(f"a[href='{event}']")).to_have_count(1)
    assert back.locator("li").count() > 1  # at least: it arose at the giver's, and was brought


def coming_sunday() -> date:
    """The end of this week: a term that closes so soon begins today, not next Monday."""
    today = date.today()  # noqa: DTZ011 (the machine's day, as the node on the same machine has it)
    return today + timedelta(days=6 - today.weekday())
