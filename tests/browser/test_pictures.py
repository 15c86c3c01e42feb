"""What pictures and menus gain with script, and that nothing is lost without it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from kierto.ledger.models import Visibility
from tests.browser.conftest import NewPage
from tests.factories.ledger import make_kind, make_transfer
from tests.factories.parties import make_district, make_organization, make_place


@pytest.fixture
def flows(transactional_db: None) -> str:
    """Grain goes from a brewery to a farm, mushrooms come back; the item of the grain."""
    make_district(slug="kera")
    brewery, farm = (make_organization(name=name).agent for name in ("Brewery", "Farm"))
    make_place(brewery)
    make_place(farm, latitude=60.22)
    make_transfer(brewery, farm, make_kind("grain"), 5200, visibility=Visibility.PUBLIC)
    make_transfer(farm, brewery, make_kind("mushrooms"), 900, visibility=Visibility.PUBLIC)
    return f"{brewery.pk}>{farm.pk}"


def open_first_page(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_pictures_and_tables_are_there_without_script(new_page: NewPage, flows: str) -> None:
    page = new_page(script=False)
    open_first_page(page)
    expect(page.locator("svg.k-sankey")).to_be_visible()
    expect(page.locator("svg.k-map__drawing")).to_be_visible()
    page.locator("#k-flows summary").click()
    expect(page.locator("#k-flows tbody tr")).to_have_count(2)


def test_map_can_be_moved_with_script(new_page: NewPage, flows: str) -> None:
    page = new_page()
    open_first_page(page)
    page.locator("#k-map").scroll_into_view_if_needed()
    expect(page.locator("#k-map .maplibregl-canvas")).to_be_visible()
    expect(page.locator("svg.k-map__drawing")).to_be_hidden()
    expect(page.locator(".k-map__label").first).to_be_visible()


def test_same_item_is_highlighted_in_picture_and_tables(new_page: NewPage, flows: str) -> None:
    page = new_page()
    open_first_page(page)
    page.locator("#k-flows summary").click()
    page.locator(f'#k-flows tr[data-k-item="{flows}"] td').nth(2).hover()
    pointed = page.locator(".k-pointed")
    # The Sankey's band and row, the map's line and row.
    expect(pointed).to_have_count(4)
    assert {each.get_attribute("data-k-item") for each in pointed.all()} == {flows}


def test_picture_can_be_downloaded_as_a_file_of_its_own(new_page: NewPage, flows: str) -> None:
    page = new_page()
    open_first_page(page)
    with page.expect_download() as waiting:
        page.locator("#k-flows").get_by_role("button").click()
    assert waiting.value.suggested_filename == "k-flows.svg"
    drawing = waiting.value.path().read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "var(--" not in drawing


def test_menu_closes_on_escape_and_gives_the_focus_back(new_page: NewPage, flows: str) -> None:
    page = new_page()
    open_first_page(page)
    opener = page.locator("summary", has_text="English")
    opener.click()
    expect(page.get_by_role("button", name="Suomi")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Suomi")).to_be_hidden()
    expect(opener).to_be_focused()


def test_dark_is_chosen_without_script(new_page: NewPage, flows: str) -> None:
    page = new_page(script=False)
    open_first_page(page)
    light = page.locator("body").evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark").click()
    dark = page.locator("body").evaluate("getComputedStyle(document.body).backgroundColor")
    assert (light, dark) == ("rgb(251, 250, 245)", "rgb(15, 24, 20)")


def test_first_tab_stop_leads_to_the_content(new_page: NewPage, flows: str) -> None:
    page = new_page()
    open_first_page(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
