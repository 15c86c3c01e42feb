"""The live map asks again while somebody looks, says so politely, and can be told to stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kierto.hub.live import queries
from kierto.hub.models import Device
from kierto.hub.models.sensors import Openness
from kierto.ngsild.times import write_time
from tests.browser.conftest import NewPage
from tests.factories.parties import make_district, make_organization
from tests.hub import devices

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@dataclass
class Bin:
    device: Device
    key: str
    hours: int = 5

    def says(self, level: int) -> None:
        self.hours -= 1
        at = write_time(timezone.now() - timedelta(hours=self.hours))
        answer = devices.send(self.device, self.key, devices.level(at, level))
        assert answer.status_code == 202


@pytest.fixture
def waste_bin(transactional_db: None) -> Bin:
    queries.forget()
    make_district(slug="kera")
    found = Bin(*devices.running(make_organization().agent, openness=Openness.PUBLIC))
    found.says(40)
    return found


def opened(page: Page) -> list[str]:
    """The page, and the requests of its script, as they come."""
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url) if "now.json" in each.url else None)
    page.goto("/data/map/")
    expect(page.get_by_role("heading", level=1)).to_have_text("What sensors say now")
    return asked


def test_new_values_appear_without_loading_the_page(new_page: NewPage, waste_bin: Bin) -> None:
    page = new_page()
    opened(page)
    row = page.locator("[data-k-thing]")
    expect(row.locator("[data-k-readings]")).to_have_text("filled 40%")
    waste_bin.says(55)
    page.get_by_role("link", name="Refresh").click()
    expect(row.locator("[data-k-readings]")).to_have_text("filled 55%")
    expect(page.get_by_role("status")).to_contain_text("Values have changed at")
    expect(page.locator(".k-map__label, [data-k-label]").first).to_have_text("55%")
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing new at")


def test_it_asks_by_the_clock_but_not_when_paused_or_hidden(
    new_page: NewPage, waste_bin: Bin
) -> None:
    page = new_page()
    page.clock.install()
    asked = opened(page)
    with page.expect_response("**/now.json"):
        page.clock.fast_forward(31_000)
    page.get_by_role("button", name="Pause updates").click()
    page.clock.fast_forward(120_000)
    page.get_by_role("button", name="Go on updating").click()
    page.evaluate(HIDE, True)
    page.clock.fast_forward(120_000)
    assert len(asked) == 1
    page.evaluate(HIDE, False)
    with page.expect_response("**/now.json") as answer:
        page.clock.fast_forward(31_000)
    assert answer.value.status == 304


def test_without_script_a_link_refreshes_it(new_page: NewPage, waste_bin: Bin) -> None:
    page = new_page(script=False)
    opened(page)
    waste_bin.says(55)
    expect(page.get_by_role("button", name="Pause updates")).to_be_hidden()
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator("[data-k-readings]")).to_have_text("filled 55%")
    expect(page.locator("svg.k-map__drawing [data-k-mark]")).to_have_count(1)
