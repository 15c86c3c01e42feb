"""Rates of use: days out of days there, hours used of hours open; what lies idle."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kierto.ledger.actions import create_agreement
from kierto.parties.queries import system_agent
from kierto.sharing.idleness import Use, idle_things, uses_of
from kierto.sharing.models import Booking, BookingLine, Collection, Loan, Thing
from kierto.sharing.states import BookingState, Sort
from tests.factories.parties import make_person
from tests.factories.sharing import make_collection, make_kit, make_pool, make_space, make_thing

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection(slug="tools")


def aged(thing: Thing, days: int = 400) -> Thing:
    thing.created_at = timezone.now() - days * DAY
    thing.save(update_fields=["created_at"])
    return thing


def out(thing: Thing, *, days_ago: float, days: float, quantity: int = 1) -> None:
    """A loan (or, of a space, a booking that is over) of so many days, so long ago."""
    begins = timezone.now() - timedelta(days=days_ago)
    by = system_agent()
    booking = Booking.objects.create(
        code=f"I{Booking.objects.count()}", collection=thing.collection, booked_by=by,
        borrower=make_person("resident").agent, begins=begins, ends=begins + timedelta(days=days),
        state=BookingState.DONE, agreement=create_agreement(name="x", commitments=(), by=by),
    )  # fmt: skip
    line = BookingLine.objects.create(booking=booking, thing=thing, quantity=quantity)
    if thing.sort != Sort.SPACE:
        Loan.objects.create(
            line=line, thing=thing, quantity=quantity, out_at=begins, due_at=booking.ends,
            back_at=booking.ends, handed_out_by=by,
        )  # fmt: skip


def use_of(thing: Thing) -> Use:
    return next(use for use in uses_of(thing.collection) if use.thing == thing)


def test_days_out_of_the_days_of_a_year(collection: Collection) -> None:
    drill = aged(make_thing(collection))
    out(drill, days_ago=100, days=36.5)
    use = use_of(drill)
    assert (use.unit, round(use.used, 3), round(use.possible)) == ("day", 36.5, 365)
    assert round(use.rate, 4) == 0.1


def test_what_was_before_the_year_does_not_count(collection: Collection) -> None:
    drill = aged(make_thing(collection), 800)
    out(drill, days_ago=700, days=300)
    out(drill, days_ago=370, days=10)
    assert round(use_of(drill).used, 3) == 5


def test_of_several_each_counts(collection: Collection) -> None:
    chairs = aged(make_pool(collection, 10))
    out(chairs, days_ago=100, days=36.5, quantity=5)
    assert round(use_of(chairs).rate, 4) == 0.05


def test_hours_used_of_the_hours_open(collection: Collection) -> None:
    collection.opening_hours = "Mo-Su 10:00-20:00"
    collection.save()
    hall = aged(make_space(collection))
    out(hall, days_ago=10, days=0.5)
    use = use_of(hall)
    assert use.unit == "h"
    assert round(use.used, 3) == 12
    assert 3650 <= use.possible <= 3660


def test_young_things_are_not_idle_yet_and_used_ones_never(collection: Collection) -> None:
    idle, young, used = (make_thing(collection, name=n) for n in ("Idle", "Young", "Used"))
    aged(idle)
    aged(young, 30)
    aged(used)
    out(used, days_ago=50, days=20)
    aged(make_kit(collection, (used, 1)))
    assert [use.thing for use in idle_things(collection)] == [idle]
    assert [use.thing.name for use in uses_of(collection)] == ["Idle", "Young", "Used"]


def test_all_rates_take_a_constant_number_of_queries(
    collection: Collection, django_assert_num_queries: Any
) -> None:
    aged(make_thing(collection))
    with django_assert_num_queries(3):
        uses_of(collection)
    for _ in range(3):
        out(aged(make_thing(collection)), days_ago=5, days=1)
    with django_assert_num_queries(3):
        uses_of(collection)


def test_the_page_says_what_could_become_of_them(collection: Collection) -> None:
    drill = aged(make_thing(collection, name="Drill"))
    keeper = make_person("organization_admin", organization=collection.owner.organization)
    browser = Client()
    browser.force_login(keeper.user, "django.contrib.auth.backends.ModelBackend")
    page = browser.get(reverse("sharing:idle", args=["tools"]))
    assert page.status_code == HTTPStatus.OK
    assert [use.thing for use in page.context["idle"]] == [drill]
    assert page.context["post_url"] == reverse("exchange:post")
    assert page.content.decode().count(f"{page.context['post_url']}?direction=offer") == 1
