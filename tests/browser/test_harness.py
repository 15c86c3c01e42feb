"""The harness itself: a Chromium starts, and axe sees faults and says where they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.launch import NoChromiumError, find_chromium


def test_browser_draws_with_webgl(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<canvas></canvas>")
    drawn = page.evaluate("Boolean(document.querySelector('canvas').getContext('webgl2'))")
    page.close()
    assert drawn is True


def test_axe_names_the_rule_and_the_place_under_a_strict_policy(
    browser: Browser, axe: Callable[[Page], list[str]]
) -> None:
    page = browser.new_page()
    page.route(
        "http://page.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            headers={"Content-Security-Policy": "default-src 'self'"},
            body="<!doctype html><html lang='en'><title>T</title><main><h1>T</h1><img></main>",
        ),
    )
    page.goto("http://page.example/")
    found = axe(page)
    page.close()
    assert found == ["image-alt: Images must have alternative text at img"]


def test_a_wrong_chromium_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIERTO_CHROMIUM", "/no/such/browser")
    with pytest.raises(NoChromiumError, match=r"KIERTO_CHROMIUM is '/no/such/browser'"):
        find_chromium()
