"""The browser of the journeys: one Chromium for a worker, a clean context for each page.

A page fails its test by itself when the browser reports an error: a script that throws, a breach
of the content security policy, a missing asset, a server error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.launch import find_chromium, start
from tests.demonstration import Demonstration, served
from tests.settings import FOLDER

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TIMEOUT_MS = 15_000
CODE = re.compile(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})?)\s*$", re.MULTILINE)

NewPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = start(playwright, find_chromium())
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, live_server: LiveServer) -> Iterator[NewPage]:
    """Make pages: `new_page(script=False, language="it", viewport=(320, 640), user=anna)`.

    Options: `script` on or off; `language` of the browser; `viewport` width and height in CSS
    pixels; `dark` colours; `user` who is signed in; anything else goes to Playwright's
    `new_context`. Addresses are relative to the live server: `page.goto("/")`.
    """
    with page_maker(browser, live_server.url) as make:
        yield make


@pytest.fixture(scope="session")
def demo_server(demonstration: Demonstration) -> Iterator[DemoServer]:
    """The demonstration, served by the installed command; changes stay with this worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    copy = demonstration.copy(FOLDER / f"demonstration-{worker}")
    with served(copy) as server:
        yield DemoServer(server.address, copy)


@pytest.fixture
def demo_page(browser: Browser, demo_server: DemoServer) -> Iterator[NewPage]:
    """As `new_page`, on the demonstration; nobody is signed in, use `demo_server.sign_in`."""
    with page_maker(browser, demo_server.url) as make:
        yield make


@dataclass(frozen=True, slots=True)
class DemoServer:
    """Where the demonstration is served, and its data."""

    url: str
    demonstration: Demonstration
    sessions: dict[str, Any] = field(default_factory=dict)

    def sign_in(self, page: Page, email: str) -> None:
        """Sign in as people do, by the code in the letter; the second time by the same session.

        Nobody is sent more than three codes a minute, and tests are faster than people.
        """
        if email in self.sessions:
            page.context.add_cookies([self.sessions[email]])
            page.goto("/me/")
            if "/accounts/" not in page.url:
                return
        self._sign_in_by_code(page, email)
        self.sessions[email] = next(
            cookie
            for cookie in page.context.cookies()
            if cookie["name"] == settings.SESSION_COOKIE_NAME
        )

    def _sign_in_by_code(self, page: Page, email: str) -> None:
        letters = self.demonstration.data / "mail"
        before = set(letters.glob("*")) if letters.exists() else set()
        page.goto("/accounts/login/")
        page.locator("main input[type=email]").fill(email)
        page.locator("main form button[type=submit]").first.click()
        code_field = page.locator("main input[name=code]")
        code_field.wait_for()
        (letter,) = set(letters.glob("*")) - before
        (code,) = CODE.findall(letter.read_text(encoding="utf-8"))
        code_field.fill(code)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/accounts/" not in url)


@contextmanager
def page_maker(browser: Browser, url: str) -> Iterator[NewPage]:
    """Gives the maker of pages; at the end closes them and tells what the browser complained of."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def make(
        *,
        script: bool = True,
        language: str = "en",
        viewport: tuple[int, int] = (1280, 900),
        dark: bool = False,
        user: Any = None,
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=url,
            java_script_enabled=script,
            locale=language,
            viewport={"width": viewport[0], "height": viewport[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        if user is not None:
            sign_in(context, user, url)
        page = context.new_page()
        watch(page, troubles)
        return page

    try:
        yield make
    finally:
        for context in contexts:
            context.close()
    assert troubles == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A visitor's page: script on, English, a desktop window."""
    return new_page()


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """`assert axe(page) == []`: what the accessibility checker finds on the page as it is now."""
    source = AXE.read_text(encoding="utf-8")

    def check(page: Page) -> list[str]:
        # By the debugging protocol, not by a script tag: the page's own policy stays strict.
        session = page.context.new_cdp_session(page)
        session.send("Runtime.evaluate", {"expression": source})
        answer = session.send(
            "Runtime.evaluate",
            {
                "expression": "axe.run(document, {resultTypes: ['violations']})",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        session.detach()
        violations = answer["result"]["value"]["violations"]
        return [
            f"{violation['id']}: {violation['help']} at {', '.join(map(str, node['target']))}"
            for violation in violations
            for node in violation["nodes"]
        ]

    return check


def sign_in(context: BrowserContext, user: Any, url: str) -> None:
    """Give the context the cookie of a session in which the user is signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    assert isinstance(session, SessionStore)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key), "url": url}]
    )


def watch(page: Page, troubles: list[str]) -> None:
    """Note what the browser complains about, and every answer that is a server error."""
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            troubles.append(f"{page.url}: {message.text}") if _is_trouble(message) else None
        ),
    )
    page.on(
        "response",
        lambda answer: (
            troubles.append(f"{answer.url}: status {answer.status}")
            if answer.status >= 500
            else None
        ),
    )


def _is_trouble(message: Any) -> bool:
    # A refusal (404, 403, 409…) is an answer some tests ask for; the browser logs it as an error.
    refused = "Failed to load resource: the server responded with a status of 4" in message.text
    return message.type == "error" and not refused
