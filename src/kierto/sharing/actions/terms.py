"""Terms of borrowing, groups of members, and ways of being a member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction

from kierto.parties.models import Agent
from kierto.sharing.actions._checked import fit, locked, only
from kierto.sharing.errors import collections as errors
from kierto.sharing.models import Collection, Group, MembershipPlan, Terms
from kierto.sharing.permissions import can_keep
from kierto.sharing.states import Per, Within

Named = TypeVar("Named", Group, MembershipPlan)

MONEY = ("price", "deposit", "fine_per_day", "fine_most")
MOST_EUROS = Decimal("9999999.99")
DAY_MINUTES = 24 * 60
YEAR_MINUTES = 366 * DAY_MINUTES

RANGES: dict[str, tuple[int, int]] = {
    "step_minutes": (1, DAY_MINUTES),
    "shortest_minutes": (1, YEAR_MINUTES),
    "longest_minutes": (1, YEAR_MINUTES),
    "notice_minutes": (0, YEAR_MINUTES),
    "horizon_days": (0, 1100),
    "buffer_before_minutes": (0, 14 * DAY_MINUTES),
    "buffer_after_minutes": (0, 14 * DAY_MINUTES),
    "most_at_once": (1, 10_000),
    "renewals": (0, 100),
    "hold_hours": (1, 24 * 30),
    "grace_minutes": (0, 14 * DAY_MINUTES),
}
"""Whole numbers of the terms, from … to."""

TERMS = (
    "name",
    "is_default",
    "membership_needed",
    "approval_needed",
    "within",
    "price_per",
    *RANGES,
    *MONEY,
)
"""What :func:`set_terms` takes."""

PLAN = ("name", "months", "price", "group", "is_open")
"""What :func:`set_plan` takes."""


@transaction.atomic
def set_terms(
    collection: Collection,
    *,
    terms: Terms | None = None,
    changes: Mapping[str, Any],
    groups: Sequence[Group] | None = None,
    by: Agent,
) -> Terms:
    """Write new terms, or change some of :data:`TERMS` in those given.

    Bookings that stand keep what was agreed. ``groups`` replaces the groups unless it is None.

    Raises:
        NotAllowed, UnknownSetting, NumberOutOfRange, StepDoesNotFit, ShortestAboveLongest,
        DefaultTermsStay, NameMissing, NameTaken, GroupOfAnotherCollection.
    """
    collection = locked(collection)
    can_keep(by, collection).require()
    only(changes, TERMS)
    row = _terms_row(collection, terms)
    if row.is_default and row.pk and changes.get("is_default") is False:
        raise errors.DefaultTermsStay
    for name, value in changes.items():
        setattr(row, name, _term(name, value))
    _check_terms(row)
    _free_name(row)
    if row.is_default:
        Terms.objects.filter(collection=collection).exclude(pk=row.pk).update(is_default=False)
    row.save()
    if groups is not None:
        row.groups.set(_own_groups(collection, groups))
    return row


def _terms_row(collection: Collection, terms: Terms | None) -> Terms:
    if terms is None:
        return Terms(collection=collection)
    if terms.collection_id != collection.pk:
        raise errors.GroupOfAnotherCollection
    return Terms.objects.get(pk=terms.pk)


def _term(name: str, value: Any) -> Any:
    """A value of the terms, if it is one."""
    if name in RANGES:
        return _whole(name, value)
    if name in MONEY:
        return _euros(name, value)
    if name == "within":
        return Within(value).value if value in Within.values else _refuse_word(name, value)
    if name == "price_per":
        return Per(value).value if value in Per.values else _refuse_word(name, value)
    if name == "name":
        return str(value).strip()
    return bool(value)


def _refuse_word(name: str, value: Any) -> Any:
    raise errors.UnknownSetting(field=name, name=value)


def _whole(name: str, value: Any) -> int | None:
    least, most = RANGES[name]
    if value is None and name == "most_at_once":
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise errors.NumberOutOfRange(field=name, value=value, least=least, most=most)
    return value


def _euros(name: str, value: Any) -> Decimal:
    amount = Decimal(value or 0)
    if not amount.is_finite() or not 0 <= amount <= MOST_EUROS:
        raise errors.NumberOutOfRange(field=name, value=value, least=0, most=MOST_EUROS)
    return amount.quantize(Decimal("0.01"))


def _check_terms(row: Terms) -> None:
    if not row.name:
        raise errors.NameMissing
    if DAY_MINUTES % row.step_minutes:
        raise errors.StepDoesNotFit(step=row.step_minutes)
    if row.longest_minutes < row.shortest_minutes:
        raise errors.ShortestAboveLongest
    fit(row)


@transaction.atomic
def remove_terms(terms: Terms, *, by: Agent) -> None:
    """Let go of terms under which nothing is lent.

    Raises:
        NotAllowed, DefaultTermsStay, TermsInUse.
    """
    collection = locked(terms.collection)
    can_keep(by, collection).require()
    row = Terms.objects.get(pk=terms.pk)
    if row.is_default:
        raise errors.DefaultTermsStay
    if used := row.things.count():
        raise errors.TermsInUse(count=used)
    row.delete()


# --------------------------------------------------------------------------- groups and plans


@transaction.atomic
def add_group(collection: Collection, *, name: str, by: Agent) -> Group:
    """A new group of members.

    Raises:
        NotAllowed, NameMissing, NameTaken.
    """
    collection = locked(collection)
    can_keep(by, collection).require()
    group = Group(collection=collection, name=name.strip())
    return _named(group)


@transaction.atomic
def rename_group(group: Group, *, name: str, by: Agent) -> Group:
    """Another name for the same members.

    Raises:
        NotAllowed, NameMissing, NameTaken.
    """
    collection = locked(group.collection)
    can_keep(by, collection).require()
    row = Group.objects.get(pk=group.pk)
    row.name = name.strip()
    return _named(row)


@transaction.atomic
def set_plan(
    collection: Collection,
    *,
    plan: MembershipPlan | None = None,
    changes: Mapping[str, Any],
    by: Agent,
) -> MembershipPlan:
    """Write a way of being a member, or change some of :data:`PLAN` in the one given.

    Memberships that run keep the end that they have.

    Raises:
        NotAllowed, UnknownSetting, NumberOutOfRange, NameMissing, NameTaken,
        GroupOfAnotherCollection.
    """
    collection = locked(collection)
    can_keep(by, collection).require()
    only(changes, PLAN)
    if plan is not None and plan.collection_id != collection.pk:
        raise errors.GroupOfAnotherCollection
    row = MembershipPlan(collection=collection)
    if plan is not None:
        row = MembershipPlan.objects.get(pk=plan.pk)
    for name, value in changes.items():
        setattr(row, name, _plan_value(collection, name, value))
    return _named(row)


def _plan_value(collection: Collection, name: str, value: Any) -> Any:
    match name:
        case "name":
            return str(value).strip()
        case "price":
            return _euros(name, value)
        case "months":
            if not isinstance(value, int) or not 1 <= value <= 120:
                raise errors.NumberOutOfRange(field=name, value=value, least=1, most=120)
            return value
        case "group":
            return None if value is None else _own_groups(collection, [value])[0]
    return bool(value)


def _free_name(row: Group | Terms | MembershipPlan) -> None:
    same = type(row)._default_manager.filter(collection=row.collection_id, name=row.name)
    if same.exclude(pk=row.pk).exists():
        raise errors.NameTaken(name=row.name)


def _named(row: Named) -> Named:
    if not row.name:
        raise errors.NameMissing
    fit(row)
    _free_name(row)
    row.save()
    return row


def _own_groups(collection: Collection, groups: Sequence[Group]) -> list[Group]:
    if any(group.collection_id != collection.pk for group in groups):
        raise errors.GroupOfAnotherCollection
    return list(groups)
