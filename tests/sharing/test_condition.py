"""In what shape things are, and the question that is asked once."""

from __future__ import annotations

import pytest

from kierto.core.errors import NotAllowed
from kierto.core.photos import NotAPhoto
from kierto.parties.queries import system_agent
from kierto.sharing.actions.answering import answer, may_be_asked
from kierto.sharing.actions.condition import MOST_PICTURES, report_condition
from kierto.sharing.actions.lending import take_back
from kierto.sharing.errors.lending import AnsweredAlready, TooManyPictures, TooSoonToAnswer
from kierto.sharing.models import Answer, ConditionReport
from kierto.sharing.states import Alternative, Condition, ThingState
from tests.factories.exchange import picture
from tests.factories.sharing import make_pool
from tests.sharing.desk import Desk, make_desk

STAFF = {"member", "organization_admin", "operator", "node_admin"}


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


@pytest.mark.parametrize("condition", Condition.values)
def test_the_thing_is_as_it_was_reported_and_a_broken_one_is_paused(
    desk: Desk, condition: str
) -> None:
    drill = desk.thing()
    report_condition(drill, condition=condition, note=" seen ", by=desk.staff)
    drill.refresh_from_db()
    assert drill.condition == condition
    assert drill.state == (ThingState.PAUSED if condition == Condition.BROKEN else ThingState.OPEN)
    assert drill.reports.get().note == "seen"


def test_one_broken_chair_does_not_break_the_others(desk: Desk) -> None:
    chairs = make_pool(desk.collection, 5)
    report_condition(chairs, condition=Condition.BROKEN, by=desk.staff)
    chairs.refresh_from_db()
    assert (chairs.condition, chairs.state) == (Condition.GOOD, ThingState.OPEN)
    assert chairs.reports.count() == 1


def test_a_paused_thing_stays_paused(desk: Desk) -> None:
    drill = desk.thing(state=ThingState.PAUSED)
    report_condition(drill, condition=Condition.BROKEN, by=desk.staff)
    drill.refresh_from_db()
    assert drill.state == ThingState.PAUSED


def test_pictures_are_written_anew_and_counted(desk: Desk) -> None:
    drill = desk.thing()
    report = report_condition(
        drill, condition=Condition.WORN, photos=[picture(), picture("PNG")], by=desk.staff
    )
    assert [photo.image.name.endswith(".jpg") for photo in report.photos.all()] == [True, True]
    many = [picture() for _ in range(MOST_PICTURES + 1)]
    with pytest.raises(TooManyPictures):
        report_condition(drill, condition=Condition.WORN, photos=many, by=desk.staff)
    bad = picture()
    bad.truncate(5)
    with pytest.raises(NotAPhoto):
        report_condition(drill, condition=Condition.BROKEN, photos=[bad], by=desk.staff)
    drill.refresh_from_db()
    assert drill.condition == Condition.WORN


def test_only_the_staff_report(desk: Desk) -> None:
    for role, by in desk.roles().items():
        if by is None:
            continue
        drill = desk.thing()
        if role in STAFF:
            report_condition(drill, condition=Condition.WORN, by=by)
        else:
            with pytest.raises(NotAllowed):
                report_condition(drill, condition=Condition.WORN, by=by)
        assert ConditionReport.objects.filter(thing=drill).exists() == (role in STAFF)


# ------------------------------------------------------------------------ the question


def test_the_question_is_asked_once_after_something_came_back(desk: Desk) -> None:
    chairs = make_pool(desk.collection, 5)
    loan = desk.lend(chairs, quantity=2)
    booking = loan.line.booking
    assert not may_be_asked(booking)
    with pytest.raises(TooSoonToAnswer):
        answer(booking, alternative=Alternative.NEW, by=desk.borrower)
    take_back(loan, quantity=1, by=desk.staff)
    booking.refresh_from_db()
    assert may_be_asked(booking)
    answer(booking, alternative=Alternative.RENTED, by=desk.borrower)
    assert not may_be_asked(booking)
    with pytest.raises(AnsweredAlready):
        answer(booking, alternative=Alternative.NEW, by=desk.borrower)


def test_the_question_may_be_skipped(desk: Desk) -> None:
    loan = take_back(desk.lend(desk.thing()), by=desk.staff)
    skipped = answer(loan.line.booking, alternative=None, by=desk.staff)
    assert (skipped.is_skipped, skipped.alternative) == (True, "")


def test_who_may_answer(desk: Desk) -> None:
    for role, by in {**desk.roles(), "system": system_agent()}.items():
        if by is None:
            continue
        loan = take_back(desk.lend(desk.thing()), by=desk.staff)
        booking = loan.line.booking
        if role in STAFF | {"borrower", "system"}:
            answer(booking, alternative=Alternative.USED, by=by)
        else:
            with pytest.raises(NotAllowed):
                answer(booking, alternative=Alternative.USED, by=by)
        assert Answer.objects.filter(booking=booking).exists() == (
            role in STAFF | {"borrower", "system"}
        )
