"""A plan falls due, a time is kept free, the repairer gets a ticket, and it is lent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kierto.parties.models import Person
from kierto.repair.models import Ticket
from kierto.repair.states import TicketState
from kierto.sharing.actions.maintenance import plan_maintenance, tend_maintenance
from kierto.sharing.models import Collection, Thing
from tests.browser.conftest import NewPage
from tests.factories.parties import make_organization, make_person
from tests.factories.repair import bring_to, make_category, make_workshop
from tests.factories.sharing import make_collection, make_thing

pytestmark = pytest.mark.django_db(transaction=True)

Axe = Callable[[Page], list[str]]


@dataclass(frozen=True)
class Library:
    """A library of tools with a workshop next door, and whoever keeps it."""

    collection: Collection
    bike: Thing
    keeper: Person


def make_library() -> Library:
    category = make_category()
    workshop = make_workshop(make_organization("Bicycle workshop"), categories=[category])
    collection = make_collection(
        make_organization("Kera tools"), slug="tools", name="Kera tools", repairer=workshop.agent
    )
    bike = make_thing(collection, name="Cargo bike", sort="vehicle", kind=category.kind)
    keeper = make_person("organization_admin", organization=collection.owner.organization)
    plan = plan_maintenance(
        bike, name="Brakes and chain", every_days=30, takes_hours=4, makes_ticket=True,
        by=keeper.agent,
    )  # fmt: skip
    plan.created_at = timezone.now() - timedelta(days=31)
    plan.save(update_fields=["created_at"])
    return Library(collection, bike, keeper)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_plan_falls_due_and_the_thing_is_lent_again(
    new_page: NewPage, axe: Axe, script: bool
) -> None:
    library = make_library()
    page = new_page(script=script, user=library.keeper.user)

    falls_due(page)
    assert tend_maintenance() == 1
    leads_to_the_ticket(page)
    if script:
        assert axe(page) == []
    is_done_when_the_repairer_gives_it_back(page, library)
    breaks_and_is_taken_out_at_once(page, library)
    if script:
        page.goto(f"/sharing/things/{library.bike.code}/maintenance/")
        assert axe(page) == []


def falls_due(page: Page) -> None:
    page.goto("/sharing/collections/tools/things/")
    page.get_by_role("link", name="What needs care").click()
    expect(page.locator(".k-page-answer")).to_have_text(
        "1 plan is due, and no time is kept free for it yet."
    )
    expect(page.get_by_role("cell", name="due now")).to_be_visible()


def leads_to_the_ticket(page: Page) -> None:
    page.reload()
    expect(page.locator(".k-page-answer")).to_contain_text("Nothing waits.")
    page.get_by_role("link", name="Cargo bike: Brakes and chain").click()
    expect(page.locator(".k-page-answer")).to_contain_text("It is kept free from")
    page.get_by_role("link", name="The repairer's ticket").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cargo bike")
    page.go_back()


def is_done_when_the_repairer_gives_it_back(page: Page, library: Library) -> None:
    ticket = Ticket.objects.get()
    bring_to(ticket, TicketState.COLLECTED)
    page.reload()
    expect(page.locator(".k-page-answer")).to_have_text("It is done, and the thing is free again.")
    page.goto(f"/sharing/things/{library.bike.code}/")
    expect(page.get_by_text("free now")).to_be_visible()
    page.goto(f"/sharing/things/{library.bike.code}/history/")
    expect(page.get_by_text("Out for care: Brakes and chain (done).")).to_be_visible()


def breaks_and_is_taken_out_at_once(page: Page, library: Library) -> None:
    page.get_by_role("navigation", name="About this thing").get_by_role("link", name="Care").click()
    page.get_by_label("What is wrong, or what is done").last.fill("A flat tyre")
    page.get_by_role("button", name="Take it out of service").click()
    expect(page.get_by_text("It is out of service now.")).to_be_visible()
    page.get_by_role("link", name="A flat tyre").click()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("It is now “done”.")).to_be_visible()
