"""Collections: opened, changed, paused; their terms, groups and ways of being a member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django.db import models, transaction
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import gettext

from kierto.core.transitions import move
from kierto.parties.models import Agent, Place
from kierto.parties.queries import acts_for, is_system, operates
from kierto.sharing.errors import collections as errors
from kierto.sharing.models import (
    Booking,
    Collection,
    Group,
    Loan,
    MembershipPlan,
    Terms,
)
from kierto.sharing.opening import check_hours
from kierto.sharing.permissions import (
    can_create_collection,
    can_keep,
    can_move_collection,
    roles_in,
)
from kierto.sharing.states import BLOCKING, THING_STEPS, Per, ThingState, Within

EDITABLE = (
    "name",
    "description",
    "contact",
    "opening_hours",
    "holidays",
    "timezone",
    "place",
    "repairer",
)
"""What :func:`change_collection` takes."""

LONGEST_TEXT = 4000
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
def create_collection(
    *,
    owner: Agent,
    place: Place,
    name: str,
    description: str = "",
    opening_hours: str = "24/7",
    holidays: str | None = None,
    timezone: str | None = None,
    contact: str = "",
    by: Agent,
) -> Collection:
    """A draft of a collection, with terms that hold for everything in it.

    ``holidays`` (ISO 3166 country, or empty) and ``timezone`` are those of the place unless
    given.

    Raises:
        NotAllowed, PlaceOfSomebodyElse, NameMissing, BadOpeningHours, UnknownTimezone.
    """
    can_create_collection(by, owner, place).require()
    district = place.district
    values = {
        "name": name,
        "description": description,
        "opening_hours": opening_hours,
        "holidays": (place.country or "FI") if holidays is None else holidays,
        "timezone": timezone or (district.timezone if district else "Europe/Helsinki"),
        "contact": contact,
    }
    collection = Collection(owner=owner, place=place)
    _check_place(by, owner, place)
    _fill(collection, values)
    collection.slug = _slug(collection.name)
    collection.save()
    Terms.objects.create(collection=collection, name=gettext("General terms"), is_default=True)
    return collection


@transaction.atomic
def change_collection(
    collection: Collection, *, changes: Mapping[str, Any], by: Agent
) -> Collection:
    """Change some of :data:`EDITABLE`; the rest stays, its address too.

    Raises:
        NotAllowed, UnknownSetting, or what opening one would raise.
    """
    collection = _locked(collection)
    can_keep(by, collection).require()
    _only(changes, EDITABLE)
    if "place" in changes and changes["place"] != collection.place:
        _check_place(by, collection.owner, changes["place"])
    _fill(collection, changes)
    collection.save()
    return collection


@transaction.atomic
def move_collection(collection: Collection, to: str, *, by: Agent) -> Collection:
    """Publish, pause, open again, or close for good.

    Raises:
        NotAllowed, IllegalTransition: as the table of states says.
        StillOnLoan: somebody has something of it, or has booked it.
    """
    collection = _locked(collection)
    roles = roles_in(by, collection)
    if (collection.state, to) in THING_STEPS:
        can_move_collection(by, collection, to).require()
    state = move(THING_STEPS, collection.state, to, roles)
    if state == ThingState.RETIRED:
        _check_nothing_open(collection)
    collection.state = state
    collection.save(update_fields=["state"])
    return collection


def _check_nothing_open(collection: Collection) -> None:
    out = Loan.objects.filter(line__booking__collection=collection, back_at__isnull=True).count()
    booked = Booking.objects.filter(collection=collection, state__in=BLOCKING, ends__gt=now())
    count = (
        out + booked.exclude(lines__loans__back_at__isnull=True, lines__loans__isnull=False).count()
    )
    if count:
        raise errors.StillOnLoan(count=count)


# --------------------------------------------------------------------------- terms


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
    collection = _locked(collection)
    can_keep(by, collection).require()
    _only(changes, TERMS)
    row = _terms_row(collection, terms)
    if row.is_default and row.pk and changes.get("is_default") is False:
        raise errors.DefaultTermsStay
    for name, value in changes.items():
        setattr(row, name, _term(name, value))
    _check_terms(row)
    _free_name(Terms, row)
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
    _fit(row)


@transaction.atomic
def remove_terms(terms: Terms, *, by: Agent) -> None:
    """Let go of terms under which nothing is lent.

    Raises:
        NotAllowed, DefaultTermsStay, TermsInUse.
    """
    collection = _locked(terms.collection)
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
    collection = _locked(collection)
    can_keep(by, collection).require()
    group = Group(collection=collection, name=name.strip())
    return _named(Group, group)


@transaction.atomic
def rename_group(group: Group, *, name: str, by: Agent) -> Group:
    """Another name for the same members.

    Raises:
        NotAllowed, NameMissing, NameTaken.
    """
    collection = _locked(group.collection)
    can_keep(by, collection).require()
    row = Group.objects.get(pk=group.pk)
    row.name = name.strip()
    return _named(Group, row)


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
    collection = _locked(collection)
    can_keep(by, collection).require()
    _only(changes, PLAN)
    if plan is not None and plan.collection_id != collection.pk:
        raise errors.GroupOfAnotherCollection
    row = MembershipPlan(collection=collection)
    if plan is not None:
        row = MembershipPlan.objects.get(pk=plan.pk)
    for name, value in changes.items():
        setattr(row, name, _plan_value(collection, name, value))
    return _named(MembershipPlan, row)


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


# --------------------------------------------------------------------------- checks


def _locked(collection: Collection) -> Collection:
    return (
        Collection.objects.select_for_update(of=("self",))
        .select_related("owner__organization", "owner__person", "place__district")
        .get(pk=collection.pk)
    )


def _only(changes: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in changes:
        if name not in known:
            raise errors.UnknownSetting(name=name)


def _check_place(by: Agent, owner: Agent, place: Place) -> None:
    """One's own place, or a host's for whom one acts; an operator may put it anywhere there."""
    theirs = place.agent_id == owner.pk or acts_for(by, place.agent)
    if not (theirs or is_system(by) or operates(by, place.district_id)):
        raise errors.PlaceOfSomebodyElse


def _fill(collection: Collection, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(collection, name, _given(name, value))
    if not collection.name:
        raise errors.NameMissing
    _fit(collection)


def _given(name: str, value: Any) -> Any:
    match name:
        case "opening_hours":
            return check_hours(value)
        case "timezone" if value not in available_timezones():
            raise errors.UnknownTimezone(timezone=value)
        case "holidays":
            return str(value).strip().upper()
        case "name" | "description" | "contact":
            return str(value).strip()
    return value


def _fit(row: models.Model) -> None:
    """Refuse texts longer than their columns: SQLite would keep them, PostgreSQL would stop."""
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        limit = getattr(column, "max_length", None) or LONGEST_TEXT
        if isinstance(value, str) and len(value) > limit:
            raise errors.TextTooLong(field=column.name, length=len(value), limit=limit)


def _free_name(
    of: type[Group | Terms | MembershipPlan], row: Group | Terms | MembershipPlan
) -> None:
    same = of._default_manager.filter(collection=row.collection_id, name=row.name)
    if same.exclude(pk=row.pk).exists():
        raise errors.NameTaken(name=row.name)


def _named(of: type[Any], row: Any) -> Any:
    if not row.name:
        raise errors.NameMissing
    _fit(row)
    _free_name(of, row)
    row.save()
    return row


def _own_groups(collection: Collection, groups: Sequence[Group]) -> list[Group]:
    if any(group.collection_id != collection.pk for group in groups):
        raise errors.GroupOfAnotherCollection
    return list(groups)


def _slug(name: str) -> str:
    """An address that no collection has yet."""
    base = slugify(name)[:70].strip("-") or "collection"
    taken = set(Collection.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
