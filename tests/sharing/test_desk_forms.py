"""What the forms of the desk do: lending, returns, the till, members, approvals, the question."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.sharing import charges
from kierto.sharing.actions.lending import take_back
from kierto.sharing.models import Answer, Booking, Loan, Membership, Sale
from kierto.sharing.states import BookingState, Condition, Reason, Sort
from tests.factories.exchange import picture
from tests.factories.parties import make_person
from tests.factories.sharing import make_pool
from tests.sharing.desk import Desk, days_ahead
from tests.sharing.desk_pages import at, make_paid_desk, post, scan, signed_in


@pytest.fixture
def desk(db: None) -> Desk:
    return make_paid_desk()


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
    where = post(desk, "desk_newcomer", name="Mummo Virtanen", signed="on", thing=drill.code)
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
