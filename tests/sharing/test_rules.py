"""The one engine of rules: every refusal with its figures, all of them at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kierto.core.errors import DomainError
from kierto.parties.queries import system_agent
from kierto.sharing.actions.charges import charge, pay
from kierto.sharing.actions.members import block_member
from kierto.sharing.models import Terms, Thing
from kierto.sharing.rules import judge, terms_by_thing, terms_of
from kierto.sharing.states import Condition, Reason, Sort, ThingState, Within
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
from tests.sharing.wishes import (
    HELSINKI,
    NOW,
    at,
    codes,
    judged,
    make_booking,
    make_loan,
    only,
    staff_of,
    wish,
)

pytestmark = pytest.mark.django_db


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
        "booking_too_long",
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
    assert (codes(verdict), verdict.overridable) == (
        ["booking_too_long", "never_open", "never_open"],
        True,
    )
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
