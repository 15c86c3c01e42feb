"""In dark colours, too, everything on the main pages can be read."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import NewPage

PATHS = (
    "/",
    "/exchange/",
    "/exchange/?view=map",
    "/exchange/processors/",
    "/plans/",
    "/indicators/",
    "/indicators/avoided-emissions/",
    "/ledger/",
    "/catalogue/",
    "/catalogue/recipes/",
    "/catalogue/factors/",
    "/organizations/",
    "/accessibility/",
    "/accounts/login/",
    "/nowhere/",
)


def test_nothing_is_hard_to_read_in_the_dark(
    demo_page: NewPage, axe: Callable[[Page], list[str]]
) -> None:
    page = demo_page(dark=True)
    found = {}
    for path in PATHS:
        page.goto(path)
        faults = axe(page)
        if faults:
            found[path] = faults
    assert found == {}
