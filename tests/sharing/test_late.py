"""What the clock does about loans: reminders, longer blocks, one warning with alternatives."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from kierto.core.rounds import registered
from kierto.notices.models import Notice
from kierto.notices.reading import read
from kierto.parties.models import Agent
from kierto.sharing.actions.late import (
    DUE_TODAY,
    DUE_TOMORROW,
    MAYBE_LOST,
    OVERDUE,
    OVERDUE_LONG,
    REMINDERS,
    tend_loans,
)
from kierto.sharing.actions.lending import mark_lost, renew, take_back
from kierto.sharing.lateness import (
    REMINDER_DAYS,
    days_late,
    is_overdue,
    is_probably_lost,
    overdue_of,
)
from kierto.sharing.models import Block, Booking, Loan
from kierto.sharing.states import BookingState
from tests.factories.sharing import make_kit, make_member, make_pool
from tests.sharing.desk import Desk, days_ahead, make_desk


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def told(agent: Agent) -> list[str]:
    """Topics about loans that somebody was told, oldest first."""
    topics = ["sharing.due", "sharing.overdue", "sharing.maybe", "sharing.late"]
    found = Notice.objects.filter(recipient__agent=agent).order_by("created_at", "pk")
    return [n.topic for n in found if any(n.topic.startswith(t) for t in topics)]


def noon(loan: Loan, days: int) -> datetime:
    """Noon so many days after the day of return."""
    due = timezone.localtime(loan.due_at)
    return due.replace(hour=12, minute=0) + timedelta(days=days)


def test_each_reminder_has_its_day() -> None:
    assert len(REMINDERS) == len(REMINDER_DAYS)


def test_reminders_come_before_on_and_after_the_day_of_return(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), days=7)
    for days in range(-5, 59):
        tend_loans(noon(loan, days))
        tend_loans(noon(loan, days))
    assert told(desk.borrower) == [DUE_TOMORROW, DUE_TODAY, OVERDUE, OVERDUE_LONG]
    assert told(desk.staff) == []


def test_after_sixty_days_the_desk_is_asked_and_nothing_happens_by_itself(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), days=7)
    for days in (-1, 0, 3, 10, 60, 61, 90):
        tend_loans(noon(loan, days))
    assert told(desk.staff) == [MAYBE_LOST]
    loan.refresh_from_db()
    assert not loan.is_lost
    assert is_probably_lost(loan, noon(loan, 60))
    assert not is_probably_lost(loan, noon(loan, 59))


def test_a_round_that_was_missed_tells_only_the_latest(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), days=7)
    tend_loans(noon(loan, 5))
    assert told(desk.borrower) == [OVERDUE]


def test_nobody_is_reminded_on_the_day_of_the_loan(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), days=1)
    tend_loans(timezone.now())
    assert told(desk.borrower) == []
    tend_loans(noon(loan, 0))
    assert told(desk.borrower) == [DUE_TODAY]


def test_a_renewed_loan_is_reminded_of_anew(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), days=7)
    tend_loans(noon(loan, -1))
    loan = renew(loan, by=desk.staff)
    tend_loans(noon(loan, -3))
    tend_loans(noon(loan, -1))
    assert told(desk.borrower) == [DUE_TOMORROW, DUE_TOMORROW]


def test_what_is_back_or_lost_is_left_alone(desk: Desk) -> None:
    back = take_back(desk.lend(desk.thing(), days=2), by=desk.staff)
    lost = mark_lost(desk.lend(desk.thing(), days=2), note="gone", by=desk.staff)
    assert tend_loans(noon(back, 3)) == 0
    assert tend_loans(noon(lost, 90)) == 0


# ------------------------------------------------------------------------ who is next


def late_loan_with_a_next_borrower(desk: Desk) -> tuple[Loan, Booking]:
    drill = desk.thing(name="Drill")
    loan = desk.lend(drill, ago=5, days=7)
    other = make_member(desk.collection).agent
    booking = desk.book(drill, begins=days_ahead(2.5), days=2, borrower=other)
    Loan.objects.filter(pk=loan.pk).update(due_at=timezone.now() - timedelta(hours=1))
    return loan, booking


def test_an_overdue_loan_takes_its_time_until_tomorrow(desk: Desk) -> None:
    loan, booking = late_loan_with_a_next_borrower(desk)
    now = timezone.now()
    tend_loans(now)
    assert Block.objects.get(line=loan.line).ends == now + timedelta(days=1)
    assert told(booking.borrower) == []
    later = now + timedelta(days=2)
    tend_loans(later)
    assert Block.objects.get(line=loan.line).ends == later + timedelta(days=1)


def test_the_next_borrower_is_warned_once_with_alternatives(desk: Desk) -> None:
    loan, booking = late_loan_with_a_next_borrower(desk)
    twin = desk.thing(name="Drill 2", kind=loan.thing.kind)
    later = booking.begins - timedelta(hours=12)
    tend_loans(later)
    tend_loans(later + timedelta(hours=1))
    (topic,) = told(booking.borrower)
    assert topic.startswith("sharing.late_before_you_")
    notice = Notice.objects.get(topic=topic)
    assert notice.fields["thing1"] == twin.name
    (words,) = read([notice])
    assert booking.code in words.body
    assert "Drill 2" in words.body
    booking.refresh_from_db()
    assert booking.warned_at is not None
    assert booking.state == BookingState.CONFIRMED


def test_the_warning_is_read_in_every_number_of_alternatives(desk: Desk) -> None:
    from kierto.notices.actions import notify

    fields: dict[str, object] = {"thing": "Drill", "booking": "ABC", "begins": timezone.now()}
    for number in range(4):
        if number:
            fields |= {
                f"thing{number}": "Saw",
                f"begins{number}": timezone.now(),
                f"ends{number}": timezone.now(),
            }
        topic = f"sharing.late_before_you_{number}" if number else "sharing.late_before_you"
        (notice,) = notify(desk.borrower, topic, **fields)
        with translation.override("en"):
            assert read([notice])[0].body.count("Saw") == number


def test_a_pool_with_enough_left_warns_nobody(desk: Desk) -> None:
    chairs = make_pool(desk.collection, 3)
    desk.lend(chairs, ago=10, days=7)
    other = make_member(desk.collection).agent
    desk.book(chairs, begins=days_ahead(0.5), quantity=2, borrower=other)
    tend_loans()
    assert told(other) == []


def test_a_late_part_endangers_the_kit(desk: Desk) -> None:
    tent = desk.thing()
    kit = make_kit(desk.collection, (tent, 1))
    loan = desk.lend(tent, ago=5, days=7)
    other = make_member(desk.collection).agent
    booking = desk.book(kit, begins=days_ahead(2.5), borrower=other)
    Loan.objects.filter(pk=loan.pk).update(due_at=timezone.now() - timedelta(hours=1))
    tend_loans(booking.begins - timedelta(hours=3))
    assert len(told(other)) == 1


# ------------------------------------------------------------------------ told by the clock


def test_late_is_told_by_the_clock_in_days_of_the_collection(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), ago=10, days=7)
    assert is_overdue(loan)
    assert days_late(loan) == 3
    assert list(overdue_of(desk.borrower, desk.collection)) == [loan]
    back = take_back(loan, by=desk.staff)
    assert not is_overdue(back)
    assert not overdue_of(desk.borrower, desk.collection).exists()


def test_the_clock_goes_its_round() -> None:
    assert "sharing.loans" in [each.name for each in registered()]


def test_a_round_asks_as_much_for_three_quiet_loans_as_for_one(
    desk: Desk, django_assert_num_queries: object
) -> None:
    desk.lend(desk.thing(), days=9)
    with django_assert_num_queries(2):  # type: ignore[operator]
        tend_loans()
    desk.lend(desk.thing(), days=9)
    desk.lend(desk.thing(), days=9)
    with django_assert_num_queries(2):  # type: ignore[operator]
        tend_loans()
