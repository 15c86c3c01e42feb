"""What a workshop still has to do, for the one who does it next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.repair import actions, queries
from kierto.repair.models import Repairer, Ticket
from tests.factories.parties import make_person
from tests.factories.repair import make_category, make_repairer, make_ticket, make_workshop

pytestmark = pytest.mark.django_db


def _as(agent: Agent) -> Client:
    client = Client()
    client.force_login(agent.person.user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def bench() -> tuple[Repairer, list[Ticket]]:
    """A repairer good at kettles, and tickets: a kettle, a bicycle, another's kettle."""
    workshop = make_workshop()
    kettles, bikes = make_category("Kettle"), make_category("Bicycle")
    me = make_repairer(workshop, skills=[kettles])
    now = timezone.now()
    tickets = [
        make_ticket(workshop, category=category, at=now - timedelta(days=age))
        for category, age in ((kettles, 1), (bikes, 9), (kettles, 5))
    ]
    actions.assign(tickets[2], repairer=make_repairer(workshop), by=system_agent())
    actions.promise(tickets[0], ready_on=timezone.localdate(), by=system_agent())
    make_ticket(workshop, state="collected")
    make_ticket(workshop, state="cancelled")
    return me, tickets


def test_the_queue_holds_what_is_open_in_the_order_wanted(
    bench: tuple[Repairer, list[Ticket]],
) -> None:
    me, (kettle, bicycle, other) = bench
    assert list(queries.queue_of(me.workshop)) == [kettle, bicycle, other]
    assert list(queries.queue_of(me.workshop, order="age")) == [bicycle, other, kettle]
    assert list(queries.queue_of(me.workshop, order="skill")) == [bicycle, kettle, other]


def test_mine_is_what_is_mine_or_fits_and_is_nobody_s(
    bench: tuple[Repairer, list[Ticket]],
) -> None:
    me, (kettle, bicycle, _other) = bench
    assert list(queries.queue_of(me.workshop, repairer=me)) == [kettle]
    actions.assign(bicycle, repairer=me, by=me.agent)
    assert list(queries.queue_of(me.workshop, repairer=me)) == [kettle, bicycle]
    me.skills.clear()
    assert list(queries.queue_of(me.workshop, repairer=me)) == [kettle, bicycle]


def test_the_queue_narrows_to_a_sort_of_thing(bench: tuple[Repairer, list[Ticket]]) -> None:
    me, (kettle, _bicycle, other) = bench
    assert list(queries.queue_of(me.workshop, category=kettle.category)) == [kettle, other]


def test_one_press_makes_it_mine_and_one_more_gives_it_up(
    bench: tuple[Repairer, list[Ticket]],
) -> None:
    me, (kettle, *_rest) = bench
    client, path = _as(me.agent), reverse("repair:ticket_mine", args=[kettle.pk])
    queue = reverse("repair:queue", args=[me.workshop.slug])
    answer = client.post(path, {"do": "take", "next": queue + "?order=age"})
    assert answer["Location"] == queue + "?order=age"
    kettle.refresh_from_db()
    assert kettle.repairer == me
    assert client.post(path, {"do": "leave", "next": "https://evil.example/"})["Location"] == queue
    kettle.refresh_from_db()
    assert kettle.repairer is None


def test_the_page_shows_what_is_late_and_what_is_mine(
    bench: tuple[Repairer, list[Ticket]],
) -> None:
    me, (kettle, *_rest) = bench
    actions.promise(kettle, ready_on=timezone.localdate() - timedelta(days=1), by=me.agent)
    actions.assign(kettle, repairer=me, by=me.agent)
    page = _as(me.agent).get(reverse("repair:queue", args=[me.workshop.slug]) + "?mine=1&order=x")
    first = page.context["rows"][0]
    assert (first["ticket"], first["is_late"], first["is_mine"]) == (kettle, True, True)
    assert (page.context["order"], page.context["mine"]) == ("promise", True)


def test_the_queue_is_for_those_who_work_there(bench: tuple[Repairer, list[Ticket]]) -> None:
    me, (kettle, *_rest) = bench
    stranger = _as(make_person().agent)
    assert stranger.get(reverse("repair:queue", args=[me.workshop.slug])).status_code == 403
    assert stranger.post(reverse("repair:ticket_mine", args=[kettle.pk])).status_code == 404
    owner = _as(kettle.owner)
    assert owner.post(reverse("repair:ticket_mine", args=[kettle.pk])).status_code == 403
    assert stranger.get(reverse("repair:queue", args=["nowhere"])).status_code == 404


def test_a_code_goes_straight_to_its_ticket_and_words_find_any(
    bench: tuple[Repairer, list[Ticket]],
) -> None:
    me, (kettle, *_rest) = bench
    client, path = _as(me.agent), reverse("repair:queue", args=[me.workshop.slug])
    answer = client.get(path, {"q": f" {kettle.code.lower()} "})
    assert answer["Location"] == reverse("repair:ticket", args=[kettle.pk])
    old = make_ticket(me.workshop, thing="Blue Toaster", state="collected")
    page = client.get(path, {"q": "toast"})
    assert [row["ticket"] for row in page.context["rows"]] == [old]
    elsewhere = make_ticket(thing="Toaster")
    assert list(client.get(path, {"q": elsewhere.code}).context["rows"]) == []
