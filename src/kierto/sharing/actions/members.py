"""Members: enrolled by themselves or at the desk, renewed, blocked, agreeing to the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from kierto.notices.actions import notify
from kierto.parties.actions import change_profile, register_person
from kierto.parties.models import Agent, AgentType
from kierto.parties.queries import system_agent
from kierto.sharing import topics
from kierto.sharing.actions._checked import locked
from kierto.sharing.actions.charges import charge
from kierto.sharing.errors import members as errors
from kierto.sharing.errors.collections import GroupOfAnotherCollection
from kierto.sharing.members import MONTHS_WITHOUT_PLAN, last_day, may_renew
from kierto.sharing.models import Collection, Group, Membership, MembershipPlan
from kierto.sharing.permissions import (
    can_agree,
    can_enrol,
    can_renew_membership,
    can_staff,
    is_staff,
)
from kierto.sharing.states import Reason, ThingState
from kierto.sharing.words import Day

REASON_LENGTH = 300


@transaction.atomic
def enrol(
    collection: Collection,
    *,
    agent: Agent,
    plan: MembershipPlan | None = None,
    number: str = "",
    by: Agent,
) -> Membership:
    """Make somebody a member; what the plan costs is charged.

    Whoever enrols themselves agrees to the rules by it; who is enrolled at the desk agrees later
    (:func:`agree`). Where one plan is open it is taken without being named. ``number`` is that of
    a card they have already; else they get one.

    Raises:
        NotAllowed, CollectionNotOpen, NotEnrollable, AlreadyMember, PlanNeeded, PlanNotOpen,
        NumberTaken.
    """
    collection = locked(collection)
    can_enrol(by, collection, agent).require()
    staff = is_staff(by, collection)
    _check_enrollable(collection, agent, staff=staff)
    plan = _plan(collection, plan, staff=staff)
    today = _today(collection)
    membership = Membership.objects.create(
        collection=collection,
        agent=agent,
        number=_number(collection, number),
        plan=plan,
        since=today,
        until=last_day(today, plan.months) if plan else None,
        agreed_at=timezone.now() if agent.pk == by.pk else None,
    )
    _charge(membership, by)
    return membership


@transaction.atomic
def enrol_without_account(
    collection: Collection,
    *,
    name: str,
    phone: str = "",
    language: str = "en",
    plan: MembershipPlan | None = None,
    number: str = "",
    by: Agent,
) -> Membership:
    """Make somebody a member who comes to the desk and has no account, perhaps no phone.

    Their name stands with the people of the node and nowhere else.

    Raises:
        NotAllowed, or what enrolling and registering raise.
    """
    can_staff(by, collection).require()
    node = system_agent()
    person = register_person(user=None, name=name, language=language, by=node)
    if phone.strip():
        person = change_profile(person, phone=phone, by=node)
    return enrol(collection, agent=person.agent, plan=plan, number=number, by=by)


@transaction.atomic
def renew_membership(
    membership: Membership, *, plan: MembershipPlan | None = None, by: Agent
) -> Membership:
    """Another period, from the end of this one or from today; ``plan`` changes the plan.

    Raises:
        NotAllowed, NothingToRenew, PlanNotOpen.
        RenewedTooOften: it lasts longer than a whole period from today already.
    """
    membership = _membership(membership)
    can_renew_membership(by, membership).require()
    if plan is not None:
        membership.plan = _plan(
            membership.collection, plan, staff=is_staff(by, membership.collection)
        )
    if membership.until is None and membership.plan is None:
        raise errors.NothingToRenew
    months = membership.plan.months if membership.plan else MONTHS_WITHOUT_PLAN
    today = _today(membership.collection)
    if membership.until is not None and not may_renew(membership, today):
        raise errors.RenewedTooOften(until=Day(membership.until))
    start = today if membership.until is None else max(today, membership.until + timedelta(days=1))
    membership.until = last_day(start, months)
    membership.save(update_fields=["plan", "until"])
    _charge(membership, by)
    return membership


@transaction.atomic
def block_member(membership: Membership, *, reason: str, by: Agent) -> Membership:
    """Nothing is lent to them from now on; they read why. What they have, they keep until due.

    Raises:
        NotAllowed, BlockNeedsReason, AlreadyBlocked.
    """
    membership = _membership(membership)
    can_staff(by, membership.collection).require()
    if membership.blocked_at is not None:
        raise errors.AlreadyBlocked
    if not reason.strip():
        raise errors.BlockNeedsReason
    membership.blocked_at = timezone.now()
    membership.blocked_reason = reason.strip()[:REASON_LENGTH]
    membership.save(update_fields=["blocked_at", "blocked_reason"])
    _tell(membership, topics.BLOCKED, reason=membership.blocked_reason)
    return membership


@transaction.atomic
def unblock_member(membership: Membership, *, by: Agent) -> Membership:
    """Lift the block.

    Raises:
        NotAllowed, NotBlocked.
    """
    membership = _membership(membership)
    can_staff(by, membership.collection).require()
    if membership.blocked_at is None:
        raise errors.NotBlocked
    membership.blocked_at, membership.blocked_reason = None, ""
    membership.save(update_fields=["blocked_at", "blocked_reason"])
    _tell(membership, topics.UNBLOCKED)
    return membership


@transaction.atomic
def set_groups(membership: Membership, *, groups: Sequence[Group], by: Agent) -> Membership:
    """Put a member into these groups and no others; the group of the plan comes besides.

    Raises:
        NotAllowed, GroupOfAnotherCollection.
    """
    membership = _membership(membership)
    can_staff(by, membership.collection).require()
    if any(group.collection_id != membership.collection_id for group in groups):
        raise GroupOfAnotherCollection
    membership.groups.set(groups)
    return membership


@transaction.atomic
def agree(membership: Membership, *, by: Agent) -> Membership:
    """The member agrees to the rules: once. The desk writes it down for one who signed on paper.

    Raises:
        NotAllowed.
    """
    membership = _membership(membership)
    can_agree(by, membership).require()
    if membership.agreed_at is None:
        membership.agreed_at = timezone.now()
        membership.save(update_fields=["agreed_at"])
    return membership


# --------------------------------------------------------------------------- details


def _membership(membership: Membership) -> Membership:
    return (
        Membership.objects.select_for_update(of=("self",))
        .select_related("collection__owner", "collection__place", "agent", "plan")
        .get(pk=membership.pk)
    )


def _check_enrollable(collection: Collection, agent: Agent, *, staff: bool) -> None:
    if collection.state == ThingState.RETIRED or (
        collection.state != ThingState.OPEN and not staff
    ):
        raise errors.CollectionNotOpen(collection=collection.name)
    erased = agent.type == AgentType.PERSON and agent.person.erased_at is not None
    if agent.type == AgentType.SYSTEM or erased:
        raise errors.NotEnrollable
    held = Membership.objects.filter(collection=collection, agent=agent).first()
    if held is not None:
        raise errors.AlreadyMember(number=held.number)


def _plan(
    collection: Collection, plan: MembershipPlan | None, *, staff: bool
) -> MembershipPlan | None:
    """The plan as it is now; without one the only open one, and for the desk none at all."""
    if plan is not None:
        now = MembershipPlan.objects.filter(pk=plan.pk, collection=collection).first()
        if now is None or not (now.is_open or staff):
            raise errors.PlanNotOpen
        return now
    offered = list(MembershipPlan.objects.filter(collection=collection, is_open=True)[:2])
    if len(offered) > 1 and not staff:
        raise errors.PlanNeeded
    return offered[0] if len(offered) == 1 else None


def _today(collection: Collection) -> date:
    return timezone.now().astimezone(ZoneInfo(collection.timezone)).date()


def _charge(membership: Membership, by: Agent) -> None:
    plan = membership.plan
    if plan is None or not plan.price or membership.agent_id == membership.collection.owner_id:
        return
    charge(
        collection=membership.collection,
        borrower=membership.agent,
        reason=Reason.MEMBERSHIP,
        amount=plan.price,
        note=plan.name,
        by=by,
    )


def _tell(membership: Membership, topic: str, **fields: str) -> None:
    collection = membership.collection
    path = f"/sharing/collections/{collection.slug}/"
    notify(membership.agent, topic, path=path, collection=collection.name, **fields)


# --------------------------------------------------------------------------- card numbers


def check_digit(digits: str) -> int:
    """The last digit of a card number (Luhn): notices a wrong digit and most swapped ones."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


def _number(collection: Collection, wanted: str) -> str:
    """The card they have, or the next free number.

    Ours begin with a nought, which no label of a thing has: scanners mix nothing up.
    """
    taken = set(Membership.objects.filter(collection=collection).values_list("number", flat=True))
    wanted = wanted.strip()[:20]
    if wanted:
        if wanted in taken:
            raise errors.NumberTaken(number=wanted)
        return wanted
    count = len(taken)
    while True:
        count += 1
        digits = f"0{count:05}"
        number = f"{digits}{check_digit(digits)}"
        if number not in taken:
            return number
