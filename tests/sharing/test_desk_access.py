"""Only the staff get to the desk, and to nothing of another one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from kierto.parties.queries import system_agent
from kierto.sharing.actions.charges import charge
from kierto.sharing.states import Reason, ThingState
from tests.factories.sharing import make_collection
from tests.sharing.desk import Desk, days_ahead, make_desk
from tests.sharing.desk_pages import at, make_paid_desk, name_member, signed_in


@pytest.fixture
def desk(db: None) -> Desk:
    return make_paid_desk()


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
