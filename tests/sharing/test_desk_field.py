"""The one field of the desk leads everywhere, and Enter does the obvious thing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kierto.sharing.actions.members import block_member
from kierto.sharing.finding import find_at_desk
from kierto.sharing.models import Loan, Membership
from kierto.sharing.states import Sort
from tests.factories.sharing import make_collection, make_kit, make_member, make_thing
from tests.sharing.desk import Desk
from tests.sharing.desk_pages import at, make_paid_desk, name_member, scan, signed_in


@pytest.fixture
def desk(db: None) -> Desk:
    return make_paid_desk()


def test_what_is_here_asks_who_borrows_it_and_what_is_out_comes_back(desk: Desk) -> None:
    drill = desk.thing()
    assert scan(desk, drill.code) == at(desk, "desk_thing", drill.code)
    loan = desk.lend(drill)
    assert scan(desk, drill.code.lower()) == at(desk, "desk_loan", loan.pk)


def test_the_address_on_a_label_is_read_as_its_code(desk: Desk) -> None:
    drill = desk.thing()
    address = "https://kierto.example" + reverse("sharing:by_code", args=[drill.code])
    assert scan(desk, address) == at(desk, "desk_thing", drill.code)


def test_cards_bookings_and_names_lead_to_their_pages(desk: Desk) -> None:
    card = Membership.objects.get(agent=desk.borrower)
    assert scan(desk, card.number) == at(desk, "desk_borrower", desk.borrower.pk)
    booking = desk.book(desk.thing(), begins=timezone.now())
    assert scan(desk, booking.code) == at(desk, "desk_booking", booking.code)
    member = name_member(desk, "Äijä Mäkelä")
    assert scan(desk, "makela aija") == at(desk, "desk_borrower", member.agent_id)
    response = signed_in(desk.staff).get(at(desk, "desk"), {"q": booking.code})
    assert response["Location"].startswith(at(desk, "desk_booking", booking.code))


def test_several_of_a_name_are_listed_and_nobody_offers_to_enrol(desk: Desk) -> None:
    for name in ("Aino Korhonen", "Eino Korhonen"):
        name_member(desk, name)
    client = signed_in(desk.staff)
    page = client.get(at(desk, "desk"), {"q": "korhonen"}).content.decode()
    assert page.count("Korhonen</a>") == 2
    page = client.get(at(desk, "desk"), {"q": "Zorro"}).content.decode()
    assert "Enrol “Zorro” as a new borrower" in page


def test_a_thing_of_another_collection_is_told_apart(desk: Desk) -> None:
    other = make_thing(make_collection(name="Toys"))
    page = signed_in(desk.staff).get(at(desk, "desk"), {"q": other.code}).content.decode()
    assert "belongs to Toys" in page


def test_a_thing_waits_for_its_borrower_and_goes_out_by_enter(desk: Desk) -> None:
    drill = desk.thing()
    card = Membership.objects.get(agent=desk.borrower)
    assert scan(desk, card.number, thing=drill.code) == at(desk, "desk_thing", drill.code)
    to = str(desk.borrower.pk)
    page = signed_in(desk.staff).get(at(desk, "desk_thing", drill.code), {"to": to})
    assert f'name="pending" value="lend:{drill.code}"' in page.content.decode()
    there = scan(desk, "", to=to, pending=f"lend:{drill.code}")
    assert there == at(desk, "desk_borrower", desk.borrower.pk)
    loan = Loan.objects.get()
    assert (loan.thing, loan.line.booking.borrower) == (drill, desk.borrower)
    assert timedelta(days=13) < loan.due_at - timezone.now() <= timedelta(days=14)


def test_enter_takes_back_and_hands_out(desk: Desk) -> None:
    booking = desk.book(desk.thing(), begins=timezone.now())
    assert scan(desk, "", pending=f"out:{booking.code}") == at(
        desk, "desk_borrower", desk.borrower.pk
    )
    loan = Loan.objects.get()
    assert scan(desk, "", pending=f"back:{loan.pk}") == at(desk, "desk_loan", loan.pk)
    loan.refresh_from_db()
    assert loan.back_at is not None


def test_what_they_have_booked_is_handed_out_as_booked(desk: Desk) -> None:
    drill = desk.thing()
    booking = desk.book(drill, begins=timezone.now())
    client = signed_in(desk.staff)
    url = at(desk, "desk_thing", drill.code)
    response = client.get(url, {"to": str(desk.borrower.pk)})
    assert response["Location"].startswith(at(desk, "desk_booking", booking.code))
    assert client.get(url).status_code == 200


def test_a_kit_comes_back_with_all_its_parts(desk: Desk) -> None:
    kit = make_kit(desk.collection)
    code = desk.lend(kit).line.booking.code
    assert scan(desk, kit.code) == at(desk, "desk_booking", code)
    page = signed_in(desk.staff).get(at(desk, "desk_booking", code)).content.decode()
    assert f'name="pending" value="in:{code}"' in page
    where = scan(desk, "", pending=f"in:{code}")
    assert where == at(desk, "desk_borrower", desk.borrower.pk)
    assert not Loan.objects.filter(back_at__isnull=True).exists()


def test_what_is_refused_is_told_and_nothing_happens(desk: Desk) -> None:
    drill = desk.thing()
    membership = Membership.objects.get(agent=desk.borrower)
    block_member(membership, reason="Lost three drills.", by=desk.staff)
    client = signed_in(desk.staff)
    to = str(desk.borrower.pk)
    page = client.get(at(desk, "desk_borrower", to)).content.decode()
    assert "Lost three drills." in page
    page = client.get(at(desk, "desk_thing", drill.code), {"to": to}).content.decode()
    assert "Lost three drills." in page
    assert 'name="pending"' not in page
    scan(desk, "", to=to, pending=f"lend:{drill.code}")
    assert Loan.objects.count() == 0
    scan(desk, "", pending=f"lend:{drill.code}")
    assert Loan.objects.count() == 0


def test_an_unknown_wish_is_not_found(desk: Desk) -> None:
    client = signed_in(desk.staff)
    url = at(desk, "desk_scan")
    assert client.post(url, {"pending": "burn:everything"}).status_code == 404
    assert client.post(url, {"pending": "back:nonsense"}).status_code == 404
    assert client.post(url, {"pending": "out:nonsense"}).status_code == 404
    assert client.get(url).status_code == 405


NASTY = ["a/b", "\x00", "9" * 40, "-1", "1e400", "NaN", "<script>", "٣", "0001-01-01T00:00"]


@pytest.mark.parametrize("text", NASTY)
def test_no_nasty_text_breaks_the_desk(desk: Desk, text: str) -> None:
    loan = desk.lend(desk.thing())
    drill, glue = desk.thing(), desk.thing(sort=Sort.CONSUMABLE, quantity=3)
    (deposit,) = desk.borrower.charges.all()
    booking = desk.book(desk.thing(), begins=timezone.now())
    who = desk.borrower.pk
    fields = {
        **dict.fromkeys(
            ["q", "thing", "note", "amount", "quantity", "reason", "at", "due_at", "row-0",
             "charge-amount", "charge-note", "charge-reason", "use-days", "name", "number"],
            text,
        ),
        "to": str(who),
    }  # fmt: skip
    client = signed_in(desk.staff)
    for url in [
        at(desk, "desk_scan"),
        at(desk, "desk_newcomer"),
        at(desk, "desk_lend", drill.code),
        at(desk, "desk_sell", glue.code),
        at(desk, "desk_hand_out", booking.code),
        at(desk, "desk_take_back", loan.pk),
        at(desk, "desk_out_of_use", loan.pk),
        at(desk, "desk_charge", who),
    ]:
        assert client.post(url, fields).status_code in {302, 422}, url
    for step in ("keep", "pay", "waive", text):
        url = at(desk, "desk_settle", deposit.pk)
        assert client.post(url, {**fields, "step": step}).status_code in {302, 404}, step
    for query in ({"q": text, "thing": text, "to": text}, {"day": text}):
        assert client.get(at(desk, "desk"), query).status_code in {200, 302}
        assert client.get(at(desk, "desk_day"), query).status_code == 200
    assert client.get(at(desk, "desk_newcomer"), {"name": text, "thing": text}).status_code == 200


class WhateverIsTyped(TestCase):
    """No text that somebody scans or types breaks the desk."""

    @given(st.text(max_size=150))
    def test_any_text_has_an_answer(self, text: str) -> None:
        collection = make_collection()
        make_member(collection)
        found = find_at_desk(collection, text)
        assert found.thing is None
