"""Every sort of page of the demonstration, for each role: accessible, whole at 320 px, in order.

The pages are found by following links from the first page on, one page for each address by name.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.browser.conftest import DemoServer, NewPage

ROLES = {
    "visitor": None,
    "company": "kera-brewery@kera.example",
    "operator": "operator@kera.example",
    "node administrator": "node.admin@kera.example",
}
LEFT_OUT = {"account_logout", "set_language", "admin"}
FILES = (".csv", ".json", ".jsonld", ".rss", ".xlsx", ".jpg", ".png", ".webp")
MOST = 60


def name_of(path: str) -> str | None:
    """The name of the address, or nothing for files, other hosts and what ends a visit."""
    parts = urlsplit(path)
    if parts.netloc or not parts.path.startswith("/") or parts.path.endswith(FILES):
        return None
    if parts.path.startswith(("/static/", "/media/", "/admin/")):
        return None
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    view = "?view=map" if "view=map" in parts.query else ""
    return None if name in LEFT_OUT else name + view


def links_of(page: Page) -> list[str]:
    return page.eval_on_selector_all("a[href]", "links => links.map(a => a.getAttribute('href'))")


def every_page(page: Page) -> dict[str, str]:
    """One path for each name that can be reached by links from where the page is."""
    found: dict[str, str] = {"web:home": "/"}
    waiting = ["/"]
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        answer = page.goto(path)
        assert answer is not None
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        for link in links_of(page):
            name = name_of(link)
            if name and name not in found:
                found[name] = link
                waiting.append(link)
    return found


@pytest.fixture
def tour(
    demo_server: DemoServer, demo_page: NewPage
) -> Callable[[str, str], tuple[Page, dict[str, str]]]:
    """Sign in as a role with a language, and find every page it can reach."""

    def start(role: str, language: str) -> tuple[Page, dict[str, str]]:
        page = demo_page(language=language)
        email = ROLES[role]
        if email:
            demo_server.sign_in(page, email)
        return page, every_page(page)

    return start


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing_on_any_page(tour, axe, role: str, language: str) -> None:
    page, pages = tour(role, language)
    found = {}
    for name, path in pages.items():
        page.goto(path)
        faults = axe(page)
        if faults:
            found[f"{name} {path}"] = faults
    assert found == {}


@pytest.mark.parametrize("role", ["visitor", "operator"])
def test_every_page_has_one_heading_a_title_and_fits_a_small_screen(tour, role: str) -> None:
    page, pages = tour(role, "en")
    page.set_viewport_size({"width": 320, "height": 640})
    wrong = []
    for name, path in pages.items():
        page.goto(path)
        headings = page.locator("h1").count()
        wide = page.evaluate("document.documentElement.scrollWidth")
        if headings != 1 or not page.title() or wide > 320:
            wrong.append(f"{name} {path}: {headings} h1, {wide} px, title “{page.title()}”")
    assert wrong == []


def test_every_page_says_that_the_district_is_an_illustration(tour) -> None:
    page, pages = tour("visitor", "en")
    silent = []
    for name, path in pages.items():
        page.goto(path)
        if "illustration" not in page.locator("body").inner_text().lower():
            silent.append(f"{name} {path}")
    assert silent == []


def test_arabic_pages_run_from_right_to_left(tour) -> None:
    page, pages = tour("visitor", "ar")
    wrong = []
    for name, path in pages.items():
        page.goto(path)
        root = page.locator("html")
        if (root.get_attribute("lang"), root.get_attribute("dir")) != ("ar", "rtl"):
            wrong.append(f"{name} {path}")
    assert wrong == []
