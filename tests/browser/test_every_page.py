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
FEWEST = 15  # fewer would mean that the tour was cut short
SMALL, LARGE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}


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


def every_page(page: Page, look: Callable[[str, str], list[str]]) -> dict[str, list[str]]:
    """Visit one path for each name that links lead to; what `look` finds wrong, by name."""
    known, waiting, found = {"web:home"}, [("web:home", "/")], {}
    while waiting:
        name, path = waiting.pop(0)
        answer = page.goto(path)
        assert answer is not None
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        faults = [] if answer.status == 200 else [f"status {answer.status}"]
        faults += look(name, path)
        if faults:
            found[f"{name} {path}"] = faults
        for link in links_of(page):
            name = name_of(link)
            if name and name not in known:
                known.add(name)
                waiting.append((name, link))
    assert len(known) >= FEWEST
    return found


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_wrong_with_any_page(
    demo_server: DemoServer,
    demo_page: NewPage,
    axe: Callable[[Page], list[str]],
    role: str,
    language: str,
) -> None:
    page = demo_page(language=language)
    if ROLES[role]:
        demo_server.sign_in(page, ROLES[role])

    def look(name: str, path: str) -> list[str]:
        del name, path
        return [*axe(page), *faults_of_frame(page, language), *faults_of_width(page)]

    assert every_page(page, look) == {}


def faults_of_frame(page: Page, language: str) -> list[str]:
    """Language, direction, title, one main heading, and the note that this is an illustration."""
    root = page.locator("html")
    frame = (root.get_attribute("lang"), root.get_attribute("dir") or "ltr")
    faults = []
    if frame != (language, "rtl" if language == "ar" else "ltr"):
        faults.append(f"the page says it is {frame}")
    if not page.title():
        faults.append("the page has no title")
    if page.locator("h1").count() != 1:
        faults.append(f"{page.locator('h1').count()} main headings")
    if page.locator(".k-banner").count() == 0:
        faults.append("nothing says that the district is an illustration")
    return faults


def faults_of_width(page: Page) -> list[str]:
    """At 320 px nothing but wide tables and pictures, in frames of their own, may scroll sideways."""
    page.set_viewport_size(SMALL)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(LARGE)
    return [f"{wide} px wide at 320 px"] if wide > SMALL["width"] else []
