"""Membership: enrolled by themselves and at the desk, renewed, blocked, agreeing to the rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.errors import NotAllowed
from kierto.notices.models import Notice
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions import members
from kierto.sharing.actions.collections import set_plan
from kierto.sharing.charges import due_from
from kierto.sharing.errors import members as errors
from kierto.sharing.errors.collections import GroupOfAnotherCollection
from kierto.sharing.models import Charge, Collection, MembershipPlan
from kierto.sharing.states import Reason, ThingState
from tests.factories.parties import make_organization, make_person, make_place
from tests.factories.sharing import make_collection, make_group, make_member

pytestmark = pytest.mark.django_db


def make_plan(collection: Collection, **fields: object) -> MembershipPlan:
    changes = {"name": "A year", "months": 12, "price": Decimal(0), **fields}
    return set_plan(collection, changes=changes, by=system_agent())


def make_staff(collection: Collection) -> Agent:
    return make_person("member", organization=collection.owner.organization).agent


def today() -> date:
    return timezone.localdate()


def test_a_resident_enrols_and_agrees_by_it() -> None:
    collection, agent = make_collection(), make_person().agent
    membership = members.enrol(collection, agent=agent, by=agent)
    assert (membership.agent, membership.since, membership.until) == (agent, today(), None)
    assert membership.agreed_at is not None


def test_who_is_enrolled_at_the_desk_has_not_agreed_yet() -> None:
    collection = make_collection()
    staff = make_staff(collection)
    membership = members.enrol(collection, agent=make_person().agent, by=staff)
    assert membership.agreed_at is None
    agreed = members.agree(membership, by=membership.agent)
    assert agreed.agreed_at is not None
    assert members.agree(membership, by=staff).agreed_at == agreed.agreed_at


def test_a_stranger_enrols_nobody_else() -> None:
    collection = make_collection()
    with pytest.raises(NotAllowed):
        members.enrol(collection, agent=make_person().agent, by=make_person().agent)


def test_whoever_acts_for_an_organisation_enrols_it() -> None:
    school = make_organization("School")
    teacher = make_person("member", organization=school).agent
    membership = members.enrol(make_collection(), agent=school.agent, by=teacher)
    assert membership.agent == school.agent


def test_the_desk_enrols_somebody_without_account_or_phone() -> None:
    collection = make_collection()
    membership = members.enrol_without_account(
        collection, name="Aino Virta", by=make_staff(collection)
    )
    person = membership.agent.person
    assert (person.name, person.phone, person.user) == ("Aino Virta", "", None)
    assert membership.agent.name == "A resident"


def test_the_desk_writes_down_a_phone_and_a_language() -> None:
    collection = make_collection()
    membership = members.enrol_without_account(
        collection, name="Aino", phone=" 040 123 ", language="fi", by=make_staff(collection)
    )
    person = membership.agent.person
    assert (person.phone, person.language) == ("040 123", "fi")


def test_only_staff_enrol_somebody_without_an_account() -> None:
    with pytest.raises(NotAllowed):
        members.enrol_without_account(make_collection(), name="Aino", by=make_person().agent)


def test_one_membership_each() -> None:
    collection = make_collection()
    membership = make_member(collection)
    with pytest.raises(errors.AlreadyMember) as caught:
        members.enrol(collection, agent=membership.agent, by=membership.agent)
    assert membership.number in str(caught.value)


@pytest.mark.parametrize("state", [ThingState.DRAFT, ThingState.PAUSED, ThingState.RETIRED])
def test_nobody_joins_what_is_not_open(state: str) -> None:
    collection, agent = make_collection(state=state), make_person().agent
    with pytest.raises(errors.CollectionNotOpen):
        members.enrol(collection, agent=agent, by=agent)


def test_staff_enrol_before_it_opens_but_not_after_it_closed() -> None:
    draft = make_collection(state=ThingState.DRAFT)
    assert members.enrol(draft, agent=make_person().agent, by=make_staff(draft)).pk
    retired = make_collection(state=ThingState.RETIRED)
    with pytest.raises(errors.CollectionNotOpen):
        members.enrol(retired, agent=make_person().agent, by=make_staff(retired))


def test_the_node_is_no_member() -> None:
    with pytest.raises(errors.NotEnrollable):
        members.enrol(make_collection(), agent=system_agent(), by=system_agent())


# --------------------------------------------------------------------------- plans and money


def test_the_only_plan_is_taken_and_its_price_charged() -> None:
    collection, agent = make_collection(), make_person().agent
    make_plan(collection, price=Decimal("20"))
    membership = members.enrol(collection, agent=agent, by=agent)
    assert membership.until == today() + relativedelta(years=1) - timedelta(days=1)
    charge = Charge.objects.get(borrower=agent)
    assert (charge.reason, due_from(agent, collection)) == (Reason.MEMBERSHIP, Decimal("20.00"))


def test_a_free_plan_charges_nothing() -> None:
    collection, agent = make_collection(), make_person().agent
    make_plan(collection)
    members.enrol(collection, agent=agent, by=agent)
    assert Charge.objects.count() == 0


def test_the_owner_owes_nothing_to_themselves() -> None:
    owner = make_person().agent
    collection = make_collection(place=make_place(owner))
    make_plan(collection, price=Decimal("20"))
    members.enrol(collection, agent=owner, by=owner)
    assert Charge.objects.count() == 0


def test_of_several_plans_one_is_chosen() -> None:
    collection, agent = make_collection(), make_person().agent
    make_plan(collection)
    half = make_plan(collection, name="Half a year", months=6)
    with pytest.raises(errors.PlanNeeded):
        members.enrol(collection, agent=agent, by=agent)
    membership = members.enrol(collection, agent=agent, plan=half, by=agent)
    assert membership.plan == half


def test_a_plan_that_is_closed_is_for_the_desk_only() -> None:
    collection, agent = make_collection(), make_person().agent
    plan = make_plan(collection, is_open=False)
    with pytest.raises(errors.PlanNotOpen):
        members.enrol(collection, agent=agent, plan=plan, by=agent)
    staff = make_staff(collection)
    assert members.enrol(collection, agent=agent, plan=plan, by=staff).plan == plan


def test_a_plan_of_another_collection_is_refused() -> None:
    collection, agent = make_collection(), make_person().agent
    plan = make_plan(make_collection())
    with pytest.raises(errors.PlanNotOpen):
        members.enrol(collection, agent=agent, plan=plan, by=agent)


def test_renewing_goes_on_from_the_end() -> None:
    collection = make_collection()
    plan = make_plan(collection, price=Decimal("5"))
    ends = today() + timedelta(days=10)
    membership = make_member(collection, plan=plan, until=ends)
    renewed = members.renew_membership(membership, by=membership.agent)
    assert renewed.until == ends + relativedelta(years=1)
    assert due_from(membership.agent, collection) == Decimal("5.00")


def test_renewing_what_has_ended_begins_today() -> None:
    collection = make_collection()
    plan = make_plan(collection, months=1)
    long_ago = today() - timedelta(days=100)
    membership = make_member(
        collection, plan=plan, since=long_ago, until=today() - timedelta(days=60)
    )
    renewed = members.renew_membership(membership, by=membership.agent)
    assert renewed.until == today() + relativedelta(months=1) - timedelta(days=1)


def test_renewing_again_at_once_is_refused() -> None:
    collection = make_collection()
    membership = make_member(collection, plan=make_plan(collection), until=today())
    renewed = members.renew_membership(membership, by=membership.agent)
    with pytest.raises(errors.RenewedTooOften):
        members.renew_membership(renewed, by=membership.agent)


def test_without_an_end_there_is_nothing_to_renew() -> None:
    membership = make_member(make_collection())
    with pytest.raises(errors.NothingToRenew):
        members.renew_membership(membership, by=membership.agent)


def test_a_stranger_renews_nothing() -> None:
    collection = make_collection()
    membership = make_member(collection, plan=make_plan(collection), until=today())
    with pytest.raises(NotAllowed):
        members.renew_membership(membership, by=make_person().agent)


# --------------------------------------------------------------------------- blocks and groups


def test_a_block_says_why_and_the_member_is_told() -> None:
    collection = make_collection()
    membership, staff = make_member(collection), make_staff(collection)
    blocked = members.block_member(membership, reason=" Three drills late. ", by=staff)
    assert (blocked.blocked_at is not None, blocked.blocked_reason) == (True, "Three drills late.")
    notice = Notice.objects.get(recipient_id=membership.agent_id)
    assert (notice.topic, notice.path) == (
        "sharing.blocked",
        f"/sharing/collections/{collection.slug}/",
    )
    lifted = members.unblock_member(blocked, by=staff)
    assert (lifted.blocked_at, lifted.blocked_reason) == (None, "")


def test_blocking_needs_a_reason_and_happens_once() -> None:
    collection = make_collection()
    membership, staff = make_member(collection), make_staff(collection)
    with pytest.raises(errors.BlockNeedsReason):
        members.block_member(membership, reason="  ", by=staff)
    with pytest.raises(errors.NotBlocked):
        members.unblock_member(membership, by=staff)
    members.block_member(membership, reason="Late", by=staff)
    with pytest.raises(errors.AlreadyBlocked):
        members.block_member(membership, reason="Late", by=staff)


def test_members_do_not_lift_their_own_block() -> None:
    collection = make_collection()
    membership = make_member(collection)
    members.block_member(membership, reason="Late", by=make_staff(collection))
    with pytest.raises(NotAllowed):
        members.unblock_member(membership, by=membership.agent)


def test_the_desk_puts_members_into_groups() -> None:
    collection = make_collection()
    membership, staff = make_member(collection), make_staff(collection)
    school = make_group(collection, "School")
    members.set_groups(membership, groups=[school], by=staff)
    assert list(membership.groups.all()) == [school]
    with pytest.raises(GroupOfAnotherCollection):
        members.set_groups(membership, groups=[make_group(make_collection())], by=staff)
    with pytest.raises(NotAllowed):
        members.set_groups(membership, groups=[], by=membership.agent)


# --------------------------------------------------------------------------- card numbers


def test_card_numbers_go_on_and_skip_those_that_are_taken() -> None:
    collection = make_collection()
    staff = make_staff(collection)
    first = members.enrol(collection, agent=make_person().agent, by=staff)
    assert first.number == "0000018"
    members.enrol(collection, agent=make_person().agent, number="0000034", by=staff)
    third = members.enrol(collection, agent=make_person().agent, by=staff)
    assert third.number == "0000042"


def test_a_card_belongs_to_one_member() -> None:
    collection = make_collection()
    staff = make_staff(collection)
    members.enrol(collection, agent=make_person().agent, number="A 17", by=staff)
    with pytest.raises(errors.NumberTaken):
        members.enrol(collection, agent=make_person().agent, number="A 17", by=staff)


@given(st.from_regex(r"\A0\d{5}\Z"), st.integers(0, 5), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(digits: str, place: int, shift: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    assert members.check_digit(wrong) != members.check_digit(digits)
