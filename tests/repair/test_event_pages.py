"""Every page of an event answers those who may see it, in a constant number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from kierto.repair import actions
from kierto.repair.models import Ticket
from tests.factories.exchange import picture
from tests.factories.repair import make_category, make_volunteer
from tests.repair.cafe import HELPERS, STAFF, Cafe, client_of, future_cafe, make_cafe, past_cafe

pytestmark = pytest.mark.django_db

ROLES = (
    "visitor",
    "resident",
    "offering",
    "helper",
    "repairer",
    "member",
    "admin",
    "other_staff",
    "operator",
    "node_admin",
)


def bring(cafe: Cafe, **fields: object) -> Ticket:
    values = {"category": cafe.toasters, "problem": "Does not heat", "by": cafe["helper"]}
    return actions.take_in(cafe.event, **{**values, **fields})


def address(name: str, *args: object) -> str:
    return reverse(f"repair:{name}", args=args)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_open_which_page(role: str) -> None:
    cafe = make_cafe()
    ticket = bring(cafe)
    client = client_of(cafe.people[role])
    pk = cafe.event.pk
    signed_out = 302 if role == "visitor" else 403
    unknown = 302 if role == "visitor" else 404
    everybody = dict.fromkeys(ROLES, 200)
    helpers = {each: 200 if each in HELPERS else signed_out for each in ROLES}
    expected = {
        address("events"): everybody,
        address("events") + "?view=map": everybody,
        address("events_calendar"): everybody,
        address("event", pk): everybody,
        address("event_calendar", pk): everybody,
        address("event_queue", pk): everybody,
        address("event_new"): {
            each: 200 if each in STAFF | {"other_staff"} else unknown for each in ROLES
        },
        address("event_edit", pk): {each: 200 if each in STAFF else signed_out for each in ROLES},
        address("sign_up", pk, cafe.slot(3).pk): {**everybody, "visitor": 302},
        address("volunteer", pk): {**everybody, "visitor": 302},
        address("volunteers", pk): helpers,
        address("intake", pk): helpers,
        address("number", pk, 1): helpers,
        address("result", ticket.pk): {each: 200 if each in HELPERS else unknown for each in ROLES},
    }
    answers = {path: client.get(path).status_code for path in expected}
    assert answers == {path: by_role[role] for path, by_role in expected.items()}


def test_a_draft_is_unknown_to_strangers_and_known_to_the_staff() -> None:
    cafe = make_cafe(state="draft")
    path = address("event", cafe.event.pk)
    seen = {role: client_of(cafe.people[role]).get(path).status_code for role in ROLES}
    asked = STAFF | {"helper", "offering"}
    assert seen == {role: 200 if role in asked else 404 for role in ROLES}
    assert client_of(None).get(address("event_calendar", cafe.event.pk)).status_code == 404


def _queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["event", "event_queue", "intake", "volunteers"])
def test_pages_of_an_event_ask_no_more_for_more_things(name: str) -> None:
    cafe = make_cafe()
    client = client_of(cafe["member"])

    def add(number: int) -> None:
        bring(cafe)
        actions.record_result(bring(cafe), outcome="Fixed", minutes=5, by=cafe["helper"])
        actions.sign_up(
            cafe.slot(number),
            owner=cafe["resident"],
            category=cafe.toasters,
            thing="",
            problem="Smokes",
            by=cafe["member"],
        )
        for state in ("coming", "asked", "offered", "declined"):
            row = make_volunteer(cafe.event, state=state, station=cafe.electronics)
            row.skills.set([cafe.toasters])
        held = actions.take(bring(cafe), volunteer=row_of(cafe), by=cafe["member"])
        assert held.state == "in_work"

    add(0)
    one = _queries(client, address(name, cafe.event.pk))
    add(1)
    add(2)
    assert _queries(client, address(name, cafe.event.pk)) == one


def row_of(cafe: Cafe) -> object:
    """The newest helper whose table is free."""
    return cafe.event.volunteers.filter(state="coming", ticket=None).last()


@pytest.mark.parametrize("query", ["", "?view=map", "?category=1&district=nowhere"])
def test_the_list_asks_no_more_for_more_events(query: str) -> None:
    cafe = make_cafe()
    path = address("events") + query

    def add() -> None:
        for state, shift in (("open", 5), ("closed", -400), ("cancelled", 9)):
            actions_of = make_event_of(cafe, shift)
            if state != "open":
                actions.move_event(actions_of, state, by=cafe["system"])

    add()
    client = client_of(cafe["member"])
    one = _queries(client, path)
    add()
    add()
    assert _queries(client, path) == one


def make_event_of(cafe: Cafe, days: int) -> object:
    event = actions.create_event(
        workshop=cafe.workshop,
        place=cafe.event.place,
        title=f"In {days} days",
        begins=cafe.event.begins + timedelta(days=days),
        ends=cafe.event.ends + timedelta(days=days),
        stations=[("Electronics", [cafe.toasters]), ("All", [])],
        by=cafe["member"],
    )
    return actions.move_event(event, "open", by=cafe["member"])


def test_the_list_is_narrowed_by_district_and_category() -> None:
    cafe = future_cafe()
    client = client_of(None)

    def titles(**query: object) -> list[str]:
        answer = client.get(address("events"), query)
        return [event.title for event, _free in answer.context["coming"]]

    district = cafe.event.place.district.slug
    assert titles(district=district, category=cafe.lamps.pk) == [cafe.event.title]
    assert titles(district="elsewhere") == [cafe.event.title]  # what is unknown does not narrow
    assert titles(category=make_category().pk) == []


def test_the_calendar_holds_public_events_with_steady_identifiers() -> None:
    cafe, draft = future_cafe(), future_cafe(state="draft")
    actions.move_event(draft.event, "cancelled", by=draft["member"])
    hidden = future_cafe(state="draft")
    client = client_of(hidden["member"])
    answers = [client.get(address("events_calendar")) for _each in range(2)]
    entries = [
        {
            str(entry["uid"]): str(entry["status"])
            for entry in Calendar.from_ical(a.content).walk("VEVENT")
        }
        for a in answers
    ]
    assert (
        entries[0]
        == entries[1]
        == {
            f"{cafe.event.pk}@repair.kierto": "CONFIRMED",
            f"{draft.event.pk}@repair.kierto": "CANCELLED",
        }
    )
    (entry,) = [
        e
        for e in Calendar.from_ical(answers[0].content).walk("VEVENT")
        if e["status"] == "CONFIRMED"
    ]
    assert entry.decoded("dtstart") == cafe.event.begins
    assert str(entry["location"]) == "Kera library, Karamalmintie 1, 02610, Espoo"


def test_the_board_names_nobody_and_no_thing_to_strangers() -> None:
    cafe = make_cafe()
    bring(cafe, thing="My secret toaster", owner=cafe["resident"])
    path = address("event_queue", cafe.event.pk)
    shown = client_of(None).get(path).content.decode()
    assert "secret" not in shown
    assert "Aino" not in shown
    assert "Next is number 1. 1 thing waits." in shown
    assert "secret" in client_of(cafe["helper"]).get(path).content.decode()


def test_the_board_renews_itself_as_a_fragment() -> None:
    cafe = make_cafe()
    path = address("event_queue", cafe.event.pk)
    fragment = client_of(None).get(path, headers={"HX-Request": "true"})
    assert fragment.content.decode().lstrip().startswith('<div id="board"')
    assert fragment["Vary"].count("HX-Request") == 1
    assert "hx-trigger" not in client_of(None).get(path + "?still").content.decode()


def test_intake_by_form_gives_a_number_and_an_empty_form() -> None:
    cafe = make_cafe()
    client = client_of(cafe["helper"])
    path = address("intake", cafe.event.pk)
    answer = client.post(path, {"category": "toas", "problem": "Does not heat"})
    assert answer["Location"] == f"{path}?number=1"
    page = client.get(answer["Location"])
    assert '<p class="k-ticket-number"><bdi>1</bdi></p>' in page.content.decode()
    ticket = Ticket.objects.get()
    assert (ticket.thing, ticket.category) == ("Toaster", cafe.toasters)
    pressed = {"common": cafe.lamps.pk, "problem": "Flickers", "private": "on", "visitor": "1"}
    client.post(path, pressed)
    second = Ticket.objects.get(queue_number=2)
    assert (second.category, second.shares_data, second.owner) == (cafe.lamps, False, ticket.owner)


def test_intake_keeps_what_was_typed_when_it_refuses() -> None:
    cafe = make_cafe()
    client = client_of(cafe["helper"])
    answer = client.post(
        address("intake", cafe.event.pk),
        {"category": "zeppelin", "problem": "Lost in fog", "age": "1000", "visitor": "nobody@x"},
    )
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form.errors == {
        "category": ["“zeppelin” is no category, or could be several. Choose one of the list."]
    }
    assert "Lost in fog" in answer.content.decode()
    answer = client.post(
        address("intake", cafe.event.pk), {"category": "Lamp", "problem": "x", "age": "1000"}
    )
    assert list(answer.context["form"].errors) == ["age"]
    answer = client.post(
        address("intake", cafe.event.pk),
        {"category": "Lamp", "problem": "x", "visitor": "nobody@example.org"},
    )
    assert list(answer.context["form"].errors) == ["visitor"]
    assert Ticket.objects.count() == 0


def test_a_code_checks_in() -> None:
    cafe = make_cafe()
    ticket = actions.sign_up(
        cafe.slot(3),
        owner=cafe["resident"],
        category=cafe.toasters,
        thing="",
        problem="Smokes",
        by=cafe["resident"],
    )
    client = client_of(cafe["helper"])
    page = client.get(address("intake", cafe.event.pk)).content.decode()
    assert "Aino Virtanen" in page
    path = address("check_in", cafe.event.pk)
    assert client.post(path, {"code": "R00000"}).status_code == 422
    answer = client.post(path, {"code": f" {ticket.code.lower()} "})
    assert answer["Location"] == address("intake", cafe.event.pk) + "?number=1"
    assert client.post(path, {"code": ticket.code}).status_code == 422


def test_a_result_with_a_picture_shows_after_closing() -> None:
    cafe = past_cafe()
    client = client_of(cafe["helper"])
    answer = client.post(
        address("intake", cafe.event.pk),
        {"category": "Toaster", "problem": "Does not heat", "then": "result"},
    )
    ticket = Ticket.objects.get()
    path = address("result", ticket.pk)
    assert answer["Location"] == path
    fields = {"outcome": "Fixed", "minutes": "25", "photo": picture(), "photo_public": "on"}
    refused = client.post(path, fields)
    assert list(refused.context["form"].errors) == ["photo_description"]
    fields["photo"] = picture()
    client.post(path, {**fields, "photo_description": "A warm toaster"})
    actions.move_event(cafe.event, "closed", by=cafe["member"])
    page = client_of(None).get(address("event", cafe.event.pk)).content.decode()
    assert "1 of 1 thing was repaired." in page
    assert 'alt="A warm toaster"' in page
    assert client_of(None).get(address("photo", ticket.photos.get().pk)).status_code == 200


def test_planning_by_form() -> None:
    cafe = future_cafe()
    client = client_of(cafe["member"])
    fields = {
        "title": "Spring café",
        "place": str(cafe.event.place_id),
        "day": "2031-05-03",
        "begins": "10:00",
        "ends": "12:00",
        "slot_minutes": "30",
        "table-0-name": "Lamps",
        "table-0-categories": [str(cafe.lamps.pk)],
        "table-2-name": "All the rest",
    }
    client.post(address("event_new"), fields)
    planned = cafe.workshop.events.get(title="Spring café")
    assert planned.begins.isoformat() == "2031-05-03T07:00:00+00:00"
    assert not planned.takes_walk_ins
    tables = {s.name: list(s.categories.all()) for s in planned.stations.all()}
    assert tables == {"Lamps": [cafe.lamps], "All the rest": []}
    client.post(address("event_edit", planned.pk), {**fields, "title": "", "ends": "09:00"})
    answer = client.post(address("event_edit", planned.pk), {**fields, "ends": "09:00"})
    assert answer.context["form"].errors == {
        "ends": ["The event would end before it begins. Choose a later end."]
    }
    client.post(address("event_edit", planned.pk), {**fields, "table-0-name": "Light"})
    assert [s.name for s in planned.stations.all()] == ["Light", "All the rest"]


def test_strangers_change_nothing_by_any_address() -> None:
    cafe = make_cafe()
    ticket = bring(cafe)
    booked = actions.sign_up(
        cafe.slot(3),
        owner=cafe["helper"],
        category=cafe.toasters,
        thing="",
        problem="Smokes",
        by=cafe["helper"],
    )
    row, pk = cafe.event.volunteers.get(agent=cafe["helper"]), cafe.event.pk
    posts = {
        address("event_move", pk): {"to": "cancelled"},
        address("event_edit", pk): {"title": "Mine"},
        address("volunteer_invite", pk): {"agent": str(cafe["resident"].pk), "task": "host"},
        address("volunteer_move", row.pk): {"to": "declined"},
        address("intake", pk): {"category": "Toaster", "problem": "x"},
        address("check_in", pk): {"code": booked.code},
        address("take_next", pk): {},
        address("take", ticket.pk): {},
        address("result", ticket.pk): {"outcome": "Fixed"},
        address("sign_up_move", booked.pk): {"slot": str(cafe.slot(3).pk)},
        address("sign_up_cancel", booked.pk): {},
    }
    answers: dict[str, set[int]] = {}
    for role in ("visitor", "resident", "offering", "other_staff"):
        client = client_of(cafe.people[role])
        answers[role] = {client.post(path, data).status_code for path, data in posts.items()}
    assert answers == {
        "visitor": {302},
        "resident": {403, 404},
        "offering": {403, 404},
        "other_staff": {403, 404},
    }
    ticket.refresh_from_db()
    booked.refresh_from_db()
    row.refresh_from_db()
    assert (ticket.state, booked.state, booked.queue_number) == ("new", "new", None)
    assert (cafe.refresh().state, row.state, Ticket.objects.count()) == ("open", "coming", 2)
    client = client_of(cafe["member"])
    gets = set(posts) - {
        address(name, key)
        for name, key in (("event_edit", pk), ("intake", pk), ("result", ticket.pk))
    }
    assert {client.get(path).status_code for path in gets} == {405}


def test_moving_and_cancelling_a_sign_up_by_page() -> None:
    cafe = future_cafe()
    booked = actions.sign_up(
        cafe.slot(0),
        owner=cafe["resident"],
        category=cafe.toasters,
        thing="",
        problem="Smokes",
        by=cafe["resident"],
    )
    client = client_of(cafe["resident"])
    page = client.get(address("sign_up_page", booked.pk))
    fitting = [cafe.slot(number) for number in (1, 2, 3)]
    assert list(page.context["form"].slots.values()) == fitting
    client.post(address("sign_up_move", booked.pk), {"slot": str(fitting[1].pk)})
    booked.refresh_from_db()
    assert booked.slot == fitting[1]
    unfit = {"slot": str(cafe.slot(0, "Textiles").pk)}
    assert client.post(address("sign_up_move", booked.pk), unfit).status_code == 422
    client.post(address("sign_up_cancel", booked.pk))
    booked.refresh_from_db()
    assert (booked.state, booked.slot) == ("cancelled", None)
    assert "cancelled" in client.get(address("sign_up_page", booked.pk)).content.decode()


def test_a_sign_up_page_asks_no_more_for_more_categories() -> None:
    cafe = future_cafe()
    client = client_of(cafe["resident"])
    path = address("sign_up", cafe.event.pk, cafe.slot(0).pk)
    one = _queries(client, path)
    for _each in range(3):
        make_category()
    assert _queries(client, path) == one
