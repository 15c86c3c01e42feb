"""The one engine of rules: every refusal with its figures, all of them at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions.charges import charge, pay
from kierto.sharing.actions.members import block_member
from kierto.sharing.errors.rules import TimeOutOfReach
from kierto.sharing.models import Booking, BookingLine, Collection, Loan, Terms, Thing
from kierto.sharing.rules import Verdict, Wish, judge, terms_by_thing, terms_of
from kierto.sharing.states import BookingState, Condition, Reason, Sort, ThingState, Within
from tests.factories.parties import make_person
from tests.factories.sharing import (
    change_default_terms,
    make_collection,
    make_group,
    make_kit,
    make_member,
    make_pool,
    make_terms,
    make_thing,
)

pytestmark = pytest.mark.django_db

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 7, tzinfo=HELSINKI)
"""A Monday morning."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def wish(
    *things: Thing | tuple[Thing, int],
    borrower: Agent | None = None,
    begins: datetime | str = "2026-11-24T10:00",
    ends: datetime | str = "2026-11-25T10:00",
    **fields: Any,
) -> Wish:
    lines = tuple(each if isinstance(each, tuple) else (each, 1) for each in things)
    return Wish(
        collection=fields.pop("collection", None) or lines[0][0].collection,
        borrower=borrower or make_person().agent,
        begins=at(begins) if isinstance(begins, str) else begins,
        ends=at(ends) if isinstance(ends, str) else ends,
        lines=lines,
        **fields,
    )


def judged(*things: Thing | tuple[Thing, int], by: Agent | None = None, **fields: Any) -> Verdict:
    asked = wish(*things, **fields)
    return judge(asked, by=by or asked.borrower, now=NOW)


def codes(verdict: Verdict) -> list[str]:
    return [refusal.code for refusal in verdict.refusals]


def only(verdict: Verdict) -> DomainError:
    (refusal,) = verdict.refusals
    return refusal


def staff_of(collection: Collection) -> Agent:
    return make_person("member", organization=collection.owner.organization).agent


def make_booking(
    thing: Thing, borrower: Agent, *, quantity: int = 1, state: str = "requested", **fields: Any
) -> BookingLine:
    """A row as it stands once somebody has booked; the engine of bookings is tested elsewhere."""
    booking = Booking.objects.create(
        code=f"B{Booking.objects.count():05}",
        collection=thing.collection,
        borrower=borrower,
        booked_by=borrower,
        begins=fields.pop("begins", NOW + timedelta(days=30)),
        ends=fields.pop("ends", NOW + timedelta(days=31)),
        state=state,
        **fields,
    )
    return BookingLine.objects.create(booking=booking, thing=thing, quantity=quantity)


def make_loan(thing: Thing, borrower: Agent, due: datetime, **fields: Any) -> Loan:
    line = make_booking(
        thing, borrower, state=BookingState.DONE, begins=due - timedelta(days=1), ends=due
    )
    return Loan.objects.create(
        line=line,
        thing=thing,
        out_at=due - timedelta(days=1),
        due_at=due,
        handed_out_by=borrower,
        **fields,
    )


# --------------------------------------------------------------------------- yes


def test_everybody_borrows_where_nothing_is_asked() -> None:
    verdict = judged(make_thing())
    assert (bool(verdict), verdict.refusals, verdict.needs_approval) == (True, (), False)
    assert (verdict.price, verdict.deposit, verdict.overridable) == (0, 0, False)
    verdict.require()


def test_it_says_what_all_lines_cost() -> None:
    collection = make_collection(terms={"price": 2, "price_per": "day", "deposit": 10})
    dear = make_terms(collection, price=Decimal("7.50"))
    verdict = judged((make_pool(collection), 3), make_thing(collection, terms=dear))
    assert (verdict.price, verdict.deposit) == (Decimal("13.50"), Decimal("30.00"))


def test_a_thing_has_its_own_terms_or_those_of_its_collection() -> None:
    collection = make_collection()
    own = make_terms(collection)
    special, usual = make_thing(collection, terms=own), make_thing(collection)
    general = Terms.objects.get(is_default=True)
    assert (terms_of(special), terms_of(usual)) == (own, general)
    assert terms_by_thing([special, usual]) == {special.pk: own, usual.pk: general}


def test_who_asks_for_approval_says_so_and_staff_need_none() -> None:
    thing = make_thing(make_collection(terms={"approval_needed": True}))
    assert judged(thing).needs_approval
    assert not judged(thing, by=staff_of(thing.collection)).needs_approval


# --------------------------------------------------------------------------- what


@pytest.mark.parametrize("state", [ThingState.DRAFT, ThingState.PAUSED, ThingState.RETIRED])
def test_what_is_not_open_is_not_lent(state: str) -> None:
    assert codes(judged(make_thing(state=state))) == ["thing_not_lent"]
    closed = make_collection()
    thing = make_thing(closed)
    closed.state = state
    assert codes(judged(thing, collection=closed)) == ["collection_closed"]


def test_what_is_broken_or_sold_is_not_lent() -> None:
    assert codes(judged(make_thing(condition=Condition.BROKEN))) == ["thing_broken"]
    assert codes(judged(make_thing(sort=Sort.CONSUMABLE))) == ["thing_is_sold"]


def test_a_kit_is_not_lent_without_its_parts() -> None:
    collection = make_collection()
    broken = make_thing(collection, condition=Condition.BROKEN, name="Saw")
    kit = make_kit(collection, (broken, 1))
    refusal = only(judged(kit))
    assert (refusal.code, refusal.fields["thing"]) == ("thing_broken", "Saw")


def test_lines_have_to_make_sense() -> None:
    thing = make_thing()
    assert codes(judged((thing, 0))) == ["booking_quantity_out_of_range"]
    assert "chosen_twice" in codes(judged(thing, thing))
    assert codes(judged(collection=thing.collection)) == ["nothing_chosen"]
    other = make_thing()
    assert codes(judged(other, collection=thing.collection)) == ["thing_of_another_collection"]


def test_what_somebody_else_has_is_not_free() -> None:
    thing = make_thing()
    from kierto.sharing.actions.booking import request_booking

    asked = wish(thing, begins=datetime.now(HELSINKI).replace(minute=0, second=0, microsecond=0))
    asked = wish(thing, begins=asked.begins + timedelta(days=1), ends=asked.begins + timedelta(2))
    request_booking(
        collection=thing.collection,
        borrower=asked.borrower,
        lines=asked.lines,
        begins=asked.begins,
        ends=asked.ends,
        by=system_agent(),
    )
    again = wish(thing, begins=asked.begins, ends=asked.ends)
    verdict = judge(again, by=staff_of(thing.collection))
    assert (codes(verdict), verdict.overridable) == (["not_free"], False)


# --------------------------------------------------------------------------- who


def members_only() -> Thing:
    return make_thing(make_collection(terms={"membership_needed": True}, name="Tools"))


def test_only_members_borrow_where_the_terms_say_so() -> None:
    thing = members_only()
    refusal = only(judged(thing))
    assert refusal.code == "members_only"
    assert str(refusal) == "Only members of “Tools” borrow this. Become a member first."
    member = make_member(thing.collection)
    assert judged(thing, borrower=member.agent)


def test_a_membership_has_to_hold_on_the_day() -> None:
    thing = members_only()
    day = NOW.date()
    ended = make_member(thing.collection, since=day - timedelta(9), until=day - timedelta(1))
    assert codes(judged(thing, borrower=ended.agent)) == ["membership_ended"]
    last = make_member(thing.collection, since=day, until=at("2026-11-24T00:00").date())
    assert judged(thing, borrower=last.agent)
    future = make_member(thing.collection, since=day + timedelta(9))
    assert codes(judged(thing, borrower=future.agent)) == ["membership_not_begun"]


def test_a_member_agrees_to_the_rules_first_and_the_desk_may_go_over_that() -> None:
    thing = members_only()
    member = make_member(thing.collection, agreed_at=None)
    assert codes(judged(thing, borrower=member.agent)) == ["rules_not_agreed"]
    verdict = judged(thing, borrower=member.agent, by=staff_of(thing.collection))
    assert (codes(verdict), verdict.overridable) == (["rules_not_agreed"], True)


def test_a_blocked_member_borrows_nothing_whoever_asks() -> None:
    thing = make_thing()
    member = make_member(thing.collection)
    staff = staff_of(thing.collection)
    block_member(member, reason="Keys lost", by=staff)
    verdict = judged(thing, borrower=member.agent, by=staff)
    assert (codes(verdict), verdict.overridable) == (["member_blocked"], False)
    assert "Keys lost" in str(only(verdict))


def test_some_things_are_for_some_groups() -> None:
    collection = make_collection()
    school, scouts = make_group(collection, "Schools"), make_group(collection, "Scouts")
    thing = make_thing(collection, terms=make_terms(collection, groups=[school, scouts]))
    assert judged(thing, borrower=make_member(collection, groups=[school]).agent)
    refusal = only(judged(thing, borrower=make_member(collection).agent))
    assert (refusal.code, str(refusal.fields["groups"])) == ("not_in_group", "Schools, Scouts")
    assert codes(judged(thing)) == ["not_in_group"]


def test_a_plan_brings_its_group_along() -> None:
    collection = make_collection()
    school = make_group(collection)
    plan = collection.plans.create(name="For schools", group=school)
    thing = make_thing(collection, terms=make_terms(collection, groups=[school]))
    assert judged(thing, borrower=make_member(collection, plan=plan).agent)


def test_whoever_has_something_late_borrows_nothing_more() -> None:
    collection, borrower = make_collection(), make_person().agent
    late = make_loan(make_thing(collection, name="Saw"), borrower, NOW - timedelta(days=2))
    make_loan(make_thing(collection), borrower, NOW + timedelta(days=2))
    refusal = only(judged(make_thing(collection), borrower=borrower))
    assert str(refusal) == (
        "“Saw” was due on Saturday November 21, 09:07 and is not back yet. Bring it back first."
    )
    assert not judged(
        make_thing(collection), borrower=borrower, by=staff_of(collection)
    ).overridable
    assert judged(make_thing(), borrower=borrower), "another collection has nothing to do with it"
    late.back_at = NOW
    late.save()
    assert judged(make_thing(collection), borrower=borrower)


def test_fines_and_damages_are_paid_first() -> None:
    collection, borrower = make_collection(), make_person().agent
    common: dict[str, Any] = {"collection": collection, "borrower": borrower, "by": system_agent()}
    charge(reason=Reason.PRICE, amount=Decimal(9), **common)
    assert judged(make_thing(collection), borrower=borrower)
    fine = charge(reason=Reason.FINE, amount=Decimal("2.50"), **common)
    damage = charge(reason=Reason.DAMAGE, amount=Decimal(10), **common)
    refusal = only(judged(make_thing(collection), borrower=borrower))
    assert (refusal.code, str(refusal.fields["amount"])) == ("owes_money", "€12.50")
    pay(fine, by=system_agent())
    pay(damage, by=system_agent())
    assert judged(make_thing(collection), borrower=borrower)


def test_nobody_has_more_at_once_than_the_terms_allow() -> None:
    collection = make_collection(terms={"most_at_once": 3})
    borrower = make_person(name="Noora").agent
    make_booking(make_pool(collection), borrower, quantity=2)
    assert judged(make_thing(collection), borrower=borrower)
    refusal = only(judged((make_pool(collection), 2), borrower=borrower, by=staff_of(collection)))
    assert str(refusal) == (
        "Noora already has 2 of at most 3, and 2 more would be too many. "
        "Bring something back or cancel a booking first."
    )


def test_other_terms_are_counted_apart() -> None:
    collection, borrower = make_collection(terms={"most_at_once": 1}), make_person().agent
    special = make_terms(collection, most_at_once=1)
    make_booking(make_thing(collection), borrower)
    assert judged(make_thing(collection, terms=special), borrower=borrower)
    assert codes(judged(make_thing(collection), borrower=borrower)) == ["too_many_at_once"]


@pytest.mark.parametrize(
    ("state", "fields", "counts"),
    [
        ("requested", {}, True),
        ("held", {"hold_until": NOW + timedelta(hours=1)}, True),
        ("held", {"hold_until": NOW - timedelta(hours=1)}, False),
        ("done", {}, False),
        ("cancelled", {}, False),
        ("missed", {}, False),
        ("declined", {}, False),
        ("requested", {"begins": NOW - timedelta(days=3), "ends": NOW - timedelta(days=2)}, False),
    ],
)
def test_what_counts_as_had_or_booked(state: str, fields: dict[str, Any], counts: bool) -> None:
    collection, borrower = make_collection(terms={"most_at_once": 1}), make_person().agent
    make_booking(make_thing(collection), borrower, state=state, **fields)
    assert bool(judged(make_thing(collection), borrower=borrower)) != counts


def test_a_booking_that_is_changed_is_not_in_its_own_way() -> None:
    collection, borrower = make_collection(terms={"most_at_once": 1}), make_person().agent
    thing = make_thing(collection)
    booking = make_booking(thing, borrower).booking
    assert judged(thing, borrower=borrower, booking=booking)


# --------------------------------------------------------------------------- when


def test_it_ends_after_it_begins() -> None:
    backwards = judged(make_thing(), ends="2026-11-24T10:00")
    assert codes(backwards) == ["times_backwards"]


@pytest.mark.parametrize("year", [1, 1969, 2201, 9999])
def test_years_beyond_the_calendar_are_refused(year: int) -> None:
    thing, borrower = make_thing(), make_person().agent
    far = datetime(year, 12, 31, 23, 59, tzinfo=HELSINKI)
    with pytest.raises(TimeOutOfReach) as caught:
        wish(thing, borrower=borrower, ends=far)
    assert (caught.value.field, caught.value.fields["year"]) == ("ends", year)


def test_what_has_passed_cannot_be_booked_but_the_step_that_runs_can() -> None:
    thing = make_thing()
    assert codes(judged(thing, begins="2026-11-23T08:45")) == ["time_passed"]
    assert judged(thing, begins="2026-11-23T09:00")


def test_notice_names_the_first_time_that_is_possible() -> None:
    thing = make_thing(make_collection(terms={"notice_minutes": 120}))
    refusal = only(judged(thing, begins="2026-11-23T11:00"))
    assert str(refusal) == "Book at least 2 hours ahead: from Monday November 23, 11:15 on."
    assert judged(thing, begins="2026-11-23T11:15")


def test_the_horizon_ends_with_a_day() -> None:
    thing = make_thing(make_collection(terms={"horizon_days": 7}))
    last, beyond = "2026-11-30T23:00", "2026-12-01T00:00"
    assert judged(thing, begins=last, ends="2026-12-02T00:00")
    refusal = only(judged(thing, begins=beyond, ends="2026-12-02T00:00"))
    assert str(refusal) == (
        "Bookings are open for 7 days ahead: until Monday November 30, 23:59. Choose earlier days."
    )


def test_times_go_in_steps_and_both_neighbours_are_named() -> None:
    thing = make_thing(make_collection(terms={"step_minutes": 30}))
    refusal = only(judged(thing, begins="2026-11-24T10:10"))
    assert (refusal.field, str(refusal)) == (
        "begins",
        "Times go in steps of 30 minutes. Choose 10:00 or 10:30.",
    )
    assert only(judged(thing, ends="2026-11-25T10:00:30")).field == "ends"


def test_lengths_have_two_ends() -> None:
    collection = make_collection(terms={"shortest_minutes": 60, "longest_minutes": 14 * 1440})
    thing = make_thing(collection, name="Drill")
    short = only(judged(thing, ends="2026-11-24T10:45"))
    assert str(short) == "“Drill” is booked for at least 1 hour. Choose a later end."
    long = only(judged(thing, ends="2026-12-08T10:15"))
    assert str(long) == "“Drill” is booked for at most 14 days. Choose an earlier end."


@pytest.mark.parametrize(
    ("begins", "ends"),
    [("2026-03-28T10:00", "2026-03-29T10:00"), ("2026-10-24T10:00", "2026-10-25T10:00")],
)
def test_a_day_is_a_day_when_clocks_change(begins: str, ends: str) -> None:
    lengths = {"shortest_minutes": 1440, "longest_minutes": 1440, "horizon_days": 1000}
    asked = wish(make_thing(make_collection(terms=lengths)), begins=begins, ends=ends)
    assert judge(asked, by=asked.borrower, now=datetime(2026, 3, 1, tzinfo=UTC))


HOURS = {"opening_hours": "Tu,Th 10:00-18:00; PH off"}


def test_closed_says_when_it_opens() -> None:
    thing = make_thing(make_collection(name="Tools", **HOURS))
    verdict = judged(thing, begins="2026-11-25T10:00", ends="2026-11-26T18:00")
    refusal = only(verdict)
    assert (refusal.code, refusal.field) == ("closed_then", "begins")
    assert str(refusal) == (
        "“Tools” is closed on Wednesday November 25, 10:00. It opens Thursday November 26, 10:00."
    )
    assert judged(thing, begins="2026-11-24T10:00", ends="2026-11-26T18:00")


def test_never_open_says_so() -> None:
    thing = make_thing(make_collection(opening_hours="24/7 off"))
    assert codes(judged(thing)) == ["never_open", "never_open"]


def test_some_bookings_lie_wholly_in_the_opening_hours() -> None:
    terms = {"within": Within.WHOLE}
    room = make_thing(make_collection(terms=terms, **HOURS))
    refusal = only(judged(room, begins="2026-11-24T17:00", ends="2026-11-26T11:00"))
    assert refusal.code == "closed_in_between"
    assert judged(room, begins="2026-11-24T10:00", ends="2026-11-24T18:00")


def test_some_are_booked_at_any_time() -> None:
    bike = make_thing(make_collection(terms={"within": Within.ANY}, **HOURS))
    assert judged(bike, begins="2026-11-25T03:00", ends="2026-11-25T04:00")


def test_a_thing_may_have_hours_of_its_own() -> None:
    room = make_thing(make_collection(**HOURS), opening_hours="24/7")
    assert judged(room, begins="2026-11-25T03:00", ends="2026-11-25T04:00")


def test_what_a_change_leaves_as_it_was_is_not_judged_anew() -> None:
    thing, borrower = make_thing(make_collection(**HOURS)), make_person().agent
    begun, ends = at("2026-11-22T03:03"), at("2026-11-24T12:00")
    booking = make_booking(thing, borrower, begins=begun, ends=ends).booking
    later = at("2026-11-26T12:00")
    assert judged(thing, borrower=borrower, booking=booking, begins=begun, ends=later)
    moved = judged(
        thing, borrower=borrower, booking=booking, begins=at("2026-11-22T04:00"), ends=ends
    )
    assert codes(moved) == ["time_passed", "closed_then"]


# --------------------------------------------------------------------------- all at once, and the desk


def everything_wrong() -> tuple[Thing, dict[str, Any]]:
    collection = make_collection(
        terms={
            "membership_needed": True,
            "most_at_once": 1,
            "longest_minutes": 60,
            "step_minutes": 60,
            "horizon_days": 0,
        },
        opening_hours="Mo 10:00-18:00",
    )
    thing = make_pool(collection, 2)
    times = {"begins": "2026-11-24T10:10", "ends": "2026-11-26T10:10"}
    return thing, times


def test_every_refusal_is_named_at_once() -> None:
    thing, times = everything_wrong()
    verdict = judged((thing, 3), **times)
    assert codes(verdict) == [
        "members_only",
        "too_many_at_once",
        "too_long",
        "not_on_step",
        "too_far_ahead",
        "not_on_step",
        "closed_then",
        "closed_then",
        "too_few_free",
    ]
    with pytest.raises(DomainError) as caught:
        verdict.require()
    first = caught.value
    assert (first, *first.others) == verdict.refusals


def test_the_same_is_not_said_for_every_line() -> None:
    collection = make_collection(terms={"step_minutes": 60})
    verdict = judged(make_thing(collection), make_thing(collection), begins="2026-11-24T10:10")
    assert codes(verdict) == ["not_on_step"]


def test_staff_go_over_times_with_a_note_and_borrowers_do_not() -> None:
    thing = make_thing(make_collection(terms={"longest_minutes": 60}, opening_hours="24/7 off"))
    verdict = judged(thing, by=staff_of(thing.collection))
    assert (codes(verdict), verdict.overridable) == (["too_long", "never_open", "never_open"], True)
    with pytest.raises(DomainError):
        verdict.require(note="  ")
    verdict.require(note="Agreed by phone")
    own = judged(thing)
    assert not own.overridable
    with pytest.raises(DomainError):
        own.require(note="Please")


def test_at_the_desk_things_go_out_now() -> None:
    collection = make_collection(opening_hours="Tu 10:00-18:00", terms={"notice_minutes": 600})
    asked = wish(make_thing(collection), begins=NOW, ends="2026-11-24T17:13", via="desk")
    assert judge(asked, by=staff_of(collection), now=NOW)
    assert codes(judge(asked, by=asked.borrower, now=NOW)) == [
        "too_soon",
        "not_on_step",
        "not_on_step",
        "closed_then",
    ]


def test_judging_a_longer_wish_takes_no_more_queries_for_terms(
    django_assert_max_num_queries: Any,
) -> None:
    collection = make_collection(terms={"most_at_once": 50})
    asked = wish(*(make_thing(collection) for _ in range(6)))
    with django_assert_max_num_queries(26):
        judge(asked, by=asked.borrower, now=NOW)


# --------------------------------------------------------------------------- laws

STRICTER: dict[str, Any] = {
    "membership_needed": lambda terms: True,
    "step_minutes": lambda terms: 1440,
    "shortest_minutes": lambda terms: terms.longest_minutes,
    "longest_minutes": lambda terms: terms.shortest_minutes,
    "notice_minutes": lambda terms: terms.notice_minutes + 720,
    "horizon_days": lambda terms: terms.horizon_days // 4,
    "most_at_once": lambda terms: 1,
    "within": lambda terms: Within.WHOLE,
}


@given(
    begins=st.integers(-96, 96 * 40),
    length=st.integers(1, 96 * 20),
    quantity=st.integers(1, 3),
    tightened=st.sets(st.sampled_from(sorted(STRICTER)), min_size=1),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_refused_stays_refused_under_stricter_terms(
    db: None, begins: int, length: int, quantity: int, tightened: set[str]
) -> None:
    collection = make_collection(
        terms={"most_at_once": 2, "horizon_days": 20, "longest_minutes": 10 * 1440},
        opening_hours="Mo-Fr 08:00-20:00",
    )
    thing = make_pool(collection, 3)
    quarter = timedelta(minutes=15)
    start = NOW.astimezone(UTC).replace(minute=0) + begins * quarter
    asked = wish((thing, quantity), begins=start, ends=start + length * quarter)
    mild = judge(asked, by=asked.borrower, now=NOW)
    general = terms_of(thing)
    changes = {name: STRICTER[name](general) for name in tightened}
    if "shortest_minutes" in changes:
        changes.pop("longest_minutes", None)
    change_default_terms(collection, **changes)
    strict = judge(asked, by=asked.borrower, now=NOW)
    assert bool(strict) <= bool(mild)
    assert set(codes(mild)) - {"closed_then"} <= set(codes(strict)) | {"time_passed", "too_soon"}
