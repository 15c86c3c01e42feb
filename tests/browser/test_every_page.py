"""Every page of the demonstration, for a reader who may open it, in English and in Arabic.

Each address of the platform by its name stands in one of two tables: a page, with who opens it
and how they get there, or no page, with why. An address that stands in neither fails the test, so
a new page cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, URLResolver, get_resolver, resolve
from playwright.sync_api import Page

from tests.browser import pages_of_hub, pages_of_repair, pages_of_sharing
from tests.browser.conftest import DemoServer, NewPage

EMAILS = {
    "visitor": None,
    "company": "kera-brewery@kera.example",
    "operator": "operator@kera.example",
    "node administrator": "node.admin@kera.example",
    "resident": "resident@kera.example",
    "choir": "neighbour.20@kera.example",
    "librarian": "library-kilo@kera.example",
    "bicycle works": "bike-works@kera.example",
    "repair café": "repair-cafe@kera.example",
}
VISITOR, COMPANY, OPERATOR, NODE, *_ = EMAILS
MINE = "/organizations/kera-brewery/"

# Who opens the page, where they begin, and the names of the links that they follow from there.
PAGES: dict[str, tuple[str, ...]] = {
    "web:home": (VISITOR, "/"),
    "web:about": (VISITOR, "/about/"),
    "web:accessibility": (VISITOR, "/accessibility/"),
    "web:privacy": (VISITOR, "/privacy/"),
    "parties:me": (COMPANY, "/me/"),
    "parties:erase": (COMPANY, "/me/erase/"),
    "parties:my_place_new": (COMPANY, "/me/places/new/"),
    "parties:organizations": (VISITOR, "/organizations/"),
    "parties:organization_new": (COMPANY, "/organizations/new/"),
    "parties:organizations_import": (OPERATOR, "/organizations/import/"),
    "parties:organization": (COMPANY, MINE),
    "parties:organization_edit": (COMPANY, MINE, "parties:organization_edit"),
    "parties:members": (COMPANY, MINE, "parties:members"),
    "parties:organization_place_new": (COMPANY, MINE, "parties:organization_place_new"),
    "parties:place_edit": (COMPANY, MINE, "parties:place_edit"),
    "parties:districts": (VISITOR, "/districts/"),
    "parties:district": (VISITOR, "/districts/", "parties:district"),
    "parties:district_new": (NODE, "/districts/new/"),
    "parties:district_edit": (OPERATOR, "/districts/kera/", "parties:district_edit"),
    "parties:roles": (NODE, "/administration/roles/"),
    "catalogue:kinds": (VISITOR, "/catalogue/"),
    "catalogue:kind": (VISITOR, "/catalogue/kinds/denim-offcuts/"),
    "catalogue:recipes": (VISITOR, "/catalogue/recipes/"),
    "catalogue:recipe": (VISITOR, "/catalogue/recipes/", "catalogue:recipe"),
    "catalogue:factors": (VISITOR, "/catalogue/factors/"),
    "catalogue:factor": (VISITOR, "/catalogue/factors/", "catalogue:factor"),
    "catalogue:displacements": (VISITOR, "/catalogue/displacements/"),
    "catalogue:displacement": (VISITOR, "/catalogue/displacements/", "catalogue:displacement"),
    "catalogue:import": (NODE, "/catalogue/import/"),
    "notices:notices": (COMPANY, "/notices/"),
    "ledger:events": (COMPANY, "/ledger/"),
    "ledger:event": (COMPANY, "/ledger/?action=transfer", "ledger:event"),
    "ledger:resource": (COMPANY, "/ledger/?action=transfer", "ledger:event", "ledger:resource"),
    "ledger:process": (COMPANY, "/ledger/?action=produce", "ledger:event", "ledger:process"),
    "ledger:verify": (VISITOR, "/ledger/verify/"),
    "exchange:market": (VISITOR, "/exchange/"),
    "exchange:market map": (VISITOR, "/exchange/?view=map"),
    "exchange:market nothing": (VISITOR, "/exchange/?q=xqzzyvw"),
    "exchange:mine": (COMPANY, "/exchange/mine/"),
    "exchange:intent": (COMPANY, "/exchange/mine/", "exchange:intent"),
    "exchange:intent_edit": (
        COMPANY, "/exchange/mine/", "exchange:intent", "exchange:intent_edit"
    ),
    "exchange:post": (COMPANY, "/exchange/post/?direction=offer&title=denim"),
    "exchange:import": (COMPANY, "/exchange/import/"),
    "exchange:processors": (VISITOR, "/exchange/processors/"),
    "exchange:processor": (OPERATOR, "/exchange/processors/", "exchange:processor"),
    "exchange:processor_new": (COMPANY, "/exchange/processors/new/"),
    "exchange:processor_edit": (
        OPERATOR, "/exchange/processors/", "exchange:processor", "exchange:processor_edit"
    ),
    "exchange:run_new": (
        COMPANY, "/exchange/processors/", "exchange:processor", "exchange:run_new"
    ),
    "exchange:proposals": (COMPANY, "/proposals/"),
    "exchange:proposal": (COMPANY, "/proposals/", "exchange:proposal"),
    "exchange:agreements": (COMPANY, "/agreements/"),
    "exchange:agreement": (COMPANY, "/agreements/", "exchange:agreement"),
    "planning:runs": (OPERATOR, "/plans/"),
    "planning:new_run": (OPERATOR, "/plans/new/"),
    "planning:run": (OPERATOR, "/plans/", "planning:run"),
    "planning:participants": (VISITOR, "/plans/", "planning:run", "planning:participants"),
    "planning:split": (OPERATOR, "/plans/", "planning:run", "planning:split"),
    "planning:sites": (OPERATOR, "/plans/sites/"),
    "planning:new_site": (OPERATOR, "/plans/sites/", "planning:new_site"),
    "planning:edit_site": (OPERATOR, "/plans/sites/", "planning:edit_site"),
    "indicators:list": (VISITOR, "/indicators/"),
    "indicators:indicator": (VISITOR, "/indicators/", "indicators:indicator"),
    "account_login": (VISITOR, "/accounts/login/"),
    "account_signup": (VISITOR, "/accounts/signup/"),
    "account_request_login_code": (VISITOR, "/accounts/login/code/"),
    "account_inactive": (VISITOR, "/accounts/inactive/"),
    "account_reset_password": (VISITOR, "/accounts/password/reset/"),
    "account_reset_password_done": (VISITOR, "/accounts/password/reset/done/"),
    "account_reset_password_from_key_done": (VISITOR, "/accounts/password/reset/key/done/"),
    "account_email": (COMPANY, "/accounts/email/"),
    "account_set_password": (COMPANY, "/accounts/password/set/"),
    "account_logout": (COMPANY, "/accounts/logout/"),
    "mfa_list_webauthn": (COMPANY, "/accounts/2fa/webauthn/"),
    "mfa_add_webauthn": (COMPANY, "/accounts/2fa/webauthn/add/"),
    "socialaccount_connections": (COMPANY, "/accounts/3rdparty/"),
    "socialaccount_login_cancelled": (VISITOR, "/accounts/3rdparty/login/cancelled/"),
    **pages_of_sharing.PAGES,
    **pages_of_repair.PAGES,
    **pages_of_hub.PAGES,
}  # fmt: skip

NO_PAGES = {
    "a file": {
        "parties:download", "catalogue:kinds_csv", "catalogue:recipes_csv",
        "catalogue:factors_csv", "ledger:export_jsonld", "ledger:export_csv", "exchange:feed",
        "exchange:photo", "exchange:delivery_photo", "planning:plan_json", "planning:flows_csv",
        "planning:sweep_csv", "planning:split_csv", "indicators:indicator_csv",
        "catalogue:displacements_csv", *pages_of_sharing.FILES, *pages_of_repair.FILES,
        *pages_of_hub.FILES,
    },
    "a deed, by POST": {
        "web:appearance", "set_language", "parties:consent", "parties:answer_invitation",
        "parties:member_role", "parties:member_remove", "parties:invitation_withdraw",
        "parties:place_remove", "parties:dismiss", "notices:all_read", "notices:notice_read",
        "ledger:event_reverse", "exchange:processor_move", "exchange:photo_remove",
        "exchange:intent_move", "exchange:intent_ask", "exchange:photo_add",
        "exchange:proposal_answer", "exchange:proposal_withdraw", "exchange:delivery_record",
        "exchange:delivery_confirm", "exchange:delivery_dispute", "exchange:delivery_withdraw",
        "planning:cancel", "planning:propose", "planning:finish", "planning:remove_site",
        *pages_of_sharing.DEEDS, *pages_of_repair.DEEDS, *pages_of_hub.DEEDS,
    },
    "a part of a page": {"exchange:kinds"},
    "looked at on its own, below": {"exchange:post_step", "planning:compare"},
    "looked at in journeys": {*pages_of_sharing.IN_JOURNEYS, *pages_of_repair.IN_JOURNEYS},
    "needs data of others, see tests/repair": pages_of_repair.WITH_DATA_OF_OTHERS,
    "needs another node, see tests/hub": pages_of_hub.WITH_ANOTHER_NODE,
    "leads on to another page": {
        "web:favicon", *pages_of_sharing.LEADS_ON,
        "parties:passkeys", "mfa_index", "account_email_verification_sent",
        "account_change_password", "account_confirm_login_code", "mfa_authenticate",
        "mfa_login_webauthn", "socialaccount_signup", "openid_connect_login",
        "openid_connect_callback",
    },
    "only after an old sign-in, with a key, or from a letter": {
        "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn", "mfa_edit_webauthn", "account_reset_password_from_key",
        "socialaccount_login_error",
    },
}  # fmt: skip
# Stages and forms of one thing share its title.
STAGES = {
    "parties:district",
    "parties:organization_edit",
    "parties:organization_place_new",
    "parties:place_edit",
    "exchange:market map",
    "exchange:market nothing",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    *pages_of_sharing.STAGES,
    *pages_of_repair.STAGES,
}
SMALL, LARGE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
HREF = re.compile(r'href="([^"#]+)"')

Axe = Callable[[Page], list[str]]


def every_name(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """Every name of an address, but for the read-only browser of Django."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from every_name(pattern, inner)
        elif pattern.name:
            yield space + pattern.name


def test_every_address_stands_in_one_of_the_tables() -> None:
    pages = {name.split()[0] for name in PAGES}
    others = set().union(*NO_PAGES.values())
    assert (set(every_name()), pages & others) == (pages | others, set())


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("role", EMAILS)
def test_nothing_is_wrong_with_any_page(
    demo_server: DemoServer, demo_page: NewPage, axe: Axe, role: str, language: str
) -> None:
    page = signed_in(demo_server, demo_page, role, language)
    found: list[str] = []
    titles: dict[str, str] = {}
    for name, path in paths_for(page, role):
        answer = page.goto(path)
        faults = [] if answer and answer.status == 200 else [f"status {answer and answer.status}"]
        faults += faults_of(page, axe, language)
        if page.title() in titles and name not in STAGES:
            faults.append(f"the same title as {titles[page.title()]}: {page.title()}")
        titles[page.title()] = name
        found += [f"{name} {path}: {fault}" for fault in faults]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["fi", "it", "es"])
def test_every_page_speaks_the_other_languages_too(
    demo_server: DemoServer, demo_page: NewPage, language: str
) -> None:
    wrong = []
    for role in EMAILS:
        page = signed_in(demo_server, demo_page, role, language)
        for name, path in paths_for(page, role):
            answer = page.request.get(path, headers={"Accept-Language": language})
            if answer.status != 200 or f'<html lang="{language}"' not in answer.text():
                wrong.append((name, path, answer.status))
    assert not wrong, wrong


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_is_wrong_with_the_steps_of_posting(
    demo_server: DemoServer, demo_page: NewPage, axe: Axe, language: str
) -> None:
    page = signed_in(demo_server, demo_page, COMPANY, language)
    page.goto("/exchange/post/?direction=need&title=denim&kind=denim-offcuts")
    page.locator("input[name=kind][value=denim-offcuts]").check()
    submit = page.locator("main form.k-form p.k-actions:last-of-type button[type=submit]").first
    found = {}
    for step in ("amount", "where", "review"):
        submit.click()
        page.wait_for_url(f"**/{step}/")
        found[step] = faults_of(page, axe, language)
        if step == "amount":  # what is wrong with an answer must be as readable as the rest
            page.locator("#id_quantity").fill("0")
            submit.click()
            page.locator("#id_quantity[aria-invalid=true]").wait_for()
            found["amount, with a fault"] = faults_of(page, axe, language)
            page.locator("#id_quantity").fill("2")
    assert {step: faults for step, faults in found.items() if faults} == {}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_is_wrong_with_comparing_with_sites_and_with_being_lost(
    demo_server: DemoServer, demo_page: NewPage, axe: Axe, language: str
) -> None:
    page = signed_in(demo_server, demo_page, OPERATOR, language)
    run = follow(page, "/plans/", ["planning:run"])
    sites = follow(page, "/plans/sites/", ["planning:run"])
    found = {}
    compared = f"{run}compare/?with={run.split('/')[2]}"
    for path, status in ((compared, 200), (sites, 200), ("/nowhere/", 404)):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status
        found[path] = faults_of(page, axe, language)
    assert {path: faults for path, faults in found.items() if faults} == {}


def signed_in(server: DemoServer, new_page: NewPage, role: str, language: str) -> Page:
    page = new_page(language=language)
    if EMAILS[role]:
        server.sign_in(page, EMAILS[role])
        choose_language(page, language)
    return page


def paths_for(page: Page, role: str) -> Iterator[tuple[str, str]]:
    for name, (who, start, *names) in PAGES.items():
        if who == role:
            yield name, follow(page, start, names)


def follow(page: Page, path: str, names: Sequence[str]) -> str:
    """From a path on, always by a link to an address of the next name, until the last is found."""
    found = _follow(page, path, names)
    assert found, f"from {path} no links lead to {names}"
    return found


def _follow(page: Page, path: str, names: Sequence[str]) -> str | None:
    if not names:
        return path
    links = HREF.findall(page.request.get(path).text())
    for link in dict.fromkeys(link for link in links if name_of(link) == names[0]):
        found = _follow(page, link.replace("&amp;", "&"), names[1:])
        if found:
            return found
    return None


def name_of(link: str) -> str | None:
    parts = urlsplit(link)
    try:
        return None if parts.netloc else resolve(parts.path).view_name
    except Resolver404:
        return None


def faults_of(page: Page, axe: Axe, language: str) -> list[str]:
    return [*axe(page), *faults_of_frame(page, language), *faults_of_width(page)]


def choose_language(page: Page, language: str) -> None:
    """By the menu in the head: whoever has an account is addressed in the language kept there."""
    page.goto("/about/")
    if page.locator("html").get_attribute("lang") != language:
        button = page.locator(f"header button[name=language][value={language}]")
        button.locator("xpath=ancestor::details").locator("summary").click()
        button.click()
        page.locator(f"html[lang={language}]").wait_for()


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
    wide = 0
    for _ in range(30):  # pictures need a moment to follow the window
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide <= SMALL["width"]:
            break
        page.wait_for_timeout(100)
    page.set_viewport_size(LARGE)
    return [f"{wide} px wide at 320 px"] if wide > SMALL["width"] else []
