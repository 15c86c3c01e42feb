"""The pages of what can be borrowed answer everybody, in a constant number of queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.sharing.states import Condition, Sort, ThingState
from tests.factories import sharing as make
from tests.factories.parties import make_person, make_place
from tests.sharing.residents import Neighbourhood, book, in_days, make_neighbourhood, signed_in

ROLES = ["visitor", "resident", "member", "organization_admin", "operator", "node_admin"]


@pytest.fixture
def here(db: None) -> Neighbourhood:
    return make_neighbourhood()


def page(client: Client, name: str, *args: object, **query: str) -> str:
    """The text of a page that answers."""
    response = client.get(reverse(f"sharing:{name}", args=args), query)
    assert response.status_code == 200, response.content
    return response.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_public_pages_are_there_for_everybody(here: Neighbourhood, role: str) -> None:
    client = signed_in(here.agents[role])
    page(client, "things")
    page(client, "things", view="map")
    page(client, "things", q="drill", free="now", sort="item", people="1")
    for code in ("DRILL", "CHAIRS", "KIT", "ROOM"):
        for view in ("", "month", "week", "day"):
            page(client, "thing", code, calendar=view)


def test_the_list_says_what_is_free_now(here: Neighbourhood) -> None:
    text = page(Client(), "things")
    assert "5 free now" in text
    assert "4 things to borrow" in text


def test_the_list_asks_the_same_number_of_queries_for_one_thing_and_for_five(db: None) -> None:
    collection = make.make_collection()
    make.make_thing(collection)
    one = queries_of("things")
    for _number in range(2):
        make.make_thing(make.make_collection())
        make.make_pool(collection)
    assert queries_of("things") == one
    assert queries_of("things", view="map") == queries_of("things", view="map", q="")


def queries_of(name: str, **query: str) -> int:
    """How often a page asks the database, once everything is warm."""
    client = Client()
    client.get(reverse(f"sharing:{name}"), query)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse(f"sharing:{name}"), query)
    return len(asked)


def test_a_thing_that_is_not_open_is_unknown_to_visitors_and_known_to_staff(
    here: Neighbourhood,
) -> None:
    draft = make.make_thing(here.collection, state=ThingState.DRAFT)
    address = reverse("sharing:thing", args=[draft.code])
    statuses = {role: signed_in(here.agents[role]).get(address).status_code for role in ROLES}
    assert statuses == {
        "visitor": 404,
        "resident": 404,
        "member": 200,
        "organization_admin": 200,
        "operator": 200,
        "node_admin": 200,
    }


def test_the_calendar_says_in_words_what_is_taken(here: Neighbourhood) -> None:
    book(here.drill, here.agent("resident"), begins=in_days(1, 0), ends=in_days(2, 0))
    book(here.drill, here.agent("resident"), begins=in_days(3, 10), ends=in_days(3, 12))
    day = in_days(1, 12).date()
    text = page(Client(), "thing", "DRILL", calendar="day", day=day.isoformat())
    assert text.count('<span class="k-calendar__word">taken</span>') == 12
    third = in_days(3, 12).date().isoformat()
    text = page(Client(), "thing", "DRILL", calendar="day", day=third)
    assert text.count('<span class="k-calendar__word">taken</span>') == 1
    text = page(Client(), "thing", "DRILL", calendar="month", day=third)
    assert '<span class="k-calendar__word">partly free</span>' in text


def test_visitors_are_told_how_to_borrow_without_an_account(here: Neighbourhood) -> None:
    text = page(Client(), "thing", "DRILL")
    assert "Without an account, or without a phone, come to the desk" in text
    assert '<form class="k-form"' not in text


def test_the_reason_stands_beside_the_button_before_anybody_tries(here: Neighbourhood) -> None:
    make.change_default_terms(here.collection, membership_needed=True)
    resident = here.agent("resident")
    text = page(signed_in(resident), "thing", "DRILL")
    assert "Only members of “Tool library” borrow this. Become a member first." in text
    assert "disabled>Book it</button>" in text
    make.make_member(here.collection, resident)
    assert "You cannot book this now." not in page(signed_in(resident), "thing", "DRILL")


def test_a_broken_thing_says_so(here: Neighbourhood) -> None:
    here.drill.condition = Condition.BROKEN
    here.drill.save()
    text = page(signed_in(here.agent("resident")), "thing", "DRILL")
    assert "is broken and waits for repair" in text


def test_a_consumable_is_taken_at_the_desk(here: Neighbourhood) -> None:
    make.make_thing(
        here.collection, sort=Sort.CONSUMABLE, quantity=12, code="SCREWS", unit_price="0.50"
    )
    text = page(signed_in(here.agent("resident")), "thing", "SCREWS")
    assert "12 here to buy" in text
    assert "€0.50" in text
    assert 'id="calendar"' not in text


def test_where_a_neighbour_lives_is_told_roughly_until_it_is_booked(db: None) -> None:
    owner, borrower = make_person(), make_person()
    place = make_place(owner.agent, name="At home", street="Secret street 5")
    collection = make.make_collection(owner.agent, place=place)
    thing = make.make_thing(collection)
    assert "Secret street" not in page(Client(), "thing", thing.code)
    assert "Secret street" not in page(signed_in(borrower.agent), "thing", thing.code)
    assert "Secret street" in page(signed_in(owner.agent), "thing", thing.code)
    assert str(place.latitude) not in page(Client(), "things", view="map")
    book(thing, borrower.agent)
    assert "Secret street" in page(signed_in(borrower.agent), "thing", thing.code)


def test_what_the_address_says_wrongly_does_not_break_the_page(here: Neighbourhood) -> None:
    page(Client(), "things", page="x", people="-1", kind="none", free_from="2026-13-45", sort="x")
    client = signed_in(here.agent("resident"))
    page(client, "thing", "ROOM", day="yesterday", calendar="year", begins="x", ends="99")
    page(client, "thing", "ROOM", day="0001-01-01", begins="0001-01-01T00:00")
    page(client, "thing", "ROOM", day="9999-12-31", begins="9999-12-31T23:00")
    assert client.get(reverse("sharing:thing", args=["NONE"])).status_code == 404


def test_who_acts_for_a_member_may_book_though_not_one_themselves(here: Neighbourhood) -> None:
    make.change_default_terms(here.collection, membership_needed=True)
    member = signed_in(here.agent("member"))
    assert "Become a member" in page(member, "thing", "DRILL")
    make.make_member(here.collection, here.organization.agent)
    text = page(member, "thing", "DRILL")
    assert "You cannot book this now." not in text
    assert "In whose name?" in text


def test_the_form_begins_with_a_time_that_can_be_had(here: Neighbourhood) -> None:
    client = signed_in(here.agent("resident"))
    asked = in_days(2, 10, 7).isoformat()
    response = client.get(reverse("sharing:thing", args=["ROOM"]), {"begins": asked})
    initial = response.context["form"].initial
    assert (initial["begins"], initial["ends"]) == (in_days(2, 10, 15), in_days(2, 11, 15))
    here.collection.opening_hours = "Mo-Su 12:00-18:00"
    here.collection.save()
    response = client.get(reverse("sharing:thing", args=["ROOM"]), {"begins": asked})
    assert response.context["form"].initial["begins"] == in_days(2, 12)
