"""The desk: one field leads everywhere, Enter does the obvious thing, and only the staff get in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing import charges
from kierto.sharing.actions.charges import charge, pay
from kierto.sharing.actions.lending import take_back
from kierto.sharing.actions.members import block_member
from kierto.sharing.finding import find_at_desk
from kierto.sharing.models import Answer, Booking, Loan, Membership, Sale
from kierto.sharing.states import BookingState, Condition, Reason, Sort, ThingState
from tests.factories.exchange import picture
from tests.factories.parties import make_person
from tests.factories.sharing import make_collection, make_kit, make_member, make_pool, make_thing
from tests.sharing.desk import Desk, days_ahead, make_desk

BACKEND = "django.contrib.auth.backends.ModelBackend"
Post = Callable[..., str]


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk(terms={"fine_per_day": 1, "deposit": 20})


def signed_in(agent: Agent | None) -> Client:
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user, BACKEND)
    return client


def at(desk: Desk, name: str, *args: object) -> str:
    return reverse(f"sharing:{name}", args=[desk.collection.slug, *args])


def post(desk: Desk, page: str, /, *args: object, **data: object) -> str:
    """Post as the staff; gives where it leads."""
    response = signed_in(desk.staff).post(at(desk, page, *args), data)
    assert response.status_code == 302, response.content.decode()
    return response["Location"].partition("?")[0]


def scan(desk: Desk, text: str, **data: object) -> str:
    return post(desk, "desk_scan", q=text, **data)


def name_member(desk: Desk, name: str) -> Membership:
    person = make_person(name=name)
    return make_member(desk.collection, person.agent)


# ------------------------------------------------------------------------ the one field


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


# ------------------------------------------------------------------------ forms


def test_lending_with_a_day_of_return_and_a_number(desk: Desk) -> None:
    chairs = make_pool(desk.collection, 5)
    due = (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT12:00")
    post(desk, "desk_lend", chairs.code, to=desk.borrower.pk, quantity=3, due_at=due)
    assert Loan.objects.get().quantity == 3


def test_a_longer_loan_than_the_terms_allow_needs_a_note(desk: Desk) -> None:
    drill = desk.thing()
    due = (timezone.localtime() + timedelta(days=30)).strftime("%Y-%m-%dT12:00")
    data = {"to": desk.borrower.pk, "quantity": 1, "due_at": due}
    response = signed_in(desk.staff).post(at(desk, "desk_lend", drill.code), data)
    assert response.status_code == 422
    assert "at most 14 days" in response.content.decode()
    post(desk, "desk_lend", drill.code, **data, note="For the summer camp")
    assert Loan.objects.count() == 1


def test_handing_out_a_part_of_a_booking(desk: Desk) -> None:
    chairs = make_pool(desk.collection, 5)
    booking = desk.book(chairs, begins=timezone.now(), quantity=4)
    post(desk, "desk_hand_out", booking.code, **{"row-0": 3})
    assert Loan.objects.get().quantity == 3
    data = {"row-0": 9}
    response = signed_in(desk.staff).post(at(desk, "desk_hand_out", booking.code), data)
    assert response.status_code == 422


def test_a_return_with_condition_pictures_and_an_earlier_time(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), ago=10, days=5)
    earlier = (timezone.localtime() - timedelta(days=6)).strftime("%Y-%m-%dT12:00")
    data = {"quantity": 1, "condition": Condition.DAMAGED, "at": earlier}
    response = signed_in(desk.staff).post(at(desk, "desk_take_back", loan.pk), data)
    assert response.status_code == 422
    assert "Add a note that says why" in response.content.decode()
    photos = [picture(), picture("PNG")]
    post(desk, "desk_take_back", loan.pk, **data, note="Letter box", photos=photos)
    loan.refresh_from_db()
    assert loan.reports.get().photos.count() == 2
    assert charges.due_from(desk.borrower, desk.collection, Reason.FINE) == 0
    page = signed_in(desk.staff).get(at(desk, "desk_loan", loan.pk)).content.decode()
    assert "Take it out of use" in page
    post(desk, "desk_out_of_use", loan.pk, **{"use-days": 3, "use-title": "New cable"})
    assert loan.thing.maintenances.get().title == "New cable"
    post(
        desk, "desk_charge", desk.borrower.pk, loan=loan.pk,
        **{"damage-amount": "12,50", "damage-reason": "damage", "damage-note": "cable"},
    )  # fmt: skip
    assert charges.due_from(desk.borrower, desk.collection, Reason.DAMAGE) == Decimal("12.50")


def test_what_is_no_picture_is_refused_and_nothing_comes_back(desk: Desk) -> None:
    loan = desk.lend(desk.thing())
    bad = picture()
    bad.truncate(3)
    bad.seek(0)
    data = {"quantity": 1, "photos": [bad]}
    response = signed_in(desk.staff).post(at(desk, "desk_take_back", loan.pk), data)
    assert response.status_code == 422
    loan.refresh_from_db()
    assert loan.back_at is None


def test_renewing_and_losing_at_the_desk(desk: Desk) -> None:
    loan = desk.lend(desk.thing(value=80))
    assert post(desk, "desk_renew", loan.pk) == at(desk, "desk_loan", loan.pk)
    post(desk, "desk_lost", loan.pk, note="")
    loan.refresh_from_db()
    assert (loan.renewals, loan.is_lost) == (1, False)
    post(desk, "desk_lost", loan.pk, note="Moved away")
    loan.refresh_from_db()
    assert loan.is_lost
    page = signed_in(desk.staff).get(at(desk, "desk_loan", loan.pk)).content.decode()
    assert 'value="80' in page
    post(desk, "desk_take_back", loan.pk, quantity=1)
    loan.refresh_from_db()
    assert not loan.is_lost


def test_the_till(desk: Desk) -> None:
    desk.lend(desk.thing())
    deposit = desk.borrower.charges.get(reason=Reason.DEPOSIT)
    post(desk, "desk_settle", deposit.pk, step="pay")
    assert charges.standing_of(deposit).held == 20
    post(desk, "desk_settle", deposit.pk, step="keep", amount="5", note="plug")
    post(desk, "desk_settle", deposit.pk, step="back")
    assert charges.standing_of(deposit).held == 0
    loan = Loan.objects.get()
    where = post(
        desk, "desk_charge", desk.borrower.pk,
        **{"charge-amount": "4", "charge-reason": "fine", "charge-note": ""},
    )  # fmt: skip
    assert where == at(desk, "desk_borrower", desk.borrower.pk)
    fine = desk.borrower.charges.get(reason=Reason.FINE)
    assert post(desk, "desk_settle", fine.pk, step="waive", note="", loan=loan.pk) == at(
        desk, "desk_loan", loan.pk
    )
    assert charges.due(fine) == 4
    post(desk, "desk_settle", fine.pk, step="pay", amount="not money")
    assert charges.due(fine) == 4
    post(desk, "desk_settle", fine.pk, step="waive", note="a kind word")
    assert charges.due(fine) == 0


def test_consumables_are_sold_to_the_chosen_borrower(desk: Desk) -> None:
    glue = desk.thing(sort=Sort.CONSUMABLE, quantity=9, unit_price=Decimal("1.20"))
    assert scan(desk, glue.code) == at(desk, "desk_thing", glue.code)
    post(desk, "desk_sell", glue.code, quantity=3)
    assert Sale.objects.count() == 0
    to = {"to": desk.borrower.pk}
    for bad in ("0", "x", "99"):
        post(desk, "desk_sell", glue.code, quantity=bad, **to)
    assert Sale.objects.count() == 0
    post(desk, "desk_sell", glue.code, quantity=3, **to)
    assert charges.due_from(desk.borrower, desk.collection, Reason.SALE) == Decimal("3.60")


def test_somebody_without_account_or_phone_borrows_at_once(desk: Desk) -> None:
    drill = desk.thing()
    where = post(desk, "desk_newcomer", name="Mummo Virtanen", agrees="on", thing=drill.code)
    assert where == at(desk, "desk_thing", drill.code)
    member = Membership.objects.latest("pk")
    assert member.agent.person.user is None
    assert member.agreed_at is not None
    scan(desk, "", to=member.agent_id, pending=f"lend:{drill.code}")
    assert Loan.objects.get().line.booking.borrower == member.agent
    response = signed_in(desk.staff).post(at(desk, "desk_newcomer"), {"name": ""})
    assert response.status_code == 422


def test_members_are_blocked_and_freed_renewed_and_enrolled(desk: Desk) -> None:
    pk = desk.borrower.pk
    membership = Membership.objects.get(agent=pk)
    post(desk, "desk_member", pk, step="block", reason="")
    post(desk, "desk_member", pk, step="block", reason="Late too often.")
    membership.refresh_from_db()
    assert membership.blocked_reason == "Late too often."
    post(desk, "desk_member", pk, step="unblock")
    membership.refresh_from_db()
    assert membership.blocked_at is None
    stranger = make_person().agent
    url = at(desk, "desk_member", stranger.pk)
    assert signed_in(desk.staff).post(url, {"step": "enrol"}).status_code == 404
    desk.lend(desk.thing(), borrower=stranger)
    post(desk, "desk_member", stranger.pk, step="enrol")
    assert Membership.objects.filter(agent=stranger).exists()
    assert signed_in(desk.staff).post(url, {"step": "dance"}).status_code == 404


def test_what_waits_is_approved_or_declined(desk: Desk) -> None:
    booking = desk.book(desk.thing(), begins=days_ahead(1))
    Booking.objects.filter(pk=booking.pk).update(state=BookingState.REQUESTED, agreement=None)
    assert (
        "Approve"
        in signed_in(desk.staff).get(at(desk, "desk_booking", booking.code)).content.decode()
    )
    post(desk, "desk_decide", booking.code, state="declined", reason="")
    post(desk, "desk_decide", booking.code, state="confirmed")
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED


def test_the_question_after_a_return(desk: Desk) -> None:
    loan = take_back(desk.lend(desk.thing()), by=desk.staff)
    client = signed_in(desk.staff)
    url = at(desk, "desk_loan", loan.pk)
    assert "One question, if you like" in client.get(url).content.decode()
    post(desk, "desk_answer", loan.pk, alternative="new")
    post(desk, "desk_answer", loan.pk, alternative="used")
    assert Answer.objects.get().alternative == "new"
    assert "One question, if you like" not in client.get(url).content.decode()


# ------------------------------------------------------------------------ who gets in


def addresses(desk: Desk) -> list[tuple[str, str]]:
    loan = desk.lend(desk.thing())
    booking = desk.book(desk.thing(), begins=days_ahead(1))
    fine = charge(
        collection=desk.collection, borrower=desk.borrower, reason=Reason.SALE,
        amount=Decimal(1), by=system_agent(),
    )  # fmt: skip
    code, who = loan.thing.code, desk.borrower.pk
    return [
        ("get", at(desk, "desk")),
        ("get", at(desk, "desk_list", "overdue")),
        ("get", at(desk, "desk_day")),
        ("get", at(desk, "desk_newcomer")),
        ("get", at(desk, "desk_borrower", who)),
        ("get", at(desk, "desk_thing", code)),
        ("get", at(desk, "desk_booking", booking.code)),
        ("get", at(desk, "desk_loan", loan.pk)),
        ("post", at(desk, "desk_scan")),
        ("post", at(desk, "desk_lend", code)),
        ("post", at(desk, "desk_sell", code)),
        ("post", at(desk, "desk_member", who)),
        ("post", at(desk, "desk_charge", who)),
        ("post", at(desk, "desk_settle", fine.pk)),
        ("post", at(desk, "desk_hand_out", booking.code)),
        ("post", at(desk, "desk_decide", booking.code)),
        ("post", at(desk, "desk_take_back", loan.pk)),
        ("post", at(desk, "desk_renew", loan.pk)),
        ("post", at(desk, "desk_lost", loan.pk)),
        ("post", at(desk, "desk_out_of_use", loan.pk)),
        ("post", at(desk, "desk_answer", loan.pk)),
    ]


STAFF = {"member", "organization_admin", "operator", "node_admin"}


def test_only_the_staff_get_in(desk: Desk) -> None:
    pages = addresses(desk)
    roles = {key: agent for key, agent in desk.roles().items() if key != "stranger"}
    for role, agent in roles.items():
        client = signed_in(agent)
        for method, url in pages:
            if role in STAFF and method == "post":
                continue
            status = getattr(client, method)(url).status_code
            expected = 200 if role in STAFF else 302 if role == "visitor" else 403
            assert status == expected, (role, method, url)


def test_nothing_of_another_desk_is_reached_through_this_one(desk: Desk) -> None:
    other = make_desk()
    loan = other.lend(other.thing())
    client = signed_in(desk.staff)
    for method, url in [
        ("get", at(desk, "desk_loan", loan.pk)),
        ("get", at(desk, "desk_thing", loan.thing.code)),
        ("get", at(desk, "desk_booking", loan.line.booking.code)),
        ("get", at(desk, "desk_borrower", other.borrower.pk)),
        ("post", at(desk, "desk_take_back", loan.pk)),
    ]:
        assert getattr(client, method)(url).status_code == 404, url


def test_who_works_at_one_desk_goes_straight_there(desk: Desk) -> None:
    response = signed_in(desk.staff).get(reverse("sharing:desk_choice"))
    assert response["Location"] == at(desk, "desk")
    make_collection(desk.organization, state=ThingState.PAUSED)
    response = signed_in(desk.staff).get(reverse("sharing:desk_choice"))
    assert response.status_code == 200
    page = signed_in(desk.borrower).get(reverse("sharing:desk_choice")).content.decode()
    assert "You work at no desk yet." in page


def test_names_of_people_are_read_at_the_desk_alone(desk: Desk) -> None:
    member = name_member(desk, "Seppo Hiljainen")
    desk.lend(desk.thing(), borrower=member.agent, ago=20, days=7)
    page = signed_in(desk.staff).get(at(desk, "desk")).content.decode()
    assert "Seppo Hiljainen" in page
    assert "14 days late" in page or "13 days late" in page


# ------------------------------------------------------------------------ lists


def fill(desk: Desk) -> None:
    desk.book(desk.thing(), begins=timezone.now() + timedelta(minutes=1), days=1)
    desk.lend(desk.thing(), days=0.0007, borrower=make_member(desk.collection).agent)
    desk.lend(desk.thing(), ago=9, days=7, borrower=make_member(desk.collection).agent)
    asked = desk.book(desk.thing(), begins=days_ahead(2))
    Booking.objects.filter(pk=asked.pk).update(state=BookingState.REQUESTED)
    held = desk.book(desk.thing(), begins=days_ahead(2))
    Booking.objects.filter(pk=held.pk).update(state=BookingState.HELD, hold_until=days_ahead(1))


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_lists_ask_as_much_for_three_rows_as_for_one(db: None) -> None:
    desk = make_desk(terms={"shortest_minutes": 1})
    fill(desk)
    client = signed_in(desk.staff)
    urls = [
        at(desk, "desk"),
        at(desk, "desk_list", "out"),
        at(desk, "desk_list", "overdue"),
        at(desk, "desk_list", "held"),
        at(desk, "desk_day"),
        at(desk, "desk_day") + "?day=2031-02-30",
    ]
    before = [queries_of(client, url) for url in urls]
    fill(desk)
    fill(desk)
    assert [queries_of(client, url) for url in urls] == before
    assert client.get(at(desk, "desk_list", "nonsense")).status_code == 404


def test_the_borrower_s_page_asks_as_much_for_three_loans_as_for_one(desk: Desk) -> None:
    client = signed_in(desk.staff)
    url = at(desk, "desk_borrower", desk.borrower.pk)

    def more() -> None:
        desk.lend(desk.thing())
        desk.book(desk.thing(), begins=days_ahead(3))
        pay(desk.borrower.charges.first(), by=system_agent())

    more()
    before = queries_of(client, url)
    more()
    more()
    assert queries_of(client, url) == before


class WhateverIsTyped(TestCase):
    """No text that somebody scans or types breaks the desk."""

    @given(st.text(max_size=150))
    def test_any_text_has_an_answer(self, text: str) -> None:
        collection = make_collection()
        make_member(collection)
        found = find_at_desk(collection, text)
        assert found.thing is None
