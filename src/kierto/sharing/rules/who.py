"""What stands against the borrower: membership, groups, blocks, late loans, debts, how many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.sharing.charges import due_from
from kierto.sharing.errors.rules import (
    HasOverdue,
    MemberBlocked,
    MembershipEnded,
    MembershipNotBegun,
    MembersOnly,
    NotInGroup,
    OwesMoney,
    RulesNotAgreed,
    TooManyAtOnce,
)
from kierto.sharing.models import (
    BookingLine,
    Collection,
    Group,
    Loan,
    Membership,
    Terms,
    Thing,
)
from kierto.sharing.queries import borrower_name
from kierto.sharing.rules.wishes import Wish
from kierto.sharing.states import BLOCKING, BookingState, Reason, Sort
from kierto.sharing.words import Day, Euros, Listed, Moment

Lines = list[tuple[Thing, int, Terms]]


def borrower_refusals(
    wish: Wish, lines: Lines, *, by: Agent | None, now: datetime
) -> Iterator[DomainError]:
    """Every reason against this borrower, whatever the time."""
    membership = (
        Membership.objects.filter(collection=wish.collection, agent=wish.borrower)
        .select_related("plan")
        .first()
    )
    yield from _membership(wish, lines, membership, now)
    yield from _groups(lines, membership)
    yield from _overdue(wish, now)
    yield from _debts(wish)
    yield from _too_many(wish, lines, by=by, now=now)


def _membership(
    wish: Wish, lines: Lines, membership: Membership | None, now: datetime
) -> Iterator[DomainError]:
    if membership is not None and membership.blocked_at is not None:
        yield MemberBlocked(number=membership.number, reason=membership.blocked_reason)
    if not any(terms.membership_needed for _thing, _count, terms in lines):
        return
    if membership is None:
        yield MembersOnly(collection=wish.collection.name)
        return
    day = max(wish.begins, now).astimezone(ZoneInfo(wish.collection.timezone)).date()
    yield from _dates(membership, day)
    if membership.agreed_at is None:
        yield RulesNotAgreed(collection=wish.collection.name)


def _dates(membership: Membership, day: date) -> Iterator[DomainError]:
    if membership.since > day:
        yield MembershipNotBegun(since=Day(membership.since))
    if membership.until is not None and membership.until < day:
        yield MembershipEnded(until=Day(membership.until))


def _groups(lines: Lines, membership: Membership | None) -> Iterator[DomainError]:
    """Terms with groups are for members of one of them; a plan brings its own group along."""
    held: set[int] | None = None
    for thing, _count, terms in lines:
        wanted: dict[int, Group] = {group.pk: group for group in terms.groups.all()}
        if not wanted:
            continue
        held = groups_of(membership) if held is None else held
        if held.isdisjoint(wanted):
            yield NotInGroup(thing=thing.name, groups=Listed(tuple(wanted.values())))


def groups_of(membership: Membership | None) -> set[int]:
    """Ids of the groups in which a member is."""
    if membership is None:
        return set()
    held = set(membership.groups.values_list("pk", flat=True))
    if membership.plan is not None and membership.plan.group_id is not None:
        held.add(membership.plan.group_id)
    return held


def _overdue(wish: Wish, now: datetime) -> Iterator[DomainError]:
    late = overdue_loans(wish.borrower, wish.collection, now).select_related("thing")
    if wish.booking is not None:
        late = late.exclude(line__booking=wish.booking)
    for loan in late.order_by("due_at", "pk"):
        due = Moment(loan.due_at, wish.collection.timezone)
        yield HasOverdue(thing=loan.thing.name, due=due)


def overdue_loans(borrower: Agent, collection: Collection, now: datetime) -> Any:
    """What the borrower has not brought back in time."""
    return Loan.objects.filter(
        line__booking__borrower=borrower,
        line__booking__collection=collection,
        back_at__isnull=True,
        due_at__lt=now,
    )


def _debts(wish: Wish) -> Iterator[DomainError]:
    owed = due_from(wish.borrower, wish.collection, Reason.FINE, Reason.DAMAGE)
    if owed > 0:
        yield OwesMoney(amount=Euros(owed))


def _too_many(
    wish: Wish, lines: Lines, *, by: Agent | None, now: datetime
) -> Iterator[DomainError]:
    limited = {terms.pk: terms for _thing, _count, terms in lines if terms.most_at_once is not None}
    if not limited:
        return
    have = things_at_once(wish, now)
    for terms in limited.values():
        wanted = sum(count for _thing, count, of in lines if of.pk == terms.pk)
        held = have.get(terms.pk, 0)
        if terms.most_at_once is not None and held + wanted > terms.most_at_once:
            yield TooManyAtOnce(
                name=borrower_name(by, wish.collection, wish.borrower),
                have=held,
                most=terms.most_at_once,
                wanted=wanted,
            )


def things_at_once(wish: Wish, now: datetime) -> dict[int, int]:
    """How many things the borrower has or has booked, by the id of their terms."""
    lines = BookingLine.objects.filter(
        booking__borrower=wish.borrower,
        booking__collection=wish.collection,
        booking__state__in=BLOCKING,
    ).exclude(Q(booking__state=BookingState.HELD) & Q(booking__hold_until__lt=now))
    # A confirmed booking whose time has passed was not picked up.
    lines = lines.exclude(~Q(booking__state=BookingState.OUT) & Q(booking__ends__lte=now))
    if wish.booking is not None:
        lines = lines.exclude(booking=wish.booking)
    general = Terms.objects.get(collection=wish.collection, is_default=True).pk
    counts: dict[int, int] = {}
    for line in lines.select_related("thing").prefetch_related("loans"):
        key = line.thing.terms_id or general
        counts[key] = counts.get(key, 0) + _held(line)
    return counts


def _held(line: BookingLine) -> int:
    """Of a line, what is booked or out; a kit counts until all its parts are back."""
    loans = list(line.loans.all())
    if line.thing.sort == Sort.KIT:
        return 0 if loans and all(loan.back_at for loan in loans) else line.quantity
    back = sum(loan.quantity for loan in loans if loan.back_at is not None)
    return max(0, line.quantity - back)
