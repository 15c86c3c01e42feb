"""A thing's whole history on one line of time, and who may read which of it."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions.condition import report_condition
from kierto.sharing.actions.lending import lend_now, take_back
from kierto.sharing.actions.maintenance import move_maintenance, schedule_maintenance
from kierto.sharing.actions.stock import add_stock, relocate
from kierto.sharing.history import History
from kierto.sharing.models import Collection, Thing
from tests.factories.exchange import picture
from tests.factories.parties import make_person, make_place
from tests.factories.sharing import make_collection, make_kit, make_member, make_pool, make_thing

HOUR = timedelta(hours=1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection()


def by() -> Agent:
    return system_agent()


def told(thing: Thing, reader: Agent | None) -> list[str]:
    story = History(thing, reader)
    return [entry.text for entry in story.entries(story.marks)]


def lived(collection: Collection) -> tuple[Thing, Agent]:
    """A pool that was lent, came back, was looked at, cared for, moved and grew."""
    pool = make_pool(collection, 3, name="Drill")
    borrower = make_member(collection, make_person("resident", name="Aino Virtanen").agent).agent
    now = timezone.now()
    loans = lend_now(
        collection=collection, borrower=borrower, lines=[(pool, 2)], due_at=now + HOUR, by=by()
    )
    take_back(loans[0], note="All fine", by=by())
    report_condition(pool, condition="worn", note="A scratch", by=by())
    relocate(pool, place=make_place(collection.owner, name="Branch"), by=by())
    add_stock(pool, quantity=1, note="A gift", by=by())
    care = schedule_maintenance(
        pool, begins=now + HOUR, ends=now + 2 * HOUR, title="Oil", note="Both", by=by()
    )
    assert care
    return pool, borrower


def test_staff_read_everything_in_its_order(collection: Collection) -> None:
    pool, _borrower = lived(collection)
    staff = make_person("member", organization=collection.owner.organization).agent
    texts = told(pool, staff)
    assert texts == [
        "Out for care: Oil (planned).",
        "1 came into the stock.",
        f"Moved to {Thing.objects.get().place}.",
        "Somebody looked at it: worn, works well.",
        "“Drill” came back from Aino Virtanen.",
        "2 of “Drill” lent to Aino Virtanen.",
        "3 came into the stock.",
    ]
    story = History(pool, staff)
    notes = {entry.sort: entry.note for entry in story.entries(story.marks) if entry.note}
    assert notes["report"] == "A scratch"
    assert (notes["care"], notes["raise"]) == ("Both", "A gift")


@pytest.mark.parametrize("who", ["visitor", "stranger", "borrower"])
def test_nobody_else_reads_names_notes_or_links_to_bookings(
    collection: Collection, who: str
) -> None:
    pool, borrower = lived(collection)
    reader = {"visitor": None, "stranger": make_person("resident").agent, "borrower": borrower}[who]
    story = History(pool, reader)
    entries = story.entries(story.marks)
    assert [e.text for e in entries if e.sort in ("out", "back")] == [
        "“Drill” came back.",
        "2 of “Drill” lent.",
    ]
    assert [e.note for e in entries if e.note] == []
    assert [e.href for e in entries if e.sort in ("out", "back", "care", "booking")] == [""] * 3


def test_a_kit_tells_what_its_parts_did_for_it(collection: Collection) -> None:
    kit = make_kit(collection)
    borrower = make_member(collection).agent
    lend_now(
        collection=collection, borrower=borrower, lines=[(kit, 1)],
        due_at=timezone.now() + HOUR, by=by(),
    )  # fmt: skip
    assert len(told(kit, None)) == 2
    part = kit.parts.first()
    assert part is not None
    assert len(told(part.part, None)) == 2


def test_cancelled_care_is_no_history(collection: Collection) -> None:
    pool = make_pool(collection)
    now = timezone.now()
    care = schedule_maintenance(pool, begins=now + HOUR, ends=now + 2 * HOUR, title="Oil", by=by())
    move_maintenance(care, "cancelled", by=by())
    assert told(pool, by()) == ["5 came into the stock."]


def test_a_page_costs_the_same_whatever_the_length(collection: Collection) -> None:
    pool = make_pool(collection, 9)
    staff = make_person("member", organization=collection.owner.organization).agent
    add_stock(pool, quantity=1, by=by())
    counts = []
    for _ in range(2):
        add_stock(pool, quantity=1, by=by())
        with CaptureQueriesContext(connection) as queries:
            told(pool, staff)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_is_for_whoever_may_see_the_thing(collection: Collection) -> None:
    pool = make_pool(collection, name="Drill")
    address = reverse("sharing:thing_history", args=[pool.code])
    assert Client().get(address).status_code == HTTPStatus.OK
    Thing.objects.filter(pk=pool.pk).update(state="draft")
    assert Client().get(address).status_code == HTTPStatus.NOT_FOUND


def test_pictures_of_a_condition_are_for_the_staff_and_who_borrowed_it_then(
    client: Client, collection: Collection
) -> None:
    thing = make_thing(collection)
    borrower, stranger = make_member(collection).agent, make_person("resident").agent
    (loan,) = lend_now(
        collection=collection,
        borrower=borrower,
        lines=[(thing, 1)],
        due_at=timezone.now() + HOUR,
        by=by(),
    )
    report = report_condition(thing, condition="worn", photos=[picture()], loan=loan, by=by())
    page = reverse("sharing:condition_photo", args=[report.photos.get().pk])
    staff = make_person("member", organization=collection.owner.organization).agent
    found = {}
    for name, agent in (("staff", staff), ("borrower", borrower), ("stranger", stranger)):
        client.force_login(agent.person.user, backend=BACKEND)
        found[name] = client.get(page).status_code
    client.logout()
    found["visitor"] = client.get(page).status_code
    assert found == {"staff": 200, "borrower": 200, "stranger": 404, "visitor": 404}
    stories = {name: History(thing, agent) for name, agent in (("staff", staff), ("all", stranger))}
    shown = {
        name: [entry.photos for entry in story.entries(story.marks) if entry.photos]
        for name, story in stories.items()
    }
    assert shown == {"staff": [(page,)], "all": []}
